/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros of the state test's guests: x2APIC registers, the log. */
#ifndef TESTS_STATE_GUEST_H
#define TESTS_STATE_GUEST_H

#include "tests/guests/guest.h"
#include "tests/state/layout.h"

/* An x2APIC register by its MSR. Uses EAX, ECX, EDX. */
.macro apic msr, value, high=0
	mov	$\msr, %ecx
	mov	$\value, %eax
	mov	$\high, %edx
	wrmsr
.endm
.macro apic_enable
	apic	0x80f, 0x1ff
.endm
.macro eoi
	apic	0x80b, 0
.endm
.macro self_ipi vector
	apic	0x83f, \vector
.endm

/* A byte in the log. Uses EAX. */
.macro mark number
	mov	$1, %eax
	lock xadd %eax, STATE_LOG_COUNT
	movb	$\number, STATE_LOG(%rax)
.endm

/* Takes one interrupt, if there is one. */
.macro take
	sti
	nop
	cli
.endm

/* AL to a port, by way of AL. */
.macro outb value, port
	mov	$\value, %al
	out	%al, $\port
.endm
.macro outdx value, port
	mov	$\value, %al
	mov	$\port, %dx
	out	%al, %dx
.endm

/* The master PIC whole: vectors 0x20..., the mask. */
.macro pic_master mask
	outb	0x11, 0x20
	outb	0x20, 0x21
	outb	0x04, 0x21
	outb	0x01, 0x21
	outb	\mask, 0x21
.endm

#endif
