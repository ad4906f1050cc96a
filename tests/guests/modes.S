/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first guest of each CPU mode: an arithmetic result in memory and a port write to prove the
 * mode.
 */
#include "tests/guests/guest.h"

	/* Real mode: sums in 16 bits through a segment, then writes it to a port and halts. */
	.code16
GUEST(real)
	mov	$(GUEST_DATA >> 4), %ax
	mov	%ax, %ds
	mov	$0xfff0, %ax
	add	$0x0021, %ax			/* wraps to 0x11 only in 16 bits */
	mov	%ax, 0x0000
	mov	$PORT_TEST, %dx
	out	%al, (%dx)
	hlt
END_GUEST(real)

	/* Real mode: a software interrupt through the vector table, and back. */
	.code16
GUEST(real_interrupt)
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0xf000, %sp
	movw	$ADDRESS(real_interrupt, 1f), 0x21 * 4
	movw	%ax, 0x21 * 4 + 2
	mov	$0x100, %bx
	int	$0x21
	add	$0x1000, %bx
	hlt
1:
	add	$0x10, %bx
	iret
END_GUEST(real_interrupt)

	/* Protected mode without paging, 32-bit operands. */
	.code32
GUEST(protected)
	mov	$0xfffffff0, %eax
	add	$0x21, %eax
	mov	%eax, RESULT_VALUE
	mov	%cr0, %eax
	mov	%eax, RESULT_VALUE + 8
	push	$0x1234
	pop	RESULT_VALUE + 16
	hlt
END_GUEST(protected)

	/* PAE paging: writes through a second mapping of GUEST_DATA that the test made at 1 GiB. */
	.code32
GUEST(pae)
	movl	$0x600d, 0x40000000 + GUEST_DATA
	mov	GUEST_DATA, %eax
	mov	%eax, RESULT_VALUE
	mov	%cr4, %eax
	mov	%eax, RESULT_VALUE + 8
	hlt
END_GUEST(pae)

	/* Long mode: 64-bit arithmetic and registers. */
	.code64
GUEST(long)
	movabs	$0xfffffffffffffff0, %r15
	lea	0x21(%r15), %rax
	mov	%rax, RESULT_VALUE
	mov	%cr4, %rax
	mov	%rax, RESULT_VALUE + 8
	mov	$0xc0000080, %ecx
	rdmsr
	mov	%eax, RESULT_VALUE + 16
	hlt
END_GUEST(long)

	/* From real mode to long mode by its own instructions; the tables are the test's. */
	.code16
GUEST(climb)
	cli
	xor	%ax, %ax
	mov	%ax, %ds
	lgdtl	ADDRESS(climb, 3f)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE32, $ADDRESS(climb, 1f)
	.code32
1:
	mov	$SELECTOR_DATA, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$SELECTOR_TSS, %ax		/* no long mode with the 16-bit TSS of reset */
	ltr	%ax
	mov	%cr4, %eax
	or	$0x20, %eax
	mov	%eax, %cr4
	mov	$GUEST_PML4, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
	ljmp	$SELECTOR_CODE64, $ADDRESS(climb, 2f)
	.code64
2:
	movabs	$0x123456789abcdef0, %rax
	mov	%rax, RESULT_VALUE
	mov	$0xc0000080, %ecx
	rdmsr
	mov	%eax, RESULT_VALUE + 8
	hlt
	.balign	8
3:
	.word	0x27
	.long	GUEST_GDT
END_GUEST(climb)
