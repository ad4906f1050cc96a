/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the CPUs' time-stamp counters agree. */
#pragma once

#include "core/types.h"

/*
 * All CPUs, `online` of them, read the TSC in turn, as fast as they can, for some thousand rounds:
 * the greatest step back that any of them saw, in ticks; 0: they agree. Boot CPU, interrupts on.
 */
u64 tsc_warp(u32 online);
