/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to the program's memory. A bad pointer ends in -EFAULT: a fault inside these routines
 * jumps to their fix-up (copy.S), and the range check keeps the program from naming the runtime's
 * memory.
 */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/types.h"

static inline bool user_range_ok(u64 address, u64 len)
{
	return address < CORBEL_RUNTIME_BASE && len <= CORBEL_RUNTIME_BASE - address;
}

/*
 * Assembly. Copy or clear with the fault caught: 0 or -EFAULT, then part may be done. Addresses
 * unchecked.
 */
long copy_caught(void *dst, const void *src, u64 len);
long clear_caught(void *dst, u64 len);
/*
 * XSAVE/XRSTOR of all enabled state, FXSAVE/FXRSTOR; 0 or -EFAULT (also for a state the CPU
 * refuses).
 */
long xsave_caught(void *area);
long xrstor_caught(const void *area);
/* XCR0 = bits; -EFAULT if the CPU refuses them. */
long xsetbv_caught(u32 bits);
long fxsave_caught(void *area);
long fxrstor_caught(const void *area);

static inline long copy_in(void *dst, u64 src, u64 len)
{
	return user_range_ok(src, len) ? copy_caught(dst, (const void *)src, len) : -EFAULT;
}

static inline long copy_out(u64 dst, const void *src, u64 len)
{
	return user_range_ok(dst, len) ? copy_caught((void *)dst, src, len) : -EFAULT;
}

static inline long clear_user(u64 dst, u64 len)
{
	return user_range_ok(dst, len) ? clear_caught((void *)dst, len) : -EFAULT;
}

/* Copies a string with its NUL: its length, -EFAULT, or -ENAMETOOLONG. */
long copy_in_string(char *dst, u64 src, u64 size);
