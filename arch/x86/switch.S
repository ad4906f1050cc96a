/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void arch_thread_switch(struct thread *prev, struct thread *next): saves what the C calling
 * convention preserves on prev's stack, continues on next's. thread.sp is at offset 0.
 */
	.text
	.globl arch_thread_switch
arch_thread_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	(%rsi), %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

	/* The first "return" of a new thread: RBX holds the thread. */
	.globl thread_first_entry
thread_first_entry:
	movq	%rbx, %rdi
	xorl	%ebp, %ebp
	call	thread_entry_c
	ud2
	.section .note.GNU-stack, "", @progbits
