/* SPDX-License-Identifier: BSD-2-Clause */
/* The time-stamp counter. Faked in unit tests. */
#pragma once

#include "core/types.h"

/* Ticks since reset, not ordered against earlier loads: fine for clocks and deadlines. */
static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return ((u64)hi << 32) | lo;
}

/* The same, not before earlier loads are done. */
static inline u64 rdtsc_ordered(void)
{
	__asm__ volatile("lfence" ::: "memory");
	return rdtsc();
}
