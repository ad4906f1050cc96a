/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * u64 vmx_enter(struct hv_regs *regs, u64 launched, u64 *host_rsp)
 *
 * Enters the guest of the current VMCS and returns to C after the exit: 0, or 1 if the instruction
 * failed (VMfail). *host_rsp is the value the VMCS holds, so that it is written only when it
 * changes. The exit loads RSP, RIP, CR3, selectors and bases of the host; interrupts are off.
 */
#include "arch/x86/hv/enter_regs.h"

#define VMCS_HOST_RSP 0x6c14

	.text
	.globl vmx_enter
	.type vmx_enter, @function
vmx_enter:
	SAVE_HOST_REGS
	pushq %rdi
	cmpq %rsp, (%rdx)
	je 1f
	movq %rsp, (%rdx)
	movl $VMCS_HOST_RSP, %eax
	vmwrite %rsp, %rax
1:	testl %esi, %esi
	LOAD_GUEST_REGS
	movq REG_RAX(%rdi), %rax
	movq REG_RDI(%rdi), %rdi
	jz 2f
	vmresume
	jmp 3f
2:	vmlaunch
3:	/* VMfail: the guest's registers are loaded, nothing has run. */
	popq %rax
	CLEAR_SCRATCH_REGS
	incl %eax
	RESTORE_HOST_REGS
	ret

	.globl vmx_exit_point
vmx_exit_point:
	pushq %rax
	movq 8(%rsp), %rax
	STORE_GUEST_REGS
	popq REG_RAX(%rax)
	popq %rax
	CLEAR_SCRATCH_REGS
	RESTORE_HOST_REGS
	ret
	.size vmx_enter, . - vmx_enter
