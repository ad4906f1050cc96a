/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the exit fields of the VMCB to the neutral struct hv_exit. Decides nothing. Instruction
 * lengths come from NRIP where the CPU has it and the exit is an instruction's; otherwise 0. Called
 * by svm_run. Twin: vmx/vmx_exit.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "core/string.h"

#define FIRST SVM_EXIT_INTR
#define CODES (SVM_EXIT_RDPRU - FIRST + 1)

/*
 * Exit codes from 60H on; the groups before and after are told apart below. 0 is HV_EXIT_UNKNOWN.
 */
static const u8 kind_of[CODES] = {
	[SVM_EXIT_INTR - FIRST] = HV_EXIT_INTR,
	[SVM_EXIT_NMI - FIRST] = HV_EXIT_NMI,
	[SVM_EXIT_SMI - FIRST] = HV_EXIT_INTR,
	[SVM_EXIT_INIT - FIRST] = HV_EXIT_INIT,
	[SVM_EXIT_VINTR - FIRST] = HV_EXIT_WINDOW,
	[SVM_EXIT_RDPMC - FIRST] = HV_EXIT_RDPMC,
	[SVM_EXIT_CPUID - FIRST] = HV_EXIT_CPUID,
	[SVM_EXIT_IRET - FIRST] = HV_EXIT_WINDOW,
	[SVM_EXIT_INVD - FIRST] = HV_EXIT_INVAL,
	[SVM_EXIT_PAUSE - FIRST] = HV_EXIT_PAUSE,
	[SVM_EXIT_HLT - FIRST] = HV_EXIT_HLT,
	[SVM_EXIT_INVLPG - FIRST] = HV_EXIT_INVAL,
	[SVM_EXIT_INVLPGA - FIRST] = HV_EXIT_VIRT_INSN,
	[SVM_EXIT_IO - FIRST] = HV_EXIT_IO,
	[SVM_EXIT_MSR - FIRST] = HV_EXIT_MSR,
	[SVM_EXIT_TASK_SWITCH - FIRST] = HV_EXIT_TASK_SWITCH,
	[SVM_EXIT_SHUTDOWN - FIRST] = HV_EXIT_SHUTDOWN,
	[SVM_EXIT_VMRUN - FIRST] = HV_EXIT_VIRT_INSN,
	[SVM_EXIT_VMMCALL - FIRST] = HV_EXIT_HYPERCALL,
	[SVM_EXIT_VMLOAD - FIRST ... SVM_EXIT_SKINIT - FIRST] = HV_EXIT_VIRT_INSN,
	[SVM_EXIT_WBINVD - FIRST] = HV_EXIT_INVAL,
	[SVM_EXIT_MONITOR - FIRST ... SVM_EXIT_MWAIT_ARMED - FIRST] = HV_EXIT_MWAIT,
	[SVM_EXIT_XSETBV - FIRST] = HV_EXIT_XCR,
	[SVM_EXIT_RDPRU - FIRST] = HV_EXIT_VIRT_INSN,
};

static u8 kind_of_code(u64 code)
{
	if (likely(code - FIRST < CODES)) {
		return kind_of[code - FIRST];
	}
	if (code == SVM_EXIT_NPF) {
		return HV_EXIT_S2_FAULT;
	}
	if (code < SVM_EXIT_DR_READ) {
		return HV_EXIT_CR;
	}
	if (code < SVM_EXIT_EXCEPTION) {
		return HV_EXIT_DR;
	}
	if (code < FIRST) {
		return HV_EXIT_EXCEPTION;
	}
	return code == SVM_EXIT_INVALID ? HV_EXIT_FAIL_ENTRY : HV_EXIT_UNKNOWN;
}

/* Trusted only in a length's range: next is meaningless for some exits. */
static u8 len_to(const struct vmcb *b, u64 next)
{
	u64 len = next - b->rip;

	return len >= 1 && len <= 15 ? (u8)len : 0;
}

static u8 insn_len(const struct vmcb *b)
{
	return svm_machine.has_nrips ? len_to(b, b->next_rip) : 0;
}

