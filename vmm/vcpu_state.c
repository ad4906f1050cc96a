/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's reset state, and the small questions about its state that several files ask. */
#include "arch/x86/asm/cr.h"
#include "core/string.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define ATTR_CODE 0x9bu /* present, accessed, read and execute */
#define ATTR_DATA 0x93u
#define ATTR_LDT 0x82u
#define ATTR_TSS 0x8bu /* busy 32-bit TSS */
#define REAL_LIMIT 0xffffu

#define RESET_RIP 0xfff0
#define RESET_CS 0xf000
#define RESET_CS_BASE 0xffff0000ULL
#define RESET_RDX 0x600 /* family 6 */
#define RESET_CR0 (CR0_CD | CR0_NW | CR0_ET)
#define RESET_DR6 0xffff0ff0ULL
#define RESET_DR7 0x400ULL

static void reset_sregs(struct vcpu *v, bool init)
{
	struct hv_sregs s = {.seg = {{0}}};
	u64 cr0 = RESET_CR0;

	if (init) { /* INIT keeps the cache bits */
		hv_get_sregs(&v->hv, &s, HV_SREG_CR);
		cr0 = CR0_ET | (s.cr0 & (CR0_CD | CR0_NW));
	}
	for (int i = 0; i < HV_SEGS; i++) {
		s.seg[i] = (struct hv_segment){.limit = REAL_LIMIT, .attr = ATTR_DATA};
	}
	s.seg[HV_CS] = (struct hv_segment){RESET_CS_BASE, REAL_LIMIT, ATTR_CODE, RESET_CS};
	s.seg[HV_LDTR].attr = ATTR_LDT;
	s.seg[HV_TR].attr = ATTR_TSS;
	s.gdt = s.idt = (struct hv_dtable){0, REAL_LIMIT};
	s.cr0 = cr0;
	s.cr2 = s.cr3 = s.cr4 = s.efer = 0;
	hv_set_sregs(&v->hv, &s, HV_SREG_ALL);
}

void vcpu_reset(struct vcpu *v, bool init)
{
	struct hv_debug debug = {.dr6 = RESET_DR6, .dr7 = RESET_DR7};
	struct hv_intr_state intr = {.sti_shadow = false};
	s32 irq = v->ev.user_irq;

	memset(&v->hv.regs, 0, sizeof(v->hv.regs));
	v->hv.regs.rip = RESET_RIP;
	v->hv.regs.rflags = RFLAGS_FIXED;
	v->hv.regs.gpr[HV_RDX] = RESET_RDX;
	reset_sregs(v, init);
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
	if (s.seg[HV_CS].attr & HV_ATTR_L) {
		return 8;
	}
	return s.seg[HV_CS].attr & HV_ATTR_DB ? 4 : 2;
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
