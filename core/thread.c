/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's life: init, start, entry, exit, join; and the kick, which is how one thread tells
 * another to come out of whatever it does. The last thing a dead thread needs is its stack, until
 * its successor has finished the switch.
 */
#include "core/thread.h"

#include "arch/x86/asm/percpu.h"
#include "core/panic.h"
#include "core/runqueue.h"
#include "core/string.h"
#include "core/waitq.h"

/* All joiners wait here: the dead thread's own memory may be freed at once. */
static struct waitq joiners = {.waiters = LIST_INIT(joiners.waiters)};

void thread_init(struct thread *t, const char *name, hva_t stack_base, void (*fn)(void *),
		 void *arg)
{
	memset(t, 0, sizeof(*t));
	t->stack_base = stack_base;
	strlcpy(t->name, name, sizeof(t->name));
	t->fn = fn;
	t->arg = arg;
	t->state = THREAD_NEW;
	list_init(&t->run_node);
	t->cpu = this_cpu()->index;
	t->affinity = UINT64_MAX;
	t->weight = WEIGHT_DEFAULT;
	arch_thread_prepare(t);
}

void thread_start(struct thread *t)
{
	ASSERT(t->state == THREAD_NEW);
	t->state = THREAD_RUNNABLE;
	sched_place(t, 0);
}

void thread_entry_c(struct thread *t)
{
	sched_finish_switch();
	irq_enable();
	t->fn(t->arg);
	thread_exit();
}

void thread_exit(void)
{
	struct thread *t = current_thread();
	struct runqueue *rq;
	bool irqs = thread_lock(t, &rq);

	t->state = THREAD_DEAD;
	irqlock_release(&rq->lock, irqs);
	schedule();
	panic("thread %s runs after its end", t->name);
}

void thread_dead(void)
{
	waitq_wake(&joiners, UINT32_MAX);
}

static bool is_gone(void *arg)
{
	struct thread *t = arg;

	return !smp_load_acquire(&t->on_cpu) && READ_ONCE(t->state) == THREAD_DEAD;
}

void thread_join(struct thread *t)
{
	(void)!waitq_wait(&joiners, is_gone, t, WAIT_FOREVER, WAIT_UNINTERRUPTIBLE);
}

struct thread *current_thread(void)
{
	return this_cpu()->current;
}

void thread_kick(struct thread *t)
{
	__atomic_store_n(&t->kicked, true, __ATOMIC_RELAXED);
	smp_mb(); /* the other side: in_guest = true or state = SLEEPING, barrier, kicked */
	if (smp_load_acquire(&t->in_guest)) {
		arch_kick_cpu(READ_ONCE(t->cpu));
	} else {
		/* A wait that may not be interrupted tests its condition and sleeps on. */
		(void)thread_wake(t);
	}
}

bool kick_test_and_clear(void)
{
	struct thread *t = current_thread();

	return READ_ONCE(t->kicked) && __atomic_exchange_n(&t->kicked, false, __ATOMIC_SEQ_CST);
}

bool kick_pending(void)
{
	struct thread *t = current_thread();

	return READ_ONCE(t->kicked) || READ_ONCE(t->must_exit);
}
