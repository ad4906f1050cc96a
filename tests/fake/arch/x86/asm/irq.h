/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests: the interrupt flag is a variable per fake CPU. */
#pragma once

#include "core/types.h"

/* libc has one of that name, and the sanitizers call it. */
#define sched_yield core_sched_yield

#define RFLAGS_IF 0x200ULL

bool fake_irqs_on(void);
/* Delivers what is pending when the flag goes on. Also a point where other CPUs may run. */
void fake_set_irqs(bool on);
void fake_relax(void);

static inline bool irqs_on(void)
{
	return fake_irqs_on();
}

static inline void irq_disable(void)
{
	fake_set_irqs(false);
}

static inline void irq_enable(void)
{
	fake_set_irqs(true);
}

static inline bool irq_save(void)
{
	bool on = fake_irqs_on();

	fake_set_irqs(false);
	return on;
}

static inline void irq_restore(bool on)
{
	if (on) {
		fake_set_irqs(true);
	}
}

static inline void cpu_relax(void)
{
	fake_relax();
}
