/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pending signals of a thread or of the process: a bit and one siginfo per signal, and behind them,
 * for real-time signals, those that came while the bit was set. All under the signals' lock.
 */
#pragma once

#include "control/runtime/thread.h"

#define SIGMASK(sig) (1ull << ((sig)-1))
#define REALTIME_FIRST 32 /* the kernel's: glibc's SIGRTMIN is higher */

struct sigqueue {
	u64 *pending;
	struct signal_info *info; /* [SIGNALS] */
	u16 *more;		  /* first of the further ones, 0: none */
};

/* 1: pending now; 0: was pending already and is not queued twice; -EAGAIN: no room. */
long sigqueue_add(const struct sigqueue *q, u32 sig, const struct signal_info *info);
/* Takes the next one of set, as Linux chooses: its number, or 0. */
u32 sigqueue_take(const struct sigqueue *q, u64 set, struct signal_info *info);
/* Forgets all of a set. */
void sigqueue_flush(const struct sigqueue *q, u64 set);
