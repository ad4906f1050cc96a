/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of control/runtime/hypercall.h: a call is one of the test's own function. */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/types.h"

long fake_call(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);

#define CALL6(fn, nr, a, b, c, d, e, f, ...)                                                       \
	fn(nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))
#define call_own(nr, ...)                                                                          \
	CALL6(fake_call, (nr) | CORBEL_CALL_RUNTIME, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define call_plain(nr, ...) CALL6(fake_call, nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
