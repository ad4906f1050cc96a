/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU structures: allocation, GDT and TSS, GS base. The boot CPU's are static, so that
 * this_cpu() works from the first C function on.
 */
#include "arch/x86/cpu_data.h"

#include "arch/x86/asm/msr.h"
#include "core/thread.h"
#include "mm/kvmap.h"
#include "mm/slab.h"

static struct cpu boot_cpu;
static struct arch_cpu_data boot_cpu_data;
static struct cpu *cpus[MAX_CPUS] = { &boot_cpu };
static u32 cpu_count = 1;

u32 arch_cpu_count(void)
{
	return cpu_count;
}

struct cpu *arch_cpu(u32 index)
{
	return index < MAX_CPUS ? cpus[index] : NULL;
}

void cpu_data_set_count(u32 count)
{
	cpu_count = count;
}

void cpu_data_boot(void)
{
	boot_cpu.self = &boot_cpu;
	boot_cpu.arch = &boot_cpu_data;
	timer_queue_init(&boot_cpu.timers);
	cpu_data_load(&boot_cpu);
}

static void fill_gdt(struct arch_cpu_data *a)
{
	u64 base = (u64)(uintptr_t)&a->tss;

	a->gdt[0] = 0;
	a->gdt[SEL_CODE / 8] = 0x00af9b000000ffff;
	a->gdt[SEL_DATA / 8] = 0x00cf93000000ffff;
	a->gdt[SEL_TSS / 8] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89ULL << 40 |
			      (base >> 24 & 0xff) << 56;
	a->gdt[SEL_TSS / 8 + 1] = base >> 32;
	a->tss.iomap_base = sizeof(struct tss);
}

void cpu_data_load(struct cpu *cpu)
{
	struct arch_cpu_data *a = cpu->arch;
	struct __packed {
		u16 limit;
		u64 base;
	} gdtr = {sizeof(a->gdt) - 1, (u64)(uintptr_t)a->gdt};

	fill_gdt(a);
	__asm__ volatile(
		"lgdt %0\n\t"
		"pushq %1\n\t"
		"leaq 1f(%%rip), %%rax\n\t"
		"pushq %%rax\n\t"
		"lretq\n"
		"1:\tmovl %2, %%eax\n\t"
		"movl %%eax, %%ds; movl %%eax, %%es; movl %%eax, %%ss\n\t"
		"xorl %%eax, %%eax\n\t"
		"movl %%eax, %%fs; movl %%eax, %%gs\n\t"
		"ltr %w3"
		:: "m"(gdtr), "i"(SEL_CODE), "i"(SEL_DATA), "r"(SEL_TSS) : "rax", "memory");
	wrmsr(MSR_GS_BASE, (u64)(uintptr_t)cpu);
}

static int alloc_ists(struct arch_cpu_data *a)
{
	for (u32 i = IST_NMI; i < IST_COUNT; i++) {
		char *stack = kstack_alloc();

		if (!stack) {
			return -ENOMEM;
		}
		a->tss.ist[i - 1] = (u64)(uintptr_t)(stack + THREAD_STACK_SIZE);
	}
	return 0;
}

int cpu_data_alloc(u32 index)
{
	struct cpu *cpu;

	if (index == 0) {
		return alloc_ists(&boot_cpu_data);
	}
	cpu = kzalloc(sizeof(*cpu));
	if (!cpu) {
		return -ENOMEM;
	}
	cpu->arch = kzalloc(sizeof(*cpu->arch));
	if (!cpu->arch) {
		kfree(cpu);
		return -ENOMEM;
	}
	cpu->self = cpu;
	cpu->index = index;
	timer_queue_init(&cpu->timers);
	cpu->arch->idle_stack = kstack_alloc();
	if (!cpu->arch->idle_stack || alloc_ists(cpu->arch) != 0) {
		return -ENOMEM;		/* boot fails; nothing to give back to */
	}
	cpus[index] = cpu;
	return 0;
}
