/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt handlers of the state test's guests, at GUEST_KIT: they log and count the vector,
 * record where it happened, end it as RESULT_EOI says, and stop in an NMI if asked to.
 */
#include "tests/state/guest.h"

	.section .rodata
	.balign	16
	.code64
	.global	guest_state_kit, guest_state_kit_end
guest_state_kit:
	.set	vector, 0
	.rept	256
	.balign	16
	.set	pushes, vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
	.if	!pushes
	pushq	$0
	.endif
	pushq	$vector
	jmp	common
	.set	vector, vector + 1
	.endr

	.balign	16
common:
	push	%rax
	push	%rcx
	push	%rdx
	mov	24(%rsp), %rcx
	lock incl STATE_COUNTS(,%rcx,4)
	mov	$1, %eax
	lock xadd %eax, STATE_LOG_COUNT
	cmp	$STATE_LOG_MAX, %eax
	jae	1f
	movb	%cl, STATE_LOG(%rax)
1:
	mov	32(%rsp), %rax
	mov	%rax, RESULT_ERROR
	mov	40(%rsp), %rax
	mov	%rax, RESULT_RIP
	cmp	$2, %ecx
	jne	2f
	cmpl	$0, STATE_NMI_STEP
	je	4f
	movl	$0, STATE_NMI_STEP
	step	2
	nop
	nop
	mark	0xee
	jmp	4f
2:
	mov	RESULT_EOI, %rax
	cmp	$1, %eax
	jne	3f
	eoi
	jmp	4f
3:
	cmp	$2, %eax
	jne	4f
	outb	0x20, 0x20
4:
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq
guest_state_kit_end:
