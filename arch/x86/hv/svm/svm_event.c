/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events going in and events that an exit interrupted, and whether the guest could take one. Called
 * by the run loop around every entry that has something to deliver. Twin: vmx/vmx_event.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"

static const u8 to_svm[] = {
	[HV_EVENT_EXTINT] = SVM_EVENT_EXTINT,
	[HV_EVENT_NMI] = SVM_EVENT_NMI,
	[HV_EVENT_EXCEPTION] = SVM_EVENT_EXCEPTION,
	[HV_EVENT_SOFT_INT] = SVM_EVENT_SOFT_INT,
	[HV_EVENT_SOFT_EXCEPTION] = SVM_EVENT_EXCEPTION,
	[HV_EVENT_PRIV_SOFT_EXCEPTION] = SVM_EVENT_EXCEPTION,
};
static const u8 from_svm[8] = {
	[SVM_EVENT_EXTINT] = HV_EVENT_EXTINT,
	[SVM_EVENT_NMI] = HV_EVENT_NMI,
	[SVM_EVENT_EXCEPTION] = HV_EVENT_EXCEPTION,
	[SVM_EVENT_SOFT_INT] = HV_EVENT_SOFT_INT,
};

static void event_from(struct hv_event *e, u64 info)
{
	e->type = from_svm[SVM_EVENT_TYPE(info)];
	e->vector = SVM_EVENT_VECTOR(info);
	e->has_error = info & SVM_EVENT_ERROR;
	e->error = (u32)(info >> 32);
	e->insn_len = 0;
}

/* The hardware does not track NMI blocking: the IRET intercept ends it. */
static void set_nmi_blocked(struct svm_vcpu *x, bool on)
{
	x->nmi_blocked = on;
	x->vmcb->intercept[0] = on ? x->vmcb->intercept[0] | (u32)SVM_I_IRET
				   : x->vmcb->intercept[0] & ~(u32)SVM_I_IRET;
}

void svm_inject(struct hv_vcpu *v, const struct hv_event *e)
{
	struct svm_vcpu *x = v->hw;

	x->soft.type = HV_EVENT_NONE;
	if (e->type >= HV_EVENT_SOFT_INT) {
		x->soft = *e;
	}
	x->vmcb->eventinj = SVM_EVENT_VALID | (u64)to_svm[e->type] << 8 | e->vector;
	if (e->has_error && (x->vmcb->cr0 & CR0_PE)) {
		x->vmcb->eventinj |= SVM_EVENT_ERROR | (u64)e->error << 32;
	}
	x->injected = x->vmcb->eventinj;
	if (e->type == HV_EVENT_NMI) {
		set_nmi_blocked(x, true);
	}
}

void svm_request_window(struct hv_vcpu *v, bool nmi, bool on)
{
	struct vmcb *b = ((struct svm_vcpu *)v->hw)->vmcb;

	if (nmi) {
		return; /* the IRET intercept, on while NMIs are blocked, is the window */
	}
	b->vintr = on ? b->vintr | SVM_VINTR_IRQ : b->vintr & ~SVM_VINTR_IRQ;
	b->intercept[0] =
		on ? b->intercept[0] | (u32)SVM_I_VINTR : b->intercept[0] & ~(u32)SVM_I_VINTR;
}

void svm_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s)
{
	struct svm_vcpu *x = v->hw;

	s->sti_shadow = x->vmcb->interrupt_shadow & 1;
	s->movss_shadow = false;
	s->nmi_blocked = x->nmi_blocked;
}

void svm_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s)
{
	struct svm_vcpu *x = v->hw;

	x->vmcb->interrupt_shadow = s->sti_shadow || s->movss_shadow;
	set_nmi_blocked(x, s->nmi_blocked);
}

/*
 * Only what this run injected has to be kept. Anything else under delivery was raised by an
 * instruction that RIP still points to (interrupts and NMIs of the host exit, #DB is intercepted),
 * so it happens again by itself. This also passes over a stale EXITINTINFO, which Bochs 3.0 leaves
 * when a guest's INT n is interrupted.
 */
void svm_interrupted_event(struct hv_vcpu *v, struct hv_event *e)
{
	struct svm_vcpu *x = v->hw;
	u64 info = x->vmcb->exitintinfo;

	if ((info & SVM_EVENT_VALID) && (u16)info == (u16)x->injected) {
		event_from(e, info);
		if (x->soft.type != HV_EVENT_NONE) {
			*e = x->soft;
			v->regs.rip = x->soft_rip;
		} else if (e->type == HV_EVENT_NMI) {
			set_nmi_blocked(x, false);
		}
	}
	x->soft.type = HV_EVENT_NONE;
}

void svm_take_back_event(struct hv_vcpu *v, struct hv_event *e)
{
	struct svm_vcpu *x = v->hw;

	e->type = HV_EVENT_NONE;
	if (x->vmcb->eventinj & SVM_EVENT_VALID) {
		event_from(e, x->vmcb->eventinj);
	}
	if (x->soft.type != HV_EVENT_NONE) {
		*e = x->soft;
		v->regs.rip = x->soft_rip;
		x->soft.type = HV_EVENT_NONE;
	}
	if (e->type == HV_EVENT_NMI) {
		set_nmi_blocked(x, false);
	}
	x->vmcb->eventinj = x->injected = 0;
}
