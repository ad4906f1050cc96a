/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own page tables (one set for all CPUs). W^X: nothing is writable and
 * executable. Built by paging_init from the boot tables; later changes only in the kvmap area.
 */
#pragma once

#include "core/types.h"

enum map_prot { MAP_RO = 0, MAP_RW = 1, MAP_RX = 2, MAP_UNCACHED = 4 };	/* NX unless RX */

/*
 * Frames for early tables come from this allocator until the frame allocator is up. Returns zeroed
 * page.
 */
typedef hpa_t (*table_alloc_fn)(void);

/*
 * Builds the final tables: direct map of [0, ram_top) with 2 MiB/1 GiB pages (NX, image text and
 * rodata read-only there) and image with exact rights; the low half is empty. Returns the CR3
 * value. Tables are reached through phys_base + address while they are built (the boot identity or
 * direct map). The frame table is mapped afterwards, on these tables, by paging_map.
 */
hpa_t paging_init(table_alloc_fn alloc, u64 phys_base, u64 ram_top, bool huge_1g);
/*
 * Maps [va, va + size) to hpa with 4 KiB pages (2 MiB where aligned). -ENOMEM, -EEXIST if
 * something is there.
 */
__must_check int paging_map(u64 va, hpa_t hpa, u64 size, enum map_prot prot);
/*
 * Removes the mapping and flushes it on all CPUs (call IPI once several are online). Thread
 * context.
 */
void paging_unmap(u64 va, u64 size);
/* Removes the low half (the trampoline's identity map) and flushes. */
void paging_drop_low_half(void);
/*
 * What va is mapped to (with the offset in the page) and the leaf's other bits (PTE_*); false:
 * nothing. Thread context.
 */
bool paging_lookup(u64 va, hpa_t *hpa, u64 *bits);
/* Identity-maps one low 4 KiB page RX for the AP trampoline. */
__must_check int paging_map_low(hpa_t page);

/* Address space in the kvmap area: reserve, map. Guard pages below and above stay unmapped. */
__must_check void *kvmap_device(hpa_t hpa, u64 size);	/* uncached registers; NULL: no memory */
/* THREAD_STACK_SIZE bytes, guarded: the lowest address; NULL: no memory. */
__must_check void *kstack_alloc(void);
void kstack_free(void *base);
