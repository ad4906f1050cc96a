/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU with interrupts off cannot answer a call, so when all have answered, no older section is
 * left.
 */
#include "core/quiesce.h"

#include "core/cpu.h"

static void nothing(void *arg __unused)
{
}

void quiesce(void)
{
	might_sleep();
	arch_call_cpus(cpus_online(), nothing, NULL);
}
