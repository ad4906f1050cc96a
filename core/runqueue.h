/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run queue's inside, shared by sched.c (who runs next), wake.c (who is put where) and
 * thread.c. Everything here needs the queue's lock, and `now` is a recent now_ns().
 */
#pragma once

#include "core/cpu.h"
#include "core/thread.h"

#define WAKEUP_PREEMPT_NS 1000000ULL /* a woken thread this far behind pre-empts */
#define WAKEUP_CREDIT_NS 2000000ULL  /* what a sleeper may be behind the queue's minimum at most */

void runqueue_insert(struct runqueue *rq, struct thread *t);
void runqueue_remove(struct runqueue *rq, struct thread *t);
/*
 * The first real-time thread, else the fair one that is farthest behind, else NULL. It stays
 * queued.
 */
struct thread *runqueue_first(const struct runqueue *rq);
/* The current thread's vruntime as of now: the stored one plus what it has run since. */
u64 thread_vruntime(const struct thread *current, u64 now);
/* Adds what the current thread has run to its accounts and starts counting anew. */
void thread_account(struct thread *current, u64 now);
/* Raises min_vruntime_ns to what the current thread and the first queued one have reached. */
void runqueue_update_min(struct cpu *cpu, u64 now);
/* min_vruntime_ns + lag, not below zero. */
u64 runqueue_vruntime(const struct runqueue *rq, s64 lag);

/*
 * Switch epilogue on the new thread's side: releases the queue lock that the old thread took.
 * Interrupts off.
 */
void sched_finish_switch(void);
/*
 * Queues a runnable thread that is in no queue and on no CPU, lag_ns from the new queue's minimum.
 * No lock held.
 */
void sched_place(struct thread *t, s64 lag_ns);
/*
 * Moves one waiting thread of a busier CPU into this CPU's queue; false: there is none. Interrupts
 * off, no lock held.
 */
bool sched_steal(void);
/* Locks the run queue that t belongs to; interrupts are off then. Result for irqlock_release. */
__must_check bool thread_lock(struct thread *t, struct runqueue **rq);
/* Called by the last act of a dead thread's successor: wakes thread_join. */
void thread_dead(void);
