/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's own tables: GDT, TSS, interrupt stacks, APIC id; one per CPU behind struct cpu. */
#pragma once

#include "core/cpu.h"

#define SEL_CODE 0x08
#define SEL_DATA 0x10
#define SEL_TSS 0x18

enum ist { IST_NONE, IST_NMI, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_DEBUG, IST_COUNT };

struct __packed tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
};
ASSERT_SIZE(struct tss, 104);

struct arch_cpu_data {
	u64 gdt[5];		/* null, code, data, TSS (two entries) */
	struct tss tss;
	u32 apic_id;
	u64 nmi_count;
	void *idle_stack;
};

/* The boot CPU's structure, usable before any allocation; sets GS base. Called first of all. */
void cpu_data_boot(void);
/* Loads GDT, TSS and GS base of cpu on the calling CPU. */
void cpu_data_load(struct cpu *cpu);
/*
 * Allocates the structure and interrupt stacks of CPU `index` and registers it (index 0: only
 * the stacks). 0 or -ENOMEM.
 */
__must_check int cpu_data_alloc(u32 index);
/* How many indexes are registered as present (online or not). */
void cpu_data_set_count(u32 count);
