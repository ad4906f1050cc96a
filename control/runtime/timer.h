/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers that send signals: timer_create's and ITIMER_REAL. */
#pragma once

#include "control/runtime/thread.h"

/*
 * A signal with code SI_TIMER leaves the queue: stores the overrun in it and lets its timer go on.
 * Called under the signals' lock.
 */
void timer_signal_taken(struct signal_info *info);
/* Another program starts in this domain: what timer_create made is gone, alarms stay. */
void timers_forget(void);
