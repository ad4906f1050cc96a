/* SPDX-License-Identifier: BSD-2-Clause */
/* The guests whose live state is the processor's: registers, clocks, events, HLT, start-up. */
#include "tests/state/guest.h"

/* All registers and what describes them, to a fixed place. Uses RAX to RDI, after storing them. */
.macro dump base
	mov	%rax, \base
	mov	%rbx, \base + 0x08
	mov	%rcx, \base + 0x10
	mov	%rdx, \base + 0x18
	mov	%rsi, \base + 0x20
	mov	%rdi, \base + 0x28
	mov	%rbp, \base + 0x30
	mov	%rsp, \base + 0x38
	mov	%r8, \base + 0x40
	mov	%r9, \base + 0x48
	mov	%r10, \base + 0x50
	mov	%r11, \base + 0x58
	mov	%r12, \base + 0x60
	mov	%r13, \base + 0x68
	mov	%r14, \base + 0x70
	mov	%r15, \base + 0x78
	pushfq
	popq	\base + 0x80
	pushq	$2
	popfq
	mov	$(\base + 0x88), %edi
	.irp	reg, cr0, cr2, cr3, cr4, cr8, dr0, dr1, dr2, dr3, dr6, dr7
	mov	%\reg, %rax
	stosq
	.endr
	.irp	reg, ds, es, fs, gs, ss, cs
	mov	%\reg, %eax
	stosq
	.endr
	str	%rax
	stosq
	sldt	%rax
	stosq
	sgdt	\base + 0x180
	sidt	\base + 0x190
	xor	%ecx, %ecx
	xgetbv
	mov	%eax, \base + 0x1a0
	lea	msrs(%rip), %rsi
	mov	$(\base + 0x1b0), %edi
8:
	lodsl
	mov	%eax, %ecx
	add	$8, %rsi
	jecxz	9f
	rdmsr
	stosl
	mov	%edx, %eax
	stosl
	jmp	8b
9:
	mov	$-1, %eax
	mov	$-1, %edx
	xsave64	\base + STATE_XSAVE
.endm

.macro load_gprs
	.set	n, 1
	.irp	reg, rbx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	movabs	$(0x0102030405060708 * n), %\reg
	.set	n, n + 1
	.endr
	mov	$0xa5a5a5a5, %ecx
	mov	$0x5a5a5a5a, %edx
	pushq	$0x240cd7			/* ID, AC, OF, DF, SF, ZF, AF, PF, CF */
	popfq
	mov	$0x66666601, %eax		/* step 1 */
.endm

	.code64
GUEST(state_registers)
	mov	%cr4, %rax
	or	$0x40600, %eax			/* OSXSAVE, OSXMMEXCPT, OSFXSR */
	mov	%rax, %cr4
	mov	$1, %eax
	cpuid
	mov	$3, %eax
	bt	$28, %ecx			/* AVX */
	jnc	1f
	mov	$7, %eax
1:
	xor	%ecx, %ecx
	xor	%edx, %edx
	mov	%eax, %ebx
	xsetbv
	mov	$STATE_PATTERN, %esi
	fninit
	fldcw	patterns(%rip)
	fldpi
	fldl2e
	fld1
	ldmxcsr	patterns + 4(%rip)
	cmp	$7, %ebx
	jne	2f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	\n * 32(%rsi), %ymm\n
	.endr
	jmp	3f
2:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	\n * 32(%rsi), %xmm\n
	.endr
3:
	lea	msrs(%rip), %rsi
4:
	lodsl
	mov	%eax, %ecx
	lodsl
	xchg	%eax, %ebx
	lodsl
	mov	%eax, %edx
	mov	%ebx, %eax
	jecxz	5f
	wrmsr
	jmp	4b
5:
	mov	$0x12345678, %eax
	mov	%rax, %cr2
	mov	$5, %eax
	mov	%rax, %cr8
	.irp	n, 0, 1, 2, 3
	mov	$(0x300000 + \n * 0x1008), %eax
	mov	%rax, %dr\n
	.endr
	mov	$0xffff4ff0, %eax		/* BS */
	mov	%rax, %dr6
	mov	$0x401, %eax			/* an execution breakpoint that nobody reaches */
	mov	%rax, %dr7
	load_gprs
	dump	STATE_BEFORE
	load_gprs
	out	%al, $PORT_STEP
	dump	STATE_AFTER
	done
	.balign	4
