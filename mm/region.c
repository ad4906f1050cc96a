/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of regions. A linear list is enough: programs have tens of them, and faults come in
 * runs on the same one, for which the last hit is remembered.
 */
#include "mm/region.h"

#include "mm/slab.h"

struct region *region_find(struct aspace *as, u64 addr)
{
	struct region *hit = as->last_hit;

	if (hit && addr >= hit->start && addr < hit->end) {
		return hit;
	}
	list_for_each(struct region, r, &as->regions, node) {
		if (r->end > addr) {
			as->last_hit = r;
			return r;
		}
	}
	return NULL;
}

struct region *region_next(struct aspace *as, struct region *r)
{
	return r->node.next == &as->regions ? NULL : list_entry(r->node.next, struct region, node);
}

bool region_overlaps(struct aspace *as, u64 start, u64 end)
{
	const struct region *r = region_find(as, start);

	return r && r->start < end;
}

bool region_covers(struct aspace *as, u64 start, u64 end)
{
	struct region *r = region_find(as, start);

	while (r && r->start <= start) {
		if (r->end >= end) {
			return true;
		}
		start = r->end;
		r = region_next(as, r);
	}
	return false;
}

int region_split(struct aspace *as, u64 addr)
{
	struct region *r = region_find(as, addr), *upper;

	if (!r || r->start >= addr) {
		return 0;
	}
	upper = as->region_count < REGIONS_MAX ? kmalloc(sizeof(*upper)) : NULL;
	if (!upper) {
		return -ENOMEM;
	}
	*upper = *r;
	upper->start = addr;
	upper->offset = r->offset + (addr - r->start);
	r->end = addr;
	backing_get(upper->backing);
	list_push_front(&r->node, &upper->node);
	as->region_count++;
	return 0;
}

void region_insert(struct aspace *as, struct region *r)
{
	struct region *above = region_find(as, r->start);

	list_insert_before(above ? &above->node : &as->regions, &r->node);
	as->region_count++;
}

void region_remove(struct aspace *as, struct region *r)
{
	list_remove(&r->node);
	as->region_count--;
	if (as->last_hit == r) {
		as->last_hit = NULL;
	}
	backing_put(r->backing);
	kfree(r);
}

static bool joinable(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->backing == b->backing && a->rights == b->rights &&
	       a->shared == b->shared && a->offset + (a->end - a->start) == b->offset;
}

void region_join(struct aspace *as, u64 start, u64 end)
{
	struct region *r = region_find(as, start == 0 ? 0 : start - 1);

	while (r && r->start <= end) {
		struct region *next = region_next(as, r);

		if (next && joinable(r, next)) {
			r->end = next->end;
			region_remove(as, next);
		} else {
			r = next;
		}
	}
}

static u64 place_in(u64 bottom, u64 top, u64 len, u64 offset)
{
	u64 addr = top - len, in_huge = offset & (HUGE_SIZE - 1);

	if (len >= HUGE_SIZE && addr > in_huge) {
		u64 aligned = ALIGN_DOWN(addr - in_huge, HUGE_SIZE) + in_huge;

		if (aligned >= bottom) {
			return aligned;
		}
	}
	return addr;
}

u64 region_place(struct aspace *as, u64 len, u64 offset)
{
	u64 top = DOM_MMAP_TOP;

	for (struct list *pos = as->regions.prev;; pos = pos->prev) {
		const struct region *r = list_entry(pos, struct region, node);
		bool last = pos == &as->regions;
		u64 bottom = last ? DOM_MIN_ADDR : MAX(r->end, DOM_MIN_ADDR);

		if (top > bottom && top - bottom >= len) {
			return place_in(bottom, top, len, offset);
		}
		if (last) {
			return 0;
		}
		top = MIN(top, r->start);
	}
}

bool region_huge(const struct region *r, u64 addr)
{
	u64 block = ALIGN_DOWN(addr, HUGE_SIZE);

	return block >= r->start && block + HUGE_SIZE <= r->end &&
	       IS_ALIGNED(r->offset + (block - r->start), HUGE_SIZE);
}
