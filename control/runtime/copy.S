/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that may fault on the program's addresses, each with its place to go on in the
 * section .fixups; trap.c looks a faulting address up there. All take Linux C arguments and return
 * 0 or -EFAULT.
 */
#include <asm/errno.h>

	.macro CAUGHT at
	.pushsection .fixups, "a"
	.quad	\at, caught
	.popsection
	.endm

	.text
	.global copy_caught, clear_caught, xsetbv_caught
	.global xsave_caught, xrstor_caught, fxsave_caught, fxrstor_caught

copy_caught:
	mov	%rdx, %rcx
1:	rep movsb
	CAUGHT	1b
	xor	%eax, %eax
	ret

clear_caught:
	mov	%rsi, %rcx
	xor	%eax, %eax
1:	rep stosb
	CAUGHT	1b
	ret

xsave_caught:
	mov	$-1, %eax
	mov	$-1, %edx
1:	xsave64	(%rdi)
	CAUGHT	1b
	xor	%eax, %eax
	ret

xrstor_caught:
	mov	$-1, %eax
	mov	$-1, %edx
1:	xrstor64 (%rdi)
	CAUGHT	1b
	xor	%eax, %eax
	ret

/* XCR0 = EDI. */
xsetbv_caught:
	mov	%edi, %eax
	xor	%edx, %edx
	xor	%ecx, %ecx
1:	xsetbv
	CAUGHT	1b
	xor	%eax, %eax
	ret

fxsave_caught:
1:	fxsave64 (%rdi)
	CAUGHT	1b
	xor	%eax, %eax
	ret

fxrstor_caught:
1:	fxrstor64 (%rdi)
	CAUGHT	1b
	xor	%eax, %eax
	ret

caught:
	mov	$-EFAULT, %rax
	ret
