/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that appears when it is touched, and code that spins. */
#include "tests/guests/guest.h"

	/* Writes the page number to each of RCX pages from RBX on, then adds them up. */
	.code64
GUEST(touch)
	mov	%rbx, %rdi
	xor	%eax, %eax
1:
	mov	%rax, (%rdi)
	add	$0x1000, %rdi
	inc	%rax
	cmp	%rcx, %rax
	jb	1b
	xor	%edx, %edx
	xor	%eax, %eax
	mov	%rbx, %rdi
2:
	add	(%rdi), %rdx
	add	$0x1000, %rdi
	inc	%rax
	cmp	%rcx, %rax
	jb	2b
	mov	%rdx, RESULT_VALUE
	done
END_GUEST(touch)

	/* Reads the word at RBX into the values, a step after each. */
	.code64
GUEST(read_word)
	mov	(%rbx), %rax
	mov	%rax, RESULT_VALUE
	step	1
	mov	(%rbx), %rax
	mov	%rax, RESULT_VALUE + 8
	step	2
	mov	(%rbx), %rax
	mov	%rax, RESULT_VALUE + 16
	done
END_GUEST(read_word)

	.code64
GUEST(jump)
	jmp	*%rbx
END_GUEST(jump)

	.code64
GUEST(spin)
	sti
1:
	jmp	1b
END_GUEST(spin)

	/* Counts at RBX for ever. */
	.code64
GUEST(count)
	sti
1:
	incq	(%rbx)
	jmp	1b
END_GUEST(count)

	/* A step, a counter, and round again. */
	.code64
GUEST(steps)
1:
	incq	RESULT_VALUE
	step	1
	jmp	1b
END_GUEST(steps)
