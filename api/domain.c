/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a domain: made empty, ended by its own exit or crash, closed when the last thread
 * is gone, freed when the last VM over its memory is. Nothing unwinds another thread's stack:
 * threads are told, and leave by themselves.
 */
#include "api/domain.h"

#include "core/panic.h"
#include "core/string.h"
#include "core/time.h"

static struct mutex list_lock = {.waitq = {.waiters = LIST_INIT(list_lock.waitq.waiters)}};
static struct list domains = LIST_INIT(domains);

static const struct object_type end_type = {.name = "domain end", .destroy = object_kfree};

static struct domain_end *end_create(void)
{
	struct domain_end *e = kzalloc(sizeof(*e));

	if (e) {
		object_init(&e->obj, &end_type);
		waitq_init(&e->wq);
	}
	return e;
}

void domain_hold(struct domain *d)
{
	__atomic_fetch_add(&d->holders, 1, __ATOMIC_RELAXED);
}

void domain_drop(struct domain *d)
{
	if (__atomic_sub_fetch(&d->holders, 1, __ATOMIC_ACQ_REL) == 0) {
		kfree(d);
	}
}

/* Threads, VMs and mappings are gone: nobody else knows the domain. */
static void domain_destroy(struct object *o)
{
	struct domain *d = container_of(o, struct domain, obj);
	struct domain_end *e = d->end;

	ASSERT(d->thread_count == 0 && !d->handles.slots && list_empty(&d->as.watchers));
	mutex_lock(&list_lock);
	list_remove(&d->node);
	mutex_unlock(&list_lock);
	aspace_destroy(&d->as);
	/* What is left is in memfds that others have; a last one may go at this moment. */
	ASSERT(smp_load_acquire(&d->holders) > 1 || d->as.quota.used == 0);
	domain_drop(d);
	smp_store_release(&e->gone, true);
	waitq_wake(&e->wq, UINT32_MAX);
	object_put(&e->obj);
}

static const struct object_type domain_type = {.name = "domain", .destroy = domain_destroy};

u32 domain_next_id(void)
{
	static u32 last;
	u32 id;

	do {
		id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED) & INT32_MAX;
	} while (id == 0);
	return id;
}

struct domain *domain_create(const char *name, bool privileged, u64 quota)
{
	struct domain *d = kzalloc(sizeof(*d));

	if (!d) {
		return NULL;
	}
	d->end = end_create();
	if (!d->end || handle_table_init(&d->handles) < 0 || aspace_init(&d->as, quota) < 0) {
		handle_table_destroy(&d->handles, d);
		kfree(d->end);
		kfree(d);
		return NULL;
	}
	object_init(&d->obj, &domain_type);
	mutex_init(&d->lock);
	list_init(&d->threads);
	d->id = d->end->id = domain_next_id();
	d->holders = 1;
	strlcpy(d->name, name, sizeof(d->name));
	d->privileged = privileged;
	d->affinity = current_thread()->affinity;
	mutex_lock(&list_lock);
	list_push_back(&domains, &d->node);
	mutex_unlock(&list_lock);
	return d;
}

void domain_close(struct domain *d)
{
	int err;

	handle_table_destroy(&d->handles, d);
	/* Whole regions go: no table has to be split, so no memory is needed. */
	err = aspace_unmap(&d->as, 0, DOM_USER_TOP);
	ASSERT(err == 0);
}

void domain_end(struct domain *d, bool crashed, s32 code)
{
	mutex_lock(&d->lock);
	if (!d->ending) {
		d->ending = true;
		d->end->crashed = crashed;
		d->end->code = code;
	}
	list_for_each(struct domain_thread, t, &d->threads, node) {
		WRITE_ONCE(t->thread.must_exit, true);
		thread_kick(&t->thread);
	}
	mutex_unlock(&d->lock);
}

struct end_order {
	const struct domain_end *which;
	s32 signal;
};

static void end_if_named(struct domain *d, void *arg)
{
	const struct end_order *order = arg;

	if (d->end == order->which) {
		domain_end(d, true, order->signal);
	}
}

void domain_end_by_signal(const struct domain_end *e, s32 signal)
{
	struct end_order order = {.which = e, .signal = signal};

	domain_for_each(end_if_named, &order);
}

static bool is_gone(void *arg)
{
	const struct domain_end *e = arg;

	return smp_load_acquire(&e->gone);
}

int domain_end_wait(struct domain_end *e, enum wait_kind kind)
{
	return waitq_wait(&e->wq, is_gone, e, WAIT_FOREVER, kind);
}

void domain_for_each(void (*fn)(struct domain *d, void *arg), void *arg)
{
	mutex_lock(&list_lock);
	list_for_each(struct domain, d, &domains, node) {
		fn(d, arg);
	}
	mutex_unlock(&list_lock);
}

static u64 thread_runtime_ns(const struct domain_thread *t)
{
	u64 now = now_ns(), started = READ_ONCE(t->thread.started_ns);
	u64 running = READ_ONCE(t->thread.on_cpu) && now > started ? now - started : 0;

	return READ_ONCE(t->thread.runtime_ns) + running;
}

u64 domain_runtime_ns(struct domain *d, const struct domain_thread *t)
{
	u64 sum;

	if (t) {
		return thread_runtime_ns(t);
	}
	mutex_lock(&d->lock);
	sum = d->past_runtime_ns;
	list_for_each(struct domain_thread, each, &d->threads, node) {
		sum += thread_runtime_ns(each);
	}
	mutex_unlock(&d->lock);
	return sum;
}
