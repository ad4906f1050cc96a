/* SPDX-License-Identifier: BSD-2-Clause */
/* Several processors, the PIT, the IOAPIC and messages, seen from inside. */
#include "tests/guests/guest.h"
#include "tests/guests/rounds.h"

.macro apic_enable
	mov	$0x80f, %ecx			/* SVR */
	mov	$0x1ff, %eax
	xor	%edx, %edx
	wrmsr
.endm
.macro apic_send destination, command
	mov	$0x830, %ecx			/* ICR */
	mov	$\destination, %edx
	mov	$(\command), %eax
	wrmsr
.endm

	/*
	 * Starts processor 1 by INIT and SIPI, then both send each other interrupts and wait for
	 * the other's in HLT. Processor 1 begins in real mode in a copy at GUEST_DATA.
	 */
	.code64
GUEST(smp)
	movq	$1, RESULT_EOI
	apic_enable
	mov	$ADDRESS(smp, 5f), %esi
	mov	$GUEST_DATA, %edi
	mov	$(6f - 5f), %ecx
	cld
	rep movsb
	apic_send 1, 0x4500			/* INIT */
	apic_send 1, 0x4600 | GUEST_DATA >> 12	/* start-up */
	apic_send 1, 0x4600 | GUEST_DATA >> 12	/* again, as the SDM wants it */
	sti					/* one CPU for both: Bochs 3.0 with SVM needs it */
1:
	pause
	cmpl	$0, RESULT_VALUE + 8
	je	1b
	cli
	mov	$ROUNDS, %ebx
2:
	apic_send 1, 0x4071
	sti
	hlt
	cli
	dec	%ebx
	jnz	2b
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 16
	done
	.code16
5:
	mov	%cs, %ax
	mov	%ax, RESULT_VALUE
	mov	$GUEST_PML4, %eax
	mov	%eax, %cr3
	mov	$0x20, %eax			/* PAE */
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx		/* EFER.LME */
	rdmsr
	or	$0x100, %ax
	wrmsr
	lgdtl	%cs:(7f - 5b)
	mov	$0x80000031, %eax
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE64, $ADDRESS(smp, 6f)
7:
	.word	0x27
	.long	GUEST_GDT
	.code64
6:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$(GUEST_STACK - 0x1000), %esp
	lidt	ADDRESS(smp, 9f)
	apic_enable
	movl	$1, RESULT_VALUE + 8
	mov	$ROUNDS, %ebx
8:
	sti
	hlt
	cli
	apic_send 0, 0x4072
	dec	%ebx
	jnz	8b
	done
9:
	.word	0xfff
	.quad	GUEST_IDT
END_GUEST(smp)

	/* PIC at 0x20 with line 0 open, the PIT at 100 Hz: the time of TICKS interrupts or more. */
	.code64
GUEST(pit)
	movq	$2, RESULT_EOI
	apic_enable
	mov	$0x835, %ecx			/* LVT LINT0: ExtINT */
	mov	$0x700, %eax
	wrmsr
	mov	$0x11, %al			/* ICW1..4 */
	out	%al, $0x20
	mov	$0x20, %al
	out	%al, $0x21
	mov	$0x04, %al
	out	%al, $0x21
	mov	$0x01, %al
	out	%al, $0x21
	mov	$0xfe, %al			/* all masked but 0 */
	out	%al, $0x21
	mov	$0x34, %al			/* counter 0, two bytes, mode 2 */
	out	%al, $0x43
	mov	$(PIT_COUNT & 0xff), %al
	out	%al, $0x40
	mov	$(PIT_COUNT >> 8), %al
	out	%al, $0x40
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, %rsi
1:
	sti
	hlt
	cli					/* behind a delay two may have come */
	cmpl	$TICKS, RESULT_COUNT
	jb	1b
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	%rsi, %rax
	mov	%rax, RESULT_VALUE
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 8
	mov	$0xe2, %al			/* read-back: status of counter 0 */
	out	%al, $0x43
	in	$0x40, %al
	movzx	%al, %eax
	mov	%rax, RESULT_VALUE + 16
	mov	$0xb0, %al			/* counter 2, mode 0; gate by port 61h */
	out	%al, $0x43
	mov	$0x01, %al
	out	%al, $0x61
	mov	$0x00, %al
	out	%al, $0x42
	mov	$0x10, %al
	out	%al, $0x42
2:
	in	$0x61, %al
	test	$0x20, %al
	jz	2b
	done
END_GUEST(pit)

	/* Each interrupt is ended with interrupts off: a level that is still high waits then. */
	.code64
GUEST(level)
	apic_enable
	step	1
	sti
	hlt
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE
	mov	$0x80b, %ecx			/* EOI */
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	step	2
	sti
	nop
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 8
	mov	$0x80b, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	done
END_GUEST(level)

	/* An interrupt, then step 2, and another one. */
	.code64
GUEST(two_interrupts)
	movq	$1, RESULT_EOI
	apic_enable
	step	1
	sti
	hlt
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE
	step	2
	sti
	hlt
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 8
	done
END_GUEST(two_interrupts)
