/* SPDX-License-Identifier: BSD-2-Clause */
/* The VM's interrupt chips: creation, state, lines, routes, messages. */
#include "api/kvm_ioctls.h"
#include "vmm/irq/ioapic.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/pic.h"
#include "vmm/irq/routing.h"

s64 kvm_create_irqchip(struct kvm_call *c)
{
	return vm_create_irqchip(c->vm);
}

s64 kvm_irq_line(struct kvm_call *c)
{
	struct kvm_irq_level *line = c->data;

	line->status = irqchip_set_line(c->vm->irqchip, IRQ_SOURCE_USER, line->irq, line->level);
	return 0;
}

s64 kvm_get_irqchip(struct kvm_call *c)
{
	struct irqchip *chip = c->vm->irqchip;
	struct kvm_irqchip *state = c->data;

	*state = (struct kvm_irqchip){.chip_id = state->chip_id};
	switch (state->chip_id) {
	case KVM_IRQCHIP_PIC_MASTER:
	case KVM_IRQCHIP_PIC_SLAVE:
		pic_get_state(chip->pic, state->chip_id, &state->chip.pic);
		return 0;
	case KVM_IRQCHIP_IOAPIC: ioapic_get_state(chip->ioapic, &state->chip.ioapic); return 0;
	default: return -EINVAL;
	}
}

s64 kvm_set_irqchip(struct kvm_call *c)
{
	struct irqchip *chip = c->vm->irqchip;
	const struct kvm_irqchip *state = c->data;

	switch (state->chip_id) {
	case KVM_IRQCHIP_PIC_MASTER:
	case KVM_IRQCHIP_PIC_SLAVE:
		pic_set_state(chip->pic, state->chip_id, &state->chip.pic);
		return 0;
	case KVM_IRQCHIP_IOAPIC: ioapic_set_state(chip->ioapic, &state->chip.ioapic); return 0;
	default: return -EINVAL;
	}
}

/* Reads the entries one by one: each is checked as it was read. */
static s64 read_routes(struct routing *r, u64 at, u32 count)
{
	struct kvm_irq_routing_entry e;
	s64 ret = 0;

	for (u32 i = 0; i < count && !ret; i++) {
		ret = call_copy_in(&e, at + i * sizeof(e), sizeof(e)) ? -EFAULT
								      : routing_add(r, &e);
	}
	return ret;
}

s64 kvm_set_gsi_routing(struct kvm_call *c)
{
	const struct kvm_irq_routing *head = c->data;
	struct routing *r;
	s64 ret;

	if (!c->vm->irqchip || head->nr > ROUTING_MAX_GSI || head->flags) {
		return -EINVAL;
	}
	r = routing_create(head->nr);
	if (!r) {
		return -ENOMEM;
	}
	ret = read_routes(r, c->arg + sizeof(*head), head->nr);
	if (ret) {
		kfree(r);
		return ret;
	}
	irqchip_set_routing(c->vm->irqchip, r);
	return 0;
}

/* As KVM: the -1 of a message to nobody comes out, which is EPERM's number. */
s64 kvm_signal_msi(struct kvm_call *c)
{
	const struct kvm_msi *msi = c->data;

	if (!smp_load_acquire(&c->vm->irqchip) || msi->flags) {
		return -EINVAL;
	}
	return msi_send(c->vm, msi->address_lo, msi->data);
}
