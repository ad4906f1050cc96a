/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the MSR table, for msr.c and the test that walks them. */
#pragma once

#include "core/types.h"

struct vcpu;

struct msr_row {
	u32 first, last;
	bool listed; /* part of the state that GET_MSR_INDEX_LIST names: readable and writable */
	int (*read)(struct vcpu *v, u32 index, u64 *value, bool host); /* NULL: #GP */
	int (*write)(struct vcpu *v, u32 index, u64 value, bool host); /* NULL: #GP */
};

const struct msr_row *msr_rows(u32 *count);
