/* SPDX-License-Identifier: BSD-2-Clause */
/* The guests whose live state is in the chips: local APIC and its timer, IOAPIC, PIC, PIT. */
#include "tests/state/guest.h"

	/*
	 * One timer: EDI is the LVT entry, RSI the count or, if EDX is set, the ticks to the
	 * deadline, EBX how many interrupts to wait for after the step.
	 */
	.code64
GUEST(state_timer)
	movq	$1, RESULT_EOI
	mov	%edx, %ebp
	apic_enable
	apic	0x83e, 0xb			/* divides by 1 */
	mov	$0x832, %ecx
	mov	%edi, %eax
	wrmsr
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, RESULT_VALUE
	add	%rsi, %rax
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$0x6e0, %ecx			/* the deadline */
	test	%ebp, %ebp
	jnz	1f
	mov	$0x838, %ecx			/* initial count */
	mov	%esi, %eax
	xor	%edx, %edx
1:
	wrmsr
	step	1
2:
	sti
	hlt
	cli
	cmp	%ebx, STATE_LOG_COUNT
	jb	2b
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, RESULT_VALUE + 8
	done
END_GUEST(state_timer)

	/* One vector in service, one below it and one above it requested, one under the TPR. */
GUEST(state_interrupts)
	apic_enable
	self_ipi 0x51
	take
	self_ipi 0x41
	self_ipi 0x61
	self_ipi 0x2f
	apic	0x808, 0x20			/* by CR8, QEMU 10.0 would abort */
	step	1
	take					/* 0x61 */
	mark	1
	eoi
	take					/* nothing: 0x51 is still in service */
	mark	2
	eoi
	take					/* 0x41 */
	mark	3
	eoi
	take
	mark	4
	apic	0x808, 0
	take					/* 0x2f */
	mark	5
	done
END_GUEST(state_interrupts)

	/* Pin 5 level and in service, pin 7 level, high and masked. */
GUEST(state_ioapic)
	apic_enable
	outb	0xff, 0x21			/* the same lines go to the PIC */
	mov	$STATE_IOAPIC, %ebx
	movl	$0x1e, (%rbx)
	movl	$0x18047, 0x10(%rbx)
	movl	$0x1a, (%rbx)
	movl	$0x8045, 0x10(%rbx)
	step	1
	take					/* 0x45 */
	mark	1
	step	2
	mov	0x10(%rbx), %eax
	mov	%rax, RESULT_VALUE
	eoi
	take					/* 0x45: still high */
	mark	2
	step	3
	eoi
	take
	mark	3
	movl	$0x1e, (%rbx)
	movl	$0x8047, 0x10(%rbx)
	take					/* 0x47 */
	mark	4
	done
END_GUEST(state_ioapic)

	/* Line 3 in service, line 4 requested, the slave half initialized. */
GUEST(state_pic)
	apic_enable
	apic	0x835, 0x700			/* LVT LINT0: ExtINT */
	pic_master 0xe3
	outdx	0x20, 0x4d0			/* line 5 is level */
	outb	0x0b, 0x20			/* reads give the ISR */
	step	1
	take					/* 0x23 */
	outb	0x11, 0xa0
	outb	0x28, 0xa1
	mark	1
	step	2
	xor	%eax, %eax
	in	$0x20, %al
	mov	%rax, RESULT_VALUE
	mov	$0x4d0, %dx
	in	%dx, %al
	mov	%rax, RESULT_VALUE + 8
	in	$0x21, %al
	mov	%rax, RESULT_VALUE + 16
	outb	0x20, 0x20
	take					/* 0x24 */
	mark	2
	outb	0x20, 0x20
	outb	0x02, 0xa1
	outb	0x01, 0xa1
	outb	0xfb, 0xa1
	step	3
	take					/* 0x2a */
	mark	3
	done
END_GUEST(state_pic)

	/*
	 * Counter 0 gives ticks, its count latched and half read; counter 1 has got the low byte of
	 * its count; counter 2 has its status latched, gate and speaker are on.
	 */
GUEST(state_pit)
	movq	$2, RESULT_EOI
	apic_enable
	apic	0x835, 0x700
	pic_master 0xfe
	outb	0x34, 0x43
	outb	0x9c, 0x40			/* 100 Hz */
	outb	0x2e, 0x40
	outb	0xb6, 0x43			/* counter 2: mode 3 */
	outb	0x00, 0x42
	outb	0x10, 0x42
	outb	0x03, 0x61
	outb	0xe8, 0x43			/* latches its status */
	outb	0x70, 0x43			/* counter 1: mode 0 */
	outb	0x34, 0x41
	outb	0x00, 0x43			/* latches counter 0 */
	xor	%eax, %eax
	in	$0x40, %al
	mov	%rax, RESULT_VALUE
	step	1
	xor	%eax, %eax
	in	$0x40, %al
	mov	%rax, RESULT_VALUE + 8
	in	$0x42, %al
	mov	%rax, RESULT_VALUE + 16
	in	$0x61, %al
	mov	%rax, RESULT_VALUE + 24
	outb	0xf2, 0x41
1:
	sti
	hlt
	cli
	cmpl	$3, STATE_LOG_COUNT
	jb	1b
	done
END_GUEST(state_pit)
