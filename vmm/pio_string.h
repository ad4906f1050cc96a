/* SPDX-License-Identifier: BSD-2-Clause */
/* INS and OUTS. */
#pragma once

#include "core/types.h"

struct vcpu;

/* Stores the element that the VMM delivered for INS and steps on. Loaded. */
void pio_string_complete(struct vcpu *v, u32 value);
