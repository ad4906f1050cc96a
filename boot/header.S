/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The multiboot2 header: asks GRUB for the information request tags and page-aligned modules.
 * No framebuffer tag: text mode stays as firmware left it. The entry address tag is physical,
 * because GRUB enters with paging off.
 */
	.section .multiboot_header, "a"
	.balign 8
header:
	.long 0xe85250d6			/* magic */
	.long 0					/* architecture: i386, 32-bit protected mode */
	.long header_end - header
	.long -(0xe85250d6 + (header_end - header))
	.balign 8
	.short 3, 0				/* entry address */
	.long 12
	.long boot_entry - 0xffffffff80000000
	.balign 8
	.short 6, 0				/* modules page aligned */
	.long 8
	.balign 8
	.short 0, 0				/* end */
	.long 8
header_end:
