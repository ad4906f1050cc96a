/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt handlers of the long-mode guests: 256 stubs of 16 bytes and what they share. Each
 * records what happened in GUEST_RESULT and returns, or goes where RESULT_RECOVER says.
 */
#include "tests/guests/guest.h"

	.section .rodata
	.balign	16
	.code64
	.global	guest_kit, guest_kit_end
guest_kit:
	.set	vector, 0
	.rept	256
	.balign	16
	/* These push an error code themselves: #DF #TS #NP #SS #GP #PF #AC #CP #VC #SX. */
	.set	pushes, vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
	.set	pushes, pushes || vector == 21 || vector == 29 || vector == 30
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
	incq	RESULT_COUNT
	mov	24(%rsp), %rax
	mov	%rax, RESULT_VECTOR
	mov	32(%rsp), %rax
	mov	%rax, RESULT_ERROR
	mov	40(%rsp), %rax
	mov	%rax, RESULT_RIP
	mov	64(%rsp), %rax
	mov	%rax, RESULT_RSP
	mov	%cr2, %rax
	mov	%rax, RESULT_CR2
	xor	%eax, %eax
	xchg	%rax, RESULT_RECOVER
	test	%rax, %rax
	jz	1f
	mov	%rax, 40(%rsp)
1:
	mov	RESULT_EOI, %rax
	cmp	$1, %rax
	jne	2f
	mov	$0x80b, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	jmp	3f
2:
	cmp	$2, %rax
	jne	3f
	mov	$0x20, %al
	out	%al, $0x20
3:
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq
guest_kit_end:
