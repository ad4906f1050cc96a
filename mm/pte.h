/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bits of the entries of the four-level page tables that the hypervisor itself runs on. For
 * mm/paging.c and its test.
 */
#pragma once

#include "core/types.h"

#define PTE_P BIT(0)
#define PTE_W BIT(1)
#define PTE_PWT BIT(3)
#define PTE_PCD BIT(4)
#define PTE_A BIT(5)
#define PTE_D BIT(6)
#define PTE_PS BIT(7)		/* levels 2 and 3: a large page */
#define PTE_NX BIT(63)
#define PTE_ADDR 0x000ffffffffff000ULL

#define PT_ENTRIES 512
#define PT_LEVELS 4

/* Bytes that one entry of a table of this level (1..4) covers. */
static inline u64 pt_span(u32 level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

static inline u32 pt_index(u64 va, u32 level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PT_ENTRIES - 1);
}
