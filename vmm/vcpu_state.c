/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's reset state, and the small questions about its state that several files ask. */
#include "arch/x86/asm/cr.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define RESET_RDX 0x600 /* family 6 */
#define RESET_DR6 0xffff0ff0ULL
#define RESET_DR7 0x400ULL

/* INIT keeps the cache bits. */
static void reset_regs(struct vcpu *v, bool init)
{
	struct hv_sregs s, old;

	hv_reset_state(&v->hv.regs, &s);
	v->hv.regs.gpr[HV_RDX] = RESET_RDX;
	if (init) {
		hv_get_sregs(&v->hv, &old, HV_SREG_CR);
		s.cr0 = CR0_ET | (old.cr0 & (CR0_CD | CR0_NW));
	}
	hv_set_sregs(&v->hv, &s, HV_SREG_ALL);
}

void vcpu_reset(struct vcpu *v, bool init)
{
	struct hv_debug debug = {.dr6 = RESET_DR6, .dr7 = RESET_DR7};
	struct hv_intr_state intr = {.sti_shadow = false};
	s32 irq = v->ev.user_irq;

	reset_regs(v, init);
	hv_set_debug(&v->hv, &debug);
	hv_set_intr_state(&v->hv, &intr);
	v->ev = (struct vcpu_events){.user_irq = init ? irq : -1, .check = true};
	v->hv.s2_seen = 0; /* no translation of the former life */
	if (init) {
		if (v->lapic) {
			lapic_reset(v->lapic);
		}
	} else {
		fpu_reset(v->fpu);
		v->xcr0 = XCR0_X87;
		v->hv.guest_xcr0 = fpu_host_xcr0() ? XCR0_X87 : 0;
		v->mp_state = v->lapic && v->id != v->vm->boot_vcpu_id ? KVM_MP_STATE_UNINITIALIZED
								       : KVM_MP_STATE_RUNNABLE;
		msr_reset(v);
	}
}

u32 vcpu_code_size(struct vcpu *v, u32 *cpl)
{
	struct hv_sregs s;

	hv_get_sregs(&v->hv, &s, HV_SREG_CS);
	if (cpl) {
		*cpl = HV_ATTR_DPL(s.seg[HV_SS].attr);
	}
	return s.seg[HV_CS].attr & HV_ATTR_L ? 8 : s.seg[HV_CS].attr & HV_ATTR_DB ? 4 : 2;
}

u8 vcpu_get_cr8(struct vcpu *v)
{
	return v->lapic ? lapic_get_cr8(v->lapic) : v->cr8;
}

void vcpu_set_cr8(struct vcpu *v, u8 cr8)
{
	if (v->lapic) {
		lapic_set_cr8(v->lapic, cr8);
	} else {
		v->cr8 = cr8;
	}
	hv_set_tpr(&v->hv, cr8);
	v->ev.check = true;
}

void vcpu_set_tsc_offset(struct vcpu *v, u64 offset)
{
	v->tsc_offset = offset;
	hv_set_tsc(&v->hv, offset);
	if (v->clock_msr) {
		vcpu_request(v, REQ_CLOCK);
	}
}
