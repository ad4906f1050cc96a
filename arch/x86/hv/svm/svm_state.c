/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments, descriptor tables, control registers and debug registers between neutral form and the
 * VMCB. Called through hv.c by KVM_GET/SET_SREGS, KVM_GET/SET_DEBUGREGS and by the handlers of
 * control-register exits. Twin: vmx/vmx_state.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/svm/svm_vcpu.h"

/*
 * The hardware has no unusable bit: not present says it. Some bits are kept differently by real
 * CPUs and are given as a VMM expects them: a loaded segment is accessed, the task register busy, G
 * follows the limit, SS.DPL is the CPL.
 */
static inline __attribute__((always_inline)) void get_seg(struct vmcb *b, u32 i,
							  struct hv_segment *g)
{
	const struct vmcb_seg *s = svm_seg(b, i);

	g->selector = s->selector;
	g->base = s->base;
	g->limit = s->limit;
	if (!(s->attrib & HV_ATTR_P)) {
		g->attr = HV_ATTR_UNUSABLE | (i == HV_SS ? (u32)b->cpl << 5 : 0);
		return;
	}
	g->attr = (s->attrib & 0xff) | (u32)(s->attrib & 0xf00) << 4;
	if (i == HV_TR) {
		g->attr |= 2;
	} else if (i != HV_LDTR) {
		g->attr |= 1;
	}
	if (i == HV_CS) {
		g->attr = s->limit > 0xfffff ? g->attr | HV_ATTR_G : g->attr & ~HV_ATTR_G;
	}
	if (i == HV_SS) {
		g->attr = (g->attr & ~0x60u) | (u32)b->cpl << 5;
	}
}

static void set_seg(struct vmcb *b, u32 i, const struct hv_segment *g)
{
	struct vmcb_seg *s = svm_seg(b, i);
	bool usable = (g->attr & HV_ATTR_P) && !(g->attr & HV_ATTR_UNUSABLE);

	s->selector = g->selector;
	s->base = g->base;
	s->limit = g->limit;
	s->attrib = usable ? (u16)((g->attr & 0xff) | (g->attr & 0xf000) >> 4) : 0;
	if (i == HV_SS) {
		b->cpl = HV_ATTR_DPL(g->attr);
	}
}

/*
 * The one place that knows what the hardware needs on top of the guest's values: SVME; ET is 1 in
 * every CPU.
 */
static void set_cr(struct svm_vcpu *x, const struct hv_sregs *s)
{
	struct vmcb *b = x->vmcb;

	b->cr0 = s->cr0 | CR0_ET;
	b->cr2 = s->cr2;
	b->cr3 = s->cr3;
	b->cr4 = s->cr4;
	b->efer = s->efer | EFER_SVME;
	svm_flush(x);
}

void svm_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts)
{
	struct vmcb *b = ((struct svm_vcpu *)v->hw)->vmcb;

	if (parts & HV_SREG_SEG) {
		for (u32 i = 0; i < HV_SEGS; i++) {
			get_seg(b, i, &s->seg[i]);
		}
	} else if (parts & HV_SREG_CS) {
		get_seg(b, HV_CS, &s->seg[HV_CS]);
		s->seg[HV_SS].attr = (u32)b->cpl << 5;
	}
	if (parts & HV_SREG_DT) {
		s->gdt.base = b->seg[VMCB_GDTR].base;
		s->gdt.limit = (u16)b->seg[VMCB_GDTR].limit;
		s->idt.base = b->seg[VMCB_IDTR].base;
		s->idt.limit = (u16)b->seg[VMCB_IDTR].limit;
	}
	if (parts & HV_SREG_CR) {
		s->cr0 = b->cr0;
		s->cr2 = b->cr2;
		s->cr3 = b->cr3;
		s->cr4 = b->cr4;
		s->efer = b->efer & ~EFER_SVME;
	}
}

void svm_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts)
{
	struct svm_vcpu *x = v->hw;
	struct vmcb *b = x->vmcb;

	x->unchecked = true;
	if (parts & HV_SREG_CR) {
		set_cr(x, s);
	}
	if (parts & HV_SREG_SEG) {
		for (u32 i = 0; i < HV_SEGS; i++) {
			set_seg(b, i, &s->seg[i]);
		}
	}
	if (parts & HV_SREG_DT) {
		b->seg[VMCB_GDTR].base = s->gdt.base;
		b->seg[VMCB_GDTR].limit = s->gdt.limit;
		b->seg[VMCB_IDTR].base = s->idt.base;
		b->seg[VMCB_IDTR].limit = s->idt.limit;
	}
}

void svm_get_debug(struct hv_vcpu *v, struct hv_debug *d)
{
	struct svm_vcpu *x = v->hw;

	hv_dr_leave(this_cpu()->hv, v);
	*d = x->c.debug;
	d->dr6 = x->vmcb->dr6;
	d->dr7 = x->vmcb->dr7;
}

void svm_set_debug(struct hv_vcpu *v, const struct hv_debug *d)
{
	struct svm_vcpu *x = v->hw;

	hv_dr_leave(this_cpu()->hv, v);
	x->unchecked = true;
	x->c.debug = *d;
	x->c.dr_wanted = !x->vmcb->intercept_dr_write || (d->dr7 & 0xff);
	x->vmcb->dr6 = d->dr6;
	x->vmcb->dr7 = d->dr7 | 0x400;
}
