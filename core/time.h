/* SPDX-License-Identifier: BSD-2-Clause */
/* The monotonic clock: nanoseconds since boot, from the TSC: ns = (tsc * mult >> shift) + base. */
#pragma once

#include "core/types.h"

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

struct clock_params {
	u64 tsc_khz;
	u32 mult, shift;	/* ns = (tsc - tsc_base) * mult >> shift (96-bit product) */
	u64 tsc_base;
	u64 wall_base_ns;	/* CLOCK_REALTIME at tsc_base, from the CMOS clock; 0 if unknown */
};
extern struct clock_params clock;
/* The TSC at the first C instruction, for measuring the boot. */
extern u64 clock_entry_tsc;

/* Sets the clock's rate once at boot, before other CPUs run. */
void time_init(u64 tsc_khz, u64 wall_base_ns);
u64 now_ns(void);
u64 time_tsc_to_ns(u64 tsc);		/* absolute tick -> now_ns time */
u64 time_ns_to_tsc(u64 ns);		/* absolute now_ns time -> tick; saturates */
u64 time_wall_ns(void);			/* CLOCK_REALTIME, ns since 1970 */
