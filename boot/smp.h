/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the other CPUs. */
#pragma once

#include "core/types.h"

/*
 * Host-physical address of a free page below 640 KiB for the trampoline; taken out of the map.
 * 0: there is none.
 */
u64 smp_reserve_trampoline(void);
/*
 * Starts all CPUs of the MADT at once and waits until they are online (or 1 s has passed: the
 * missing ones are reported).
 */
void smp_start(u64 trampoline_page);
/* Where trampoline.S continues on CPU `index`, on that CPU's idle stack. */
__noreturn void smp_ap_main(u32 index);
/*
 * What every CPU does, the boot CPU too: protection bits in CR4, APIC, FPU, virtualization on.
 * Interrupts off.
 */
void smp_cpu_setup(void);
