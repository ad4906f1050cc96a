/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's RAM as the boot loader reports it, minus what is in use: sorted, non-overlapping,
 * page-aligned ranges.
 */
#pragma once

#include "core/types.h"

#define MEMMAP_MAX 128

struct mem_range {
	u64 start, end;		/* host-physical bytes, [start, end) */
};

struct memmap {
	u32 count;
	struct mem_range range[MEMMAP_MAX];
};

/* Adds usable RAM (shrunk to whole pages); merges neighbours. -ENOSPC if the table is full. */
__must_check int memmap_add(struct memmap *m, u64 start, u64 end);
/* Cuts a range out (grown to whole pages): firmware, image, modules, page 0. */
__must_check int memmap_reserve(struct memmap *m, u64 start, u64 end);
u64 memmap_total(const struct memmap *m);
u64 memmap_top(const struct memmap *m);
