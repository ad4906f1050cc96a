/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers by their offset: which exist in which mode and what a write does. Both front ends,
 * the x2APIC MSRs and (later) the memory-mapped page, come through here.
 */
#include "core/errno.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

/* One bit per register (offset / 16) that exists and can be read in both modes. */
#define R(reg) BIT((reg) / 16)
#define WORDS(reg) (0xffULL << (reg) / 16)
#define READABLE                                                                                   \
	(R(LAPIC_ID) | R(LAPIC_VERSION) | R(LAPIC_TPR) | R(LAPIC_PPR) | R(LAPIC_LDR) |             \
	 R(LAPIC_SVR) | WORDS(LAPIC_ISR) | WORDS(LAPIC_TMR) | WORDS(LAPIC_IRR) | R(LAPIC_ESR) |    \
	 R(LAPIC_ICR) | R(LAPIC_LVT_TIMER) | R(LAPIC_LVT_THERMAL) | R(LAPIC_LVT_PERF) |            \
	 R(LAPIC_LVT_LINT0) | R(LAPIC_LVT_LINT1) | R(LAPIC_LVT_ERROR) | R(LAPIC_TIMER_INIT) |      \
	 R(LAPIC_TIMER_COUNT) | R(LAPIC_TIMER_DIVIDE))
#define READABLE_XAPIC (READABLE | R(LAPIC_APR) | R(LAPIC_DFR) | R(LAPIC_ICR2))

int lapic_reg_read(struct lapic *l, u32 reg, u32 *value)
{
	if (reg >= LAPIC_PAGE || reg % 16 ||
	    !((lapic_x2apic(l) ? READABLE : READABLE_XAPIC) & R(reg))) {
		return -EINVAL;
	}
	switch (reg) {
	case LAPIC_APR:
	case LAPIC_PPR: *value = lapic_ppr(l); break;
	case LAPIC_TIMER_COUNT: *value = lapic_timer_count(l); break;
	default: *value = lapic_get(l, reg); break;
	}
	return 0;
}

/* The registers that x2APIC mode has no or no writable form of. */
static int write_xapic(struct lapic *l, u32 reg, u32 value)
{
	if (lapic_x2apic(l)) {
		return -EINVAL;
	}
	switch (reg) {
	case LAPIC_ID:
	case LAPIC_LDR:
	case LAPIC_ICR2: lapic_put(l, reg, value & 0xff000000); return 0;
	case LAPIC_DFR: lapic_put(l, reg, value | DFR_CLUSTER); return 0;
	default: return -EINVAL;
	}
}

static void write_icr(struct lapic *l, u32 value)
{
	u32 dest = lapic_get(l, LAPIC_ICR2);

	value &= ~(ICR_RESERVED | (u32)ICR_BUSY);
	lapic_put(l, LAPIC_ICR, value);
	lapic_send(l, value, lapic_x2apic(l) ? dest : dest >> 24);
}

int lapic_reg_write(struct lapic *l, u32 reg, u32 value)
{
	switch (reg) {
	case LAPIC_TPR: lapic_set_tpr(l, (u8)value); return 0;
	case LAPIC_EOI: lapic_eoi(l); return 0;
	case LAPIC_SVR: lapic_write_svr(l, value); return 0;
	case LAPIC_ESR: lapic_put(l, LAPIC_ESR, 0); return 0;
	case LAPIC_ICR: write_icr(l, value); return 0;
	case LAPIC_LVT_TIMER:
	case LAPIC_LVT_THERMAL:
	case LAPIC_LVT_PERF:
	case LAPIC_LVT_LINT0:
	case LAPIC_LVT_LINT1:
	case LAPIC_LVT_ERROR: lapic_write_lvt(l, reg, value); return 0;
	case LAPIC_TIMER_INIT: lapic_write_timer_init(l, value); return 0;
	case LAPIC_TIMER_DIVIDE: lapic_write_timer_divide(l, value); return 0;
	default: return write_xapic(l, reg, value);
	}
}
