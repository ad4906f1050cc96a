/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines: a per-CPU queue ordered by time (pairing heap), driving the CPU's one hardware timer.
 * Callbacks run in interrupt context on the CPU that armed the timer: they set bits, take irqlocks,
 * kick, and may re-arm their own timer; nothing else.
 */
#pragma once

#include "core/lock.h"

struct timer {
	u64 deadline_ns;		/* on the now_ns() clock */
	void (*fn)(struct timer *);
	struct cpu *cpu;		/* whose queue it is in, NULL if in none */
	/* [a] callbacks of it running now; two if another CPU armed it meanwhile */
	u32 running;
	struct timer *child, *next, *prev;	/* pairing heap */
};

struct timer_queue {
	struct irqlock lock;
	struct timer *root;
};

void timer_queue_init(struct timer_queue *q);
void timer_init(struct timer *t, void (*fn)(struct timer *));
/*
 * (Re-)arms t for an absolute time on this CPU; a past deadline fires at the next interrupt window.
 * Any context.
 */
void timer_arm(struct timer *t, u64 deadline_ns);
/*
 * Takes t out. Returns after a callback running on another CPU has ended; returns whether it was
 * armed. Not from its own callback.
 */
bool timer_cancel(struct timer *t);
/*
 * As timer_cancel, but does not wait for a running callback: for holders of a lock that the
 * callback takes. Any context.
 */
bool timer_disarm(struct timer *t);
/*
 * Runs what is due and arms the hardware for the next. Called by the timer interrupt, interrupts
 * off.
 */
void timer_interrupt(void);
/* The earliest deadline of this CPU or UINT64_MAX. Interrupts off. */
u64 timer_next_deadline(void);
