/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd2: a 64-bit counter that reads take and writes add to. The wait queue's lock is the
 * counter's lock: the conditions of the waits do the work.
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"

#define COUNTER_MAX (UINT64_MAX - 1)

struct eventfd {
	struct object obj;
	struct waitq wq;	/* readers and writers */
	u64 counter;		/* under wq.lock */
	bool semaphore, nonblock;
};

/* One read or write while it waits. */
struct turn {
	struct eventfd *e;
	u64 value;
};

static const struct object_type eventfd_type = {.name = "eventfd", .destroy = object_kfree};

static bool try_take(void *arg)
{
	struct turn *turn = arg;
	struct eventfd *e = turn->e;

	if (e->counter == 0) {
		return false;
	}
	turn->value = e->semaphore ? 1 : e->counter;
	e->counter -= turn->value;
	return true;
}

static bool try_add(void *arg)
{
	struct turn *turn = arg;
	struct eventfd *e = turn->e;

	if (turn->value > COUNTER_MAX - e->counter) {
		return false;
	}
	e->counter += turn->value;
	return true;
}

/* Waits for its turn (or not, if nonblock) and lets the other side look again. */
static int take_turn(struct turn *turn, bool (*attempt)(void *))
{
	struct eventfd *e = turn->e;
	int err = 0;

	if (e->nonblock) {
		bool irqs = irqlock_acquire(&e->wq.lock);

		err = attempt(turn) ? 0 : -EAGAIN;
		irqlock_release(&e->wq.lock, irqs);
	} else {
		err = waitq_wait(&e->wq, attempt, turn, WAIT_FOREVER, WAIT_INTERRUPTIBLE);
	}
	if (!err) {
		waitq_wake(&e->wq, UINT32_MAX);
	}
	return err;
}

static s64 eventfd_read(struct object *o, struct domain *d, dva_t buf, u64 len)
{
	struct turn turn = {.e = container_of(o, struct eventfd, obj)};
	int err;

	if (len < sizeof(u64)) {
		return -EINVAL;
	}
	err = take_turn(&turn, try_take);
	if (!err) {
		err = copy_to_domain(&d->as, buf, &turn.value, sizeof(u64));
	}
	return err ? err : (s64)sizeof(u64);
}

static s64 eventfd_write(struct object *o, struct domain *d, dva_t buf, u64 len)
{
	struct turn turn = {.e = container_of(o, struct eventfd, obj)};
	int err;

	if (len < sizeof(u64)) {
		return -EINVAL;
	}
	err = copy_from_domain(&d->as, &turn.value, buf, sizeof(u64));
	if (!err && turn.value > COUNTER_MAX) {
		err = -EINVAL;
	}
	if (!err) {
		err = take_turn(&turn, try_add);
	}
	return err ? err : (s64)sizeof(u64);
}

static u32 eventfd_poll(struct object *o, struct waitq **wq)
{
	struct eventfd *e = container_of(o, struct eventfd, obj);
	u64 counter = READ_ONCE(e->counter);

	*wq = &e->wq;
	return (counter > 0 ? POLLIN : 0) | (counter < COUNTER_MAX ? POLLOUT : 0);
}

static const struct handle_ops eventfd_ops = {
	.type = CORBEL_H_EVENTFD,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
};

s64 call_eventfd2(struct domain_thread *t, const struct call_args *args)
{
	u32 flags = (u32)args->rsi;
	struct eventfd *e;

	if (flags & ~(u32)(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC)) {
		return -EINVAL;
	}
	e = kzalloc(sizeof(*e));
	if (!e) {
		return -ENOMEM;
	}
	object_init(&e->obj, &eventfd_type);
	waitq_init(&e->wq);
	e->counter = (u32)args->rdi;
	e->semaphore = flags & EFD_SEMAPHORE;
	e->nonblock = flags & O_NONBLOCK;
	return handle_install_new(&t->domain->handles, &e->obj, &eventfd_ops,
				  RIGHT_READ | RIGHT_WRITE);
}
