/* SPDX-License-Identifier: BSD-2-Clause */
/* GET/SET_SREGS: everything is checked before anything is written. TRANSLATE. */
#include "api/kvm_ioctls.h"
#include "arch/x86/asm/cr.h"
#include "vmm/cr.h"
#include "vmm/msr.h"

#define CR8_MAX 15
#define VECTORS 256
#define RESET_RIP 0xfff0
#define RESET_CS 0xf000

static void get_segment(struct kvm_segment *out, const struct hv_segment *s)
{
	*out = (struct kvm_segment){
		.base = s->base, .limit = s->limit, .selector = s->selector, .type = s->attr & 0xf,
		.present = !!(s->attr & HV_ATTR_P), .dpl = HV_ATTR_DPL(s->attr),
		.db = !!(s->attr & HV_ATTR_DB), .s = !!(s->attr & HV_ATTR_S),
		.l = !!(s->attr & HV_ATTR_L), .g = !!(s->attr & HV_ATTR_G),
		.avl = !!(s->attr & HV_ATTR_AVL),
		.unusable = s->attr & HV_ATTR_UNUSABLE || !(s->attr & HV_ATTR_P)
	};
}

static struct hv_segment set_segment(const struct kvm_segment *k)
{
	u32 attr = (k->type & 0xf) | (k->dpl & 3u) << 5;

	attr |= (k->s ? HV_ATTR_S : 0) | (k->present ? HV_ATTR_P : 0) | (k->avl ? HV_ATTR_AVL : 0);
	attr |= (k->l ? HV_ATTR_L : 0) | (k->db ? HV_ATTR_DB : 0) | (k->g ? HV_ATTR_G : 0);
	attr |= k->unusable || !k->present ? HV_ATTR_UNUSABLE : 0;
	return (struct hv_segment){k->base, k->limit, attr, k->selector};
}

static const struct {
	u8 seg;
	u32 offset;
} segments[] = {
	{HV_CS, offsetof(struct kvm_sregs, cs)}, {HV_DS, offsetof(struct kvm_sregs, ds)},
	{HV_ES, offsetof(struct kvm_sregs, es)}, {HV_FS, offsetof(struct kvm_sregs, fs)},
	{HV_GS, offsetof(struct kvm_sregs, gs)}, {HV_SS, offsetof(struct kvm_sregs, ss)},
	{HV_TR, offsetof(struct kvm_sregs, tr)}, {HV_LDTR, offsetof(struct kvm_sregs, ldt)},
};

/* The external interrupt that waits or is being delivered, or -1. */
static int waiting_vector(const struct vcpu *v)
{
	return v->ev.again.type == HV_EVENT_EXTINT ? v->ev.again.vector : v->ev.user_irq;
}

s64 kvm_get_sregs(struct kvm_call *c)
{
	struct vcpu *v = c->vcpu;
	struct kvm_sregs *out = c->data;
	struct hv_sregs s;
	int vector = waiting_vector(v);

	hv_get_sregs(&v->hv, &s, HV_SREG_ALL);
	for (u32 i = 0; i < ARRAY_SIZE(segments); i++) {
		get_segment((void *)((char *)out + segments[i].offset), &s.seg[segments[i].seg]);
	}
	out->gdt.base = s.gdt.base;
	out->gdt.limit = s.gdt.limit;
	out->idt.base = s.idt.base;
	out->idt.limit = s.idt.limit;
	out->cr0 = s.cr0;
	out->cr2 = s.cr2;
	out->cr3 = s.cr3;
	out->cr4 = s.cr4;
	out->efer = s.efer;
	out->cr8 = vcpu_get_cr8(v);
	out->apic_base = v->apic_base;
	if (vector >= 0) {
		out->interrupt_bitmap[vector / 64] |= 1ULL << vector % 64;
	}
	return 0;
}

/* The lowest vector of the bitmap, as an interrupt to deliver. */
static void set_waiting(struct vcpu *v, const u64 *bitmap)
{
	for (u32 vector = 0; vector < VECTORS; vector++) {
		if (bitmap[vector / 64] >> vector % 64 & 1) {
			v->ev.again = (struct hv_event){.type = HV_EVENT_EXTINT, .vector = vector};
			return;
		}
	}
}

s64 kvm_set_sregs(struct kvm_call *c)
{
	struct vcpu *v = c->vcpu;
	const struct kvm_sregs *in = c->data;
	struct hv_sregs s = {
		.gdt = {in->gdt.base, in->gdt.limit}, .idt = {in->idt.base, in->idt.limit},
		.cr0 = in->cr0, .cr2 = in->cr2, .cr3 = in->cr3, .cr4 = in->cr4, .efer = in->efer
	};

	if (cr_check_state(v, &s, in->cs.l) || apic_base_check(v, in->apic_base, true)) {
		return -EINVAL;
	}
	for (u32 i = 0; i < ARRAY_SIZE(segments); i++) {
		s.seg[segments[i].seg] =
			set_segment((const void *)((const char *)in + segments[i].offset));
	}
	s.cr0 = cr0_present(s.cr0);
	hv_set_sregs(&v->hv, &s, HV_SREG_ALL);
	v->hv.s2_seen = 0; /* the guest's translations may all have changed */
	if (apic_base_set(v, in->apic_base, true)) {
		return -EINVAL; /* checked above: cannot happen */
	}
	if (in->cr8 <= CR8_MAX) {
		vcpu_set_cr8(v, in->cr8);
	}
	set_waiting(v, in->interrupt_bitmap);
	v->ev.check = true;
	/* VMMs reset the boot CPU by its registers alone: that ends a HLT. */
	if (v->id == c->vm->boot_vcpu_id && v->hv.regs.rip == RESET_RIP &&
	    in->cs.selector == RESET_CS && !(s.cr0 & CR0_PE)) {
		v->mp_state = KVM_MP_STATE_RUNNABLE;
	}
	return 0;
}

s64 kvm_translate(struct kvm_call *c)
{
	struct kvm_translation *t = c->data;
	struct walk_mode m;
	u32 error;
	gpa_t gpa;

	walk_mode_of(c->vcpu, &m);
	t->valid = !walk_translate(c->vcpu, &m, t->linear_address, 0, &gpa, &error);
	t->physical_address = t->valid ? gpa.v : ~0ULL;
	t->writeable = 1;
	t->usermode = 0;
	return 0;
}
