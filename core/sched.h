/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: a run queue per CPU, fair by weight (vruntime), a real-time class before it,
 * affinity, pinning. Nothing is pre-empted inside the hypervisor: a thread gives way at
 * sched_yield, cond_resched, a wait, and on its way into a guest. Slice 4 ms when somebody else
 * waits.
 */
#pragma once

#include "core/list.h"
#include "core/timer.h"

struct thread;

#define SCHED_SLICE_NS 4000000ULL

struct runqueue {
	struct irqlock lock;
	struct list realtime;		/* FIFO */
	struct list fair;		/* ordered by vruntime */
	u32 runnable;			/* queued threads, without the running one */
	u64 min_vruntime_ns;
	struct thread *idle;
	/* whom the switch in progress leaves; the next thread finishes it */
	struct thread *prev;
	struct timer slice;		/* armed only while runnable > 0 */
};

/*
 * rq lies in a struct cpu whose index is set. The calling context of that CPU becomes `idle`
 * (memory of the caller, no need to fill it), so that locks and logs have a current thread from
 * then on; it must never sleep.
 */
void runqueue_init(struct runqueue *rq, struct thread *idle);
/*
 * Turns the boot context of this CPU into its idle thread and loops: run others, else arch_idle().
 * Never returns.
 */
__noreturn void sched_idle_loop(void);
/*
 * Picks the next thread and switches. Interrupts on, thread context; the caller's state is already
 * set.
 */
void schedule(void);
/* Lets others run if they are due. Thread context, interrupts on. */
void sched_yield(void);
/*
 * schedule() if need_resched is set: call it in long loops and before entering a guest. Interrupts
 * on.
 */
void cond_resched(void);
/*
 * Makes a sleeping thread runnable; does nothing if it is not sleeping. Any context. Returns
 * whether it woke it.
 */
bool thread_wake(struct thread *t);
/*
 * Restricts t to the CPUs of mask (non-empty part of the online ones, else -EINVAL); moves it off
 * if it must.
 */
__must_check int sched_set_affinity(struct thread *t, u64 mask);
/* Debug aid of every function that may block: asserts thread context with interrupts on. */
void might_sleep(void);
/*
 * Gives t its class and its weight (> 0; WEIGHT_DEFAULT is 1) and places it anew in its queue.
 * Thread context.
 */
void sched_set_class(struct thread *t, bool realtime, u32 weight);
