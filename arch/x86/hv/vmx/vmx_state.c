/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments, descriptor tables, control registers and debug registers between neutral form and the
 * VMCS. Called through hv.c by KVM_GET/SET_SREGS, KVM_GET/SET_DEBUGREGS and by the handlers of
 * control-register exits. Twin: svm/svm_state.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"

static void get_seg(u32 i, struct hv_segment *g)
{
	g->selector = (u16)vmread(VMCS_GUEST_SELECTOR + 2 * i);
	g->base = vmread(VMCS_GUEST_BASE + 2 * i);
	g->limit = (u32)vmread(VMCS_GUEST_LIMIT + 2 * i);
	g->attr = (u32)vmread(VMCS_GUEST_AR + 2 * i);
}

/*
 * The entry checks demand what a segment that was really loaded always has: accessed code and data,
 * a busy task register (64-bit in IA-32e mode). A VMM that sets segments by hand need not know.
 */
static void set_seg(u32 i, const struct hv_segment *g, bool lma)
{
	u32 attr = g->attr & 0x1f0ff;

	if (!(attr & HV_ATTR_P)) {
		attr = HV_ATTR_UNUSABLE;
	} else if (i == HV_TR) {
		attr |= lma ? 0xa : 2;
	} else if (i != HV_LDTR) {
		attr |= 1;
	}
	vmwrite(VMCS_GUEST_SELECTOR + 2 * i, g->selector);
	vmwrite(VMCS_GUEST_BASE + 2 * i, g->base);
	vmwrite(VMCS_GUEST_LIMIT + 2 * i, g->limit);
	vmwrite(VMCS_GUEST_AR + 2 * i, attr);
}

/*
 * The one place that knows what the hardware needs on top of the guest's values: the fixed bits (NE
 * and VMXE among them; PE and PG are free for an unrestricted guest) and machine checks on. The
 * guest reads its own from the shadows.
 */
static void set_cr(struct vmx_vcpu *x, const struct hv_sregs *s)
{
	const struct vmx_machine *m = &vmx_machine;
	u32 entry = vmx_machine.entry | (s->efer & EFER_LMA ? VMX_ENTRY_IA32E : 0);

	vmwrite(VMCS_CR0_SHADOW, s->cr0);
	vmwrite(VMCS_GUEST_CR0, (s->cr0 | (m->cr0_fixed0 & ~(CR0_PE | CR0_PG))) & m->cr0_fixed1);
	vmwrite(VMCS_CR4_SHADOW, s->cr4);
	vmwrite(VMCS_GUEST_CR4, s->cr4 | m->cr4_fixed0 | (read_cr4() & CR4_MCE));
	vmwrite(VMCS_GUEST_CR3, s->cr3);
	vmwrite(VMCS_GUEST_EFER, s->efer);
	x->cr2 = s->cr2;
	if (x->entry != entry) {
		x->entry = entry;
		vmwrite(VMCS_ENTRY_CONTROLS, entry);
	}
	x->pdptes_stale = (s->cr0 & CR0_PG) && (s->cr4 & CR4_PAE) && !(s->efer & EFER_LMA);
	x->c.tag.gen = 0;
}

static u64 seen_by_guest(u64 hardware, u64 shadow, u64 guest_owned)
{
	return (hardware & guest_owned) | (shadow & ~guest_owned);
}

void vmx_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts)
{
	struct vmx_vcpu *x = vmx_use(v);

	if (parts & HV_SREG_SEG) {
		for (u32 i = 0; i < HV_SEGS; i++) {
			get_seg(i, &s->seg[i]);
		}
	} else if (parts & HV_SREG_CS) {
		get_seg(HV_CS, &s->seg[HV_CS]);
		s->seg[HV_SS].attr = (u32)vmread(VMCS_GUEST_AR + 2 * HV_SS);
	}
	if (parts & HV_SREG_DT) {
		s->gdt.base = vmread(VMCS_GUEST_GDTR_BASE);
		s->gdt.limit = (u16)vmread(VMCS_GUEST_GDTR_LIMIT);
		s->idt.base = vmread(VMCS_GUEST_IDTR_BASE);
		s->idt.limit = (u16)vmread(VMCS_GUEST_IDTR_LIMIT);
	}
	if (parts & HV_SREG_CR) {
		s->cr0 = seen_by_guest(vmread(VMCS_GUEST_CR0), vmread(VMCS_CR0_SHADOW),
				       VMX_CR0_GUEST_OWNED);
		s->cr2 = x->cr2;
		s->cr3 = vmread(VMCS_GUEST_CR3);
		s->cr4 = seen_by_guest(vmread(VMCS_GUEST_CR4), vmread(VMCS_CR4_SHADOW),
				       VMX_CR4_GUEST_OWNED);
		s->efer = vmread(VMCS_GUEST_EFER);
	}
}

void vmx_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts)
{
	struct vmx_vcpu *x = vmx_use(v);
	bool lma;

	if (parts & HV_SREG_CR) {
		set_cr(x, s);
	}
	if (parts & HV_SREG_SEG) {
		lma = x->entry & VMX_ENTRY_IA32E;
		for (u32 i = 0; i < HV_SEGS; i++) {
			set_seg(i, &s->seg[i], lma);
		}
	}
	if (parts & HV_SREG_DT) {
		vmwrite(VMCS_GUEST_GDTR_BASE, s->gdt.base);
		vmwrite(VMCS_GUEST_GDTR_LIMIT, s->gdt.limit);
		vmwrite(VMCS_GUEST_IDTR_BASE, s->idt.base);
		vmwrite(VMCS_GUEST_IDTR_LIMIT, s->idt.limit);
	}
}

void vmx_get_debug(struct hv_vcpu *v, struct hv_debug *d)
{
	struct vmx_vcpu *x = vmx_use(v);

	hv_dr_leave(this_cpu()->hv, v);
	*d = x->c.debug;
	d->dr7 = vmread(VMCS_GUEST_DR7);
}

void vmx_set_debug(struct hv_vcpu *v, const struct hv_debug *d)
{
	struct vmx_vcpu *x = vmx_use(v);

	hv_dr_leave(this_cpu()->hv, v);
	x->c.debug = *d;
	x->c.dr_wanted = !(x->proc & VMX_PROC_MOV_DR) || (d->dr7 & 0xff);
	vmwrite(VMCS_GUEST_DR7, d->dr7 | 0x400);
}
