/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts and waiting from the VMM's side: INTERRUPT, NMI, VCPU_EVENTS, MP_STATE, LAPIC. */
#include "api/kvm_ioctls.h"
#include "vmm/request.h"

#define VECTOR_MAX 255
#define EXCEPTION_MAX 31
#define EVENTS_KNOWN                                                                               \
	(KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SIPI_VECTOR |                       \
	 KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_SMM |                        \
	 KVM_VCPUEVENT_VALID_PAYLOAD | KVM_VCPUEVENT_VALID_TRIPLE_FAULT)

s64 kvm_interrupt(struct kvm_call *c)
{
	const struct kvm_interrupt *in = c->data;

	if (in->irq > VECTOR_MAX) {
		return -EINVAL;
	}
	if (c->vcpu->lapic) {
		return -ENXIO;
	}
	c->vcpu->ev.user_irq = in->irq;
	c->vcpu->ev.check = true;
	return 0;
}

/* Without the vCPU's lock: it may be running. */
s64 kvm_nmi(struct kvm_call *c)
{
	vcpu_request(c->vcpu, REQ_NMI);
	return 0;
}

s64 kvm_get_vcpu_events(struct kvm_call *c)
{
	struct vcpu *v = c->vcpu;
	const struct hv_event *e = &v->ev.exception, *again = &v->ev.again;
	struct kvm_vcpu_events *out = c->data;
	struct hv_intr_state intr;

	hv_get_intr_state(&v->hv, &intr);
	out->exception.pending = e->type && v->ev.pending && c->vm->exception_payload;
	out->exception.injected = e->type && !out->exception.pending;
	out->exception.nr = e->type ? e->vector : 0;
	out->exception.has_error_code = e->type && e->has_error;
	out->exception.error_code = e->type ? e->error : 0;
	out->interrupt.injected =
		again->type == HV_EVENT_EXTINT || again->type == HV_EVENT_SOFT_INT;
	out->interrupt.nr = out->interrupt.injected ? again->vector : 0;
	out->interrupt.soft = again->type == HV_EVENT_SOFT_INT;
	out->interrupt.shadow = (intr.movss_shadow ? KVM_X86_SHADOW_INT_MOV_SS : 0) |
				(intr.sti_shadow ? KVM_X86_SHADOW_INT_STI : 0);
	out->nmi.injected = again->type == HV_EVENT_NMI;
	out->nmi.pending = v->ev.nmi_pending || vcpu_test_request(v, REQ_NMI);
	out->nmi.masked = intr.nmi_blocked;
	out->sipi_vector = v->sipi_vector;
	out->flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW |
		     KVM_VCPUEVENT_VALID_SMM;
	if (c->vm->exception_payload) {
		out->flags |= KVM_VCPUEVENT_VALID_PAYLOAD;
		out->exception_has_payload = out->exception.pending && v->ev.has_payload;
		out->exception_payload = v->ev.payload;
	}
	if (c->vm->triple_fault_event) {
		out->triple_fault.pending = vcpu_test_request(v, REQ_TRIPLE_FAULT);
		out->flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
	}
	return 0;
}

/* Whether an exception comes, pending or injected. Pending counts with its flag only. */
static bool has_exception(const struct kvm_vcpu_events *in)
{
	return in->exception.injected ||
	       (in->flags & KVM_VCPUEVENT_VALID_PAYLOAD && in->exception.pending);
}

static bool events_valid(const struct kvm_vcpu_events *in, const struct vm *vm)
{
	if (in->flags & ~EVENTS_KNOWN ||
	    (in->flags & KVM_VCPUEVENT_VALID_PAYLOAD && !vm->exception_payload) ||
	    (in->flags & KVM_VCPUEVENT_VALID_TRIPLE_FAULT && !vm->triple_fault_event)) {
		return false;
	}
	if (has_exception(in) &&
	    (in->exception.nr > EXCEPTION_MAX || in->exception.nr == VEC_NMI)) {
		return false;
	}
	return !(in->flags & KVM_VCPUEVENT_VALID_SMM) ||
	       !(in->smi.smm || in->smi.pending || in->smi.smm_inside_nmi);
}

