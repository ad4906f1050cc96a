/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GS base points to this CPU's struct cpu (core/cpu.h), whose first word is its own address.
 * Faked in unit tests.
 */
#pragma once

#include "core/types.h"

struct cpu;

/* The CPU this code runs on; stays true only with interrupts off or in a pinned thread. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}
