/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces as objects, and mapping into them. What takes away is in aspace_change.c, faults
 * in aspace_fault.c.
 */
#include "mm/aspace.h"

#include "core/panic.h"
#include "core/quiesce.h"
#include "mm/region.h"
#include "mm/slab.h"

int aspace_init(struct aspace *as, u64 quota_frames)
{
	*as = (struct aspace){ .quota = { .limit = quota_frames } };
	mutex_init(&as->lock);
	list_init(&as->regions);
	list_init(&as->watchers);
	return s2_init(&as->s2);
}

void aspace_destroy(struct aspace *as)
{
	aspace_invalidate(as, 0, DOM_USER_TOP);
	quiesce();
	s2_destroy(&as->s2);
	while (!list_empty(&as->regions)) {
		region_remove(as, list_first(&as->regions, struct region, node));
	}
	ASSERT(as->region_count == 0);
}

void aspace_invalidate(struct aspace *as, u64 start, u64 end)
{
	list_for_each(struct aspace_watcher, w, &as->watchers, node) {
		w->invalidate(w, start, end);
	}
}

static int check_map(u64 addr, u64 len, u32 rights, u32 flags, const struct backing *b, u64 offset)
{
	bool fixed = flags & (ASPACE_FIXED | ASPACE_FIXED_NOREPLACE);

	if (len == 0 || !IS_ALIGNED(len | offset, PAGE_SIZE) || offset + len < offset ||
	    (rights & ~S2_RWX)) {
		return -EINVAL;
	}
	if (fixed && !IS_ALIGNED(addr, PAGE_SIZE)) {
		return -EINVAL;
	}
	if (len > DOM_USER_TOP || (fixed && (addr < DOM_MIN_ADDR || addr > DOM_USER_TOP - len))) {
		return -ENOMEM;
	}
	return (rights & S2_W) && backing_kind(b) == BACKING_BOOTFILE ? -EACCES : 0;
}

/* Where a mapping without a fixed address goes; 0: no room. */
static u64 choose_address(struct aspace *as, u64 hint, u64 len, u64 offset)
{
	hint = ALIGN_DOWN(hint, PAGE_SIZE);
	if (hint >= DOM_MIN_ADDR && len <= DOM_MMAP_TOP && hint <= DOM_MMAP_TOP - len &&
	    !region_overlaps(as, hint, hint + len)) {
		return hint;
	}
	return region_place(as, len, offset);
}

/* Makes room at the address that the flags ask for. */
static int make_room(struct aspace *as, u64 *addr, u64 len, u32 flags, u64 offset)
{
	if (flags & ASPACE_FIXED_NOREPLACE) {
		return region_overlaps(as, *addr, *addr + len) ? -EEXIST : 0;
	}
	if (flags & ASPACE_FIXED) {
		return aspace_unmap_locked(as, *addr, *addr + len);
	}
	*addr = choose_address(as, *addr, len, offset);
	return *addr ? 0 : -ENOMEM;
}

s64 aspace_map(struct aspace *as, u64 addr, u64 len, u32 rights, u32 flags, struct backing *b,
	       u64 offset)
{
	struct region *region;
	int r = check_map(addr, len, rights, flags, b, offset);

	if (r < 0) {
		return r;
	}
	region = kmalloc(sizeof(*region));
	if (!region) {
		return -ENOMEM;
	}
	mutex_lock(&as->lock);
	r = as->region_count < REGIONS_MAX ? make_room(as, &addr, len, flags, offset) : -ENOMEM;
	if (r == 0) {
		*region = (struct region){
			.start = addr, .end = addr + len, .rights = whole_rights(rights),
			.shared = flags & ASPACE_SHARED, .backing = b, .offset = offset
		};
		region_insert(as, region);
		region_join(as, addr, addr + len);
	}
	mutex_unlock(&as->lock);
	if (r < 0) {
		kfree(region);
		return r;
	}
	return (s64)addr;
}
