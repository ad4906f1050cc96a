/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions about the CPU itself: CPUID, MSRs, control, debug, FPU and extended state. */
#include "tests/guests/guest.h"

	/* The leaf and subleaf are in RAX and RCX; what comes back goes to the values. */
	.code64
GUEST(cpuid)
	cpuid
	mov	%rax, RESULT_VALUE
	mov	%rbx, RESULT_VALUE + 8
	mov	%rcx, RESULT_VALUE + 16
	mov	%rdx, RESULT_VALUE + 24
	done
END_GUEST(cpuid)

	/* RDMSR of ECX; a fault leaves 1 in the third value. */
	.code64
GUEST(rdmsr)
	movq	$ADDRESS(rdmsr, 1f), RESULT_RECOVER
	rdmsr
	mov	%rax, RESULT_VALUE
	mov	%rdx, RESULT_VALUE + 8
	movq	$0, RESULT_VALUE + 16
	done
1:
	movq	$1, RESULT_VALUE + 16
	done
END_GUEST(rdmsr)

	/* WRMSR of ECX with EDX:EAX and read back; a fault leaves 1 in the third value. */
	.code64
GUEST(wrmsr)
	movq	$ADDRESS(wrmsr, 1f), RESULT_RECOVER
	wrmsr
	xor	%eax, %eax
	xor	%edx, %edx
	rdmsr
	mov	%rax, RESULT_VALUE
	mov	%rdx, RESULT_VALUE + 8
	movq	$0, RESULT_VALUE + 16
	done
1:
	movq	$1, RESULT_VALUE + 16
	done
END_GUEST(wrmsr)

	/* The TSC never runs backwards, with exits in between. */
	.code64
GUEST(tsc)
	mov	$100, %r8d
	xor	%r9d, %r9d
1:
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	cmp	%r9, %rax
	jb	2f
	mov	%rax, %r9
	xor	%eax, %eax
	cpuid
	dec	%r8d
	jnz	1b
2:
	mov	%r8, RESULT_VALUE
	done
END_GUEST(tsc)

	/* Control registers that are intercepted or not: what is written reads back. */
	.code64
GUEST(control)
	mov	%cr4, %rax
	or	$0x600, %rax			/* OSFXSR, OSXMMEXCPT */
	mov	%rax, %cr4
	mov	%cr4, %rax
	mov	%rax, RESULT_VALUE
	mov	%cr0, %rax
	or	$0x8, %rax			/* TS */
	mov	%rax, %cr0
	mov	%cr0, %rax
	mov	%rax, RESULT_VALUE + 8
	clts
	mov	%cr0, %rax
	mov	%rax, RESULT_VALUE + 16
	mov	$5, %eax
	mov	%rax, %cr8
	xor	%eax, %eax
	mov	%cr8, %rax
	mov	%rax, RESULT_VALUE + 24
	mov	%cr3, %rax
	mov	%rax, %cr3
	mov	%rax, RESULT_VALUE + 32
	done
END_GUEST(control)

	/* A reserved bit of CR4 is #GP in the guest and not the end of it. */
	.code64
GUEST(cr4_reserved)
	movq	$ADDRESS(cr4_reserved, 1f), RESULT_RECOVER
	mov	%cr4, %rax
	bts	$30, %rax
	mov	%rax, %cr4
	movq	$0, RESULT_VALUE
	done
1:
	movq	$1, RESULT_VALUE
	done
END_GUEST(cr4_reserved)

	/* Loads SSE and x87 with a pattern from RBX, tells, and stores what is there afterwards. */
	.code64
GUEST(fpu)
	mov	%cr4, %rax
	or	$0x600, %rax
	mov	%rax, %cr4
	mov	%cr0, %rax
	and	$~0xe, %rax			/* EM, TS, MP off */
	mov	%rax, %cr0
	fninit
	mov	%rbx, RESULT_VALUE(%rbp)
	fildll	RESULT_VALUE(%rbp)
	movq	%rbx, %xmm0
	lea	1(%rbx), %rax
	movq	%rax, %xmm15
	movl	$0x1f00, RESULT_VALUE(%rbp)	/* MXCSR other than at reset */
	ldmxcsr	RESULT_VALUE(%rbp)
	step	1
	step	2
	step	3
	movq	%xmm0, RESULT_VALUE(%rbp)
	movq	%xmm15, RESULT_VALUE + 8(%rbp)
	fistpll	RESULT_VALUE + 16(%rbp)
	stmxcsr	RESULT_VALUE + 24(%rbp)
	done
END_GUEST(fpu)

	/* The same with AVX: XCR0 = 7, the upper half of YMM1. */
	.code64
GUEST(avx)
	mov	%cr4, %rax
	or	$0x40600, %rax
	mov	%rax, %cr4
	xor	%ecx, %ecx
	xor	%edx, %edx
	mov	$7, %eax
	xsetbv
	mov	%rbx, RESULT_VALUE(%rbp)
	vbroadcastsd RESULT_VALUE(%rbp), %ymm1
	step	1
	step	2
	step	3
	vextractf128 $1, %ymm1, %xmm0
	vmovq	%xmm0, RESULT_VALUE(%rbp)
	xor	%ecx, %ecx
	xgetbv
	mov	%rax, RESULT_VALUE + 8(%rbp)
	done
END_GUEST(avx)

	/* XCR0 without x87 is #GP. */
	.code64
GUEST(xcr0_bad)
	mov	%cr4, %rax
	or	$0x40600, %rax
	mov	%rax, %cr4
	movq	$ADDRESS(xcr0_bad, 1f), RESULT_RECOVER
	xor	%ecx, %ecx
	xor	%edx, %edx
	mov	$6, %eax
	xsetbv
	movq	$0, RESULT_VALUE
	done
1:
	movq	$1, RESULT_VALUE
	done
END_GUEST(xcr0_bad)

	/* Debug registers from RBX, kept over exits. */
	.code64
GUEST(debug_kept)
	mov	%rbx, %dr0
	lea	8(%rbx), %rax
	mov	%rax, %dr3
	mov	$0x700, %eax
	mov	%rax, %dr7			/* LE and GE: nothing breaks */
	step	1
	step	2
	step	3
	mov	%dr0, %rax
	mov	%rax, RESULT_VALUE(%rbp)
	mov	%dr3, %rax
	mov	%rax, RESULT_VALUE + 8(%rbp)
	mov	%dr7, %rax
	mov	%rax, RESULT_VALUE + 16(%rbp)
	done
END_GUEST(debug_kept)

	/* A data breakpoint on a write. */
	.code64
GUEST(debug_break)
	mov	$GUEST_DATA, %eax
	mov	%rax, %dr1
	mov	$0xd00404, %eax			/* L1, write, 4 bytes; bit 10 is always 1 */
	mov	%rax, %dr7
	movl	$1, GUEST_DATA
1:
	mov	%dr6, %rax
	mov	%rax, RESULT_VALUE
	movq	$ADDRESS(debug_break, 1b), RESULT_VALUE + 8
	done
END_GUEST(debug_break)
