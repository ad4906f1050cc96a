/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread: a kernel stack and what the scheduler knows of it. The memory of struct and stack
 * belongs to the creator. Legend: [q] run-queue lock of its CPU, [a] atomic, [t] the thread itself,
 * [I] immutable.
 */
#pragma once

#include "core/list.h"

#define THREAD_STACK_SIZE (16 * 1024)
#define WEIGHT_DEFAULT 1024

enum thread_state { THREAD_NEW, THREAD_RUNNABLE, THREAD_SLEEPING, THREAD_DEAD };

struct thread;

/*
 * Called with interrupts off and no lock held around a switch; out: on the old CPU, in: on the CPU
 * the thread continues on. A pair may also come without a switch in between (nobody better was
 * found). May be NULL.
 */
struct thread_hooks {
	void (*switch_out)(struct thread *);
	void (*switch_in)(struct thread *);
};

struct thread {
	u64 sp;	/* saved stack pointer; arch_thread_switch (offset 0) */
	hva_t stack_base;		/* [I] lowest address of the stack */
	char name[16];			/* [I] */
	void (*fn)(void *);		/* [I] */
	void *arg;			/* [I] */
	enum thread_state state;	/* [q] */
	/* [a] its context is live on a CPU (wakers wait for false before it may run elsewhere) */
	bool on_cpu;
	bool queued;			/* [q] in a run queue */
	struct list run_node;		/* [q] */
	u32 cpu;			/* [q] whose run queue it belongs to */
	u64 affinity;			/* [q] bit per CPU */
	u32 weight;			/* [q] */
	bool realtime;			/* [q] runs before all fair threads */
	u64 vruntime_ns;		/* [q] */
	u64 started_ns;			/* [q] when it last got the CPU */
	u64 runtime_ns;			/* [q] total */
	/*
	 * [a] a pending kick: interruptible waits return -EINTR; cleared by kick_test_and_clear()
	 */
	bool kicked;
	/* [a] about to enter or inside guest mode: a kick needs an IPI */
	bool in_guest;
	/* [a] its domain ends: killable and interruptible waits return -EINTR, run loops leave */
	bool must_exit;
	const struct thread_hooks *hooks;	/* [I] */
	void *owner;			/* [I] for the layer above: struct domain_thread */
};

/*
 * Fills a thread in caller-provided memory; stack_base: THREAD_STACK_SIZE bytes. It runs fn(arg)
 * after thread_start.
 */
void thread_init(struct thread *t, const char *name, hva_t stack_base, void (*fn)(void *),
		 void *arg);
/* Makes it runnable on the least loaded CPU of its affinity. */
void thread_start(struct thread *t);
/*
 * Ends the calling thread for ever; the state becomes THREAD_DEAD once its stack is no longer in
 * use (on_cpu false).
 */
__noreturn void thread_exit(void);
/* Waits until t is dead and off its CPU, then its memory may be freed. Thread context. */
void thread_join(struct thread *t);
struct thread *current_thread(void);
/*
 * Where a new thread begins, on its own stack: interrupts off, run-queue lock held
 * (arch_thread_prepare arranges it).
 */
__noreturn void thread_entry_c(struct thread *t);

/*
 * Sets the pending kick and makes t notice: IPI if in guest mode, wake if in an interruptible wait.
 * Any context.
 */
void thread_kick(struct thread *t);
/* Returns and clears the pending kick of the calling thread (must_exit stays). */
bool kick_test_and_clear(void);
/* Whether the calling thread has a kick or must_exit pending. */
bool kick_pending(void);
