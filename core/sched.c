/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs next on this CPU, and the switch. The queue's lock is taken by the thread that leaves
 * and released by the one that continues (sched_finish_switch), so nobody can see a thread half
 * switched.
 */
#include "core/sched.h"

#include "arch/x86/asm/percpu.h"
#include "core/panic.h"
#include "core/runqueue.h"
#include "core/time.h"

enum give { GIVE_IF_DUE, GIVE_TO_ANYBODY };

void might_sleep(void)
{
	ASSERT(irqs_on());
	ASSERT(this_cpu()->irq_depth == 0);
}

/* Whether `first` should run instead of prev, which could go on. */
static bool is_due(const struct thread *first, const struct thread *prev, enum give give, u64 now)
{
	u64 vruntime = thread_vruntime(prev, now);

	if (prev->realtime || first->realtime) {
		return first->realtime && (!prev->realtime || give == GIVE_TO_ANYBODY);
	}
	if (give == GIVE_TO_ANYBODY || first->vruntime_ns + WAKEUP_PREEMPT_NS < vruntime) {
		return true;
	}
	return now - prev->started_ns >= SCHED_SLICE_NS && first->vruntime_ns < vruntime;
}

/* Takes the next thread out of the queue; prev if it goes on. Queue lock held. */
static struct thread *pick(struct cpu *cpu, struct thread *prev, enum give give, u64 now)
{
	struct runqueue *rq = &cpu->rq;
	struct thread *first = runqueue_first(rq);
	bool may_go_on = prev != rq->idle && prev->state == THREAD_RUNNABLE &&
			 (prev->affinity & BIT(cpu->index));

	if (may_go_on && (!first || !is_due(first, prev, give, now))) {
		return prev;
	}
	if (!first) {
		return rq->idle;
	}
	runqueue_remove(rq, first);
	return first;
}

/*
 * Starts or stops the slice timer: it runs only while somebody waits. Interrupts off, no lock held.
 */
static void update_slice(struct cpu *cpu)
{
	struct timer *slice = &cpu->rq.slice;
	u64 over = cpu->current->started_ns + SCHED_SLICE_NS;

	if (cpu->current == cpu->rq.idle || READ_ONCE(cpu->rq.runnable) == 0) {
		if (slice->cpu) {
			(void)timer_disarm(slice);
		}
	} else if (!slice->cpu || slice->deadline_ns != over) {
		timer_arm(slice, over);
	}
}

void sched_finish_switch(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->rq.prev;
	const struct thread_hooks *hooks = cpu->current->hooks;
	bool dead = prev->state == THREAD_DEAD;
	/* Its affinity forbids this CPU: it is in no queue, and ours to move. */
	bool moves = prev != cpu->rq.idle && prev->state == THREAD_RUNNABLE && !prev->queued;

	smp_store_release(&prev->on_cpu, false);
	spin_unlock(&cpu->rq.lock.lock);
	if (dead) {
		thread_dead(); /* prev's memory may be gone already */
	}
	if (moves) {
		sched_place(prev, 0);
	}
	if (hooks && hooks->switch_in) {
		hooks->switch_in(cpu->current);
	}
	update_slice(cpu);
}

/*
 * Gives the CPU from prev to next. Queue lock held, interrupts off; returns when prev continues,
 * lock released.
 */
static void switch_threads(struct cpu *cpu, struct thread *prev, struct thread *next, u64 now)
{
	struct runqueue *rq = &cpu->rq;

	thread_account(prev, now);
	if (prev != rq->idle && prev->state == THREAD_RUNNABLE &&
	    (prev->affinity & BIT(cpu->index))) {
		runqueue_insert(rq, prev);
	}
	next->started_ns = now;
	next->on_cpu = true;
	rq->prev = prev;
	WRITE_ONCE(cpu->current, next);
	runqueue_update_min(cpu, now);
	arch_thread_switch(prev, next);
	sched_finish_switch();
}

static void reschedule(enum give give)
{
	bool irqs = irq_save();
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->current;
	const struct thread_hooks *hooks = prev->hooks;
	struct thread *next;
	u64 now;

	ASSERT(irqs && cpu->irq_depth == 0);
	ASSERT(prev != cpu->rq.idle || prev->state == THREAD_RUNNABLE);
	if (hooks && hooks->switch_out) {
		hooks->switch_out(prev);
	}
	spin_lock(&cpu->rq.lock.lock);
	WRITE_ONCE(cpu->need_resched, false);
	now = now_ns();
	runqueue_update_min(cpu, now);
	next = pick(cpu, prev, give, now);
	if (next != prev) {
		switch_threads(cpu, prev, next, now);
	} else {
		if (now - prev->started_ns >= SCHED_SLICE_NS) {
			thread_account(prev, now); /* another slice */
		}
		spin_unlock(&cpu->rq.lock.lock);
		if (hooks && hooks->switch_in) {
			hooks->switch_in(prev);
		}
		update_slice(cpu);
	}
	irq_restore(irqs);
}

void schedule(void)
{
	reschedule(GIVE_IF_DUE);
}

void sched_yield(void)
{
	might_sleep();
	if (READ_ONCE(this_cpu()->rq.runnable) > 0 || READ_ONCE(this_cpu()->need_resched)) {
		reschedule(GIVE_TO_ANYBODY);
	}
}

void cond_resched(void)
{
	if (READ_ONCE(this_cpu()->need_resched)) {
		reschedule(GIVE_IF_DUE);
	}
}

void sched_idle_loop(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		irq_disable();
		if (cpu->rq.runnable == 0 && !sched_steal() && cpu->rq.runnable == 0) {
			WRITE_ONCE(cpu->need_resched, false);
			smp_mb();
			if (READ_ONCE(cpu->rq.runnable) == 0) {
				arch_idle();
			}
		}
		irq_enable();
		if (READ_ONCE(cpu->rq.runnable) > 0) {
			schedule();
		}
	}
}
