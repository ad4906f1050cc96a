/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU with interrupts off cannot answer a call, so when all have answered, no older section is
 * left.
 */
#include "core/quiesce.h"

#include "core/arch.h"
#include "core/cpu.h"
#include "core/sched.h"

static void nothing(void *arg __unused)
{
}

void quiesce(void)
{
	u64 mask = 0;

	might_sleep();
	for (u32 i = 0; i < arch_cpu_count(); i++) {
		if (READ_ONCE(arch_cpu(i)->online)) {
			mask |= BIT(i);
		}
	}
	arch_call_cpus(mask, nothing, NULL);
}
