/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap: shrink, grow where it is, or move. Frames stay with their backing, so a move changes
 * regions only and the pages come back by faults. An anonymous range grows by a region with a
 * backing of its own.
 */
#include "core/quiesce.h"
#include "mm/region.h"
#include "mm/slab.h"

struct remap {
	u64 old, old_len, new_len;
	u64 dest;
	struct region *tail;		/* what the range grows by; not yet in the list */
};

static int make_tail(struct aspace *as, struct remap *m)
{
	const struct region *last = region_find(as, m->old + m->old_len - 1);
	u64 extra = m->new_len - m->old_len;
	struct region *t;

	if (backing_kind(last->backing) == BACKING_PAGES) {
		return -EFAULT;
	}
	t = as->region_count < REGIONS_MAX ? kmalloc(sizeof(*t)) : NULL;
	if (!t) {
		return -ENOMEM;
	}
	*t = *last;
	t->start = m->old + m->old_len;
	t->end = t->start + extra;
	if (backing_kind(last->backing) == BACKING_ANON) {
		t->backing = backing_anon(&as->quota, extra);
		t->offset = 0;
		if (!t->backing) {
			kfree(t);
			return -ENOMEM;
		}
	} else {
		t->offset = last->offset + (m->old + m->old_len - last->start);
		backing_get(t->backing);
	}
	m->tail = t;
	return 0;
}

static void drop_tail(struct remap *m)
{
	if (m->tail) {
		backing_put(m->tail->backing);
		kfree(m->tail);
	}
}

static void shift_region(struct region *r, u64 from, u64 to)
{
	r->start = r->start - from + to;
	r->end = r->end - from + to;
}

/* Moves the regions of the old range to m->dest, which is free, and adds the tail. */
static int move_range(struct aspace *as, struct remap *m)
{
	u64 end = m->old + m->old_len;
	struct list moved;
	struct region *r, *next;
	int result = region_split(as, m->old);

	result = result < 0 ? result : region_split(as, end);
	if (result == 0) {
		aspace_invalidate(as, m->old, end);
		result = s2_unmap(&as->s2, GPA(m->old), GPA(end));
	}
	if (result < 0) {
		region_join(as, m->old, end);
		return result;
	}
	quiesce();
	list_init(&moved);
	for (r = region_find(as, m->old); r && r->start < end; r = next) {
		next = region_next(as, r);
		list_remove(&r->node);
		as->last_hit = NULL;
		as->region_count--;
		shift_region(r, m->old, m->dest);
		list_push_back(&moved, &r->node);
	}
	list_for_each_safe(struct region, each, after, &moved, node) {
		list_remove(&each->node);
		region_insert(as, each);
		cond_resched(); /* each looks for its place in the whole list */
	}
	if (m->tail) {
		shift_region(m->tail, m->old, m->dest);
		region_insert(as, m->tail);
	}
	region_join(as, m->dest, m->dest + m->new_len);
	return 0;
}

/* A program's range never grows into the runtime's. */
static bool fits_in_place(struct aspace *as, const struct remap *m)
{
	u64 end = m->old + m->old_len, new_end = m->old + m->new_len;
	u64 limit = end <= DOM_RUNTIME_BASE ? DOM_RUNTIME_BASE : DOM_USER_TOP;

	return new_end <= limit && !region_overlaps(as, end, new_end);
}

/* Not fixed: stays where it is if it can. */
static s64 remap_any(struct aspace *as, struct remap *m, bool may_move)
{
	const struct region *first;
	int r;

	if (m->new_len <= m->old_len) {
		r = m->new_len == m->old_len ? 0 :
			aspace_unmap_locked(as, m->old + m->new_len, m->old + m->old_len);
		return r < 0 ? r : (s64)m->old;
	}
	r = make_tail(as, m);
	if (r < 0) {
		return r;
	}
	if (fits_in_place(as, m)) {
		region_insert(as, m->tail);
		region_join(as, m->old, m->old + m->new_len);
		return (s64)m->old;
	}
	first = region_find(as, m->old);
	m->dest = 0;
	if (may_move) {
		m->dest = region_place(as, m->new_len, first->offset + (m->old - first->start));
	}
	r = m->dest ? move_range(as, m) : -ENOMEM;
	if (r < 0) {
		drop_tail(m);
		return r;
	}
	return (s64)m->dest;
}

static s64 remap_fixed(struct aspace *as, struct remap *m)
{
	int r = m->new_len > m->old_len ? make_tail(as, m) : 0;

	if (r == 0) {
		r = aspace_unmap_locked(as, m->dest, m->dest + m->new_len);
	}
	if (r == 0 && m->new_len < m->old_len) {
		r = aspace_unmap_locked(as, m->old + m->new_len, m->old + m->old_len);
		m->old_len = m->new_len;
	}
	if (r == 0) {
		r = move_range(as, m);
	}
	if (r < 0) {
		drop_tail(m);
		return r;
	}
	return (s64)m->dest;
}

static bool ranges_overlap(u64 a, u64 a_len, u64 b, u64 b_len)
{
	return a < b + b_len && b < a + a_len;
}

s64 aspace_remap(struct aspace *as, u64 old, u64 old_len, u64 new_len, bool may_move, bool fixed,
		 u64 fixed_addr)
{
	struct remap m = { .old = old, .old_len = old_len, .new_len = new_len, .dest = fixed_addr };
	s64 r;

	if (!pages_in_domain(old, old_len) || new_len == 0 || !IS_ALIGNED(new_len, PAGE_SIZE)) {
		return -EINVAL;
	}
	if (fixed && (!may_move || fixed_addr < DOM_MIN_ADDR ||
		      !pages_in_domain(fixed_addr, new_len) ||
		      ranges_overlap(fixed_addr, new_len, old, old_len))) {
		return -EINVAL;
	}
	if (new_len > DOM_USER_TOP) {
		return -ENOMEM;
	}
	mutex_lock(&as->lock);
	if (!region_covers(as, old, old + old_len)) {
		r = -EFAULT;
	} else {
		r = fixed ? remap_fixed(as, &m) : remap_any(as, &m, may_move);
	}
	mutex_unlock(&as->lock);
	return r;
}
