/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's thread: made with all its memory before it starts, so that its start cannot fail;
 * freed by the reaper when it is off its CPU. The last one closes the domain.
 */
#include "api/domain.h"

#include "api/futex.h"
#include "mm/kvmap.h"

struct domain_thread *current_domain_thread(void)
{
	return container_of((struct hv_thread *)current_thread()->owner, struct domain_thread, hvt);
}

static void free_memory(struct domain_thread *t)
{
	if (t->vcpu.hw) {
		hv_vcpu_free(&t->vcpu);
	}
	fpu_free(t->fpu);
	if (t->thread.stack_base.v) {
		kstack_free((void *)t->thread.stack_base.v);
	}
	kfree(t);
}

/* The thread has dropped its own reference as its last act. */
static void thread_destroy(struct object *o)
{
	struct domain_thread *t = container_of(o, struct domain_thread, obj);
	struct domain *d = t->domain;
	bool last;

	thread_join(&t->thread);
	mutex_lock(&d->lock);
	d->past_runtime_ns += t->thread.runtime_ns;
	last = --d->thread_count == 0;
	d->ending = d->ending || last;
	mutex_unlock(&d->lock);
	free_memory(t);
	if (last) {
		domain_close(d);
	}
	object_put(&d->obj);
}

static const struct object_type thread_type = {.name = "domain thread", .destroy = thread_destroy};

/*
 * A word that the thread's exit named; the domain may have unmapped it meanwhile, then nobody
 * waits.
 */
static void clear_and_wake(struct domain *d, u64 addr)
{
	if (addr && domain_store_u32(&d->as, DVA(addr), 0) == 0) {
		futex_wake_all(d, addr);
	}
}

static void thread_main(void *arg)
{
	struct domain_thread *t = arg;
	struct domain *d = t->domain;

	domain_vcpu_reset(t);
	domain_run(t);
	hv_thread_unload(&t->hvt, &t->vcpu);
	hv_thread_fpu(&t->hvt, NULL);
	mutex_lock(&d->lock);
	list_remove(&t->node);
	if (!d->ending && t->tid == d->id) {
		d->end->code = t->exit_code;
	}
	mutex_unlock(&d->lock);
	clear_and_wake(d, t->exit_clear);
	clear_and_wake(d, t->exit_stack);
	object_put(&t->obj);
}

static struct domain_thread *thread_alloc(struct domain *d)
{
	struct domain_thread *t = kzalloc(sizeof(*t));
	void *stack;

	if (!t) {
		return NULL;
	}
	t->domain = d;
	stack = kstack_alloc();
	if (!stack) {
		goto failed;
	}
	thread_init(&t->thread, d->name, (hva_t){(u64)(uintptr_t)stack}, thread_main, t);
	t->thread.owner = &t->hvt;
	t->thread.hooks = &hv_thread_hooks;
	t->fpu = fpu_alloc();
	if (!t->fpu || hv_vcpu_init(&t->vcpu) < 0) {
		t->vcpu.hw = NULL;
		goto failed;
	}
	object_init(&t->obj, &thread_type);
	list_init(&t->node);
	return t;

failed:
	free_memory(t);
	return NULL;
}

s64 domain_thread_create(struct domain *d, const struct domain_start *start,
			 const struct domain_thread *creator)
{
	struct domain_thread *t = thread_alloc(d);
	u32 tid;

	if (!t) {
		return -ENOMEM;
	}
	t->start = *start;
	t->tid = tid = creator ? domain_next_id() : d->id;
	t->thread.affinity = d->affinity;
	if (creator) {
		t->thread.affinity = creator->thread.affinity;
		t->thread.realtime = creator->thread.realtime;
		t->thread.weight = creator->thread.weight;
		t->vcpu.guest_xcr0 = creator->vcpu.guest_xcr0;
	}
	mutex_lock(&d->lock);
	if (d->ending || d->thread_count >= DOMAIN_MAX_THREADS) {
		mutex_unlock(&d->lock);
		free_memory(t);
		return -EAGAIN;
	}
	object_get(&d->obj);
	list_push_back(&d->threads, &t->node);
	d->thread_count++;
	mutex_unlock(&d->lock);
	thread_start(&t->thread);
	return tid;
}

struct domain_thread *domain_thread_find(struct domain *d, u64 tid)
{
	struct domain_thread *found = NULL;

	mutex_lock(&d->lock);
	list_for_each(struct domain_thread, t, &d->threads, node) {
		if (t->tid == tid || (tid == 0 && t == current_domain_thread())) {
			object_get(&t->obj);
			found = t;
			break;
		}
	}
	mutex_unlock(&d->lock);
	return found;
}
