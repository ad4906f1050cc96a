/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two spinning locks and the section. spinlock: interrupts stay as they are (on); never taken
 * in interrupt context. irqlock: interrupts off while held. section: interrupts off, no lock at
 * all; the grace period of quiesce() (core/quiesce.h). The order of all locks: docs/locking.md.
 */
#pragma once

#include "arch/x86/asm/irq.h"

struct spinlock {
	u32 next, owner;	/* ticket lock */
};

struct irqlock {
	struct spinlock lock;
};

static inline void spin_lock(struct spinlock *l)
{
	u32 me = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != me) {
		cpu_relax();
	}
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

/* Takes the lock with interrupts off; the result goes to irqlock_release. */
static inline __must_check bool irqlock_acquire(struct irqlock *l)
{
	bool irqs = irq_save();

	spin_lock(&l->lock);
	return irqs;
}

static inline void irqlock_release(struct irqlock *l, bool irqs)
{
	spin_unlock(&l->lock);
	irq_restore(irqs);
}

static inline __must_check bool section_enter(void)
{
	return irq_save();
}

static inline void section_leave(bool irqs)
{
	irq_restore(irqs);
}
