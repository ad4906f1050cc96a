/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference counts and the reaper. Destroying may sleep and take every lock there is, so it happens
 * in a thread of its own, in the order of the last puts; a put itself is safe anywhere.
 */
#include "core/object.h"

#include "core/panic.h"
#include "core/sched.h"
#include "core/waitq.h"

static struct irqlock lock; /* of the three below */
static struct list dead = LIST_INIT(dead);
static u64 dropped, destroyed; /* objects ever queued, ever destroyed */

static struct waitq work = {.waiters = LIST_INIT(work.waiters)}; /* the reaper waits for `dead` */
static struct waitq done = {.waiters = LIST_INIT(done.waiters)}; /* flushers wait for `destroyed` */

void object_init(struct object *o, const struct object_type *type)
{
	o->type = type;
	o->refs = 1;
	o->numbers = 0;
	list_init(&o->reap_node);
}

void object_get(struct object *o)
{
	u32 before = __atomic_fetch_add(&o->refs, 1, __ATOMIC_RELAXED);

	ASSERT(before != 0 && before != UINT32_MAX);
}

void object_put(struct object *o)
{
	u32 before = __atomic_fetch_sub(&o->refs, 1, __ATOMIC_ACQ_REL);
	bool irqs;

	ASSERT(before != 0);
	if (before > 1) {
		return;
	}
	irqs = irqlock_acquire(&lock);
	list_push_back(&dead, &o->reap_node);
	dropped++;
	irqlock_release(&lock, irqs);
	waitq_wake(&work, 1);
}

static struct object *take_dead(void)
{
	bool irqs = irqlock_acquire(&lock);
	struct object *o = NULL;

	if (!list_empty(&dead)) {
		o = list_first(&dead, struct object, reap_node);
		list_remove(&o->reap_node);
	}
	irqlock_release(&lock, irqs);
	return o;
}

static bool have_work(void *arg)
{
	struct object **o = arg;

	*o = take_dead();
	return *o != NULL;
}

void reaper_main(void *unused __unused)
{
	for (;;) {
		struct object *o;
		bool irqs;

		(void)!waitq_wait(&work, have_work, &o, WAIT_FOREVER, WAIT_UNINTERRUPTIBLE);
		o->type->destroy(o);
		irqs = irqlock_acquire(&lock);
		destroyed++;
		irqlock_release(&lock, irqs);
		waitq_wake(&done, UINT32_MAX);
	}
}

static bool reached(void *arg)
{
	const u64 *target = arg;

	return READ_ONCE(destroyed) >= *target;
}

void reaper_flush(void)
{
	u64 target = READ_ONCE(dropped);

	(void)!waitq_wait(&done, reached, &target, WAIT_FOREVER, WAIT_UNINTERRUPTIBLE);
}