patterns:
	.long	0x0a7f				/* rounds up, single precision */
	.long	0x3f80				/* rounds down */
msrs:	/* number, low, high; ended by 0 */
	.long	0xc0000081, 0x11223344, 0x00230010	/* STAR */
	.long	0xc0000082, 0x81234560, 0xffffffff	/* LSTAR */
	.long	0xc0000083, 0x82345670, 0xffffffff	/* CSTAR */
	.long	0xc0000084, 0x00047700, 0		/* SFMASK */
	.long	0xc0000100, 0x00012340, 0x00000001	/* FS base */
	.long	0xc0000101, 0x00056780, 0x00000002	/* GS base */
	.long	0xc0000102, 0x0009abc0, 0x00000003	/* kernel GS base */
	.long	0x174, 0x18, 0				/* SYSENTER_CS, _ESP, _EIP */
	.long	0x175, 0x00345678, 0
	.long	0x176, 0x00456789, 0
	.long	0x277, 0x01040506, 0x00070406		/* PAT */
	.long	0x200, 0x80000006, 0			/* MTRR 0 */
	.long	0x201, 0x80000800, 0x0000000f
	.long	0x2ff, 0xc06, 0				/* default type */
	.long	0
END_GUEST(state_registers)

	/* kvmclock in nanoseconds in RAX. Uses RBX, RCX, RDX, RDI. */
.macro read_clock
7:
	mov	STATE_CLOCK, %edi
	lfence
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	STATE_CLOCK + 8, %rax
	mov	STATE_CLOCK + 24, %ebx		/* multiplier */
	movsbl	STATE_CLOCK + 28, %ecx		/* shift */
	test	%ecx, %ecx
	js	8f
	shl	%cl, %rax
	jmp	9f
8:
	neg	%ecx
	shr	%cl, %rax
9:
	mul	%rbx
	shrd	$32, %rdx, %rax
	add	STATE_CLOCK + 16, %rax
	test	$1, %edi
	jnz	7b
	cmp	%edi, STATE_CLOCK
	jne	7b
.endm

.macro enable_clock
	mov	$0x4b564d01, %ecx
	mov	$(STATE_CLOCK | 1), %eax
	xor	%edx, %edx
	wrmsr
.endm

.macro read_tsc
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
.endm

	/* The clock and the TSC before and after, and the clock's MSR. */
GUEST(state_clock)
	enable_clock
	read_clock
	mov	%rax, RESULT_VALUE
	read_tsc
	mov	%rax, RESULT_VALUE + 8
	step	1
	read_clock
	mov	%rax, RESULT_VALUE + 16
	read_tsc
	mov	%rax, RESULT_VALUE + 24
	mov	$0x4b564d01, %ecx
	rdmsr
	mov	%rax, RESULT_VALUE + 32
	done
END_GUEST(state_clock)

	/* The test plants an exception or an interrupt at the step. */
GUEST(state_event)
	apic_enable
	sti
	nop
	step	1
	nop
	mark	1
	done
END_GUEST(state_event)

	/* A second NMI arrives while the handler of the first one runs. */
GUEST(state_nmi)
	movl	$1, STATE_NMI_STEP
	step	1
	sti
1:
	pause
	cmpl	$2, STATE_COUNTS + 2 * 4
	jb	1b
	mark	1
	done
END_GUEST(state_nmi)

	/* An interrupt waits; the test opens interrupts and plants a shadow at the step. */
GUEST(state_shadow)
	apic_enable
	self_ipi 0x55
	step	1
	nop
	nop
	cli
	mark	1
	done
END_GUEST(state_shadow)

	/* Is saved in HLT. */
GUEST(state_halted)
	movq	$1, RESULT_EOI
	apic_enable
	sti
	hlt
	cli
	mark	1
	done
END_GUEST(state_halted)

	/* Processor 1 waits for its start-up message. */
GUEST(state_startup)
	apic_enable
	lea	2f(%rip), %rsi
	mov	$STATE_STARTUP, %edi
	mov	$(3f - 2f), %ecx
	cld
	rep movsb
	apic	0x830, 0x4500, 1		/* INIT */
	step	1
	apic	0x830, 0x4600 | STATE_STARTUP >> 12, 1
	sti
1:
	pause
	cmpl	$0, STATE_FLAG
	je	1b
	done
	.code16