static void set_pending(struct vcpu *v, const struct kvm_vcpu_events *in)
{
	v->ev.pending = in->flags & KVM_VCPUEVENT_VALID_PAYLOAD && in->exception.pending;
	v->ev.has_payload = v->ev.pending && in->exception_has_payload;
	v->ev.payload = in->exception_payload;
}

static void set_triple_fault(struct vcpu *v, const struct kvm_vcpu_events *in)
{
	if (!(in->flags & KVM_VCPUEVENT_VALID_TRIPLE_FAULT)) {
		return;
	}
	if (in->triple_fault.pending) {
		vcpu_request(v, REQ_TRIPLE_FAULT);
	} else {
		(void)vcpu_take_request(v, REQ_TRIPLE_FAULT);
	}
}

s64 kvm_set_vcpu_events(struct kvm_call *c)
{
	struct vcpu *v = c->vcpu;
	const struct kvm_vcpu_events *in = c->data;
	struct hv_event none = {.type = HV_EVENT_NONE};
	struct hv_intr_state intr;

	if (!events_valid(in, c->vm)) {
		return -EINVAL;
	}
	set_triple_fault(v, in);
	v->ev.exception = v->ev.again = none;
	set_pending(v, in);
	if (has_exception(in)) {
		v->ev.exception = (struct hv_event){.type = HV_EVENT_EXCEPTION,
						    .vector = in->exception.nr,
						    .has_error = in->exception.has_error_code,
						    .error = in->exception.error_code};
	}
	if (in->interrupt.injected) {
		v->ev.again = (struct hv_event){.type = in->interrupt.soft ? HV_EVENT_SOFT_INT
									   : HV_EVENT_EXTINT,
						.vector = in->interrupt.nr};
	} else if (in->nmi.injected) {
		v->ev.again = (struct hv_event){.type = HV_EVENT_NMI, .vector = VEC_NMI};
	}
	if (in->flags & KVM_VCPUEVENT_VALID_NMI_PENDING) {
		(void)vcpu_take_request(v, REQ_NMI);
		v->ev.nmi_pending = in->nmi.pending;
	}
	hv_get_intr_state(&v->hv, &intr);
	intr.nmi_blocked = in->nmi.masked;
	if (in->flags & KVM_VCPUEVENT_VALID_SHADOW) {
		intr.movss_shadow = in->interrupt.shadow & KVM_X86_SHADOW_INT_MOV_SS;
		intr.sti_shadow = in->interrupt.shadow & KVM_X86_SHADOW_INT_STI;
	}
	hv_set_intr_state(&v->hv, &intr);
	if (in->flags & KVM_VCPUEVENT_VALID_SIPI_VECTOR) {
		v->sipi_vector = in->sipi_vector;
	}
	v->ev.check = true;
	return 0;
}

s64 kvm_get_mp_state(struct kvm_call *c)
{
	struct kvm_mp_state *out = c->data;

	if (!c->vcpu->pending) { /* an access that is not finished comes first */
		requests_take_init_sipi(c->vcpu);
	}
	out->mp_state = c->vcpu->mp_state;
	return 0;
}

s64 kvm_set_mp_state(struct kvm_call *c)
{
	const struct kvm_mp_state *in = c->data;
	struct vcpu *v = c->vcpu;

	if (in->mp_state > KVM_MP_STATE_SIPI_RECEIVED &&
	    in->mp_state != KVM_MP_STATE_AP_RESET_HOLD) {
		return -EINVAL;
	}
	if (!v->lapic && in->mp_state != KVM_MP_STATE_RUNNABLE) {
		return -EINVAL;
	}
	if (in->mp_state == KVM_MP_STATE_SIPI_RECEIVED) {
		v->mp_state = KVM_MP_STATE_INIT_RECEIVED;
		vcpu_request(v, REQ_SIPI);
	} else {
		v->mp_state = in->mp_state;
	}
	return 0;
}

s64 kvm_get_lapic(struct kvm_call *c)
{
	if (!c->vcpu->lapic) {
		return -EINVAL;
	}
	lapic_get_state(c->vcpu->lapic, c->data);
	return 0;
}

s64 kvm_set_lapic(struct kvm_call *c)
{
	if (!c->vcpu->lapic) {
		return -EINVAL;
	}
	c->vcpu->ev.check = true;
	return lapic_set_state(c->vcpu->lapic, c->data);
}
