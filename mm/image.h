/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the parts of the hypervisor's image lie: page-aligned addresses from the linker. Faked in
 * unit tests.
 */
#pragma once

#include "core/types.h"

struct image_layout {
	u64 text_start, text_end;	/* executable */
	u64 rodata_start, rodata_end;
	u64 data_start, bss_end;	/* writable */
};

static inline struct image_layout image_layout(void)
{
	extern const char text_start[], text_end[], rodata_start[], rodata_end[];
	extern const char data_start[], bss_end[];

	return (struct image_layout){
		(u64)(uintptr_t)text_start, (u64)(uintptr_t)text_end,
		(u64)(uintptr_t)rodata_start, (u64)(uintptr_t)rodata_end,
		(u64)(uintptr_t)data_start, (u64)(uintptr_t)bss_end,
	};
}
