/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The per-CPU deadline queues. A pairing heap: arming is constant time, taking one out logarithmic
 * on average, no allocation, no recursion. The hardware timer is only ever armed by its own CPU; a
 * timer taken out from elsewhere leaves at worst one interrupt with nothing to do.
 */
#include "core/timer.h"

#include "arch/x86/asm/percpu.h"
#include "core/cpu.h"
#include "core/time.h"

#define CALLBACKS_PER_INTERRUPT 64 /* then others get the CPU; the hardware fires again at once */

/* Joins two heaps; `next` and `prev` of both roots must be NULL. */
static struct timer *meld(struct timer *a, struct timer *b)
{
	if (!a || !b) {
		return a ? a : b;
	}
	if (b->deadline_ns < a->deadline_ns) {
		struct timer *t = a;

		a = b;
		b = t;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child) {
		a->child->prev = b;
	}
	a->child = b;
	return a;
}

/* Melds a list of siblings into one heap: pairs from the left, then the pairs from the right. */
static struct timer *meld_siblings(struct timer *first)
{
	struct timer *pairs = NULL, *root = NULL;

	while (first) {
		struct timer *a = first, *b = a->next;

		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b) {
			b->next = b->prev = NULL;
		}
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *a = pairs;

		pairs = a->next;
		a->next = NULL;
		root = meld(root, a);
	}
	return root;
}

/* Takes t out of the queue it is in. Queue lock held. */
static void unlink_timer(struct timer_queue *q, struct timer *t)
{
	struct timer *below = meld_siblings(t->child);

	if (q->root == t) {
		q->root = below;
	} else {
		if (t->prev->child == t) {
			t->prev->child = t->next;
		} else {
			t->prev->next = t->next;
		}
		if (t->next) {
			t->next->prev = t->prev;
		}
		q->root = meld(q->root, below);
	}
	t->child = t->next = t->prev = NULL;
	smp_store_release(&t->cpu, NULL);
}

void timer_queue_init(struct timer_queue *q)
{
	*q = (struct timer_queue){.root = NULL};
}

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
	*t = (struct timer){.fn = fn};
}

bool timer_disarm(struct timer *t)
{
	struct cpu *cpu;

	while ((cpu = smp_load_acquire(&t->cpu))) {
		bool irqs = irqlock_acquire(&cpu->timers.lock);
		bool mine = t->cpu == cpu;

		if (mine) {
			unlink_timer(&cpu->timers, t);
		}
		irqlock_release(&cpu->timers.lock, irqs);
		if (mine) {
			return true;
		}
	}
	return false;
}

bool timer_cancel(struct timer *t)
{
	bool armed = timer_disarm(t);

	while (__atomic_load_n(&t->running, __ATOMIC_ACQUIRE)) {
		cpu_relax();
	}
	/* The callback may have armed it again. */
	return timer_disarm(t) || armed;
}

void timer_arm(struct timer *t, u64 deadline_ns)
{
	bool irqs = irq_save();
	struct cpu *cpu = this_cpu();
	bool first;

	do {
		(void)timer_disarm(t);
		spin_lock(&cpu->timers.lock.lock);
		first = !t->cpu; /* else somebody armed it in between: once more */
		if (first) {
			t->deadline_ns = deadline_ns;
			t->cpu = cpu;
			cpu->timers.root = meld(cpu->timers.root, t);
			if (cpu->timers.root == t) {
				arch_timer_arm(deadline_ns);
			}
		}
		spin_unlock(&cpu->timers.lock.lock);
	} while (!first);
	irq_restore(irqs);
}

/* The next due timer, taken out and marked running; NULL if none is due. */
static struct timer *pop_due(struct timer_queue *q, u64 now)
{
	struct timer *t;

	spin_lock(&q->lock.lock);
	t = q->root;
	if (t && t->deadline_ns <= now) {
		/* Seen by whoever sees unlink_timer's release of t->cpu. */
		__atomic_add_fetch(&t->running, 1, __ATOMIC_RELAXED);
		unlink_timer(q, t);
	} else {
		t = NULL;
	}
	spin_unlock(&q->lock.lock);
	return t;
}

void timer_interrupt(void)
{
	struct timer_queue *q = &this_cpu()->timers;
	u64 now = now_ns();

	for (int i = 0; i < CALLBACKS_PER_INTERRUPT; i++) {
		struct timer *t = pop_due(q, now);

		if (!t) {
			break;
		}
		t->fn(t);
		/* From here on the owner may free it. */
		__atomic_sub_fetch(&t->running, 1, __ATOMIC_RELEASE);
	}
	arch_timer_arm(timer_next_deadline());
}

u64 timer_next_deadline(void)
{
	struct timer_queue *q = &this_cpu()->timers;
	u64 deadline;

	spin_lock(&q->lock.lock);
	deadline = q->root ? q->root->deadline_ns : UINT64_MAX;
	spin_unlock(&q->lock.lock);
	return deadline;
}
