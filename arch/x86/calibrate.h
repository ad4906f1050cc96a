/* SPDX-License-Identifier: BSD-2-Clause */
/* The rate of the TSC, measured against a clock of known rate. */
#pragma once

#include "core/types.h"

/*
 * TSC ticks per millisecond = kHz: HPET, else PM timer, else PIT. *source names what was used.
 * 0: nothing usable. Interrupts off.
 */
u64 tsc_calibrate_khz(const char **source);
