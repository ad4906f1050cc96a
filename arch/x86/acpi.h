/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's static tables (ACPI specification, chapter 5): found by signature, copied into struct
 * machine once at boot.
 */
#pragma once

#include "core/arch.h"

struct machine {
	u32 cpu_count;			/* usable CPUs in the MADT, the boot CPU among them */
	u32 apic_ids[MAX_CPUS];
	u32 cpus_left_out;		/* beyond MAX_CPUS */
	u64 ioapic_base;		/* first I/O APIC, 0: none */
	u32 ioapic_gsi_base;
	u32 isa_gsi[16];		/* after interrupt source overrides */
	u16 isa_flags[16];		/* MPS INTI flags: polarity, trigger */
	u64 hpet_base;			/* 0: none */
	u16 pm_timer_port;		/* 0: none */
	bool pm_timer_32bit;
	u16 pm1a_control, pm1b_control;	/* power off; 0: unknown */
	u8 s5_type_a, s5_type_b;
	bool s5_known;
	u8 reset_value;
	u16 reset_port;			/* 0: no port reset register */
};
extern struct machine machine;

/*
 * Reads the tables that rsdp leads to; without one the machine is taken to have the boot CPU
 * only. Boot page tables or later.
 */
void acpi_read(hpa_t rsdp, const u8 *rsdp_copy);
