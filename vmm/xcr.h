/* SPDX-License-Identifier: BSD-2-Clause */
/* XCR0: which extended states the guest has switched on. */
#pragma once

#include "core/types.h"

struct vcpu;

/* The value is possible on this machine and for this guest's CPUID; sets it. 0 or -EINVAL. */
__must_check int xcr0_set(struct vcpu *v, u64 value);
