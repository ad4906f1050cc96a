/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 256 entry stubs of 16 bytes each. Every stub makes the same frame (struct trap_frame): error
 * code, real or 0, then the vector, then the registers. No swapgs: GS base is the hypervisor's
 * whenever host code runs.
 */
	.section .text.entry, "ax"
	.balign 16
	.globl trap_stubs
trap_stubs:
	vector = 0
	.rept 256
	.balign 16
	.if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) \
		|| (vector == 21) || (vector == 29) || (vector == 30)
	.else
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	vector = vector + 1
	.endr

	.balign 16
trap_common:
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	/* not a frame of its own: the back-trace restarts from the trap frame */
	leaq	80(%rsp), %rbp
	movq	%rsp, %rbx
	andq	$-16, %rsp
	call	trap_dispatch
	movq	%rbx, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp
	iretq

	/*
	 * int rdmsr_safe(u32 index, u64 *value); int wrmsr_safe(u32 index, u64 value): the
	 * instruction is in .ex_table.
	 */
	.text
	.globl rdmsr_safe, wrmsr_safe
rdmsr_safe:
	movl	%edi, %ecx
1:	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, (%rsi)
	xorl	%eax, %eax
	ret
wrmsr_safe:
	movl	%edi, %ecx
	movl	%esi, %eax
	movq	%rsi, %rdx
	shrq	$32, %rdx
2:	wrmsr
	xorl	%eax, %eax
	ret
3:	movl	$-5, %eax		/* -EIO */
	ret
	.section .ex_table, "a"
	.quad 1b, 3b
	.quad 2b, 3b
	.section .note.GNU-stack, "", @progbits
