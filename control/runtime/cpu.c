/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables, system-call MSRs and features; called by main.c once and by every thread at
 * its start.
 */
#include "control/runtime/cpu.h"

#include "control/runtime/hypercall.h"
#include "control/runtime/paging.h"
#include "control/runtime/syscall.h"
#include "control/runtime/user.h"

#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SFMASK 0xc0000084
#define EFER_SCE 1
#define CR4_OSFXSR BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_OSXSAVE BIT(18)
/* State to enable, most first: the hypervisor may allow less than the CPU has. */
#define XCR0_ALL 0xe7u
#define XCR0_AVX 7u
#define XCR0_SSE 3u
#define DOUBLE_FAULT 8
#define BREAKPOINT 3
#define OVERFLOW 4

struct cpu_features cpu;
void (*hypercall_stub)(void) = syscall_vmmcall_stub;
static void (*syscall_entry)(void) = syscall_vmmcall;

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, reserved;
};

struct table_pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

static struct gate idt[TRAP_VECTORS] __attribute__((aligned(16)));
extern u8 trap_stubs[];

/*
 * The first word of CPUID's vendor name tells which instruction leaves the domain; the rest of the
 * names is unique in it.
 */
static void choose_hypercall(u32 flags)
{
	u32 a, b, c, d;

	cpuid(0, 0, &a, &b, &c, &d);
	if (flags & CORBEL_BOOT_PORT_CALLS) {
		hypercall_stub = syscall_port_stub;
		syscall_entry = syscall_port;
	} else if (b == 0x756e6547 || b == 0x746e6543 || b == 0x68532020) { /* Genu, Cent, "  Sh" */
		hypercall_stub = syscall_vmcall_stub;
		syscall_entry = syscall_vmcall;
	}
}

static void fill_idt(void)
{
	for (u32 i = 0; i < TRAP_VECTORS; i++) {
		u64 stub = (u64)trap_stubs + 16 * i;

		idt[i] = (struct gate){ .offset_low = (u16)stub,
					.selector = KERNEL_CS,
					.ist = i == DOUBLE_FAULT,
					.type = i == BREAKPOINT || i == OVERFLOW ? 0xee : 0x8e,
					.offset_middle = (u16)(stub >> 16),
					.offset_high = (u32)(stub >> 32) };
	}
}

void cpu_detect(u32 flags)
{
	u32 a, b, c, d, max;

	choose_hypercall(flags);
	fill_idt();
	cpuid(0x80000001, 0, &a, &b, &c, &d);
	cpu.huge_pages = d & BIT(26);
	cpuid(0, 0, &max, &b, &c, &d);
	cpuid(1, 0, &a, &b, &c, &d);
	cpu.hwcap = d;
	cpu.xsave = max >= 0xd && (c & BIT(26));
	cpu.xsave_size = 512;
}

static void enable_fpu(void)
{
	u64 cr4, wanted;
	u32 a, b, c, d, have;

	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	wanted = cr4 | CR4_OSFXSR | CR4_OSXMMEXCPT | (cpu.xsave ? CR4_OSXSAVE : 0);
	if (wanted != cr4) {
		asm volatile("mov %0, %%cr4" : : "r"(wanted));
	}
	if (!cpu.xsave) {
		return;
	}
	asm volatile("xgetbv" : "=a"(have), "=d"(d) : "c"(0));
	cpuid(0xd, 0, &a, &b, &c, &d);
	/* More than is wanted may stay: another XCR0 than the host's costs at every entry. */
	if ((~have & a & XCR0_ALL) && xsetbv_caught(a & XCR0_ALL) && xsetbv_caught(a & XCR0_AVX)) {
		xsetbv_caught(a & XCR0_SSE);
	}
	asm volatile("xgetbv" : "=a"(have), "=d"(d) : "c"(0));
	cpu.xcr0 = have | (u64)d << 32;
	cpuid(0xd, 0, &a, &b, &c, &d);
	cpu.xsave_size = b;
}

static void load_tables(struct thread *t)
{
	struct table_pointer gdtr = { sizeof(t->gdt) - 1, (u64)t->gdt };
	struct table_pointer idtr = { sizeof(idt) - 1, (u64)idt };
	u64 base = (u64)&t->tss;

	t->gdt[KERNEL_CS / 8] = 0x00af9b000000ffff;
	t->gdt[KERNEL_DS / 8] = 0x00cf93000000ffff;
	t->gdt[USER_CS32 / 8] = 0x00cffb000000ffff;
	t->gdt[USER_DS / 8] = 0x00cff3000000ffff;
	t->gdt[USER_CS / 8] = 0x00affb000000ffff;
	t->gdt[TSS_SELECTOR / 8] = (sizeof(t->tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
				   (base >> 24 & 0xff) << 56;
	t->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
	t->tss.rsp[0] = t->kernel_top;
	t->tss.ist[0] = (u64)t->fault_stack + sizeof(t->fault_stack);
	t->tss.io_map = sizeof(t->tss);
	asm volatile("lgdt %0" : : "m"(gdtr));
	asm volatile("lidt %0" : : "m"(idtr));
	asm volatile("pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:"
		     : : "i"(KERNEL_CS) : "rax", "memory");
	asm volatile("mov %0, %%ss; mov %0, %%ds; mov %0, %%es" : : "r"(KERNEL_DS));
	asm volatile("ltr %0" : : "r"((u16)TSS_SELECTOR));
}

void cpu_set_entry(bool child)
{
	write_msr(MSR_LSTAR, (u64)(child ? syscall_child : syscall_entry));
}

void cpu_load(struct thread *t)
{
	load_tables(t);
	write_msr(MSR_GS_BASE, (u64)t);
	write_msr(MSR_KERNEL_GS_BASE, 0);
	write_msr(MSR_STAR, (u64)USER_CS32 << 48 | (u64)KERNEL_CS << 32);
	cpu_set_entry(false);
	write_msr(MSR_SFMASK, SYSCALL_FLAG_MASK);
	write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SCE);
	enable_fpu();
}
