/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC (SDM volume 3, "Advanced Programmable Interrupt Controller"): registers by MSR
 * or by page, interrupt commands. The timer is in apic_timer.c.
 */
#include "arch/x86/apic.h"

#include "arch/x86/apic_regs.h"
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/io.h"
#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/trap.h"
#include "mm/kvmap.h"

#define APIC_DEFAULT_BASE 0xfee00000ULL

static bool x2;
static char *page;
static bool ready;

bool apic_is_x2(void)
{
	return x2;
}

u32 apic_read(u32 reg)
{
	return x2 ? (u32)rdmsr(MSR_X2APIC_BASE + (reg >> 4)) : mmio_read32(page + reg);
}

void apic_write(u32 reg, u32 v)
{
	if (x2) {
		wrmsr(MSR_X2APIC_BASE + (reg >> 4), v);
	} else {
		mmio_write32(page + reg, v);
	}
}

int apic_init(void)
{
	/*
	 * Firmware may have left x2APIC mode on, which cannot be left without a reset of the
	 * APIC.
	 */
	x2 = (cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC) != 0;
	if (!x2) {
		page = kvmap_device(HPA(APIC_DEFAULT_BASE), PAGE_SIZE);
		return page ? 0 : -ENOMEM;
	}
	return 0;
}

void apic_cpu_init(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) & ~(u64)0xfff;
	u64 bsp = rdmsr(MSR_APIC_BASE) & APIC_BASE_BSP;

	if (x2) {
		/* Through xAPIC mode: the step from disabled straight to x2APIC is not allowed. */
		wrmsr(MSR_APIC_BASE, base | bsp | APIC_BASE_ENABLE |
		      (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC));
		wrmsr(MSR_APIC_BASE, base | bsp | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	} else {
		wrmsr(MSR_APIC_BASE, APIC_DEFAULT_BASE | bsp | APIC_BASE_ENABLE);
	}
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | VEC_TIMER);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT1, APIC_LVT_NMI);
	apic_write(APIC_LVT_ERROR, VEC_APIC_ERROR);
	apic_write(APIC_SVR, APIC_SVR_ENABLE | VEC_SPURIOUS);
	apic_write(APIC_ESR, 0);
	apic_write(APIC_EOI, 0);
	ready = true;
}

u32 apic_id(void)
{
	return x2 ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

u32 apic_error_status(void)
{
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}

void apic_send(u32 dest, u32 command)
{
	bool irqs;

	if (!ready) {
		return;		/* a fatal end before apic_cpu_init: nobody else runs yet */
	}
	if (x2) {
		smp_mb();	/* the write is not ordered behind earlier stores */
		__asm__ volatile("lfence" ::: "memory");
		wrmsr(MSR_X2APIC_BASE + (APIC_ICR >> 4), (u64)dest << 32 | command);
		return;
	}
	irqs = irq_save();
	apic_write(APIC_ICR_HIGH, dest << 24);
	apic_write(APIC_ICR, command);
	while (apic_read(APIC_ICR) & APIC_ICR_BUSY) {
		cpu_relax();
	}
	irq_restore(irqs);
}
