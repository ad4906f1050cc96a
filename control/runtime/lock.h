/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runtime's one lock. Held with interrupts off, for short stretches but for the lock of
 * numbers, which a spawn holds while the new domain is made. The holder's control vCPU may be
 * descheduled, so a waiter that spins in vain yields. Order: numbers > epolls > timerfds > tty >
 * files > children > pipes > hidden > signals > timers > threads > random.
 */
#pragma once

#include <asm/unistd.h>

#include "control/runtime/hypercall.h"

struct lock {
	u32 held;
};

static inline void lock_take(struct lock *l)
{
	u32 tries = 0;

	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED)) {
			asm volatile("pause");
			if (++tries % 256 == 0) {
				call_own(__NR_sched_yield);
			}
		}
	}
}

static inline void lock_drop(struct lock *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}
