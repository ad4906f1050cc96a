/* SPDX-License-Identifier: BSD-2-Clause */
/* RFLAGS.IF of this CPU: the leaf operations under locks and sections. Faked in unit tests. */
#pragma once

#include "core/types.h"

#define RFLAGS_IF 0x200ULL

static inline bool irqs_on(void)
{
	u64 flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags & RFLAGS_IF;
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

/* Turns interrupts off and returns whether they were on. */
static inline bool irq_save(void)
{
	bool on = irqs_on();

	irq_disable();
	return on;
}

static inline void irq_restore(bool on)
{
	if (on) {
		irq_enable();
	}
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}
