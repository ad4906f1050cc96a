/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM's interval timer: creation, with chips or without, state in its two forms, what happens
 * to missed interrupts.
 */
#include "api/kvm_ioctls.h"
#include "core/string.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/pit.h"

s64 kvm_create_pit(struct kvm_call *c)
{
	return irqchip_create_pit(c->vm, KVM_PIT_SPEAKER_DUMMY);
}

s64 kvm_create_pit2(struct kvm_call *c)
{
	const struct kvm_pit_config *config = c->data;

	return irqchip_create_pit(c->vm, config->flags);
}

s64 kvm_get_pit2(struct kvm_call *c)
{
	pit_get_state(c->vm->pit, c->data);
	return 0;
}

s64 kvm_set_pit2(struct kvm_call *c)
{
	pit_set_state(c->vm->pit, c->data);
	return 0;
}

/* The old form has the counters only. */
s64 kvm_get_pit(struct kvm_call *c)
{
	struct kvm_pit_state *out = c->data;
	struct kvm_pit_state2 s;

	pit_get_state(c->vm->pit, &s);
	memcpy(out->channels, s.channels, sizeof(out->channels));
	return 0;
}

s64 kvm_set_pit(struct kvm_call *c)
{
	const struct kvm_pit_state *in = c->data;
	struct kvm_pit_state2 s;

	pit_get_state(c->vm->pit, &s);
	memcpy(s.channels, in->channels, sizeof(s.channels));
	pit_set_state(c->vm->pit, &s);
	return 0;
}

s64 kvm_reinject_control(struct kvm_call *c)
{
	struct kvm_reinject_control in;
	struct pit *pit = c->vm->pit;

	if (call_copy_in(&in, c->arg, sizeof(in))) {
		return -EFAULT;
	}
	if (!pit) {
		return -ENXIO;
	}
	pit_set_reinject(pit, in.pit_reinject);
	return 0;
}
