/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local vector table and the register that masks all of it at once (SVR). Writes come from the
 * vCPU's thread.
 */
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

/* What the guest may set in an entry; delivery status (12) and remote IRR (14) are read-only. */
static u32 writable(u32 reg)
{
	switch (reg) {
	case LAPIC_LVT_TIMER: return LVT_VECTOR | LVT_MASKED | LVT_TIMER_MODE;
	case LAPIC_LVT_LINT0:
	case LAPIC_LVT_LINT1: return LVT_VECTOR | 0x700 | BIT(13) | BIT(15) | LVT_MASKED;
	case LAPIC_LVT_THERMAL:
	case LAPIC_LVT_PERF: return LVT_VECTOR | 0x700 | LVT_MASKED;
	default: return LVT_VECTOR | LVT_MASKED;
	}
}

void lapic_write_lvt(struct lapic *l, u32 reg, u32 value)
{
	bool irqs = irqlock_acquire(&l->lock);
	u32 old = lapic_get(l, reg);

	value &= writable(reg);
	if (!(lapic_get(l, LAPIC_SVR) & SVR_ENABLE)) {
		value |= LVT_MASKED;
	}
	lapic_put(l, reg, value);
	if (reg == LAPIC_LVT_TIMER) {
		lapic_timer_set_mode(l, old & LVT_TIMER_MODE, value & LVT_TIMER_MODE);
	}
	irqlock_release(&l->lock, irqs);
	if (reg == LAPIC_LVT_LINT0) {
		vcpu_kick(l->v); /* the PIC's output may have waited for this */
	}
}

void lapic_write_svr(struct lapic *l, u32 value)
{
	bool irqs = irqlock_acquire(&l->lock);

	lapic_put(l, LAPIC_SVR, value & SVR_WRITABLE);
	if (!(value & SVR_ENABLE)) {
		for (u32 reg = LAPIC_LVT_TIMER; reg <= LAPIC_LVT_ERROR; reg += 16) {
			lapic_put(l, reg, lapic_get(l, reg) | LVT_MASKED);
		}
	}
	irqlock_release(&l->lock, irqs);
}

bool lapic_accepts_extint(struct lapic *l)
{
	u32 lint0 = lapic_get(l, LAPIC_LVT_LINT0);

	return !lapic_hw_enabled(l) || (!(lint0 & LVT_MASKED) && LVT_MODE(lint0) == LAPIC_EXTINT);
}
