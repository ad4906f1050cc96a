/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM for unit tests: an arena of host memory behind host-physical addresses 0 .. FAKE_RAM. Link
 * fake_mm.c with fake_random.c, core/fault.c, mm/memmap.c, mm/frame.c, mm/slab.c and the fake
 * machine.
 */
#pragma once

#include "core/arch.h"
#include "fake_random.h"
#include "mm/frame.h"

#define FAKE_RAM (64ULL << 20)
#define FAKE_RAM_START (1ULL << 20) /* below: not given to the frame allocator */

/* Fake machine of n CPUs; all RAM filled with a pattern and free; slab empty; no fault armed. */
void fake_mm_reset(u32 cpus);
/* The same with only the first `pages` pages after FAKE_RAM_START as RAM. */
void fake_mm_reset_small(u32 cpus, u64 pages);

/* Flushes since fake_mm_reset. */
struct fake_tlb {
	u32 pages, all;
	u64 last_va;
};
extern struct fake_tlb fake_tlb[MAX_CPUS];
