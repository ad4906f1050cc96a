/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's address space: regions (what mmap made) over backings, and the stage-2 tables that
 * hold what was touched. One mutex orders everything that changes or resolves a mapping, so a
 * fault never races with an unmap. VMs whose memory lies here register a watcher, which is called
 * (under the mutex) before frames go away.
 */
#pragma once

#include "mm/backing.h"
#include "mm/stage2.h"

#define DOM_USER_TOP (1ULL << 38)
#define DOM_MIN_ADDR 0x10000ULL
#define DOM_MMAP_TOP (DOM_USER_TOP - (4ULL << 30))
#define DOM_STACK_TOP (DOM_USER_TOP - (1ULL << 30))
#define DOM_RUNTIME_BASE DOM_STACK_TOP	/* the last GiB: supervisor only by the runtime's tables */

struct region {
	struct list node;		/* sorted by start */
	u64 start, end;
	u32 rights;			/* S2_R | S2_W | S2_X; 0: PROT_NONE */
	bool shared;			/* MAP_SHARED */
	struct backing *backing;
	u64 offset;			/* backing byte at start */
};

struct aspace_watcher {
	struct list node;
	/*
	 * [start, end) of the domain is about to lose frames or rights. aspace mutex held. May not
	 * fail.
	 */
	void (*invalidate)(struct aspace_watcher *w, u64 start, u64 end);
};

struct aspace {
	struct mutex lock;
	struct s2 s2;
	struct list regions;
	struct region *last_hit;	/* of region_find; NULL or in the list */
	u32 region_count;
	struct list watchers;		/* struct aspace_watcher; changed under lock */
	struct quota quota;
};

__must_check int aspace_init(struct aspace *as, u64 quota_frames);
/* All threads gone: unmaps and frees everything. */
void aspace_destroy(struct aspace *as);

#define ASPACE_FIXED 1u			/* replace what is there */
#define ASPACE_FIXED_NOREPLACE 2u	/* -EEXIST instead */
#define ASPACE_SHARED 4u
/*
 * Maps len bytes (page multiple > 0) of b from offset; addr is a hint without a FIXED flag. Takes
 * over the caller's reference on success. Returns the address or -EINVAL, -ENOMEM (no room, or
 * above DOM_USER_TOP), -EEXIST, -EACCES (write to read-only, private too: there is no copy on
 * write).
 */
s64 aspace_map(struct aspace *as, u64 addr, u64 len, u32 rights, u32 flags, struct backing *b,
	       u64 offset);
__must_check int aspace_unmap(struct aspace *as, u64 addr, u64 len);
/* -EINVAL, -ENOMEM: a hole in the range, or no memory, -EACCES: write to a read-only backing. */
__must_check int aspace_protect(struct aspace *as, u64 addr, u64 len, u32 rights);
/*
 * The private anonymous pages of the range are zero again, other pages stay as they are. -EINVAL,
 * -ENOMEM: a hole in the range (the rest is done), or no memory.
 */
__must_check int aspace_discard(struct aspace *as, u64 addr, u64 len);
/*
 * mremap: the new address; -EINVAL, -EFAULT (a hole in the old range, or a run page that is to
 * grow), -ENOMEM. Old and new range do not overlap if fixed.
 */
s64 aspace_remap(struct aspace *as, u64 old, u64 old_len, u64 new_len, bool may_move, bool fixed,
		 u64 fixed_addr);

/*
 * A stage-2 fault of the domain: gives the page. 0; -EFAULT: no mapping or right missing (inject
 * #PF); -ENOMEM. Thread context.
 */
__must_check int aspace_fault(struct aspace *as, u64 addr, u32 access);
/* Whether some mapping is at addr, whatever its rights. Thread context. */
bool aspace_maps(struct aspace *as, u64 addr);

/*
 * For a VM's slot: the frame behind a domain address, given if need be. Caller holds as->lock and
 * installs it before releasing. *order as backing_page, only if the region covers the whole
 * aligned 2 MiB; *writable: the region allows writing.
 */
__must_check int aspace_frame_locked(struct aspace *as, u64 addr, bool write, hpa_t *hpa,
				     u32 *order, bool *writable);

/*
 * For keys of futexes: whether addr lies in a mapping of a memfd; its backing with a reference, and
 * the byte in it. Takes the mutex.
 */
bool aspace_memfd_at(struct aspace *as, u64 addr, struct backing **b, u64 *off);

/*
 * Checked copies between the hypervisor and a domain: every byte must be mapped with the right,
 * else -EFAULT (and for copy_to an unspecified part may have been written). Missing pages are
 * given first (-ENOMEM if they cannot be). Each byte is read once. Thread context, without
 * as->lock. The limit is DOM_USER_TOP: the caller checks that a program's pointer lies below
 * DOM_RUNTIME_BASE.
 */
__must_check int copy_from_domain(struct aspace *as, void *dst, dva_t src, size_t len);
__must_check int copy_to_domain(struct aspace *as, dva_t dst, const void *src, size_t len);
/* Copies a string with its NUL into buf: length without NUL, -EFAULT, -ENAMETOOLONG. */
__must_check int copy_string_from_domain(struct aspace *as, char *buf, size_t size, dva_t src);
/* Atomic 32-bit compare for futexes: reads the word in a section. 0 or -EFAULT. */
__must_check int domain_load_u32(struct aspace *as, dva_t addr, u32 *val);
__must_check int domain_store_u32(struct aspace *as, dva_t addr, u32 val);
