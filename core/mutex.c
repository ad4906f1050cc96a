/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sleeping lock. One word holds the owner and, in bit 0, whether somebody waits: taking and
 * giving back a lock that nobody waits for is one compare-and-swap. Otherwise unlocking hands
 * it to the thread that has waited longest, before that one even runs: nobody overtakes, nobody
 * starves.
 */
#include "core/mutex.h"

#include "arch/x86/asm/percpu.h"
#include "core/cpu.h"
#include "core/panic.h"

#define WAITERS 1UL	/* set under the wait queue's lock, before the waiter sleeps */

void mutex_init(struct mutex *m)
{
	waitq_init(&m->waitq);
	m->state = 0;
}

/* current_thread() without the call: every ioctl of a vCPU comes by. */
static uintptr_t me(void)
{
	return (uintptr_t)this_cpu()->current;
}

static bool swap(struct mutex *m, uintptr_t *expected, uintptr_t next)
{
	return __atomic_compare_exchange_n(&m->state, expected, next, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static bool take_free(struct mutex *m)
{
	uintptr_t free = 0;

	return swap(m, &free, me());
}

/*
 * Wait condition, under the queue's lock: takes a free mutex, finds that unlock handed it over, or
 * leaves word that somebody waits.
 */
static bool take(void *arg)
{
	struct mutex *m = arg;
	uintptr_t seen = READ_ONCE(m->state);

	for (;;) {
		if ((seen & ~WAITERS) == me()) {
			return true;
		}
		if (!seen) {
			if (swap(m, &seen, me())) {
				return true;
			}
		} else if (seen & WAITERS || swap(m, &seen, seen | WAITERS)) {
			return false;
		}
	}
}

static int lock(struct mutex *m, enum wait_kind kind)
{
	if (likely(take_free(m))) {
		return 0;
	}
	ASSERT(!mutex_held(m));
	return waitq_wait(&m->waitq, take, m, WAIT_FOREVER, kind);
}

void mutex_lock(struct mutex *m)
{
	(void)lock(m, WAIT_UNINTERRUPTIBLE);
}

int mutex_lock_killable(struct mutex *m)
{
	return lock(m, WAIT_KILLABLE);
}

/* Somebody waits, or did and gave up: the longest waiting becomes the owner. */
static void hand_over(struct mutex *m)
{
	bool irqs = irqlock_acquire(&m->waitq.lock);
	struct thread *next = NULL;
	uintptr_t state = 0;

	if (!list_empty(&m->waitq.waiters)) {
		struct waiter *w = list_first(&m->waitq.waiters, struct waiter, node);

		next = w->thread;
		list_remove(&w->node);
		state = (uintptr_t)next | (list_empty(&m->waitq.waiters) ? 0 : WAITERS);
	}
	__atomic_store_n(&m->state, state, __ATOMIC_RELEASE);
	if (next) {
		(void)thread_wake(next);
	}
	irqlock_release(&m->waitq.lock, irqs);
}

void mutex_unlock(struct mutex *m)
{
	uintptr_t mine = me();

	if (likely(swap(m, &mine, 0))) {
		return;
	}
	ASSERT(mutex_held(m));
	hand_over(m);
}

bool mutex_held(const struct mutex *m)
{
	return (READ_ONCE(m->state) & ~WAITERS) == me();
}
