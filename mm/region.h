/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sorted list of an address space's regions: find, split, join, place. Private to
 * mm/aspace*.c; as->lock is held in all.
 */
#pragma once

#include "mm/aspace.h"

#define REGIONS_MAX 65536
#define S2_RWX (S2_R | S2_W | S2_X)

/* What a program asks for as the hardware can give it: no W or X without R. */
static inline u32 whole_rights(u32 rights)
{
	return rights ? rights | S2_R : 0;
}

/* Whether it is a range of whole pages, not empty, within the domain. */
static inline bool pages_in_domain(u64 addr, u64 len)
{
	return len > 0 && IS_ALIGNED(addr | len, PAGE_SIZE) && addr <= DOM_USER_TOP &&
	       len <= DOM_USER_TOP - addr;
}

/* The first region that ends above addr, NULL if none. */
struct region *region_find(struct aspace *as, u64 addr);
/* The one after r or NULL. */
struct region *region_next(struct aspace *as, struct region *r);
bool region_overlaps(struct aspace *as, u64 start, u64 end);
/* Whether regions cover [start, end) without a hole. */
bool region_covers(struct aspace *as, u64 start, u64 end);
/* Makes addr a border of regions: 0 or -ENOMEM. */
__must_check int region_split(struct aspace *as, u64 addr);
void region_insert(struct aspace *as, struct region *r);
/* Takes r out, drops its reference to the backing, frees it. */
void region_remove(struct aspace *as, struct region *r);
/* Joins what fits together at the borders in [start, end]. */
void region_join(struct aspace *as, u64 start, u64 end);
/*
 * The highest free range of len bytes below DOM_MMAP_TOP, if possible congruent to offset modulo 2
 * MiB; 0: none.
 */
u64 region_place(struct aspace *as, u64 len, u64 offset);
/* Whether the aligned 2 MiB around addr lie in r and are aligned in its backing as well. */
bool region_huge(const struct region *r, u64 addr);

/* Unmaps [start, end), page aligned. 0 or -ENOMEM with nothing changed. */
__must_check int aspace_unmap_locked(struct aspace *as, u64 start, u64 end);
/* Tells the watchers. */
void aspace_invalidate(struct aspace *as, u64 start, u64 end);
