/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events going in and events that an exit interrupted, and whether the guest could take one. Called
 * by the run loop around every entry that has something to deliver. Twin: svm/svm_event.c.
 */
#include "arch/x86/hv/vmx/vmx_vcpu.h"

static const u8 to_vmx[] = {
	[HV_EVENT_EXTINT] = VMX_INTR_EXTINT,
	[HV_EVENT_NMI] = VMX_INTR_NMI,
	[HV_EVENT_EXCEPTION] = VMX_INTR_EXCEPTION,
	[HV_EVENT_SOFT_INT] = VMX_INTR_SOFT_INT,
	[HV_EVENT_SOFT_EXCEPTION] = VMX_INTR_SOFT_EXCEPTION,
	[HV_EVENT_PRIV_SOFT_EXCEPTION] = VMX_INTR_PRIV_SOFT_EXCEPTION,
};
static const u8 from_vmx[8] = {
	[VMX_INTR_EXTINT] = HV_EVENT_EXTINT,
	[VMX_INTR_NMI] = HV_EVENT_NMI,
	[VMX_INTR_EXCEPTION] = HV_EVENT_EXCEPTION,
	[VMX_INTR_SOFT_INT] = HV_EVENT_SOFT_INT,
	[VMX_INTR_SOFT_EXCEPTION] = HV_EVENT_SOFT_EXCEPTION,
	[VMX_INTR_PRIV_SOFT_EXCEPTION] = HV_EVENT_PRIV_SOFT_EXCEPTION,
};

static void event_from(struct hv_event *e, u32 info, u32 error_field, u32 len_field)
{
	e->type = from_vmx[VMX_INTR_TYPE(info)];
	e->vector = VMX_INTR_VECTOR(info);
	e->has_error = info & VMX_INTR_ERROR;
	e->error = e->has_error ? (u32)vmread(error_field) : 0;
	e->insn_len = e->type >= HV_EVENT_SOFT_INT ? (u8)vmread(len_field) : 0;
}

void vmx_inject(struct hv_vcpu *v, const struct hv_event *e)
{
	u64 info;

	(void)vmx_use(v);
	info = VMX_INTR_VALID | (u32)to_vmx[e->type] << 8 | e->vector;
	if (e->has_error && (vmread(VMCS_GUEST_CR0) & CR0_PE)) {
		info |= VMX_INTR_ERROR;
		vmwrite(VMCS_ENTRY_ERROR_CODE, e->error);
	}
	if (e->type >= HV_EVENT_SOFT_INT) {
		vmwrite(VMCS_ENTRY_INSN_LEN, e->insn_len);
	}
	vmwrite(VMCS_ENTRY_INTR_INFO, info);
}

void vmx_request_window(struct hv_vcpu *v, bool nmi, bool on)
{
	struct vmx_vcpu *x = vmx_use(v);
	u32 bit = nmi ? VMX_PROC_NMI_WINDOW : VMX_PROC_INTR_WINDOW;

	vmx_set_proc(x, on ? x->proc | bit : x->proc & ~bit);
}

void vmx_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s)
{
	u64 i;

	(void)vmx_use(v);
	i = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	s->sti_shadow = i & VMX_INTERRUPTIBILITY_STI;
	s->movss_shadow = i & VMX_INTERRUPTIBILITY_MOVSS;
	s->nmi_blocked = i & VMX_INTERRUPTIBILITY_NMI;
}

void vmx_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s)
{
	(void)vmx_use(v);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
		(s->movss_shadow ? VMX_INTERRUPTIBILITY_MOVSS
		 : s->sti_shadow ? VMX_INTERRUPTIBILITY_STI
				 : 0) |
			(s->nmi_blocked ? VMX_INTERRUPTIBILITY_NMI : 0));
}

void vmx_interrupted_event(struct hv_vcpu *v __unused, struct hv_event *e)
{
	u32 info = (u32)vmread(VMCS_IDT_VECTORING_INFO);

	if (likely(!(info & VMX_INTR_VALID))) {
		return;
	}
	event_from(e, info, VMCS_IDT_VECTORING_ERROR, VMCS_EXIT_INSN_LEN);
	if (e->type == HV_EVENT_NMI) {
		/* Its delivery had begun to block NMIs; it must be deliverable again. */
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
			vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~VMX_INTERRUPTIBILITY_NMI);
	}
}

void vmx_take_back_event(struct hv_vcpu *v, struct hv_event *e)
{
	u32 info;

	(void)vmx_use(v);
	info = (u32)vmread(VMCS_ENTRY_INTR_INFO);
	e->type = HV_EVENT_NONE;
	if (info & VMX_INTR_VALID) {
		event_from(e, info, VMCS_ENTRY_ERROR_CODE, VMCS_ENTRY_INSN_LEN);
		vmwrite(VMCS_ENTRY_INTR_INFO, 0);
	}
}
