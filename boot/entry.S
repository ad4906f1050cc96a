/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions: GRUB enters here in 32-bit protected mode with paging off. Checks for
 * long mode, builds boot page tables (first 4 GiB at 0, at the direct map and, its first GiB,
 * at the image's address), and calls boot_main(magic, information address) in 64-bit mode. No
 * assumption about control registers beyond PE=1, PG=0: firmware leaves bits.
 */
#define PHYS(x) ((x) - 0xffffffff80000000)
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900

	.section .boot.text, "ax"
	.code32
	.globl boot_entry
boot_entry:
	cli
	cld
	movl	$PHYS(boot_stack_top), %esp
	movl	%eax, %edi			/* multiboot2 magic */
	movl	%ebx, %esi			/* information */

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx			/* LM */
	jnc	no_long_mode
	btl	$20, %edx			/* NX */
	jnc	no_nx

	/* Page directories: 2048 pages of 2 MiB, present and writable. */
	movl	$PHYS(boot_pd), %ebx
	movl	$0x83, %eax
	movl	$2048, %ecx
1:	movl	%eax, (%ebx)
	movl	$0, 4(%ebx)
	addl	$0x200000, %eax
	addl	$8, %ebx
	loop	1b
	/* Page-directory-pointer table for low and direct map. */
	movl	$PHYS(boot_pd) + 3, %eax
	movl	$PHYS(boot_pdpt), %ebx
	movl	$4, %ecx
2:	movl	%eax, (%ebx)
	addl	$4096, %eax
	addl	$8, %ebx
	loop	2b
	movl	$PHYS(boot_pd) + 3, PHYS(boot_pdpt_image) + 510 * 8
	movl	$PHYS(boot_pdpt) + 3, PHYS(boot_pml4)
	movl	$PHYS(boot_pdpt) + 3, PHYS(boot_pml4) + 256 * 8
	movl	$PHYS(boot_pdpt_image) + 3, PHYS(boot_pml4) + 511 * 8

	movl	$0x20, %eax			/* CR4 = PAE and nothing else: no LA57, no PCID */
	movl	%eax, %cr4
	movl	$PHYS(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	xorl	%edx, %edx
	movl	$EFER_LME_NXE, %eax
	wrmsr
	movl	$0x80010033, %eax		/* CR0 = PG WP NE ET MP PE; caches on */
	movl	%eax, %cr0
	lgdt	PHYS(boot_gdt_pointer)
	ljmp	$8, $PHYS(boot_entry64)

no_long_mode:
	movl	$PHYS(text_no_long_mode), %esi
	jmp	boot_die
no_nx:
	movl	$PHYS(text_no_nx), %esi
	/* Prints the text at ESI on COM1 (polled) and on the text screen, then stops for good. */
boot_die:
	movl	$0xb8000, %edi
3:	lodsb
	testb	%al, %al
	jz	5f
	movb	%al, %bl
	movb	%al, (%edi)
	movb	$7, 1(%edi)
	addl	$2, %edi
	movw	$0x3fd, %dx
	movl	$100000, %ecx
4:	inb	%dx, %al
	testb	$0x20, %al
	loopz	4b
	movb	%bl, %al
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	3b
5:	hlt
	jmp	5b

	.code64
boot_entry64:
	movw	$0x10, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	xorl	%eax, %eax
	movw	%ax, %fs
	movw	%ax, %gs
	movq	$boot_stack_top, %rsp
	xorl	%ebp, %ebp
	movl	%edi, %edi
	movl	%esi, %esi
	movq	$boot_main, %rax
	callq	*%rax
6:	hlt
	jmp	6b

	.section .boot.rodata, "a"
text_no_long_mode:
	.ascii	"corbel: cannot run: this CPU has no long mode (CPUID 80000001H EDX bit 29); "
	.asciz	"use a 64-bit machine.\r\ncorbel: halted\r\n"
text_no_nx:
	.ascii	"corbel: cannot run: no NX, execute disable (CPUID 80000001H EDX bit 20); "
	.asciz	"enable it in the firmware setup.\r\ncorbel: halted\r\n"
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff		/* 64-bit code */
	.quad 0x00cf93000000ffff		/* data */
boot_gdt_pointer:
	.short boot_gdt_pointer - boot_gdt - 1
	.long PHYS(boot_gdt)
	.long 0

	.section .boot.bss, "aw", @nobits
	.balign 4096
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pdpt_image: .skip 4096
boot_pd:	.skip 4 * 4096
	.globl boot_stack, boot_stack_top
boot_stack:	.skip 16384
boot_stack_top:
	.section .note.GNU-stack, "", @progbits
