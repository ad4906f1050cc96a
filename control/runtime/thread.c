/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thread slots: taken by clone, freed by the hypervisor after the thread has left its stack for
 * good.
 */
#include "control/runtime/thread.h"

#include <linux/futex.h>

#include "control/runtime/cpu.h"

static u8 slots[THREADS_MAX][THREAD_SLOT] __attribute__((aligned(4096)));
static struct lock threads_lock;
static u32 own_threads; /* that run for the runtime */

static struct thread *slot(u32 index)
{
	return (struct thread *)slots[index];
}

struct thread *thread_at(u32 index)
{
	struct thread *t = slot(index);

	return __atomic_load_n(&t->in_use, __ATOMIC_ACQUIRE) && t->tid ? t : NULL;
}

struct thread *thread_find(u32 tid)
{
	for (u32 i = 0; i < THREADS_MAX; i++) {
		struct thread *t = thread_at(i);

		if (t && t->tid == tid) {
			return t;
		}
	}
	return NULL;
}

struct thread *thread_slot_take(void)
{
	struct thread *t = NULL;

	lock_take(&threads_lock);
	for (u32 i = 0; i < THREADS_MAX; i++) {
		if (!__atomic_load_n(&slot(i)->in_use, __ATOMIC_ACQUIRE)) {
			t = slot(i);
			memset(t, 0, sizeof(*t));
			t->self = (u64)t;
			t->index = i;
			t->kernel_top = (u64)t + THREAD_SLOT;
			t->in_use = 1;
			break;
		}
	}
	lock_drop(&threads_lock);
	return t;
}

long thread_start_own(void (*main)(struct thread *self))
{
	struct thread *t = thread_slot_take();
	struct corbel_thread_create create = {.size = sizeof(create), .rip = (u64)main};
	long tid;

	if (!t) {
		return -EAGAIN;
	}
	t->blocked = ~0ull;
	create.arg = (u64)t;
	create.rsp = t->kernel_top - 8; /* as behind a call */
	tid = call_own(CORBEL_THREAD_CREATE, &create);
	if (tid < 0) {
		__atomic_store_n(&t->in_use, 0, __ATOMIC_RELEASE);
		return tid;
	}
	__atomic_fetch_add(&own_threads, 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* Lock held. */
static bool others_left(const struct thread *t)
{
	for (u32 i = 0; i < THREADS_MAX; i++) {
		const struct thread *other = thread_at(i);

		if (other && other != t && !other->leaving) {
			return true;
		}
	}
	return false;
}

bool thread_is_alone(const struct thread *t)
{
	bool alone;

	lock_take(&threads_lock);
	alone = !others_left(t);
	lock_drop(&threads_lock);
	return alone;
}

bool thread_leave(struct thread *t)
{
	bool last;

	lock_take(&threads_lock);
	t->leaving = true;
	last = !others_left(t) && own_threads;
	lock_drop(&threads_lock);
	return last;
}

struct thread *thread_first(u32 tid)
{
	struct thread *t = slot(0);

	t->self = (u64)t;
	t->kernel_top = (u64)t + THREAD_SLOT;
	t->in_use = 1;
	t->tid = tid;
	cpu_load(t);
	return t;
}

void thread_main(struct thread *t)
{
	cpu_load(t);
	while (!__atomic_load_n(&t->started, __ATOMIC_ACQUIRE)) {
		call_own(__NR_futex, &t->started, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, 0);
	}
	asm volatile("fninit; fldcw %0; ldmxcsr %1" : : "m"(t->fpu_control), "m"(t->mxcsr));
}
