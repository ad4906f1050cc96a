/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps from the first 64-bit instruction to kmain; internal to boot/. */
#pragma once

#include "core/types.h"

/* Copies the Multiboot2 tags; info is mapped. */
void boot_info_read(u32 magic, const u8 *info);
/* First C function, on the boot page tables. */
__noreturn void boot_main(u32 magic, u32 info);
/*
 * Frames, page tables, slab: from boot_info.ram to a working kmalloc. Switches to the final
 * tables.
 */
void boot_memory(void);
