/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait queues. The waiter is on the stack; the lock makes "test the condition, then sleep" one
 * step, so no wake-up is lost. What a thread is told meanwhile (core/thread.h) ends the wait with
 * -EINTR if its kind says so.
 */
#pragma once

#include "core/lock.h"
#include "core/thread.h"

#define WAIT_FOREVER UINT64_MAX

/* What ends a wait early: nothing, the end of the thread's domain (must_exit), that and a kick. */
enum wait_kind { WAIT_UNINTERRUPTIBLE, WAIT_KILLABLE, WAIT_INTERRUPTIBLE };

struct waitq {
	struct irqlock lock;
	struct list waiters;
};

struct waiter {
	struct list node;
	struct thread *thread;
	/*
	 * Called under the queue's lock by waitq_wake instead of waking thread; for ppoll and
	 * irqfd. NULL: wake the thread.
	 */
	void (*notify)(struct waiter *);
};

void waitq_init(struct waitq *q);
/* Links w (thread = current unless notify is set). */
void waitq_add(struct waitq *q, struct waiter *w);
void waitq_del(struct waitq *q, struct waiter *w);
/*
 * Wakes and unlinks up to n threads in order; returns how many. Waiters with notify are all called,
 * stay and do not count. Any context.
 */
u32 waitq_wake(struct waitq *q, u32 n);

/*
 * Sleeps until cond(arg) is true (tested under the queue's lock), the absolute deadline passes, or
 * what kind names is pending: 0, -ETIMEDOUT, -EINTR (a kick that may end it is consumed, others
 * stay). Thread context, interrupts on.
 */
__must_check int waitq_wait(struct waitq *q, bool (*cond)(void *), void *arg, u64 deadline_ns,
			    enum wait_kind kind);

/*
 * For interruptible waits over several queues: sleep_prepare, look at the conditions, then
 * sleep_until; a thread_wake in between makes sleep_until return at once. Results as above.
 * sleep_cancel when not sleeping after all.
 */
void sleep_prepare(void);
__must_check int sleep_until(u64 deadline_ns);
void sleep_cancel(void);
