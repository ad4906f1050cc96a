/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry and one exit: RAX, RSP, RIP and RFLAGS live in the VMCB while the guest runs, the rest moves in
 * svm_enter.S. Called by hv_run on every entry. Twin: vmx/vmx_run.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"

/*
 * A software event pushes the address behind its instruction: with NRIPS the hardware takes it from the VMCB, without
 * it from RIP, which svm_interrupted_event puts back if the delivery did not happen (CVE-2016-9377 is this, wrong).
 */
static void prepare_soft_event(struct hv_vcpu *v, struct svm_vcpu *x)
{
	u64 next = v->regs.rip + x->soft.insn_len;

	x->soft_rip = v->regs.rip;
	if (svm_machine.has_nrips) {
		x->vmcb->next_rip = next;
	} else {
		x->vmcb->rip = next;
	}
}

static void entry_failed(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct svm_vcpu *x = v->hw;

	if (!x->c.fail_dumped) {
		x->c.fail_dumped = true;
		svm_dump(v);
	}
	svm_take_back_event(v, &exit->reinject);
}

void svm_run(struct hv_cpu *cpu, struct hv_vcpu *v, struct hv_exit *exit)
{
	struct svm_vcpu *x = v->hw;
	struct vmcb *b = x->vmcb;

	b->rax = v->regs.gpr[HV_RAX];
	b->rsp = v->regs.gpr[HV_RSP];
	b->rip = v->regs.rip;
	b->rflags = v->regs.rflags;
	if (unlikely(x->c.tag.gen != cpu->tags.gen)) {
		svm_new_tag(cpu, v);
	}
	if (unlikely(x->soft.type != HV_EVENT_NONE)) {
		prepare_soft_event(v, x);
	}
	svm_enter(&v->regs, x->vmcb_pa, cpu->host_vmcb);
	v->regs.gpr[HV_RAX] = b->rax;
	v->regs.gpr[HV_RSP] = b->rsp;
	v->regs.rip = b->rip;
	v->regs.rflags = b->rflags;
	b->tlb_control = SVM_TLB_NOTHING;
	svm_decode(v, exit);
	if (unlikely(exit->kind == HV_EXIT_FAIL_ENTRY)) {
		entry_failed(v, exit);
		return;
	}
	b->eventinj = 0;
	if (unlikely(exit->kind == HV_EXIT_NMI) && exit->exception.vector == 18) {
		/* The exit has consumed the machine check. An NMI was taken at STGI. */
		__asm__ volatile("int $18" ::: "memory");
	}
}
