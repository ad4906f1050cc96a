/* SPDX-License-Identifier: BSD-2-Clause */
/* Times of the calls that wait or tell the time: futex, ppoll, clock_nanosleep, clock_gettime. */
#include "api/timespec.h"

#include "api/domain.h"
#include "api/linux.h"
#include "core/time.h"

int timespec_in(u64 addr, u64 *ns)
{
	struct linux_timespec ts;
	int err = call_copy_in(&ts, addr, sizeof(ts));

	if (err) {
		return err;
	}
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (s64)NSEC_PER_SEC) {
		return -EINVAL;
	}
	if ((u64)ts.sec >= TIME_LONGEST / NSEC_PER_SEC) {
		*ns = TIME_LONGEST;
	} else {
		*ns = (u64)ts.sec * NSEC_PER_SEC + (u64)ts.nsec;
	}
	return 0;
}

int timespec_out(u64 addr, u64 ns)
{
	struct linux_timespec ts = {
		.sec = (s64)(ns / NSEC_PER_SEC),
		.nsec = (s64)(ns % NSEC_PER_SEC),
	};

	return call_copy_out(addr, &ts, sizeof(ts));
}

u64 deadline_after(u64 ns)
{
	u64 now = now_ns();

	return ns < TIME_LONGEST - now ? now + ns : TIME_LONGEST;
}

u64 deadline_of_wall(u64 wall_ns)
{
	u64 wall = time_wall_ns();

	return wall_ns > wall ? deadline_after(wall_ns - wall) : 0;
}
