/* SPDX-License-Identifier: BSD-2-Clause */
/* The Multiboot2 boot information: the tags we read (Multiboot2 specification, section 3.6). */
#pragma once

#include "core/types.h"

#define MB2_BOOT_MAGIC 0x36d76289u

enum mb2_tag_type {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_EFI64 = 12,
	MB2_ACPI_OLD = 14,
	MB2_ACPI_NEW = 15,
	MB2_EFI_MMAP = 17
};

struct mb2_tag {
	u32 type, size;		/* size without padding to 8 */
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
	char string[];
};

struct mb2_mmap_entry {
	u64 base, length;
	u32 type, reserved;	/* type 1: usable RAM; unknown ones are reserved */
};
ASSERT_SIZE(struct mb2_mmap_entry, 24);

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size, entry_version;
	u8 entries[];
};
