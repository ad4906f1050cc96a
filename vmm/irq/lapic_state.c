/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The register page for KVM_GET_LAPIC and KVM_SET_LAPIC. Outside, the id is in bits 31-24 and the
 * ICR in two halves in both modes; a running count travels as the current-count register. The
 * deadline travels as an MSR; a page that is set in between leaves it running.
 */
#include "core/string.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

static void put_word(struct kvm_lapic_state *s, u32 reg, u32 value)
{
	memcpy(s->regs + reg, &value, sizeof(value));
}

static u32 get_word(const struct kvm_lapic_state *s, u32 reg)
{
	u32 value;

	memcpy(&value, s->regs + reg, sizeof(value));
	return value;
}

void lapic_get_state(struct lapic *l, struct kvm_lapic_state *s)
{
	u32 count = lapic_timer_count(l);
	bool irqs = irqlock_acquire(&l->lock);

	memset(s, 0, sizeof(*s));
	for (u32 reg = 0; reg < LAPIC_PAGE; reg += 16) {
		put_word(s, reg, lapic_get(l, reg));
	}
	if (lapic_x2apic(l)) {
		put_word(s, LAPIC_ID, lapic_get(l, LAPIC_ID) << 24);
	}
	put_word(s, LAPIC_PPR, lapic_ppr(l));
	put_word(s, LAPIC_TIMER_COUNT, count);
	irqlock_release(&l->lock, irqs);
}

int lapic_set_state(struct lapic *l, const struct kvm_lapic_state *s)
{
	bool irqs = irqlock_acquire(&l->lock);
	u64 deadline = l->tsc_deadline;
	u32 id = l->v->id;

	lapic_timer_stop(l);
	for (u32 reg = 0; reg < LAPIC_PAGE; reg += 16) {
		lapic_put(l, reg, get_word(s, reg));
	}
	lapic_put(l, LAPIC_VERSION, LAPIC_VERSION_VALUE);
	lapic_put(l, LAPIC_TPR, lapic_get(l, LAPIC_TPR) & 0xff);
	lapic_put(l, LAPIC_ISR, lapic_get(l, LAPIC_ISR) & ~0xffffu);
	lapic_put(l, LAPIC_SVR, lapic_get(l, LAPIC_SVR) & SVR_WRITABLE);
	lapic_put(l, LAPIC_DFR, lapic_get(l, LAPIC_DFR) | DFR_CLUSTER);
	lapic_put(l, LAPIC_TIMER_DIVIDE, lapic_get(l, LAPIC_TIMER_DIVIDE) & 0xb);
	lapic_put(l, LAPIC_TIMER_COUNT, 0);
	if (lapic_x2apic(l)) {
		lapic_put(l, LAPIC_ID, id);
		lapic_put(l, LAPIC_LDR, lapic_x2apic_ldr(id));
	} else {
		lapic_put(l, LAPIC_ID, lapic_get(l, LAPIC_ID) & 0xff000000);
	}
	lapic_irr_changed(l);
	lapic_timer_restore(l, get_word(s, LAPIC_TIMER_COUNT), deadline);
	irqlock_release(&l->lock, irqs);
	vcpu_kick(l->v);
	return 0;
}
