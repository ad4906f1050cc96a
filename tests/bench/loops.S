/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measured guest, in 64-bit mode: runs each body ROUNDS times between two readings of the
 * TSC and writes the difference as 32 bits to a port of its own; HLT ends. R10 counts, because
 * CPUID takes the low registers.
 */
#include "tests/bench/bench.h"

	.section .rodata
	.globl bench_guest, bench_guest_end
	.code64

	.macro measure port, body:vararg
	movl	$BENCH_ROUNDS, %r10d
	rdtsc
	movl	%eax, %r8d
1:	\body
	decl	%r10d
	jnz	1b
	rdtsc
	subl	%r8d, %eax
	movl	$\port, %edx
	outl	%eax, %dx
	.endm

	.macro	cpuid_leaf_0
	xorl	%eax, %eax
	cpuid
	.endm

	.balign 16
bench_guest:
	measure	BENCH_PORT_EMPTY
	measure	BENCH_PORT_CPUID, cpuid_leaf_0
	movl	$BENCH_PORT_READ, %r11d
	movl	$BENCH_ROUNDS, %r10d
	movl	%r11d, %edx
	rdtsc
	movl	%eax, %r8d
	movl	%r11d, %edx
2:	inb	%dx, %al
	decl	%r10d
	jnz	2b
	rdtsc
	subl	%r8d, %eax
	movl	$BENCH_PORT_READ_DONE, %edx
	outl	%eax, %dx
	hlt
bench_guest_end:
	.section .note.GNU-stack, "", @progbits
