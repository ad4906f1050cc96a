/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers that send signals: timer_create's and ITIMER_REAL. */
#pragma once

#include "control/runtime/thread.h"

/*
 * A signal with code SI_TIMER leaves the queue: stores the overrun in it and lets its timer go on.
 * Called under the signals' lock.
 */
void timer_signal_taken(struct signal_info *info);
/* A thread of the runtime's own runs for the timers. */
bool timer_thread_runs(void);
