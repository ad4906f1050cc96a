/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the entry checks look at besides the VMCB. Filled by svm_dump.c, by hand in the unit test.
 */
#pragma once

#include "arch/x86/asm/svm.h"

struct svm_limits {
	u32 phys_bits, asids;
	u64 cr4_known;		/* CR4 bits that this CPU has */
};

/* The first rule of APM 15.5.1 that the VMCB breaks, in words; NULL: none of those known here. */
const char *svm_check(const struct vmcb *b, const struct svm_limits *m);
