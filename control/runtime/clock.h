/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time without leaving the domain: the time page, or the call where the machine has no usable TSC.
 */
#pragma once

#include <linux/time_types.h>

#include "control/runtime/types.h"

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

/* Nanoseconds of CLOCK_MONOTONIC. */
u64 clock_monotonic(void);
/* What is left until the deadline, as the calls want it. */
struct __kernel_timespec clock_left(u64 deadline);
/* Stores what is left at address (0: nowhere), if it can. */
void clock_left_out(u64 address, u64 deadline);
/* A time of CLOCK_REALTIME (wall) or of another clock as one of CLOCK_MONOTONIC; ~0 stays. */
u64 clock_from(bool wall, u64 ns);
struct __kernel_timespec clock_timespec(u64 ns);
/* Reads a timespec as nanoseconds: 0, -EFAULT, -EINVAL. What does not fit is ~0. */
long clock_read(u64 address, u64 *ns);
/*
 * Reads the program's timespec, a duration, as a deadline of CLOCK_MONOTONIC. 0, -EFAULT, -EINVAL.
 */
long clock_deadline_in(u64 address, u64 *deadline);
/* A duration from now as a deadline; what does not fit is "never" (~0). */
u64 clock_deadline(s64 seconds, u64 ns);
