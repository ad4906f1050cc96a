/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times as calls give them: struct timespec of the domain to nanoseconds and back, deadlines that
 * saturate.
 */
#pragma once

#include "core/types.h"

#define TIME_LONGEST (UINT64_MAX - 1)	/* the latest deadline that is not WAIT_FOREVER */

/*
 * Reads a timespec of the call being served as ns (longer than 584 years: TIME_LONGEST). -EFAULT,
 * -EINVAL.
 */
__must_check int timespec_in(u64 addr, u64 *ns);
/* Writes ns as a timespec. 0 or -EFAULT. */
__must_check int timespec_out(u64 addr, u64 ns);
/* The now_ns() time that lies `ns` from now. */
u64 deadline_after(u64 ns);
/* The now_ns() time of an absolute CLOCK_REALTIME time. */
u64 deadline_of_wall(u64 wall_ns);
