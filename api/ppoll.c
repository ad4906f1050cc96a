/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ppoll: waits until one of several handles is ready. A waiter on each handle's queue sets one
 * flag and wakes the thread; the flag is looked at between the test of all handles and the sleep,
 * so no change is lost. The signal mask is the runtime's: it has stored the effective mask before
 * the call.
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "api/timespec.h"
#include "core/time.h"

struct poller {
	struct thread *thread;
	bool fired;		/* [a] a queue was woken since the last look */
};

struct poll_entry {
	struct linux_pollfd fd;
	struct handle h;	/* obj NULL: not a handle, or ignored */
	struct waitq *wq;	/* where this entry's waiter is linked, or NULL */
	struct waiter waiter;
	struct poller *poller;
};

static void notify(struct waiter *w)
{
	struct poll_entry *e = container_of(w, struct poll_entry, waiter);

	/* Fired already: the thread is awake, or looks at the flag before it sleeps. */
	if (!__atomic_exchange_n(&e->poller->fired, true, __ATOMIC_SEQ_CST)) {
		(void)thread_wake(e->poller->thread);
	}
}

/*
 * Whether the last waiter of q is this poller's already. One is enough, however often the handle is
 * named: whoever wakes the queue walks it with interrupts off.
 */
static bool is_linked(struct waitq *q, const struct poller *p)
{
	bool irqs = irqlock_acquire(&q->lock), mine = false;

	if (!list_empty(&q->waiters)) {
		struct waiter *last = list_entry(q->waiters.prev, struct waiter, node);

		mine = last->notify == notify &&
		       container_of(last, struct poll_entry, waiter)->poller == p;
	}
	irqlock_release(&q->lock, irqs);
	return mine;
}

/* Takes references and links the waiters. */
static void attach(struct domain *d, struct poll_entry *e, struct poller *p)
{
	e->poller = p;
	if (e->fd.fd < 0 || handle_get(&d->handles, (u32)e->fd.fd, &e->h) < 0) {
		e->h.obj = NULL;
		return;
	}
	(void)handle_poll(&e->h, &e->wq);
	if (e->wq && is_linked(e->wq, p)) {
		e->wq = NULL;
	}
	if (e->wq) {
		e->waiter.notify = notify;
		e->waiter.thread = p->thread;
		waitq_add(e->wq, &e->waiter);
	}
}

static void detach(struct poll_entry *e)
{
	if (!e->h.obj) {
		return;
	}
	if (e->wq) {
		waitq_del(e->wq, &e->waiter);
	}
	object_put(e->h.obj);
}

/* Sets revents of one entry; whether there are any. */
static bool look(struct poll_entry *e)
{
	struct waitq *wq;
	u32 bits = 0;

	if (e->h.obj) {
		bits = handle_poll(&e->h, &wq) & ((u16)e->fd.events | POLLERR | POLLHUP);
	} else if (e->fd.fd >= 0) {
		bits = POLLNVAL;
	}
	e->fd.revents = (s16)bits;
	return bits != 0;
}

/* The number of ready entries, 0 at the deadline, or -EINTR. */
static s64 wait_ready(struct poll_entry *entries, u32 count, struct poller *p, u64 deadline)
{
	int err = 0;

	for (;;) {
		u32 ready = 0;

		__atomic_store_n(&p->fired, false, __ATOMIC_SEQ_CST);
		for (u32 i = 0; i < count; i++) {
			ready += look(&entries[i]);
		}
		if (ready && err == -EINTR && !READ_ONCE(p->thread->must_exit)) {
			thread_kick(p->thread); /* not answered by this call */
		}
		if (ready || err) {
			return ready || err == -ETIMEDOUT ? (s64)ready : err;
		}
		if (deadline == 0) { /* only asks: no wait, no kick */
			return 0;
		}
		sleep_prepare();
		if (__atomic_load_n(&p->fired, __ATOMIC_SEQ_CST)) {
			sleep_cancel();
			continue;
		}
		err = sleep_until(deadline);
	}
}

static s64 poll_entries(struct domain *d, struct poll_entry *entries, u32 count, u64 fds,
			u64 deadline)
{
	struct poller p = {.thread = current_thread()};
	s64 ret;

	for (u32 i = 0; i < count; i++) {
		attach(d, &entries[i], &p);
	}
	ret = wait_ready(entries, count, &p, deadline);
	for (u32 i = 0; i < count; i++) {
		detach(&entries[i]);
	}
	for (u32 i = 0; ret >= 0 && i < count; i++) {
		u64 at = fds + i * sizeof(struct linux_pollfd) +
			 offsetof(struct linux_pollfd, revents);

		if (call_copy_out(at, &entries[i].fd.revents, sizeof(s16)) < 0) {
			ret = -EFAULT;
		}
	}
	return ret;
}

s64 call_ppoll(struct domain_thread *t, const struct call_args *args)
{
	u64 fds = args->rdi, timeout = args->rdx, deadline = WAIT_FOREVER, now;
	u32 count = (u32)args->rsi;
	struct poll_entry *entries;
	s64 ret = 0;

	if (timeout) {
		ret = timespec_in(timeout, &deadline);
		if (ret) {
			return ret;
		}
		deadline = deadline ? deadline_after(deadline) : 0;
	}
	if (count > HANDLES_MAX) {
		return -EINVAL;
	}
	entries = kzalloc(MAX(count, 1u) * sizeof(*entries));
	if (!entries) {
		return -ENOMEM;
	}
	for (u32 i = 0; !ret && i < count; i++) {
		ret = call_copy_in(&entries[i].fd, fds + i * sizeof(struct linux_pollfd),
				   sizeof(struct linux_pollfd));
	}
	if (!ret) {
		ret = poll_entries(t->domain, entries, count, fds, deadline);
	}
	kfree(entries);
	if (timeout && deadline) {
		/* As Linux: what is left, and no error if it cannot be written. */
		now = now_ns();
		(void)!timespec_out(timeout, deadline > now ? deadline - now : 0);
	}
	return ret;
}
