/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raising exceptions: a second one during the delivery of a first becomes a double fault, a
 * third a triple fault, by the architecture's table of classes. Called by whatever emulates or
 * reflects.
 */
#include "vmm/vcpu.h"

#define RFLAGS_RF BIT(16)
#define DR7_GD BIT(13)

enum class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

static enum class class_of(u8 vector)
{
	switch (vector) {
	case VEC_DE:
	case VEC_TS:
	case VEC_NP:
	case VEC_SS:
	case VEC_GP: return CONTRIBUTORY;
	case VEC_PF: return PAGE_FAULT;
	case VEC_DF: return DOUBLE_FAULT;
	default: return BENIGN;
	}
}

/*
 * Whether a second exception of class b while a first of class a is delivered makes a double
 * fault.
 */
static bool doubles(enum class a, enum class b)
{
	return (a == CONTRIBUTORY && b == CONTRIBUTORY) ||
	       (a == PAGE_FAULT && b != BENIGN && b != DOUBLE_FAULT);
}

void event_exception(struct vcpu *v, u8 vector, bool has_error, u32 error)
{
	struct vcpu_events *ev = &v->ev;
	enum class first, second = class_of(vector);

	ev->check = true;
	ev->pending = ev->has_payload = false;
	/* An INT that was being delivered starts over after the handler of its fault. */
	if (ev->again.type >= HV_EVENT_SOFT_INT) {
		ev->again.type = HV_EVENT_NONE;
	}
	first = ev->exception.type ? class_of(ev->exception.vector) : BENIGN;
	if (first == DOUBLE_FAULT && second != BENIGN) {
		ev->exception.type = HV_EVENT_NONE;
		vcpu_request(v, REQ_TRIPLE_FAULT);
		return;
	}
	if (doubles(first, second)) {
		vector = VEC_DF;
		has_error = true;
		error = 0;
	}
	ev->exception = (struct hv_event){.type = HV_EVENT_EXCEPTION, .vector = vector,
					  .has_error = has_error, .error = error};
	/*
	 * Faults report with RF set, so that an instruction breakpoint does not fire again on
	 * return.
	 */
	if (class_of(vector) != BENIGN || vector == VEC_UD || vector == VEC_NM ||
	    vector == VEC_AC) {
		v->hv.regs.rflags |= RFLAGS_RF;
	}
}

void event_page_fault(struct vcpu *v, u64 address, u32 error)
{
	struct hv_sregs s;

	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	s.cr2 = address;
	hv_set_sregs(&v->hv, &s, HV_SREG_CR);
	event_exception(v, VEC_PF, true, error);
}

void event_debug(struct vcpu *v, u64 dr6)
{
	struct hv_debug d;

	hv_get_debug(&v->hv, &d);
	d.dr6 |= dr6;
	d.dr7 &= ~DR7_GD;
	hv_set_debug(&v->hv, &d);
	event_exception(v, VEC_DB, false, 0);
}
