/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses to addresses without memory: moves, changes in place, strings, the local APIC's page. */
#include "tests/guests/guest.h"

	/* Reads of 1, 2, 4 and 8 bytes at RBX, then writes of what was read. */
	.code64
GUEST(mmio_moves)
	mov	$-1, %rax
	mov	(%rbx), %al
	mov	%rax, RESULT_VALUE
	mov	$-1, %rax
	mov	2(%rbx), %ax
	mov	%rax, RESULT_VALUE + 8
	mov	$-1, %rax
	mov	4(%rbx), %eax
	mov	%rax, RESULT_VALUE + 16
	mov	8(%rbx), %rax
	mov	%rax, RESULT_VALUE + 24
	movzbl	16(%rbx), %ecx
	mov	%rcx, RESULT_VALUE + 32
	movswq	18(%rbx), %rcx
	mov	%rcx, RESULT_VALUE + 40
	mov	%al, (%rbx)
	mov	%ax, 2(%rbx)
	mov	%eax, 4(%rbx)
	mov	%rax, 8(%rbx)
	movq	$-2, 16(%rbx)
	done
END_GUEST(mmio_moves)

	/* Over the end of a page: RBX is two bytes below it. */
	.code64
GUEST(mmio_cross)
	mov	(%rbx), %eax
	mov	%rax, RESULT_VALUE
	mov	$0x11223344, %ecx
	mov	%ecx, (%rbx)
	done
END_GUEST(mmio_cross)

	/* Changes in place: each a read and a write. */
	.code64
GUEST(mmio_change)
	mov	$0x0f0f0f0f, %eax
	orl	%eax, (%rbx)
	xchg	%eax, (%rbx)
	mov	%rax, RESULT_VALUE
	lock btsl $4, (%rbx)
	setc	RESULT_VALUE + 8
	mov	$7, %eax
	mov	$9, %ecx
	cmpxchg	%ecx, (%rbx)
	mov	%rax, RESULT_VALUE + 16
	incw	(%rbx)
	done
END_GUEST(mmio_change)

	/* REP STOS to RBX, REP MOVS from there to GUEST_DATA, and back. */
	.code64
GUEST(mmio_strings)
	cld
	mov	%rbx, %rdi
	mov	$0x5a5b5c5d, %eax
	mov	$3, %ecx
	rep stosl
	mov	%rdi, RESULT_VALUE
	mov	%rcx, RESULT_VALUE + 8
	mov	%rbx, %rsi
	mov	$GUEST_DATA, %edi
	mov	$2, %ecx
	rep movsw
	mov	%rsi, RESULT_VALUE + 16
	mov	$GUEST_DATA, %esi
	mov	%rbx, %rdi
	mov	$2, %ecx
	rep movsq
	push	(%rbx)
	pop	RESULT_VALUE + 24
	done
END_GUEST(mmio_strings)

	/* XMM registers, both halves of CMPXCHG8B, MOVBE, products and quotients. */
	.code64
GUEST(mmio_wide)
	mov	%cr4, %rax
	or	$0x200, %eax
	mov	%rax, %cr4
	movups	(%rbx), %xmm9
	movdqa	%xmm9, 16(%rbx)
	movups	%xmm9, RESULT_VALUE
	mov	%rbx, %rsi
	mov	$1, %eax
	mov	$2, %edx
	mov	$3, %ebx
	mov	$4, %ecx
	lock cmpxchg8b (%rsi)
	mov	%rax, RESULT_VALUE + 16
	lock cmpxchg8b (%rsi)
	setz	RESULT_VALUE + 24
	movbe	(%rsi), %eax
	mov	%rax, RESULT_VALUE + 32
	imul	$-3, (%rsi), %rax
	mov	%rax, RESULT_VALUE + 40
	mov	$100, %eax
	cltd
	divl	(%rsi)
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, RESULT_VALUE + 48
	done
END_GUEST(mmio_wide)

	/* What no emulator here knows: a floating-point load. */
	.code64
GUEST(mmio_float)
	flds	(%rbx)
	hlt
END_GUEST(mmio_float)

	/* A write and a read at EBX (BX as a segment in real mode), in every mode. */
	.code16
GUEST(mmio_real)
	mov	%bx, %es
	mov	%es:6, %ax
	inc	%ax
	mov	%ax, %es:8
	hlt
END_GUEST(mmio_real)

	.code32
GUEST(mmio_32)
	mov	6(%ebx), %ax
	inc	%ax
	mov	%ax, 8(%ebx)
	hlt
END_GUEST(mmio_32)

	/* The local APIC in xAPIC mode. */
	.code64
GUEST(xapic)
	mov	$0xfee00000, %ebx
	mov	0x20(%rbx), %eax
	mov	%rax, RESULT_VALUE
	mov	0x30(%rbx), %eax
	mov	%rax, RESULT_VALUE + 8
	movl	$0x1ff, 0xf0(%rbx)
	movl	$0x20, 0x80(%rbx)
	mov	0x80(%rbx), %eax
	mov	%rax, RESULT_VALUE + 16
	mov	%cr8, %rax
	mov	%rax, RESULT_VALUE + 24
	movl	$0, 0x310(%rbx)
	movl	$0x40061, 0x300(%rbx)
	mov	0x230(%rbx), %eax
	mov	%rax, RESULT_VALUE + 32
	sti
	nop
	nop
	cli
	mov	0x130(%rbx), %eax
	mov	%rax, RESULT_VALUE + 40
	movl	$0, 0xb0(%rbx)
	mov	0x130(%rbx), %eax
	mov	%rax, RESULT_VALUE + 48
	orl	$0x10000, 0x350(%rbx)
	mov	0x350(%rbx), %eax
	mov	%rax, RESULT_VALUE + 56
	done
END_GUEST(xapic)