static void decode_exception(struct hv_exit *e, const struct vmcb *b)
{
	u32 vector = (u32)(b->exitcode - SVM_EXIT_EXCEPTION);

	e->exception.vector = (u8)vector;
	if (vector == 18) {
		e->kind = HV_EXIT_NMI;
		return;
	}
	e->exception.has_error = (0x27d00u >> vector) & 1; /* 8, 10-14, 17 */
	e->exception.error = e->exception.has_error ? (u32)b->exitinfo1 : 0;
	e->exception.info = vector == 14 ? b->exitinfo2 : vector == 1 ? b->dr6 & 0xe00f : 0;
}

static inline void decode_io(struct hv_exit *e, const struct vmcb *b)
{
	u32 i = (u32)b->exitinfo1;

	e->io.port = (u16)SVM_IO_PORT(i);
	e->io.size = SVM_IO_SIZE(i);
	e->io.in = i & SVM_IO_IN;
	e->io.string = e->io.rep = false;
	if (unlikely(i & SVM_IO_STRING)) {
		e->io.string = true;
		e->io.rep = i & SVM_IO_REP;
	}
	e->insn_len = len_to(b, b->exitinfo2);
}

static void decode_cr(struct hv_exit *e, const struct vmcb *b)
{
	e->cr.nr = b->exitcode & 15;
	e->cr.write = b->exitcode & SVM_EXIT_CR_WRITE;
	e->cr.clts = e->cr.lmsw = false; /* told apart by the caller's decoder */
	e->cr.decoded = svm_machine.has_decode && (b->exitinfo1 & SVM_CR_MOV);
	e->cr.gpr = b->exitinfo1 & 15;
	e->insn_len = insn_len(b);
}

static void decode_dr(struct hv_exit *e, const struct vmcb *b)
{
	e->dr.nr = b->exitcode & 15;
	e->dr.write = b->exitcode & (SVM_EXIT_DR_WRITE - SVM_EXIT_DR_READ);
	e->dr.decoded = svm_machine.has_decode;
	e->dr.gpr = b->exitinfo1 & 15;
	e->insn_len = insn_len(b);
}

static inline void decode_s2_fault(struct hv_exit *e, const struct vmcb *b)
{
	u64 error = b->exitinfo1;

	if (error & SVM_NPF_RESERVED) {
		e->kind = HV_EXIT_S2_MISCONFIG;
	}
	e->s2.gpa = GPA(b->exitinfo2);
	e->s2.access = error & SVM_NPF_FETCH ? S2_X : error & SVM_NPF_WRITE ? S2_W : S2_R;
	e->s2.walk = error & SVM_NPF_WALK;
	e->s2.gva_valid = false;
	if (svm_machine.has_decode && b->insn_len <= sizeof(b->insn_bytes)) {
		e->insn_bytes_len = b->insn_len;
		memcpy(e->insn_bytes, b->insn_bytes, sizeof(e->insn_bytes));
	}
}

static void decode_inval(struct hv_exit *e, const struct vmcb *b)
{
	e->inval.address = 0;
	switch (b->exitcode) {
	case SVM_EXIT_INVD: e->inval.op = HV_INVD; break;
	case SVM_EXIT_WBINVD: e->inval.op = HV_WBINVD; break;
	default:
		e->inval.op = HV_INVLPG;
		e->inval.address = svm_machine.has_decode ? b->exitinfo1 : 0;
		break;
	}
	e->insn_len = insn_len(b);
}

static void decode_task(struct hv_exit *e, const struct vmcb *b)
{
	e->task.selector = (u16)b->exitinfo1;
	e->task.reason = b->exitintinfo & SVM_EVENT_VALID ? 3 : 0;
	if (b->exitinfo2 & SVM_TASK_IRET) {
		e->task.reason = 1;
	} else if (b->exitinfo2 & SVM_TASK_JMP) {
		e->task.reason = 2;
	}
	e->task.has_error = b->exitinfo2 & SVM_TASK_ERROR;
	e->task.error = (u32)b->exitinfo2;
	e->insn_len = insn_len(b);
}

