/* SPDX-License-Identifier: BSD-2-Clause */
/* The feature report: what this machine offers, as text before the first entry into a guest. */
#pragma once

#include "core/types.h"

void report_clock(u64 tsc_khz, const char *source);
/* Probes virtualization (fatal with one line if it is missing) and prints what was found. */
void report_virtualization(void);
/* Interrupts on: it compares the CPUs' clocks. */
void report_cpus(void);
void report_memory(void);
