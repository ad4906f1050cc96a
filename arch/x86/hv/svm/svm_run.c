/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry and one exit: RAX, RSP, RIP and RFLAGS live in the VMCB while the guest runs, the rest
 * moves in svm_enter.S. Called by hv_run on every entry. Twin: vmx/vmx_run.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"

/*
 * A software event pushes the address behind its instruction. Some processors take it from RIP,
 * some (NRIPS) from the next RIP of the VMCB: both are set. svm_interrupted_event puts RIP back if
 * the delivery did not happen. (That a hypervisor took the length from the wrong place was
 * CVE-2016-9377.)
 */
static __attribute__((noinline)) void prepare_soft_event(struct hv_vcpu *v)
{
	struct svm_vcpu *x = v->hw;

	x->soft_rip = v->regs.rip;
	x->vmcb->rip = x->vmcb->next_rip = v->regs.rip + x->soft.insn_len;
}

/*
 * The guest has not run. Its registers are still in v->regs; some processors spoil RIP in the VMCB.
 */
static __attribute__((noinline)) void entry_failed(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct svm_vcpu *x = v->hw;

	svm_decode(v, exit);
	if (!x->c.fail_dumped) {
		x->c.fail_dumped = true;
		svm_dump(v);
	}
	svm_take_back_event(v, &exit->reinject);
}

/* Whether the hardware would refuse the state (see svm_check.c for why that is not left to it). */
static __attribute__((noinline)) bool is_refused(struct hv_vcpu *v)
{
	struct svm_vcpu *x = v->hw;

	x->unchecked = svm_check(x->vmcb, &svm_machine.limits) != NULL;
	return x->unchecked;
}

/*
 * The entry itself. What is needed behind it is looked up again: that is cheaper than to keep it in
 * registers, which all have to be saved.
 */
static inline __attribute__((always_inline)) void enter(struct hv_cpu *cpu, struct hv_vcpu *v,
							struct hv_exit *exit)
{
	struct svm_vcpu *x = v->hw;
	struct vmcb *b = x->vmcb;

	/* Bochs 3.0 saves CR2 into the VMCB and does not load it. */
	write_cr2(b->cr2);
	hv_xcr0_enter(v);
	svm_enter(&v->regs, x->vmcb_pa, cpu->host_vmcb);
	hv_xcr0_leave(v);
	x = v->hw;
	b = x->vmcb;
	b->tlb_control = SVM_TLB_NOTHING;
	if (unlikely(b->exitcode == SVM_EXIT_INVALID)) {
		entry_failed(v, exit);
		return;
	}
	v->regs.gpr[HV_RAX] = b->rax;
	v->regs.gpr[HV_RSP] = b->rsp;
	v->regs.rip = b->rip;
	v->regs.rflags = b->rflags;
	svm_decode(v, exit);
	x = v->hw;
	x->vmcb->eventinj = x->injected = 0;
	if (unlikely(exit->kind == HV_EXIT_NMI) && exit->exception.vector == 18) {
		/* The exit has consumed the machine check. An NMI was taken at STGI. */
		__asm__ volatile("int $18" ::: "memory");
	}
}

/* An entry with something to be done first. The registers are in the VMCB. */
static __attribute__((noinline)) void run_prepared(struct hv_cpu *cpu, struct hv_vcpu *v,
						   struct hv_exit *exit)
{
	struct svm_vcpu *x = v->hw;

	if (x->unchecked && is_refused(v)) {
		x->vmcb->exitcode = SVM_EXIT_INVALID;
		entry_failed(v, exit);
		return;
	}
	/* From here on the entry happens: a flush that a new tag orders is not lost. */
	if (x->c.tag.gen != cpu->tags.gen) {
		svm_new_tag(cpu, v);
	}
	if (x->soft.type != HV_EVENT_NONE) {
		prepare_soft_event(v);
	}
	enter(cpu, v, exit);
}

void svm_run(struct hv_cpu *cpu, struct hv_vcpu *v, struct hv_exit *exit)
{
	const struct svm_vcpu *x = v->hw;
	struct vmcb *b = x->vmcb;

	b->rax = v->regs.gpr[HV_RAX];
	b->rsp = v->regs.gpr[HV_RSP];
	b->rip = v->regs.rip;
	b->rflags = v->regs.rflags;
	if (unlikely(x->unchecked | (x->soft.type != HV_EVENT_NONE) |
		     (x->c.tag.gen != cpu->tags.gen))) {
		run_prepared(cpu, v, exit);
	} else {
		enter(cpu, v, exit);
	}
}
