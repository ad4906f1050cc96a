/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a start-up IPI begins: real mode, CS = page * 256, IP = 0. Copied to a low page by
 * smp.c, which fills the block at its end. Goes straight to long mode on the final page tables
 * (their root lies below 4 GiB), takes the next number, and calls smp_ap_main(number) on the
 * stack of that number. All CPUs may run it at once.
 */
#define OFF(x) ((x) - trampoline_start)

	.section .trampoline, "a"
	.balign 4096
	.globl trampoline_start, trampoline_end, trampoline_block
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movzwl	%ax, %ebx
	shll	$4, %ebx			/* EBX: physical address of the page */
	leal	OFF(gdt)(%ebx), %eax
	movl	%eax, OFF(gdt_pointer) + 2
	lgdtl	OFF(gdt_pointer)
	leal	OFF(tramp32)(%ebx), %eax
	movl	%eax, OFF(far32)
	movl	%cr0, %eax
	/* firmware of some emulators leaves CD and NW set */
	andl	$0x9fffffff, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	*OFF(far32)

	.code32
tramp32:
	movw	$0x10, %ax
	movw	%ax, %ds
	movl	$0x20, %eax			/* PAE */
	movl	%eax, %cr4
	movl	OFF(block_cr3)(%ebx), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	xorl	%edx, %edx
	movl	$0x900, %eax			/* LME, NXE */
	wrmsr
	leal	OFF(tramp64)(%ebx), %eax
	movl	%eax, OFF(far64)(%ebx)		/* before paging: the page is read-only then */
	movl	$0x80010033, %eax
	movl	%eax, %cr0
	ljmp	*OFF(far64)(%ebx)

	.code64
tramp64:
	movabsq	$0xffff800000000000, %rax	/* the page's writable alias in the direct map */
	addq	%rax, %rbx
	movl	$1, %edi
	lock xaddl %edi, OFF(block_next)(%rbx)
	movq	OFF(block_stacks)(%rbx), %rax
	cmpl	OFF(block_limit)(%rbx), %edi
	jae	surplus
	movq	(%rax,%rdi,8), %rsp
	xorl	%ebp, %ebp
	xorl	%eax, %eax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	movq	OFF(block_entry)(%rbx), %rax
	callq	*%rax
surplus:
	cli
	hlt
	jmp	surplus

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff		/* 0x08: 32-bit code */
	.quad 0x00cf93000000ffff		/* 0x10: data */
	.quad 0x00af9b000000ffff		/* 0x18: 64-bit code */
gdt_pointer:
	.short gdt_pointer - gdt - 1
	.long 0
	.balign 4
far32:	.long 0
	.short 0x08, 0
far64:	.long 0
	.short 0x18, 0
	.balign 8
	/* struct trampoline_block */
trampoline_block:
block_cr3:	.long 0
block_next:	.long 1
block_limit:	.long 0
		.long 0
block_stacks:	.quad 0
block_entry:	.quad 0
trampoline_end:
	.section .note.GNU-stack, "", @progbits
