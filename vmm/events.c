/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery: what goes into the guest at the next entry, in the order exception, interrupted
 * delivery, NMI, external interrupt; windows for what has to wait. Called by the run loop
 * around each entry.
 */
#include "vmm/events.h"

#include "vmm/irq/irqchip.h"
#include "vmm/irq/pic.h"
#include "vmm/vcpu.h"

#define DR6_TRAPS 0xfULL
#define DR6_PAYLOAD 0xe00fULL /* BT, BS, BD, B3 to B0 */

static bool extint_waits(struct vcpu *v)
{
	struct irqchip *chip = v->vm->irqchip;

	return chip && v->lapic && pic_output(chip->pic) && lapic_accepts_extint(v->lapic);
}

bool events_has_interrupt(struct vcpu *v)
{
	if (!v->lapic) {
		return v->ev.user_irq >= 0;
	}
	return extint_waits(v) || lapic_has_interrupt(v->lapic);
}

/*
 * Takes the interrupt to deliver from its source: the PIC first, as its output bypasses
 * priorities. -1: it went away.
 */
static int acknowledge(struct vcpu *v)
{
	int vector;

	if (!v->lapic) {
		vector = v->ev.user_irq;
		v->ev.user_irq = -1;
		return vector;
	}
	if (extint_waits(v)) {
		return pic_ack(v->vm->irqchip->pic);
	}
	vector = lapic_pending_vector(v->lapic);
	if (vector >= 0) {
		lapic_ack(v->lapic, vector);
	}
	return vector;
}

bool events_can_interrupt(struct vcpu *v)
{
	struct hv_intr_state st;

	if (!(v->hv.regs.rflags & RFLAGS_IF) || v->ev.exception.type || v->ev.again.type) {
		return false;
	}
	hv_get_intr_state(&v->hv, &st);
	return !st.sti_shadow && !st.movss_shadow;
}

static void inject_again(struct vcpu *v, struct hv_event e)
{
	v->ev.again = e;
	v->ev.in_flight = SLOT_OTHER;
	hv_inject(&v->hv, &e);
}

/* CR2 or DR6 of an exception that was set from outside with it. */
static void deliver_payload(struct vcpu *v)
{
	struct vcpu_events *ev = &v->ev;
	struct hv_sregs s;
	struct hv_debug d;

	if (ev->has_payload && ev->exception.vector == VEC_PF) {
		hv_get_sregs(&v->hv, &s, HV_SREG_CR);
		s.cr2 = ev->payload;
		hv_set_sregs(&v->hv, &s, HV_SREG_CR);
	} else if (ev->has_payload && ev->exception.vector == VEC_DB) {
		hv_get_debug(&v->hv, &d);
		d.dr6 = (d.dr6 & ~DR6_TRAPS) | (ev->payload & DR6_PAYLOAD);
		hv_set_debug(&v->hv, &d);
	}
	ev->pending = ev->has_payload = false;
}

/* What was raised or interrupted comes before anything new. */
static void inject_old(struct vcpu *v)
{
	struct vcpu_events *ev = &v->ev;

	if (ev->exception.type) {
		if (unlikely(ev->pending)) {
			deliver_payload(v);
		}
		hv_inject(&v->hv, &ev->exception);
		ev->in_flight = SLOT_EXCEPTION;
	} else if (ev->again.type) {
		hv_inject(&v->hv, &ev->again);
		ev->in_flight = SLOT_OTHER;
	}
}

/* Whether an NMI has to wait for a window. */
static bool inject_nmi(struct vcpu *v, const struct hv_intr_state *st)
{
	if (!v->ev.nmi_pending) {
		return false;
	}
	if (v->ev.in_flight || st->nmi_blocked || st->sti_shadow || st->movss_shadow) {
		return true;
	}
	v->ev.nmi_pending = false;
	inject_again(v, (struct hv_event){.type = HV_EVENT_NMI, .vector = VEC_NMI});
	return false;
}

/* Whether an external interrupt (or the VMM that has one) has to wait for a window. */
static bool inject_interrupt(struct vcpu *v, const struct hv_intr_state *st)
{
	bool open = !v->ev.in_flight && v->hv.regs.rflags & RFLAGS_IF && !st->sti_shadow &&
		    !st->movss_shadow;
	int vector;

	if (!events_has_interrupt(v)) {
		return v->want_window;
	}
	if (!open) {
		return true;
	}
	vector = acknowledge(v);
	if (vector >= 0) {
		inject_again(v, (struct hv_event){.type = HV_EVENT_EXTINT, .vector = vector});
	}
	return v->want_window || events_has_interrupt(v);
}

void events_inject(struct vcpu *v)
{
	struct vcpu_events *ev = &v->ev;
	struct hv_intr_state st;
	bool nmi, window;

	ev->check = false;
	inject_old(v);
	hv_get_intr_state(&v->hv, &st);
	nmi = inject_nmi(v, &st);
	window = inject_interrupt(v, &st);
	if (nmi != ev->nmi_window) {
		hv_request_window(&v->hv, true, nmi);
		ev->nmi_window = nmi;
	}
	if (window != ev->window) {
		hv_request_window(&v->hv, false, window);
		ev->window = window;
	}
}

void events_collect(struct vcpu *v, const struct hv_exit *exit)
{
	struct vcpu_events *ev = &v->ev;

	if (ev->in_flight == SLOT_EXCEPTION) {
		ev->exception.type = HV_EVENT_NONE;
	} else if (ev->in_flight == SLOT_OTHER) {
		ev->again.type = HV_EVENT_NONE;
	}
	ev->in_flight = SLOT_NONE;
	if (unlikely(exit->reinject.type)) {
		if (exit->reinject.type == HV_EVENT_EXCEPTION) {
			ev->exception = exit->reinject;
		} else {
			ev->again = exit->reinject;
		}
	}
	/*
	 * A waiting window is looked at again after every exit: some hardware does not open it
	 * when it should.
	 */
	if (ev->window || ev->nmi_window || ev->exception.type || ev->again.type) {
		ev->check = true;
	}
}
