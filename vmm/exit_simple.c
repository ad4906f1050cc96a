/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID, HLT, MSR, XSETBV, hypercalls: exits that look something up and step over the
 * instruction. Exceptions, which go back to the guest.
 */
#include "vmm/cpuid.h"
#include "vmm/cr.h"
#include "vmm/exit.h"
#include "vmm/msr.h"
#include "vmm/run_page.h"

enum exit_next exit_cpuid(struct vcpu *v, struct hv_exit *exit)
{
	u32 len = exit_length(v, exit, INSN_CPUID);
	u64 *gpr = v->hv.regs.gpr;
	struct cpuid_regs r;

	if (unlikely(!len)) {
		return EXIT_RESUME;
	}
	cpuid_query(v, gpr[HV_RAX], gpr[HV_RCX], &r);
	gpr[HV_RAX] = r.eax;
	gpr[HV_RBX] = r.ebx;
	gpr[HV_RCX] = r.ecx;
	gpr[HV_RDX] = r.edx;
	skip_insn(v, len);
	return EXIT_RESUME;
}

/*
 * With a local APIC here the vCPU sleeps in the run loop, else the VMM decides what halting
 * means.
 */
enum exit_next exit_hlt(struct vcpu *v, struct hv_exit *exit)
{
	u32 len = exit_length(v, exit, INSN_HLT);

	if (!len) {
		return EXIT_RESUME;
	}
	skip_insn(v, len);
	if (v->lapic) {
		v->mp_state = KVM_MP_STATE_HALTED;
		return EXIT_RESUME;
	}
	run_page_reason(v, KVM_EXIT_HLT);
	return EXIT_LEAVE;
}

enum exit_next exit_msr(struct vcpu *v, struct hv_exit *exit)
{
	u32 len = exit_length(v, exit, exit->msr.write ? INSN_WRMSR : INSN_RDMSR);
	u64 *gpr = v->hv.regs.gpr, value;
	int err;

	if (!len) {
		return EXIT_RESUME;
	}
	if (exit->msr.write) {
		err = msr_write(v, exit->msr.index, (u32)gpr[HV_RAX] | gpr[HV_RDX] << 32, false);
	} else {
		err = msr_read(v, exit->msr.index, &value, false);
		if (!err) {
			gpr[HV_RAX] = (u32)value;
			gpr[HV_RDX] = value >> 32;
		}
	}
	return exit_done(v, err, len);
}

enum exit_next exit_xcr(struct vcpu *v, struct hv_exit *exit)
{
	u32 len = exit_length(v, exit, INSN_XSETBV), cpl;
	u64 *gpr = v->hv.regs.gpr;
	int err;

	if (!len) {
		return EXIT_RESUME;
	}
	/* Not all hardware looks at the CPL before it exits. */
	vcpu_code_size(v, &cpl);
	err = cpl || (u32)gpr[HV_RCX] ? -EINVAL
				      : xcr0_set(v, (u32)gpr[HV_RAX] | gpr[HV_RDX] << 32);
	return exit_done(v, err, len);
}

/*
 * No paravirtual call is offered (the feature bits of CPUID say so): each answers that it does
 * not exist.
 */
enum exit_next exit_hypercall(struct vcpu *v, struct hv_exit *exit)
{
	u32 len = exit_length(v, exit, INSN_HYPERCALL), cpl;

	if (!len) {
		return EXIT_RESUME;
	}
	vcpu_code_size(v, &cpl);
	v->hv.regs.gpr[HV_RAX] = cpl ? -(u64)EPERM : -(u64)KVM_ENOSYS;
	skip_insn(v, len);
	return EXIT_RESUME;
}

/* INT1 is a trap: its #DB returns behind it, and a shadow that it stood in is over. */
static void leave_int1(struct vcpu *v, u32 len)
{
	struct hv_intr_state intr;

	v->hv.regs.rip += len;
	hv_get_intr_state(&v->hv, &intr);
	intr.sti_shadow = intr.movss_shadow = false;
	hv_set_intr_state(&v->hv, &intr);
}

/*
 * Exceptions of the guest that are intercepted only so that their delivery cannot loop for ever
 * inside the CPU: #DB and #AC go back to the guest, each delivery now being a run of its own.
 */
enum exit_next exit_exception(struct vcpu *v, struct hv_exit *exit)
{
	switch (exit->exception.vector) {
	case VEC_DB:
		if (exit->insn_len) {
			leave_int1(v, exit->insn_len);
		}
		event_debug(v, exit->exception.info);
		return EXIT_RESUME;
	case VEC_PF:
		event_page_fault(v, exit->exception.info, exit->exception.error);
		return EXIT_RESUME;
	case VEC_MC: vm_kill(v->vm, "machine check while a guest ran"); return EXIT_KILL;
	default:
		event_exception(v, exit->exception.vector, exit->exception.has_error,
				exit->exception.error);
		return EXIT_RESUME;
	}
}
