/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the exit fields of the VMCS to the neutral struct hv_exit. Decides nothing; reads only the
 * fields that the reason at hand defines. Called by vmx_run. Twin: svm/svm_exit.c.
 */
#include "arch/x86/hv/vmx/vmx_vcpu.h"

/* Kinds that need no more than this; the others are told apart below. 0 is HV_EXIT_UNKNOWN. */
static const u8 kind_of[VMX_REASONS] = {
	[VMX_REASON_EXCEPTION_NMI] = HV_EXIT_EXCEPTION,
	[VMX_REASON_EXTINT] = HV_EXIT_INTR,
	[VMX_REASON_TRIPLE_FAULT] = HV_EXIT_SHUTDOWN,
	[VMX_REASON_INIT ... VMX_REASON_SIPI] = HV_EXIT_INIT,
	[VMX_REASON_INTR_WINDOW ... VMX_REASON_NMI_WINDOW] = HV_EXIT_WINDOW,
	[VMX_REASON_TASK_SWITCH] = HV_EXIT_TASK_SWITCH,
	[VMX_REASON_CPUID] = HV_EXIT_CPUID,
	[VMX_REASON_GETSEC] = HV_EXIT_VIRT_INSN,
	[VMX_REASON_HLT] = HV_EXIT_HLT,
	[VMX_REASON_INVD ... VMX_REASON_INVLPG] = HV_EXIT_INVAL,
	[VMX_REASON_RDPMC] = HV_EXIT_RDPMC,
	[VMX_REASON_VMCALL] = HV_EXIT_HYPERCALL,
	[VMX_REASON_VMCLEAR ... VMX_REASON_VMXON] = HV_EXIT_VIRT_INSN,
	[VMX_REASON_CR] = HV_EXIT_CR,
	[VMX_REASON_DR] = HV_EXIT_DR,
	[VMX_REASON_IO] = HV_EXIT_IO,
	[VMX_REASON_RDMSR ... VMX_REASON_WRMSR] = HV_EXIT_MSR,
	[VMX_REASON_MWAIT] = HV_EXIT_MWAIT,
	[VMX_REASON_MONITOR] = HV_EXIT_MWAIT,
	[VMX_REASON_PAUSE] = HV_EXIT_PAUSE,
	[VMX_REASON_TPR_BELOW] = HV_EXIT_TPR,
	[VMX_REASON_GDTR_IDTR ... VMX_REASON_LDTR_TR] = HV_EXIT_DT_ACCESS,
	[VMX_REASON_EPT_VIOLATION] = HV_EXIT_S2_FAULT,
	[VMX_REASON_EPT_MISCONFIG] = HV_EXIT_S2_MISCONFIG,
	[VMX_REASON_INVEPT] = HV_EXIT_VIRT_INSN,
	[VMX_REASON_PREEMPTION_TIMER] = HV_EXIT_TIMER,
	[VMX_REASON_INVVPID] = HV_EXIT_VIRT_INSN,
	[VMX_REASON_WBINVD] = HV_EXIT_INVAL,
	[VMX_REASON_XSETBV] = HV_EXIT_XCR,
	[VMX_REASON_INVPCID] = HV_EXIT_INVAL,
	[VMX_REASON_VMFUNC] = HV_EXIT_VIRT_INSN,
};

/* Kinds with an exit instruction length, and kinds with an exit qualification. */
#define HAS_LENGTH                                                                                 \
	(BIT(HV_EXIT_CPUID) | BIT(HV_EXIT_HLT) | BIT(HV_EXIT_IO) | BIT(HV_EXIT_MSR) |              \
	 BIT(HV_EXIT_CR) | BIT(HV_EXIT_DR) | BIT(HV_EXIT_XCR) | BIT(HV_EXIT_HYPERCALL) |           \
	 BIT(HV_EXIT_PAUSE) | BIT(HV_EXIT_MWAIT) | BIT(HV_EXIT_TASK_SWITCH) |                      \
	 BIT(HV_EXIT_DT_ACCESS) | BIT(HV_EXIT_INVAL) | BIT(HV_EXIT_VIRT_INSN) |                    \
	 BIT(HV_EXIT_RDPMC))
#define HAS_QUALIFICATION                                                                          \
	(BIT(HV_EXIT_IO) | BIT(HV_EXIT_CR) | BIT(HV_EXIT_DR) | BIT(HV_EXIT_S2_FAULT) |             \
	 BIT(HV_EXIT_TASK_SWITCH))

/*
 * An IRET that had ended NMI blocking faulted: the blocking is in force again when it is restarted.
 */
static void reblock_nmi(void)
{
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
		vmread(VMCS_GUEST_INTERRUPTIBILITY) | VMX_INTERRUPTIBILITY_NMI);
}