/* NMIs are open again. Reported one instruction early: the IRET itself has still to run. */
static void decode_iret(struct hv_vcpu *v, const struct vmcb *b)
{
	struct hv_intr_state s = {.sti_shadow = b->interrupt_shadow & 1, .nmi_blocked = false};

	svm_set_intr_state(v, &s);
}

static inline void decode_call(struct hv_exit *e, const struct vmcb *b)
{
	e->insn_len = 3; /* without prefixes, as the ABI wants it */
	e->call.kernel64 = b->cpl == 0 && (b->seg[VMCB_CS].attrib & (HV_ATTR_L >> 4));
}

/* What needs more than the kind. */
static void decode_details(struct hv_vcpu *v, struct hv_exit *e)
{
	const struct vmcb *b = ((struct svm_vcpu *)v->hw)->vmcb;

	switch (e->kind) {
	case HV_EXIT_FAIL_ENTRY: e->fail.code = b->exitcode; break;
	case HV_EXIT_EXCEPTION: decode_exception(e, b); break;
	case HV_EXIT_HYPERCALL: decode_call(e, b); break;
	case HV_EXIT_CPUID: e->insn_len = insn_len(b); break;
	case HV_EXIT_IO: decode_io(e, b); break;
	case HV_EXIT_MSR:
		e->msr.index = (u32)v->regs.gpr[HV_RCX];
		e->msr.write = b->exitinfo1 & 1;
		e->insn_len = insn_len(b);
		break;
	case HV_EXIT_CR: decode_cr(e, b); break;
	case HV_EXIT_DR: decode_dr(e, b); break;
	case HV_EXIT_S2_FAULT: decode_s2_fault(e, b); break;
	case HV_EXIT_INVAL: decode_inval(e, b); break;
	case HV_EXIT_TASK_SWITCH: decode_task(e, b); break;
	case HV_EXIT_WINDOW:
		if (b->exitcode == SVM_EXIT_IRET) {
			decode_iret(v, b);
		}
		break;
	case HV_EXIT_NMI: e->exception.vector = 2; break;
	case HV_EXIT_HLT:
	case HV_EXIT_XCR:
	case HV_EXIT_PAUSE:
	case HV_EXIT_MWAIT:
	case HV_EXIT_RDPMC:
	case HV_EXIT_VIRT_INSN: e->insn_len = insn_len(b); break;
	default: break;
	}
}

static __attribute__((noinline)) void decode_rest(struct hv_vcpu *v, struct hv_exit *e)
{
	const struct svm_vcpu *x = v->hw;

	if ((x->vmcb->exitintinfo & SVM_EVENT_VALID) || x->soft.type != HV_EVENT_NONE) {
		svm_interrupted_event(v, &e->reinject);
	}
	decode_details(v, e);
}

/* The frequent exits take the short way through here: no call, nothing saved. */
void svm_decode(struct hv_vcpu *v, struct hv_exit *e)
{
	const struct svm_vcpu *x = v->hw;
	const struct vmcb *b = x->vmcb;
	u64 code = b->exitcode;
	u8 kind = kind_of_code(code);

	e->kind = kind;
	e->insn_len = 0;
	e->insn_bytes_len = 0;
	e->reinject.type = HV_EVENT_NONE;
	e->raw_reason = (u32)code;
	e->raw_qualification = b->exitinfo1;
	v->shadow = b->interrupt_shadow & 1;
	if (unlikely((b->exitintinfo & SVM_EVENT_VALID) || x->soft.type != HV_EVENT_NONE)) {
		decode_rest(v, e);
	} else if (kind == HV_EXIT_HYPERCALL) {
		decode_call(e, b);
	} else if (kind == HV_EXIT_IO) {
		decode_io(e, b);
	} else if (kind == HV_EXIT_CPUID) {
		e->insn_len = insn_len(b);
	} else if (kind == HV_EXIT_S2_FAULT) {
		decode_s2_fault(e, b);
	} else if (kind != HV_EXIT_INTR) {
		decode_rest(v, e);
	}
}
