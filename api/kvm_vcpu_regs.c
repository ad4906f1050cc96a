/* SPDX-License-Identifier: BSD-2-Clause */
/* GET/SET_REGS and GET/SET_DEBUGREGS. */
#include "api/kvm_ioctls.h"
#include "arch/x86/asm/cr.h"
#include "core/string.h"

#define DR6_FIXED 0xffff0ff0ULL
#define DR7_FIXED 0x400ULL

/* KVM's order of the general registers, in places of ours. */
static const u8 order[16] = {HV_RAX, HV_RBX, HV_RCX, HV_RDX, HV_RSI, HV_RDI, HV_RSP, HV_RBP,
			     HV_R8,  HV_R9,  HV_R10, HV_R11, HV_R12, HV_R13, HV_R14, HV_R15};

s64 kvm_get_regs(struct kvm_call *c)
{
	const struct hv_regs *r = &c->vcpu->hv.regs;
	struct kvm_regs *out = c->data;

	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		(&out->rax)[i] = r->gpr[order[i]];
	}
	out->rip = r->rip;
	out->rflags = r->rflags;
	return 0;
}

s64 kvm_set_regs(struct kvm_call *c)
{
	struct hv_regs *r = &c->vcpu->hv.regs;
	const struct kvm_regs *in = c->data;

	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		r->gpr[order[i]] = (&in->rax)[i];
	}
	r->rip = in->rip;
	r->rflags = in->rflags | RFLAGS_FIXED;
	c->vcpu->ev.exception.type = HV_EVENT_NONE;
	c->vcpu->ev.check = true;
	return 0;
}

s64 kvm_get_debugregs(struct kvm_call *c)
{
	struct kvm_debugregs *out = c->data;
	struct hv_debug d;

	hv_get_debug(&c->vcpu->hv, &d);
	memcpy(out->db, d.dr, sizeof(out->db));
	out->dr6 = d.dr6;
	out->dr7 = d.dr7;
	return 0;
}

s64 kvm_set_debugregs(struct kvm_call *c)
{
	const struct kvm_debugregs *in = c->data;
	struct hv_debug d;

	if (in->flags || in->dr6 >> 32 || in->dr7 >> 32) {
		return -EINVAL;
	}
	memcpy(d.dr, in->db, sizeof(d.dr));
	d.dr6 = in->dr6 | DR6_FIXED;
	d.dr7 = in->dr7 | DR7_FIXED;
	hv_set_debug(&c->vcpu->hv, &d);
	return 0;
}
