/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The per-CPU structure. GS base points to it; fields of layers above are reached by the opaque
 * pointers at the end. Legend: [o] only the owner CPU, interrupts off; [a] any CPU, atomically.
 */
#pragma once

#include "core/arch.h"
#include "core/sched.h"

struct s2;
struct arch_cpu_data;
struct hv_cpu;

struct cpu {
	struct cpu *self;		/* must be first: this_cpu() reads %gs:0 */
	u32 index;
	bool online;			/* [a] takes part in calls and scheduling */
	/* [a] looked at on the way into a guest and by cond_resched() */
	bool need_resched;
	u32 irq_depth;			/* [o] > 0 inside an interrupt handler */
	struct thread *current;		/* [o] */
	struct runqueue rq;
	struct timer_queue timers;
	/* [a] the stage-2 tables in use or about to be used, NULL outside guest mode */
	struct s2 *running_s2;
	struct arch_cpu_data *arch;	/* arch/x86: APIC id, stacks, TSS */
	struct hv_cpu *hv;		/* arch/x86/hv: what cpu_on set up */
};

/* Bit per CPU that takes part in calls and scheduling: it never leaves again. Any context. */
static inline u64 cpus_online(void)
{
	u64 mask = 0;

	for (u32 i = 0; i < arch_cpu_count(); i++) {
		struct cpu *cpu = arch_cpu(i);

		mask |= cpu && __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) ? BIT(i) : 0;
	}
	return mask;
}
