/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fault injection: the n-th allocation from now fails. Off (0) unless a test or the boot option
 * sets it.
 */
#pragma once

#include "core/types.h"

/* Makes the n-th call of fault_should_fail from now return true, once, and say so; 0: off. */
void fault_arm(u64 n);
/* Asked by every allocator before it works. */
bool fault_should_fail(void);
