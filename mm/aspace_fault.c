/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving pages: to the domain's own tables on a stage-2 fault or a copy, and to the slots of its
 * VMs.
 */
#include "mm/region.h"

/* The region at addr, which must give all rights of `access`. */
static struct region *region_for(struct aspace *as, u64 addr, u32 access)
{
	struct region *r = addr < DOM_USER_TOP ? region_find(as, addr) : NULL;

	return r && r->start <= addr && r->rights != 0 && (access & ~r->rights) == 0 ? r : NULL;
}

/* The frame of the page; *order is 9 only where the whole 2 MiB may be mapped at once. */
static int give_page(struct region *r, u64 addr, bool write, hpa_t *hpa, u32 *order)
{
	bool huge = region_huge(r, addr);
	u64 off = r->offset + (addr - r->start);
	int result = backing_page(r->backing, off, write, huge, hpa, order);

	if (result == -EACCES) {
		return -EFAULT;
	}
	if (!huge) {
		*order = 0;
	}
	return result;
}

static int fault_locked(struct aspace *as, u64 addr, u32 access)
{
	struct region *r = region_for(as, addr, access);
	u32 order;
	hpa_t hpa;
	int result;

	if (!r) {
		return -EFAULT;
	}
	result = give_page(r, addr, r->rights & S2_W, &hpa, &order);
	if (result < 0) {
		return result;
	}
	if (order == HUGE_ORDER) {
		hpa_t base = HPA(ALIGN_DOWN(hpa.v, HUGE_SIZE));
		gpa_t gpa = GPA(ALIGN_DOWN(addr, HUGE_SIZE));

		result = s2_map(&as->s2, gpa, base, HUGE_ORDER, r->rights);
		if (result != -EEXIST) {
			return result;
		}
	}
	/* Small, or small pages of the same 2 MiB are mapped already. */
	return s2_map(&as->s2, GPA(addr), hpa, 0, r->rights);
}

int aspace_fault(struct aspace *as, u64 addr, u32 access)
{
	int r;

	mutex_lock(&as->lock);
	r = fault_locked(as, ALIGN_DOWN(addr, PAGE_SIZE), access);
	mutex_unlock(&as->lock);
	return r;
}

bool aspace_maps(struct aspace *as, u64 addr)
{
	struct region *r;
	bool mapped;

	mutex_lock(&as->lock);
	r = addr < DOM_USER_TOP ? region_find(as, addr) : NULL;
	mapped = r && r->start <= addr;
	mutex_unlock(&as->lock);
	return mapped;
}

int aspace_frame_locked(struct aspace *as, u64 addr, bool write, hpa_t *hpa, u32 *order,
			bool *writable)
{
	struct region *r;

	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	r = region_for(as, addr, write ? S2_R | S2_W : S2_R);
	if (!r) {
		return -EFAULT;
	}
	*writable = r->rights & S2_W;
	return give_page(r, addr, *writable, hpa, order);
}

bool aspace_memfd_at(struct aspace *as, u64 addr, struct backing **b, u64 *off)
{
	struct region *r;
	bool found;

	mutex_lock(&as->lock);
	r = region_for(as, addr, 0);
	found = r && backing_kind(r->backing) == BACKING_MEMFD;
	if (found) {
		*b = r->backing;
		*off = r->offset + (addr - r->start);
		backing_get(*b);
	}
	mutex_unlock(&as->lock);
	return found;
}
