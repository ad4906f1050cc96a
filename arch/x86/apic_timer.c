/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one hardware timer that the deadline queue drives: TSC-deadline mode where the CPU has
 * it, else a count at a rate measured against the TSC. The count repeats although each interrupt
 * sets a new one: QEMU 10 without KVM can lose sight of an interrupt (docs/CAVEATS.md), and a
 * guest that never exits would run on for good.
 */
#include "arch/x86/apic.h"

#include "arch/x86/apic_regs.h"
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/trap.h"
#include "core/arch.h"
#include "core/panic.h"
#include "core/time.h"

#define MEASURE_NS (2 * NSEC_PER_MSEC)

static bool deadline_mode;
static u64 ticks_per_ms;

/*
 * Timer ticks per millisecond, the smallest of three runs' error: a delayed read can only make
 * it larger.
 */
static u64 measure(void)
{
	u64 best = UINT64_MAX;

	for (u32 run = 0; run < 3; run++) {
		u64 start, end, used;

		apic_write(APIC_TIMER_INIT, UINT32_MAX);
		start = now_ns();
		do {
			end = now_ns();
		} while (end - start < MEASURE_NS);
		used = UINT32_MAX - apic_read(APIC_TIMER_COUNT);
		best = MIN(best, used * NSEC_PER_MSEC / (end - start));
	}
	apic_write(APIC_TIMER_INIT, 0);
	return best;
}

void apic_timer_calibrate(void)
{
	bool irqs = irq_save();

	deadline_mode = (cpuid(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE) != 0;
	if (!deadline_mode) {
		apic_write(APIC_TIMER_DIV, APIC_TIMER_DIV_1);
		ticks_per_ms = measure();
		if (ticks_per_ms == 0) {
			fatal("the local APIC timer does not count; Corbel needs it");
		}
	}
	irq_restore(irqs);
}

const char *apic_timer_name(void)
{
	return deadline_mode ? "TSC-deadline" : "count-down";
}

static void arm_count(u64 deadline_ns)
{
	u64 now = now_ns();
	u64 ns = deadline_ns > now ? deadline_ns - now : 0;
	u64 ticks =
		ns > 1000 * NSEC_PER_MSEC ? ticks_per_ms * 1000 : ns * ticks_per_ms / NSEC_PER_MSEC;

	apic_write(APIC_TIMER_DIV, APIC_TIMER_DIV_1);
	apic_write(APIC_LVT_TIMER, APIC_LVT_PERIODIC | VEC_TIMER);
	/* Not below 10 us: repeated at that pace it would keep an emulator from all else. */
	apic_write(APIC_TIMER_INIT, (u32)MIN(MAX(ticks, ticks_per_ms / 100 + 1), UINT32_MAX));
}

void arch_timer_arm(u64 deadline_ns)
{
	if (!deadline_mode) {
		if (deadline_ns == UINT64_MAX) {
			apic_write(APIC_TIMER_INIT, 0);
		} else {
			arm_count(deadline_ns);
		}
		return;
	}
	if (deadline_ns == UINT64_MAX) {
		wrmsr(MSR_TSC_DEADLINE, 0);
		return;
	}
	apic_write(APIC_LVT_TIMER, APIC_LVT_TSC_DEADLINE | VEC_TIMER);
	/* the mode before the deadline: in x2APIC mode neither write is serialising */
	smp_mb();
	wrmsr(MSR_TSC_DEADLINE, MAX(time_ns_to_tsc(deadline_ns), 1));
}