2:
	mov	$(STATE_FLAG >> 4), %ax
	mov	%ax, %ds
	movl	$1, STATE_FLAG & 0xf
	sti
	hlt
	jmp	2b
3:
	.code64
END_GUEST(state_startup)

	/*
	 * The load, processor 0: computes in chunks; after each it sends processor 1 an
	 * interrupt and waits for the answer, for a tick of its own timer and of the PIT's, and
	 * for a deadline of processor 1. RBX, XMM0 and ST(0) hold the sums, R15 counts the
	 * chunks.
	 */
GUEST(state_load)
	movq	$1, RESULT_EOI
	apic_enable
	test	%edi, %edi
	jnz	load_second
	sti
0:
	pause
	cmpl	$0, STATE_FLAG			/* its local APIC takes messages */
	je	0b
	cli
	enable_clock
	read_clock
	mov	%rax, %r14
	mov	$STATE_IOAPIC, %eax
	movl	$0x10, (%rax)			/* pin 0, the PIT's: vector 0x73, edge */
	movl	$0x73, 0x10(%rax)
	outb	0x34, 0x43			/* 100 Hz */
	outb	0x9c, 0x40
	outb	0x2e, 0x40
	apic	0x83e, 0xb
	apic	0x832, 0x20074			/* periodic */
	apic	0x838, STATE_PERIOD
	xor	%ebx, %ebx
	xor	%r15d, %r15d
	pxor	%xmm0, %xmm0
	fninit
	fldz
	movabs	$LOAD_MULTIPLIER, %r12
	movabs	$LOAD_INCREMENT, %r13
	movq	%r13, %xmm1
1:
	mov	$STATE_CHUNK, %ebp
2:
	imul	%r12, %rbx
	add	%r13, %rbx
	paddq	%xmm1, %xmm0
	fld1
	faddp
	dec	%ebp
	jnz	2b
	mov	STATE_COUNTS + 0x72 * 4, %r8d
	mov	STATE_COUNTS + 0x73 * 4, %r9d
	mov	STATE_COUNTS + 0x74 * 4, %r10d
	mov	STATE_COUNTS + 0x75 * 4, %r11d
	read_tsc
	mov	%rax, STATE_TSC
	apic	0x830, 0x4071, 1
	sti					/* one CPU for both */
3:
	sti
	hlt
	cmp	STATE_COUNTS + 0x72 * 4, %r8d
	je	3b
	cmp	STATE_COUNTS + 0x73 * 4, %r9d
	je	3b
	cmp	STATE_COUNTS + 0x74 * 4, %r10d
	je	3b
	cmp	STATE_COUNTS + 0x75 * 4, %r11d
	je	3b
	read_tsc
	cmp	STATE_TSC, %rax
	jb	load_tsc_back
	push	%rbx
	read_clock
	pop	%rbx
	cmp	%r14, %rax
	jb	load_clock_back
	mov	%rax, %r14
	inc	%r15d
	cmpl	$0, STATE_STOP
	je	1b
	mov	%r15, RESULT_VALUE
	mov	%rbx, RESULT_VALUE + 8
	movq	%xmm0, RESULT_VALUE + 16
	fistpll	RESULT_VALUE + 24
	cli
	done
load_tsc_back:
	movl	$1, STATE_ERROR
	done
load_clock_back:
	movl	$2, STATE_ERROR
	done
	/* Processor 1: a deadline timer that it arms anew after each, and answers to interrupts. */
load_second:
	apic	0x832, 0x40075
	movl	$1, STATE_FLAG
	xor	%r8d, %r8d
	xor	%r9d, %r9d
4:
	cmp	STATE_COUNTS + 0x75 * 4, %r9d
	jne	5f
	test	%r10d, %r10d
	jnz	6f
5:
	mov	STATE_COUNTS + 0x75 * 4, %r9d
	mov	$1, %r10d
	read_tsc
	add	STATE_CPU1_TICKS, %rax
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$0x6e0, %ecx
	wrmsr
6:
	sti
	hlt
	cli
	cmp	STATE_COUNTS + 0x71 * 4, %r8d
	je	4b
	mov	STATE_COUNTS + 0x71 * 4, %r8d
	read_tsc
	cmp	STATE_TSC, %rax
	jb	load_tsc_back
	mov	%rax, STATE_TSC
	apic	0x830, 0x4072, 0
	jmp	4b
END_GUEST(state_load)
