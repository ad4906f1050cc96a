/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a local APIC: power-on and INIT state, and the mode changes of IA32_APIC_BASE. */
#include "vmm/irq/lapic.h"

#include "mm/slab.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

static void set_id(struct lapic *l)
{
	u32 id = l->v->id;

	if (lapic_x2apic(l)) {
		lapic_put(l, LAPIC_ID, id);
		lapic_put(l, LAPIC_LDR, lapic_x2apic_ldr(id));
	} else {
		lapic_put(l, LAPIC_ID, id << 24);
	}
}

/* The registers as INIT leaves them. Lock held or not yet visible. */
static void reset_regs(struct lapic *l)
{
	u32 id = lapic_get(l, LAPIC_ID);

	lapic_timer_stop(l);
	for (u32 reg = 0; reg < LAPIC_PAGE; reg += 16) {
		lapic_put(l, reg, 0);
	}
	lapic_put(l, LAPIC_ID, id);
	if (lapic_x2apic(l)) {
		set_id(l);
	}
	lapic_put(l, LAPIC_VERSION, LAPIC_VERSION_VALUE);
	lapic_put(l, LAPIC_DFR, DFR_FLAT);
	lapic_put(l, LAPIC_SVR, SVR_RESET);
	for (u32 reg = LAPIC_LVT_TIMER; reg <= LAPIC_LVT_ERROR; reg += 16) {
		lapic_put(l, reg, LVT_MASKED);
	}
	/* As KVM: the virtual wire that firmware sets up; a guest may know the PIC only. */
	if (l->v->id == l->v->vm->boot_vcpu_id) {
		lapic_put(l, LAPIC_LVT_LINT0, LAPIC_EXTINT << 8);
	}
	lapic_irr_changed(l);
	WRITE_ONCE(l->arbitration, 0);
}

struct lapic *lapic_create(struct vcpu *v)
{
	struct lapic *l = kzalloc(sizeof(*l));

	if (!l) {
		return NULL;
	}
	l->v = v;
	l->base = v->apic_base;
	timer_init(&l->timer, lapic_timer_expired);
	set_id(l);
	reset_regs(l);
	return l;
}

void lapic_free(struct lapic *l)
{
	bool irqs;

	if (!l) {
		return;
	}
	irqs = irqlock_acquire(&l->lock);
	lapic_timer_stop(l);
	irqlock_release(&l->lock, irqs);
	(void)timer_cancel(&l->timer);
	kfree(l);
}

void lapic_reset(struct lapic *l)
{
	bool irqs = irqlock_acquire(&l->lock);

	reset_regs(l);
	irqlock_release(&l->lock, irqs);
}

void lapic_set_base(struct lapic *l, u64 value)
{
	bool irqs = irqlock_acquire(&l->lock);
	u64 changed = l->base ^ value;

	WRITE_ONCE(l->base, value);
	if (changed & (APIC_BASE_ENABLE | APIC_BASE_X2APIC)) {
		if (value & APIC_BASE_ENABLE) {
			set_id(l);
		} else {
			lapic_timer_stop(l);
		}
	}
	irqlock_release(&l->lock, irqs);
	if (changed & APIC_BASE_ENABLE) {
		vcpu_kick(l->v); /* whether the PIC reaches this CPU has changed */
	}
}
