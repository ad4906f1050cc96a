/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is put where: waking, placing, moving. The rule that keeps a thread off two CPUs: a switch
 * holds the queue lock of its CPU from the choice until the old context is saved, so under that
 * lock a thread is either `current` there or entirely off the CPU. A thread between two queues
 * (RUNNABLE, not queued, not on a CPU) belongs to whoever took it out.
 */
#include "arch/x86/asm/percpu.h"
#include "core/runqueue.h"
#include "core/time.h"

bool thread_lock(struct thread *t, struct runqueue **rq)
{
	for (;;) {
		u32 index = READ_ONCE(t->cpu);
		bool irqs;

		*rq = &arch_cpu(index)->rq;
		irqs = irqlock_acquire(&(*rq)->lock);
		if (t->cpu == index) {
			return irqs;
		}
		irqlock_release(&(*rq)->lock, irqs);
	}
}

static u32 load_of(struct cpu *cpu)
{
	return READ_ONCE(cpu->rq.runnable) + (READ_ONCE(cpu->current) != cpu->rq.idle);
}

static bool may_take(const struct thread *t, u32 index)
{
	return READ_ONCE(t->affinity) & BIT(index);
}

/*
 * The least loaded online CPU of t's affinity, the last one if it is as good; a snapshot, nothing
 * is locked.
 */
static u32 choose_cpu(const struct thread *t)
{
	u32 best = (u32)__builtin_ctzll(READ_ONCE(t->affinity)), best_load = UINT32_MAX;

	for (u32 i = 0; i < arch_cpu_count(); i++) {
		struct cpu *cpu = arch_cpu(i);
		u32 load;

		if (!may_take(t, i) || !READ_ONCE(cpu->online)) {
			continue;
		}
		load = load_of(cpu);
		if (load < best_load || (load == best_load && i == t->cpu)) {
			best = i;
			best_load = load;
		}
	}
	return best;
}

/* Whether the CPU should look at its queue now that t was put in. Queue lock held. */
static bool should_notice(const struct cpu *cpu, const struct thread *t, u64 now)
{
	const struct thread *cur = cpu->current;

	if (cur == cpu->rq.idle || (t->realtime && !cur->realtime)) {
		return true;
	}
	if (cpu->rq.runnable == 1) { /* the slice timer has to be started there */
		return true;
	}
	return !cur->realtime && t->vruntime_ns + WAKEUP_PREEMPT_NS < thread_vruntime(cur, now);
}

/* Queues t on the CPU it belongs to and makes that CPU look if it should. Queue lock held. */
static void enqueue_and_notify(struct cpu *cpu, struct thread *t, u64 now)
{
	runqueue_insert(&cpu->rq, t);
	if (!should_notice(cpu, t, now)) {
		return;
	}
	WRITE_ONCE(cpu->need_resched, true);
	smp_mb(); /* against the run loop: in_guest = true, barrier, need_resched */
	if (cpu != this_cpu() &&
	    (cpu->current == cpu->rq.idle || READ_ONCE(cpu->current->in_guest))) {
		arch_kick_cpu(cpu->index);
	}
}

/* Makes the CPU `index` the one whose lock guards t; the change itself needs the old one's. */
static void assign_cpu(struct thread *t, u32 index)
{
	struct runqueue *rq;
	bool irqs = thread_lock(t, &rq);

	WRITE_ONCE(t->cpu, index);
	irqlock_release(&rq->lock, irqs);
}

/* Queues t on the CPU `index`; false if its affinity has come to forbid that meanwhile. */
static bool place_on(struct thread *t, u32 index, s64 lag_ns)
{
	struct cpu *cpu = arch_cpu(index);
	bool irqs, fits;

	if (index != t->cpu) {
		assign_cpu(t, index);
	}
	irqs = irqlock_acquire(&cpu->rq.lock);
	fits = may_take(t, index);
	if (fits) {
		u64 now = now_ns();

		runqueue_update_min(cpu, now);
		t->vruntime_ns = runqueue_vruntime(&cpu->rq, lag_ns);
		enqueue_and_notify(cpu, t, now);
	}
	irqlock_release(&cpu->rq.lock, irqs);
	return fits;
}

void sched_place(struct thread *t, s64 lag_ns)
{
	while (!place_on(t, choose_cpu(t), lag_ns)) {
	}
}

