/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks and sleeping. A relative sleep is turned into a deadline at its start, so that an
 * interruption costs nothing of its accuracy.
 */
#include "control/runtime/clock.h"

#include <linux/time.h>

#include "control/runtime/calls.h"
#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

struct clock_times {
	u64 now, wall_base;
};

/* False: no page, use the call. */
static bool read_page(struct clock_times *out)
{
	const volatile struct corbel_time_page *p = (const void *)domain.boot->time_page;
	u32 seq;

	if (!p) {
		return false;
	}
	do {
		seq = __atomic_load_n(&p->seq, __ATOMIC_ACQUIRE);
		if (!p->mult) {
			return false;
		}
		asm volatile("lfence" : : : "memory");
		out->now =
			(u64)((unsigned __int128)(read_tsc() - p->tsc_base) * p->mult >> p->shift);
		out->wall_base = p->wall_base_ns;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while ((seq & 1) || seq != p->seq);
	return true;
}

static long read_clock(u32 id, u64 *ns)
{
	struct __kernel_timespec ts;
	struct clock_times times;
	long error;

	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		if (read_page(&times)) {
			bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;

			*ns = times.now + (wall ? times.wall_base : 0);
			return 0;
		}
	}
	error = call_own(__NR_clock_gettime, id, &ts);
	*ns = (u64)ts.tv_sec * NS_PER_S + (u64)ts.tv_nsec;
	return error;
}

u64 clock_monotonic(void)
{
	u64 ns = 0;

	return read_clock(CLOCK_MONOTONIC, &ns) ? 0 : ns;
}

struct __kernel_timespec clock_timespec(u64 ns)
{
	return (struct __kernel_timespec){.tv_sec = (s64)(ns / NS_PER_S),
					  .tv_nsec = (s64)(ns % NS_PER_S)};
}

struct __kernel_timespec clock_left(u64 deadline)
{
	u64 now = clock_monotonic();

	return clock_timespec(deadline > now ? deadline - now : 0);
}

void clock_left_out(u64 address, u64 deadline)
{
	struct __kernel_timespec left;

	if (address && deadline != ~0ull) {
		left = clock_left(deadline);
		/* As on Linux, where it cannot be written it is lost. */
		(void)!copy_out(address, &left, sizeof(left));
	}
}

u64 clock_from(bool wall, u64 ns)
{
	u64 now, ahead;

	if (!wall || ns == ~0ull || read_clock(CLOCK_REALTIME, &now)) {
		return ns;
	}
	ahead = now - clock_monotonic();
	return ns > ahead ? ns - ahead : 1;
}

u64 clock_deadline(s64 seconds, u64 ns)
{
	u64 now = clock_monotonic();

	if ((u64)seconds > (1ull << 62) / NS_PER_S) {
		return ~0ull;
	}
	return now + (u64)seconds * NS_PER_S + ns;
}

static long timespec_in(u64 address, struct __kernel_timespec *ts)
{
	if (copy_in(ts, address, sizeof(*ts))) {
		return -EFAULT;
	}
	return ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= (s64)NS_PER_S ? -EINVAL : 0;
}

long clock_read(u64 address, u64 *ns)
{
	struct __kernel_timespec ts;
	long error = timespec_in(address, &ts);

	if (!error) {
		*ns = (u64)ts.tv_sec > (1ull << 62) / NS_PER_S
			      ? ~0ull
			      : (u64)ts.tv_sec * NS_PER_S + (u64)ts.tv_nsec;
	}
	return error;
}

long clock_deadline_in(u64 address, u64 *deadline)
{
	struct __kernel_timespec ts;
	long error = timespec_in(address, &ts);

	if (!error) {
		*deadline = clock_deadline(ts.tv_sec, (u64)ts.tv_nsec);
	}
	return error;
}

long sys_clock_gettime(struct regs *r)
{
	struct __kernel_timespec ts;
	long error;
	u64 ns;

	error = read_clock((u32)r->rdi, &ns);
	if (error) {
		return error;
	}
	ts = clock_timespec(ns);
	return copy_out(r->rsi, &ts, sizeof(ts));
}

long sys_clock_getres(struct regs *r)
{
	struct __kernel_timespec ts = {.tv_nsec = 1};
	long error;
	u64 ns;

	error = read_clock((u32)r->rdi, &ns);
	return error || !r->rsi ? error : copy_out(r->rsi, &ts, sizeof(ts));
}

long sys_gettimeofday(struct regs *r)
{
	s64 tv[2];
	u64 ns;

	if (read_clock(CLOCK_REALTIME, &ns)) {
		return -EINVAL;
	}
	tv[0] = (s64)(ns / NS_PER_S);
	tv[1] = (s64)(ns % NS_PER_S / 1000);
	if (r->rdi && copy_out(r->rdi, tv, sizeof(tv))) {
		return -EFAULT;
	}
	return r->rsi ? clear_user(r->rsi, 8) : 0;
}

long sys_time(struct regs *r)
{
	s64 seconds;
	u64 ns;

	if (read_clock(CLOCK_REALTIME, &ns)) {
		return -EINVAL;
	}
	seconds = (s64)(ns / NS_PER_S);
	return r->rdi && copy_out(r->rdi, &seconds, sizeof(seconds)) ? -EFAULT : seconds;
}

/* Until the deadline on CLOCK_MONOTONIC; an interruption stores what is left, if rest is not 0. */
static long sleep_relative(u64 deadline, u64 rest)
{
	struct __kernel_timespec at = clock_timespec(deadline), left;
	long error;

	do {
		error = call_own(__NR_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0);
	} while (error == -EINTR && !signal_is_pending());
	if (error == -EINTR && rest) {
		left = clock_left(deadline);
		return copy_out(rest, &left, sizeof(left)) ? -EFAULT : -EINTR;
	}
	return error;
}

long sys_nanosleep(struct regs *r)
{
	u64 deadline;
	long error = clock_deadline_in(r->rdi, &deadline);

	return error ? error : sleep_relative(deadline, r->rsi);
}

long sys_clock_nanosleep(struct regs *r)
{
	struct __kernel_timespec at;
	u32 clock = (u32)r->rdi;
	long error;

	error = timespec_in(r->rdx, &at);
	if (error) {
		return error;
	}
	if (!(r->rsi & TIMER_ABSTIME)) {
		if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME &&
		    clock != CLOCK_BOOTTIME) {
			return -EINVAL;
		}
		return sleep_relative(clock_deadline(at.tv_sec, (u64)at.tv_nsec), r->r10);
	}
	do {
		error = call_own(__NR_clock_nanosleep, clock, TIMER_ABSTIME, &at, 0);
	} while (error == -EINTR && !signal_is_pending());
	return error;
}
