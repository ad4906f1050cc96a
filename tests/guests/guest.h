/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Macros of the micro-guests: each is a piece of read-only data of the self test, copied and run.
 */
#ifndef TESTS_GUESTS_GUEST_H
#define TESTS_GUESTS_GUEST_H

#include "tests/guests/layout.h"

/* Begins and ends a guest; ADDRESS gives where a label of it lies when it runs at GUEST_CODE. */
#define GUEST(name) \
	.section .rodata; .balign 16; .global guest_##name, guest_##name##_end; guest_##name:
#define END_GUEST(name) guest_##name##_end:
#define ADDRESS(name, label) (label - guest_##name + GUEST_CODE)

/* Tells the self test: at the end, or at a step. */
.macro done
	out	%al, $PORT_DONE
.endm
.macro step number
	mov	$\number, %al
	out	%al, $PORT_STEP
.endm

.section .note.GNU-stack, "", @progbits

#endif
