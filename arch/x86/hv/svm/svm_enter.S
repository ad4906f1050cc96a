/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void svm_enter(struct hv_regs *regs, hpa_t vmcb, hpa_t host_vmcb)
 *
 * Runs the guest of the VMCB and returns to C after the exit. Interrupts are off before and after.
 * The global interrupt flag keeps everything out from CLGI to STGI; RFLAGS.IF is on in between,
 * because with V_INTR_MASKING it decides whether host interrupts end the run. After the exit FS,
 * GS, TR and the syscall MSRs are the guest's until VMLOAD of the host's block: the stack is the
 * only memory that may be used before.
 */
#include "arch/x86/hv/enter_regs.h"

	.text
	.globl svm_enter
	.type svm_enter, @function
svm_enter:
	SAVE_HOST_REGS
	pushq %rdx
	pushq %rdi
	movq %rsi, %rax
	LOAD_GUEST_REGS
	movq REG_RDI(%rdi), %rdi
	clgi
	sti
	vmload %rax
	vmrun %rax
	vmsave %rax
	popq %rax
	STORE_GUEST_REGS
	popq %rax
	vmload %rax
	cli
	stgi
	CLEAR_SCRATCH_REGS
	RESTORE_HOST_REGS
	ret
	.size svm_enter, . - svm_enter