/*
 * How far t is ahead of its queue's minimum (negative: behind), within what it may carry elsewhere.
 * Lock held.
 */
static s64 lag_of(const struct runqueue *rq, const struct thread *t)
{
	s64 lag = (s64)(t->vruntime_ns - rq->min_vruntime_ns);

	return MIN(MAX(lag, -(s64)WAKEUP_CREDIT_NS), (s64)SCHED_SLICE_NS);
}

bool thread_wake(struct thread *t)
{
	struct runqueue *rq;
	bool irqs = thread_lock(t, &rq);
	struct cpu *cpu = container_of(rq, struct cpu, rq);
	s64 lag;

	if (t->state != THREAD_SLEEPING) {
		irqlock_release(&rq->lock, irqs);
		return false;
	}
	t->state = THREAD_RUNNABLE;
	if (cpu->current == t) { /* not asleep yet: its schedule() will find it runnable */
		irqlock_release(&rq->lock, irqs);
		return true;
	}
	runqueue_update_min(cpu, now_ns());
	lag = lag_of(rq, t);
	/* Between two queues now: RUNNABLE keeps other wakers away. */
	irqlock_release(&rq->lock, irqs);
	sched_place(t, lag);
	return true;
}

/* Takes the first thread that may run on CPU index out of rq; NULL: none. Lock held. */
static struct thread *take_for(struct runqueue *rq, u32 index)
{
	struct list *lists[] = {&rq->realtime, &rq->fair};

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each(struct thread, t, lists[i], run_node) {
			if (may_take(t, index)) {
				runqueue_remove(rq, t);
				return t;
			}
		}
	}
	return NULL;
}

bool sched_steal(void)
{
	u32 me = this_cpu()->index;

	for (u32 i = 0; this_cpu()->online && i < arch_cpu_count(); i++) {
		struct runqueue *rq = &arch_cpu(i)->rq;
		struct thread *t = NULL;
		s64 lag = 0;
		bool irqs;

		if (i == me || !READ_ONCE(arch_cpu(i)->online) || READ_ONCE(rq->runnable) == 0) {
			continue;
		}
		irqs = irqlock_acquire(&rq->lock);
		/* An idle CPU is about to run it by itself. */
		if (arch_cpu(i)->current != rq->idle) {
			t = take_for(rq, me);
		}
		if (t) {
			lag = lag_of(rq, t);
		}
		irqlock_release(&rq->lock, irqs);
		if (t) {
			if (!place_on(t, me, lag)) {
				sched_place(t, lag);
			}
			return true;
		}
	}
	return false;
}

int sched_set_affinity(struct thread *t, u64 mask)
{
	struct runqueue *rq;
	struct cpu *cpu;
	bool irqs, self;
	s64 lag;

	mask &= cpus_online();
	if (!mask) {
		return -EINVAL;
	}
	irqs = thread_lock(t, &rq);
	cpu = container_of(rq, struct cpu, rq);
	WRITE_ONCE(t->affinity, mask);
	if (may_take(t, cpu->index) || !(t->queued || cpu->current == t)) {
		/* Fine where it is, or placed anew when it wakes. */
		irqlock_release(&rq->lock, irqs);
		return 0;
	}
	if (t->queued) {
		runqueue_remove(rq, t);
		lag = lag_of(rq, t);
		irqlock_release(&rq->lock, irqs);
		sched_place(t, lag);
		return 0;
	}
	self = cpu == this_cpu();
	WRITE_ONCE(cpu->need_resched, true);
	irqlock_release(&rq->lock, irqs);
	if (!self) {
		arch_kick_cpu(cpu->index);
	} else if (irqs) {
		cond_resched();
	}
	return 0;
}

void sched_set_class(struct thread *t, bool realtime, u32 weight)
{
	struct runqueue *rq;
	bool irqs = thread_lock(t, &rq), queued = t->queued;
	struct cpu *cpu = container_of(rq, struct cpu, rq);
	u64 now = now_ns();

	if (cpu->current == t) {
		thread_account(t, now); /* what it has run counts with the old weight */
	}
	if (queued) {
		runqueue_remove(rq, t);
	}
	t->realtime = realtime;
	t->weight = weight;
	if (queued) {
		enqueue_and_notify(cpu, t, now);
	}
	irqlock_release(&rq->lock, irqs);
}
