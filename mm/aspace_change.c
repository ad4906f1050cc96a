/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * munmap, mprotect and discarding. The order is what keeps memory safe: first the VMs that map
 * the range (watchers), then the domain's own tables, then a grace period for sections, then
 * the frames. The mutex keeps faults out until the end.
 */
#include "core/quiesce.h"
#include "mm/region.h"

static int split_both(struct aspace *as, u64 start, u64 end)
{
	int r = region_split(as, start);

	return r < 0 ? r : region_split(as, end);
}

int aspace_unmap_locked(struct aspace *as, u64 start, u64 end)
{
	struct region *r, *next;
	int result;

	if (!region_overlaps(as, start, end)) {
		return 0;
	}
	result = split_both(as, start, end);
	if (result == 0) {
		aspace_invalidate(as, start, end);
		result = s2_unmap(&as->s2, GPA(start), GPA(end));
	}
	if (result < 0) {
		region_join(as, start, end);
		return result;
	}
	quiesce();
	for (r = region_find(as, start); r && r->start < end; r = next) {
		next = region_next(as, r);
		backing_discard(r->backing, r->offset, r->end - r->start);
		region_remove(as, r);
		cond_resched(); /* there may be tens of thousands */
	}
	return 0;
}

int aspace_unmap(struct aspace *as, u64 addr, u64 len)
{
	int r;

	if (!pages_in_domain(addr, len)) {
		return -EINVAL;
	}
	mutex_lock(&as->lock);
	r = aspace_unmap_locked(as, addr, addr + len);
	mutex_unlock(&as->lock);
	return r;
}

/*
 * Gives one region, which lies in the range as a whole, its new rights; *lost: somebody may have
 * lost one.
 */
static int protect_region(struct aspace *as, struct region *r, u32 rights, bool *lost)
{
	int result = 0;

	if (r->rights & ~rights) {
		aspace_invalidate(as, r->start, r->end);
		result = rights == 0 ? s2_unmap(&as->s2, GPA(r->start), GPA(r->end)) :
				       s2_protect(&as->s2, GPA(r->start), GPA(r->end), rights);
		*lost = true;
	}
	if (result == 0) {
		r->rights = rights;
	}
	return result;
}

static int check_protect(struct aspace *as, u64 start, u64 end, u32 rights)
{
	struct region *r;

	if (!region_covers(as, start, end)) {
		return -ENOMEM;
	}
	for (r = region_find(as, start); r && r->start < end; r = region_next(as, r)) {
		if ((rights & S2_W) && backing_kind(r->backing) == BACKING_BOOTFILE) {
			return -EACCES;
		}
	}
	return split_both(as, start, end);
}

int aspace_protect(struct aspace *as, u64 addr, u64 len, u32 rights)
{
	u64 end = addr + len;
	bool lost = false;
	int result;

	if (!pages_in_domain(addr, len) || (rights & ~S2_RWX)) {
		return -EINVAL;
	}
	rights = whole_rights(rights);
	mutex_lock(&as->lock);
	result = check_protect(as, addr, end, rights);
	if (result == 0) {
		struct region *r = region_find(as, addr);

		for (; result == 0 && r && r->start < end; r = region_next(as, r)) {
			result = protect_region(as, r, rights, &lost);
		}
		if (lost) {
			/* A copy that looked the right up before ends before we report. */
			quiesce();
		}
	}
	region_join(as, addr, end);
	mutex_unlock(&as->lock);
	return result;
}

/* Frames of private anonymous memory only: what is shared stays. */
static void discard_in(struct region *r, u64 start, u64 end)
{
	u64 from = MAX(r->start, start), to = MIN(r->end, end);

	if (!r->shared) {
		backing_discard(r->backing, r->offset + (from - r->start), to - from);
	}
}

int aspace_discard(struct aspace *as, u64 addr, u64 len)
{
	u64 end = addr + len;
	struct region *r;
	int result;

	if (!pages_in_domain(addr, len)) {
		return -EINVAL;
	}
	mutex_lock(&as->lock);
	aspace_invalidate(as, addr, end);
	result = s2_unmap(&as->s2, GPA(addr), GPA(end));
	if (result == 0) {
		quiesce();
		for (r = region_find(as, addr); r && r->start < end; r = region_next(as, r)) {
			discard_in(r, addr, end);
			cond_resched();
		}
		result = region_covers(as, addr, end) ? 0 : -ENOMEM;
	}
	mutex_unlock(&as->lock);
	return result;
}
