/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measured guests, in 64-bit mode with interrupts off: each body runs ROUNDS times between two
 * readings of the TSC, whose difference goes as 32 bits to a port of its own. R10 counts, because
 * CPUID takes the low registers; RSI is the local APIC's page, EDX a port.
 */
#include "tests/bench/bench.h"

#define APIC 0xfee00000
#define APIC_ID 0x20
#define APIC_EOI 0xb0
#define APIC_SVR 0xf0
#define APIC_LVT_TIMER 0x320
#define SVR_ENABLED 0x1ff
#define LVT_DEADLINE 0x40000
#define MSR_TSC_DEADLINE 0x6e0
#define TIMER_AHEAD 20000	/* ticks: longer than arming takes */

	.section .rodata
	.globl bench_code, bench_code_end, bench_plain, bench_chips, bench_timer_handler
	.code64

	.macro report figure
	movl	$(BENCH_PORT + \figure), %edx
	outl	%eax, %dx
	.endm

	.macro measure figure, edx, body:vararg
	movl	$BENCH_ROUNDS, %r10d
	rdtsc
	movl	%eax, %r8d
	movl	$\edx, %edx
1:	\body
	decl	%r10d
	jnz	1b
	rdtsc
	subl	%r8d, %eax
	report	\figure
	.endm

	.macro	cpuid_leaf_0
	xorl	%eax, %eax
	cpuid
	.endm

	/* From EDX:EAX ticks on; R9 keeps the deadline's lower half. */
	.macro	set_deadline ahead
	rdtsc
	addl	$\ahead, %eax
	adcl	$0, %edx
	movl	%eax, %r9d
	wrmsr
	.endm

	.balign 16
bench_code:
bench_plain:
	measure	BENCH_EMPTY, 0
	measure	BENCH_CPUID, 0, cpuid_leaf_0
	measure	BENCH_PORT_VMM, BENCH_PORT_READ, inb %dx, %al
	movl	$BENCH_PORT_DONE, %edx
	outl	%eax, %dx

bench_chips:
	movl	$APIC, %esi
	measure	BENCH_CHIPS_EMPTY, 0
	measure	BENCH_PORT_PIC, 0x21, inb %dx, %al
	measure	BENCH_PORT_PIT, 0x40, inb %dx, %al
	measure	BENCH_PORT_VMM_CHIPS, BENCH_PORT_READ, inb %dx, %al
	measure	BENCH_LAPIC_READ, 0, movl APIC_ID(%rsi), %eax
	measure	BENCH_LAPIC_WRITE, 0, movl %eax, APIC_EOI(%rsi)

	movl	$SVR_ENABLED, APIC_SVR(%rsi)
	movl	$(LVT_DEADLINE | BENCH_VECTOR), APIC_LVT_TIMER(%rsi)
	movl	$MSR_TSC_DEADLINE, %ecx
	measure	BENCH_TIMER_ARM, 0, set_deadline 0x40000000

	/*
	 * One timer interrupt: from the tick that was asked for to the first instruction of the
	 * interrupted loop after the handler, which writes EOI. The sum is in R8.
	 */
	sti
	xorl	%r8d, %r8d
	movl	$BENCH_ROUNDS, %r10d
2:	xorl	%ebx, %ebx
	set_deadline TIMER_AHEAD
3:	testl	%ebx, %ebx
	jz	3b
	rdtsc
	subl	%r9d, %eax
	addl	%eax, %r8d
	decl	%r10d
	jnz	2b
	movl	%r8d, %eax
	report	BENCH_TIMER
	movl	$BENCH_PORT_DONE, %edx
	outl	%eax, %dx

bench_timer_handler:
	incl	%ebx
	movl	$0, APIC_EOI(%rsi)
	iretq
bench_code_end:
	.section .note.GNU-stack, "", @progbits
