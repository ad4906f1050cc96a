/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticks to nanoseconds and back. The two conversions are exact inverses (rounded so that a
 * deadline's tick is never before the deadline), or a timer would fire early and be armed again and
 * again.
 */
#include "core/time.h"

#include "arch/x86/asm/tsc.h"

struct clock_params clock;

u64 clock_entry_tsc;

void time_init(u64 tsc_khz, u64 wall_base_ns)
{
	u32 shift = 32;

	/* The largest shift whose multiplier fits 32 bits: less than 2^-29 off, 0.2 ms a day. */
	while ((NSEC_PER_MSEC << shift) / tsc_khz > UINT32_MAX) {
		shift--;
	}
	clock = (struct clock_params){
		.tsc_khz = tsc_khz, .mult = (u32)((NSEC_PER_MSEC << shift) / tsc_khz),
		.shift = shift, .tsc_base = rdtsc(), .wall_base_ns = wall_base_ns,
	};
}

u64 time_tsc_to_ns(u64 tsc)
{
	u64 ticks = tsc - clock.tsc_base;

	if (tsc < clock.tsc_base) { /* another CPU's counter, a hair behind at boot */
		return 0;
	}
	return (u64)(((unsigned __int128)ticks * clock.mult) >> clock.shift);
}

u64 time_ns_to_tsc(u64 ns)
{
	u64 whole = ns / clock.mult;
	u64 part = (((ns % clock.mult) << clock.shift) + clock.mult - 1) / clock.mult;
	u64 ticks;

	if (whole >> (64 - clock.shift)) {
		return UINT64_MAX;
	}
	if (__builtin_add_overflow(whole << clock.shift, part, &ticks) ||
	    __builtin_add_overflow(ticks, clock.tsc_base, &ticks)) {
		return UINT64_MAX;
	}
	return ticks;
}

u64 now_ns(void)
{
	return time_tsc_to_ns(rdtsc());
}

u64 time_wall_ns(void)
{
	return clock.wall_base_ns + now_ns();
}
