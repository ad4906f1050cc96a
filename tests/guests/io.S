/* SPDX-License-Identifier: BSD-2-Clause */
/* Port accesses of every size and form. */
#include "tests/guests/guest.h"

	.code64
GUEST(out_sizes)
	mov	$PORT_TEST, %dx
	mov	$0x44332211, %eax
	out	%al, (%dx)
	out	%ax, (%dx)
	out	%eax, (%dx)
	out	%eax, $0x80
	done
END_GUEST(out_sizes)

	/* The upper bits of RAX: kept by 8 and 16 bits, cleared by 32. */
	.code64
GUEST(in_sizes)
	mov	$PORT_TEST, %dx
	mov	$-1, %rax
	in	(%dx), %al
	mov	%rax, RESULT_VALUE
	mov	$-1, %rax
	in	(%dx), %ax
	mov	%rax, RESULT_VALUE + 8
	mov	$-1, %rax
	in	(%dx), %eax
	mov	%rax, RESULT_VALUE + 16
	done
END_GUEST(in_sizes)

	.code64
GUEST(out_string)
	mov	$PORT_TEST, %dx
	mov	$ADDRESS(out_string, 1f), %rsi
	mov	$5, %ecx
	cld
	rep outsb
	mov	%rsi, RESULT_VALUE
	mov	%rcx, RESULT_VALUE + 8
	outsw
	done
1:
	.ascii	"helloXY"
END_GUEST(out_string)

	/* An operand-size prefix and a far-away RIP: length decoding without help of the CPU. */
	.code64
GUEST(io_prefixes)
	mov	$PORT_TEST, %dx
	.byte	0x48, 0xee			/* rex.w out %al, (%dx) */
	.byte	0x66, 0x66, 0xef		/* out %ax, (%dx) */
	.byte	0x2e, 0xe6, 0x80		/* cs out %al, $0x80 */
	.byte	0xf3, 0x0f, 0xa2		/* rep cpuid: the prefix is ignored */
	movl	$0x77, RESULT_VALUE
	done
END_GUEST(io_prefixes)

	.code64
GUEST(in_once)
	mov	$PORT_TEST, %dx
	xor	%eax, %eax
	in	(%dx), %al
	mov	%rax, RESULT_VALUE
	done
END_GUEST(in_once)
