/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes and wait queues without a scheduler, for tests of the layers above that have one thread:
 * taking a held mutex or waiting for something that is not there yet can never end, so both abort.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/asm/percpu.h"
#include "core/errno.h"
#include "core/mutex.h"
#include "core/sched.h"
#include "fake.h"

static struct thread the_thread;

struct thread *current_thread(void)
{
	return this_cpu()->current ? this_cpu()->current : &the_thread;
}

void mutex_init(struct mutex *m)
{
	memset(m, 0, sizeof(*m));
	list_init(&m->waitq.waiters);
}

void mutex_lock(struct mutex *m)
{
	if (m->state) {
		fprintf(stderr, "mutex is held already\n");
		abort();
	}
	m->state = (uintptr_t)current_thread();
}

int mutex_lock_killable(struct mutex *m)
{
	mutex_lock(m);
	return 0;
}

void mutex_unlock(struct mutex *m)
{
	if (m->state != (uintptr_t)current_thread()) {
		fprintf(stderr, "mutex is not held\n");
		abort();
	}
	m->state = 0;
}

bool mutex_held(const struct mutex *m)
{
	return m->state == (uintptr_t)current_thread();
}

void waitq_init(struct waitq *q)
{
	memset(q, 0, sizeof(*q));
	list_init(&q->waiters);
}

void waitq_add(struct waitq *q, struct waiter *w)
{
	w->thread = current_thread();
	list_push_back(&q->waiters, &w->node);
}

void waitq_del(struct waitq *q, struct waiter *w)
{
	(void)q;
	list_remove(&w->node);
}

u32 waitq_wake(struct waitq *q, u32 n)
{
	u32 woken = 0;

	list_for_each_safe(struct waiter, w, next, &q->waiters, node) {
		if (w->notify) {
			w->notify(w);
		} else if (woken < n) {
			list_remove(&w->node);
			woken++;
		}
	}
	return woken;
}

/* A wait with a deadline times out at once. */
int waitq_wait(struct waitq *q, bool (*cond)(void *), void *arg, u64 deadline_ns,
	       enum wait_kind kind)
{
	(void)q;
	if (cond(arg)) {
		return 0;
	}
	if (kind == WAIT_INTERRUPTIBLE && kick_test_and_clear()) {
		return -EINTR;
	}
	if (deadline_ns == WAIT_FOREVER) {
		fprintf(stderr, "waits for ever\n");
		abort();
	}
	return -ETIMEDOUT;
}

bool kick_test_and_clear(void)
{
	bool kicked = current_thread()->kicked;

	current_thread()->kicked = false;
	return kicked;
}

bool kick_pending(void)
{
	return current_thread()->kicked || current_thread()->must_exit;
}

void thread_kick(struct thread *t)
{
	t->kicked = true;
}

bool thread_wake(struct thread *t)
{
	(void)t;
	return false;
}

void might_sleep(void)
{
	if (!fake_irqs_on()) {
		fprintf(stderr, "might_sleep with interrupts off\n");
		abort();
	}
}

void cond_resched(void)
{
	might_sleep();
}
