/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sleeping lock. Unlocking hands it to the thread that has waited longest, before that one even
 * runs: nobody overtakes, nobody starves. The state is `owner`, under the wait queue's lock.
 */
#include "core/mutex.h"

#include "core/panic.h"
#include "core/sched.h"

void mutex_init(struct mutex *m)
{
	waitq_init(&m->waitq);
	m->owner = NULL;
}

/*
 * Wait condition, under the queue's lock: takes a free mutex, or finds that unlock handed it over.
 */
static bool take(void *arg)
{
	struct mutex *m = arg;

	if (!m->owner) {
		m->owner = current_thread();
	}
	return m->owner == current_thread();
}

void mutex_lock(struct mutex *m)
{
	ASSERT(!mutex_held(m));
	while (waitq_wait(&m->waitq, take, m, WAIT_FOREVER, false) != 0) {
	}
}

int mutex_lock_interruptible(struct mutex *m)
{
	ASSERT(!mutex_held(m));
	return waitq_wait(&m->waitq, take, m, WAIT_FOREVER, true);
}

void mutex_unlock(struct mutex *m)
{
	bool irqs = irqlock_acquire(&m->waitq.lock);
	struct thread *next = NULL;

	ASSERT(m->owner == current_thread());
	if (!list_empty(&m->waitq.waiters)) {
		struct waiter *w = list_first(&m->waitq.waiters, struct waiter, node);

		next = w->thread;
		list_remove(&w->node);
	}
	WRITE_ONCE(m->owner, next);
	if (next) {
		(void)thread_wake(next);
	}
	irqlock_release(&m->waitq.lock, irqs);
}

bool mutex_held(const struct mutex *m)
{
	return READ_ONCE(m->owner) == current_thread();
}
