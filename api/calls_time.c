/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_gettime and clock_nanosleep. The runtime answers most clock reads itself from the time
 * page.
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "api/timespec.h"
#include "core/time.h"

s64 call_clock_gettime(struct domain_thread *t, const struct call_args *args)
{
	u64 ns;

	switch (args->rdi) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		ns = time_wall_ns();
		break;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		ns = now_ns();
		break;
	case CLOCK_PROCESS_CPUTIME_ID:
		ns = domain_runtime_ns(t->domain, NULL);
		break;
	case CLOCK_THREAD_CPUTIME_ID:
		ns = domain_runtime_ns(t->domain, t);
		break;
	default:
		return -EINVAL;
	}
	return timespec_out(args->rsi, ns);
}

/*
 * Whether a thread can sleep by that clock: 0, -EINVAL, or -EOPNOTSUPP as Linux for clocks that
 * only tell.
 */
static int check_sleep_clock(u64 clock_id)
{
	switch (clock_id) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

s64 call_clock_nanosleep(struct domain_thread *t __unused, const struct call_args *args)
{
	u64 clock_id = args->rdi, rest = args->r10, ns, deadline, now;
	bool absolute = args->rsi & TIMER_ABSTIME;
	int err = check_sleep_clock(clock_id);

	if (!err) {
		err = timespec_in(args->rdx, &ns);
	}
	if (err) {
		return err;
	}
	if (!absolute) {
		deadline = deadline_after(ns);
	} else {
		deadline = clock_id == CLOCK_REALTIME ? deadline_of_wall(ns) : ns;
	}
	do {
		sleep_prepare();
		err = sleep_until(deadline);
	} while (!err);
	if (err != -EINTR) {
		return 0;
	}
	if (!absolute && rest) {
		now = now_ns();
		if (timespec_out(rest, deadline > now ? deadline - now : 0) < 0) {
			return -EFAULT;
		}
	}
	return -EINTR;
}