static void decode_exception(struct hv_exit *e)
{
	u32 info = (u32)vmread(VMCS_EXIT_INTR_INFO), type = VMX_INTR_TYPE(info);

	e->exception.vector = VMX_INTR_VECTOR(info);
	if (type == VMX_INTR_NMI || e->exception.vector == 18) {
		e->kind = HV_EXIT_NMI;
		return;
	}
	e->exception.has_error = info & VMX_INTR_ERROR;
	e->exception.error = info & VMX_INTR_ERROR ? (u32)vmread(VMCS_EXIT_INTR_ERROR) : 0;
	e->exception.info = e->raw_qualification = vmread(VMCS_EXIT_QUALIFICATION);
	if (type == VMX_INTR_SOFT_EXCEPTION || type == VMX_INTR_PRIV_SOFT_EXCEPTION) {
		e->insn_len = (u8)vmread(VMCS_EXIT_INSN_LEN);
	}
	if ((info & VMX_INTR_NMI_UNBLOCKED) && e->reinject.type == HV_EVENT_NONE &&
	    e->exception.vector != 8) {
		reblock_nmi();
	}
}

static void decode_io(struct hv_exit *e, u64 q)
{
	e->io.port = (u16)(q >> 16);
	e->io.size = (u8)((q & 7) + 1);
	e->io.in = q & BIT(3);
	e->io.string = q & BIT(4);
	e->io.rep = q & BIT(5);
}

static void decode_cr(struct hv_exit *e, u64 q)
{
	u32 type = (u32)(q >> 4) & 3;

	e->cr.nr = q & 15;
	e->cr.write = type != 1;
	e->cr.clts = type == 2;
	e->cr.lmsw = type == 3;
	e->cr.decoded = true;
	e->cr.gpr = (q >> 8) & 15;
	e->cr.lmsw_value = (u16)(q >> 16);
}

static void decode_dr(struct hv_exit *e, u64 q)
{
	e->dr.nr = q & 7;
	e->dr.write = !(q & BIT(4));
	e->dr.decoded = true;
	e->dr.gpr = (q >> 8) & 15;
}

static void decode_s2_fault(struct hv_exit *e, u64 q)
{
	e->s2.gpa = GPA(vmread(VMCS_GUEST_PHYSICAL));
	e->s2.access = q & (S2_R | S2_W | S2_X);
	e->s2.gva_valid = q & BIT(7);
	e->s2.walk = e->s2.gva_valid && !(q & BIT(8));
	if (e->s2.gva_valid) {
		e->s2.gva = GVA(vmread(VMCS_GUEST_LINEAR));
	}
	if ((q & BIT(12)) && e->reinject.type == HV_EVENT_NONE) {
		reblock_nmi();
	}
}

static void decode_inval(struct hv_exit *e, u32 reason)
{
	e->inval.address = 0;
	switch (reason) {
	case VMX_REASON_INVD: e->inval.op = HV_INVD; break;
	case VMX_REASON_WBINVD: e->inval.op = HV_WBINVD; break;
	case VMX_REASON_INVLPG:
		e->inval.op = HV_INVLPG;
		e->inval.address = vmread(VMCS_EXIT_QUALIFICATION);
		break;
	default: e->inval.op = HV_INVPCID; break;
	}
}

static void decode_task(struct hv_exit *e, u64 q)
{
	e->task.selector = (u16)q;
	e->task.reason = (q >> 30) & 3;
	e->task.has_error = e->reinject.has_error;
	e->task.error = e->reinject.error;
}

void vmx_decode(struct hv_vcpu *v, struct hv_exit *e)
{
	u32 reason = (u32)vmread(VMCS_EXIT_REASON), basic = reason & 0xffff;

	e->raw_reason = reason;
	e->raw_qualification = 0;
	e->insn_bytes_len = 0;
	e->reinject.type = HV_EVENT_NONE;
	if (unlikely(reason & VMX_REASON_FAILED)) {
		e->insn_len = 0;
		e->kind = HV_EXIT_FAIL_ENTRY;
		return;
	}
	vmx_interrupted_event(v, &e->reinject);
	e->kind = basic < VMX_REASONS ? kind_of[basic] : HV_EXIT_UNKNOWN;
	e->insn_len = HAS_LENGTH & BIT(e->kind) ? (u8)vmread(VMCS_EXIT_INSN_LEN) : 0;
	if (HAS_QUALIFICATION & BIT(e->kind)) {
		e->raw_qualification = vmread(VMCS_EXIT_QUALIFICATION);
	}
	switch (e->kind) {
	case HV_EXIT_HYPERCALL:
		e->call.kernel64 = !HV_ATTR_DPL(vmread(VMCS_GUEST_AR + 2 * HV_SS)) &&
				   (vmread(VMCS_GUEST_AR + 2 * HV_CS) & HV_ATTR_L);
		break;
	case HV_EXIT_EXCEPTION: decode_exception(e); break;
	case HV_EXIT_IO: decode_io(e, e->raw_qualification); break;
	case HV_EXIT_MSR:
		e->msr.index = (u32)v->regs.gpr[HV_RCX];
		e->msr.write = basic == VMX_REASON_WRMSR;
		break;
	case HV_EXIT_CR: decode_cr(e, e->raw_qualification); break;
	case HV_EXIT_DR: decode_dr(e, e->raw_qualification); break;
	case HV_EXIT_S2_FAULT: decode_s2_fault(e, e->raw_qualification); break;
	case HV_EXIT_S2_MISCONFIG: decode_s2_fault(e, 0); break;
	case HV_EXIT_INVAL: decode_inval(e, basic); break;
	case HV_EXIT_TASK_SWITCH: decode_task(e, e->raw_qualification); break;
	default: break;
	}
}
