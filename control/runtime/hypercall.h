/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out of the domain: a call with Linux's number and registers. `call_own` is for calls with
 * pointers into the runtime's range; with pointers from the program use `call_plain`, so that the
 * hypervisor refuses what the program may not name. Both return Linux's value or -errno.
 */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/types.h"

/* The hypercall instruction of this CPU and a return (entry.S); chosen by cpu_detect(). */
extern void (*hypercall_stub)(void);

static inline long call_out(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	register u64 r10 asm("r10") = a3;
	register u64 r8 asm("r8") = a4;
	register u64 r9 asm("r9") = a5;
	long result;

	asm volatile("call *%[stub]"
		     : "=a"(result)
		     : "a"(nr), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8),
		       "r"(r9), [stub] "m"(hypercall_stub)
		     : "memory", "cc");
	return result;
}

#define CALL6(fn, nr, a, b, c, d, e, f, ...)                                                       \
	fn(nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))
#define call_own(nr, ...)                                                                          \
	CALL6(call_out, (nr) | CORBEL_CALL_RUNTIME, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define call_plain(nr, ...) CALL6(call_out, nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
