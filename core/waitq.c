/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping. A thread first says that it sleeps (sleep_prepare), then looks whether it must, then
 * gives the CPU away; a waker first makes the condition true, then wakes. Whichever comes first,
 * nobody sleeps on a true condition.
 */
#include "core/waitq.h"

#include "core/runqueue.h"
#include "core/time.h"

struct alarm {
	struct timer timer;
	struct thread *thread;
};

static void set_state(enum thread_state state)
{
	struct thread *t = current_thread();
	struct runqueue *rq;
	bool irqs = thread_lock(t, &rq);

	t->state = state;
	irqlock_release(&rq->lock, irqs);
}

void sleep_prepare(void)
{
	might_sleep();
	set_state(THREAD_SLEEPING);
	smp_mb(); /* the state before the conditions that the caller reads now */
}

void sleep_cancel(void)
{
	set_state(THREAD_RUNNABLE);
}

static void ring(struct timer *timer)
{
	(void)thread_wake(container_of(timer, struct alarm, timer)->thread);
}

/* Whether what was told to the calling thread ends a wait of that kind. */
static bool must_stop(enum wait_kind kind)
{
	return kind == WAIT_INTERRUPTIBLE
		       ? kick_pending()
		       : kind == WAIT_KILLABLE && READ_ONCE(current_thread()->must_exit);
}

/* Sleeps after sleep_prepare unless a reason not to is there already; consumes nothing. */
static void block(u64 deadline_ns, enum wait_kind kind)
{
	struct alarm alarm = {.thread = current_thread()};

	if (must_stop(kind) || now_ns() >= deadline_ns) {
		sleep_cancel();
		return;
	}
	timer_init(&alarm.timer, ring);
	if (deadline_ns != WAIT_FOREVER) {
		timer_arm(&alarm.timer, deadline_ns);
	}
	schedule();
	if (deadline_ns != WAIT_FOREVER) {
		(void)timer_cancel(&alarm.timer);
	}
}

/*
 * Why a wait ends although its condition does not hold: -EINTR (kick consumed), -ETIMEDOUT, or 0:
 * it does not end.
 */
static int reason_to_stop(u64 deadline_ns, enum wait_kind kind)
{
	if (must_stop(kind)) {
		if (kind == WAIT_INTERRUPTIBLE) {
			(void)kick_test_and_clear();
		}
		return -EINTR;
	}
	return now_ns() >= deadline_ns ? -ETIMEDOUT : 0;
}

int sleep_until(u64 deadline_ns)
{
	block(deadline_ns, WAIT_INTERRUPTIBLE);
	return reason_to_stop(deadline_ns, WAIT_INTERRUPTIBLE);
}

void waitq_init(struct waitq *q)
{
	*q = (struct waitq){.waiters = LIST_INIT(q->waiters)};
}

void waitq_add(struct waitq *q, struct waiter *w)
{
	bool irqs = irqlock_acquire(&q->lock);

	if (!w->notify) {
		w->thread = current_thread();
	}
	list_push_back(&q->waiters, &w->node);
	irqlock_release(&q->lock, irqs);
}

void waitq_del(struct waitq *q, struct waiter *w)
{
	bool irqs = irqlock_acquire(&q->lock);

	list_remove(&w->node);
	irqlock_release(&q->lock, irqs);
}

u32 waitq_wake(struct waitq *q, u32 n)
{
	bool irqs = irqlock_acquire(&q->lock);
	u32 woken = 0;

	list_for_each_safe(struct waiter, w, next, &q->waiters, node) {
		if (w->notify) {
			w->notify(w);
		} else if (woken < n) {
			list_remove(&w->node);
			(void)thread_wake(w->thread);
			woken++;
		}
	}
	irqlock_release(&q->lock, irqs);
	return woken;
}

int waitq_wait(struct waitq *q, bool (*cond)(void *), void *arg, u64 deadline_ns,
	       enum wait_kind kind)
{
	struct waiter w = {.thread = current_thread()};
	int err = 0;
	bool irqs;

	might_sleep();
	list_init(&w.node);
	irqs = irqlock_acquire(&q->lock);
	while (!cond(arg)) {
		err = reason_to_stop(deadline_ns, kind);
		if (err) {
			break;
		}
		/* First round, or woken for nothing: to the end of the queue. */
		if (list_empty(&w.node)) {
			list_push_back(&q->waiters, &w.node);
		}
		set_state(THREAD_SLEEPING);
		smp_mb();
		irqlock_release(&q->lock, irqs);
		block(deadline_ns, kind);
		irqs = irqlock_acquire(&q->lock);
	}
	list_remove(&w.node);
	irqlock_release(&q->lock, irqs);
	return err;
}
