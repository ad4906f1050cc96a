/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions and interrupts, each through the handlers of the kit. */
#include "tests/guests/guest.h"

	.code64
GUEST(ud)
	movq	$ADDRESS(ud, 2f), RESULT_RECOVER
1:
	ud2
2:
	movq	$ADDRESS(ud, 1b), RESULT_VALUE
	done
END_GUEST(ud)

	.code64
GUEST(de)
	movq	$ADDRESS(de, 2f), RESULT_RECOVER
	xor	%ecx, %ecx
	xor	%edx, %edx
1:
	div	%ecx
2:
	movq	$ADDRESS(de, 1b), RESULT_VALUE
	done
END_GUEST(de)

	/* A write to linear 1 GiB, which no page maps. */
	.code64
GUEST(pf)
	movq	$ADDRESS(pf, 2f), RESULT_RECOVER
	mov	$0x40000123, %eax
1:
	movb	$1, (%rax)
2:
	movq	$ADDRESS(pf, 1b), RESULT_VALUE
	done
END_GUEST(pf)

	/* A read of a non-canonical address. */
	.code64
GUEST(gp)
	movq	$ADDRESS(gp, 2f), RESULT_RECOVER
	movabs	$0x8000000000000000, %rax
1:
	mov	(%rax), %rbx
2:
	movq	$ADDRESS(gp, 1b), RESULT_VALUE
	done
END_GUEST(gp)

	/*
	 * INT n and INT3 with the handlers' stack in a page that nobody has touched: the delivery
	 * exits half-way and must be repeated with the return address behind the instruction.
	 */
	.code64
GUEST(soft_interrupt)
	mov	$(GUEST_FAR + 0x40f8), %rsp
	int	$0x81
1:
	mov	RESULT_RIP, %rax
	mov	%rax, RESULT_VALUE
	movq	$ADDRESS(soft_interrupt, 1b), RESULT_VALUE + 8
	mov	$(GUEST_FAR + 0x2080f8), %rsp
	int3
2:
	mov	RESULT_RIP, %rax
	mov	%rax, RESULT_VALUE + 16
	movq	$ADDRESS(soft_interrupt, 2b), RESULT_VALUE + 24
	done
END_GUEST(soft_interrupt)

	/* #UD with the stack in an untouched page: a fault is repeated as it was. */
	.code64
GUEST(ud_far_stack)
	mov	$(GUEST_FAR + 0x40f8), %rsp
	movq	$ADDRESS(ud_far_stack, 2f), RESULT_RECOVER
1:
	ud2
2:
	movq	$ADDRESS(ud_far_stack, 1b), RESULT_VALUE
	done
END_GUEST(ud_far_stack)

	/* Interrupts off at step 1; then on, and round until one has come. */
	.code64
GUEST(window)
	cli
	step	1
	nop
	nop
	sti
	nop
1:
	mov	RESULT_COUNT, %rax
	test	%rax, %rax
	jz	1b
	done
END_GUEST(window)

	/* No interrupt is taken between STI and the instruction behind it. */
	.code64
GUEST(sti_shadow)
	cli
	step	1
	sti
	mov	$0x5a5a, %ebx
1:
	mov	RESULT_COUNT, %rax
	test	%rax, %rax
	jz	1b
	done
END_GUEST(sti_shadow)

	.code64
GUEST(halt)
	sti
	hlt
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE
	done
END_GUEST(halt)

	/* x2APIC: software enable, then an interrupt to itself. */
	.code64
GUEST(self_ipi)
	movq	$1, RESULT_EOI
	mov	$0x80f, %ecx			/* SVR */
	mov	$0x1ff, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0x802, %ecx			/* id */
	rdmsr
	mov	%rax, RESULT_VALUE
	mov	$0x83f, %ecx			/* self IPI */
	mov	$0x61, %eax
	xor	%edx, %edx
	wrmsr
	sti
	nop
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 8
	mov	$0x830, %ecx			/* ICR: fixed, shorthand self */
	mov	$0x40062, %eax
	xor	%edx, %edx
	wrmsr
	sti
	nop
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 16
	done
END_GUEST(self_ipi)

	/* The APIC timer once, by count; waits in HLT. */
	.code64
GUEST(apic_timer)
	movq	$1, RESULT_EOI
	mov	$0x80f, %ecx
	mov	$0x1ff, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0x83e, %ecx			/* divide by 1 */
	mov	$0xb, %eax
	wrmsr
	mov	$0x832, %ecx			/* LVT timer: one-shot, vector 0x63 */
	mov	$0x63, %eax
	wrmsr
	mov	$0x838, %ecx			/* initial count: 1 ms at 1 GHz */
	mov	$1000000, %eax
	wrmsr
	sti
	hlt
	cli
	mov	$0x839, %ecx			/* current count */
	rdmsr
	mov	%rax, RESULT_VALUE
	done
END_GUEST(apic_timer)

	/* The TSC deadline, about 1 ms ahead; waits in HLT. The MSR reads 0 afterwards. */
	.code64
GUEST(deadline)
	movq	$1, RESULT_EOI
	mov	$0x80f, %ecx
	mov	$0x1ff, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0x832, %ecx
	mov	$0x40064, %eax			/* TSC deadline, vector 0x64 */
	wrmsr
	mfence
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	add	$2000000, %rax
	mov	%rax, %rbx
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$0x6e0, %ecx
	wrmsr
	sti
	hlt
	cli
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	%rbx, %rax
	mov	%rax, RESULT_VALUE		/* how late; negative: too early */
	mov	$0x6e0, %ecx
	rdmsr
	mov	%rax, RESULT_VALUE + 8
	done
END_GUEST(deadline)

	/* PIC at 0x20, line 4 open, the local APIC's LINT0 as ExtINT; step 1, then halt. */
	.code64
GUEST(pic)
	movq	$2, RESULT_EOI
	mov	$0x80f, %ecx
	mov	$0x1ff, %eax
	xor	%edx, %edx
	wrmsr
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
	mov	$0xef, %al			/* all masked but 4 */
	out	%al, $0x21
	in	$0x21, %al
	mov	%al, RESULT_VALUE
	step	1
	sti
	hlt
	cli
	mov	RESULT_COUNT, %rax
	mov	%rax, RESULT_VALUE + 8
	done
END_GUEST(pic)

	/* #UD without an IDT. */
	.code64
GUEST(triple_fault)
	lidt	ADDRESS(triple_fault, 1f)
	ud2
1:
	.word	0
	.quad	0
END_GUEST(triple_fault)
