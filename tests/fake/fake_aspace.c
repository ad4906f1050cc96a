/* SPDX-License-Identifier: BSD-2-Clause */
/* The address space of the unit tests: see fake_aspace.h. */
#include "fake_aspace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/slab.h"

struct aspace fake_aspace;

static const struct s2_format format = {
	.present = 1,
	.w = 2,
	.x = 4,
	.leaf = 0x80,
	.memtype = 0x30,
	.table = 7,
	.max_leaf_level = 2,
};

void fake_aspace_start(u32 cpus, u64 quota_frames)
{
	fake_mm_reset(cpus);
	s2_set_format(&format);
	assert_int_equal(aspace_init(&fake_aspace, quota_frames), 0);
}

void fake_aspace_close(void)
{
	aspace_destroy(&fake_aspace);
}

void fake_aspace_check(void)
{
	assert_int_equal(fake_aspace.quota.used, 0);
	assert_int_equal(slab_bytes_in_use(), 0);
	assert_int_equal(frames_free_count(), frames_total_count());
}

void fake_aspace_end(void)
{
	fake_aspace_close();
	fake_aspace_check();
}

s64 fake_map_anon(u64 addr, u64 pages, u32 rights, u32 flags)
{
	struct backing *b = backing_anon(&fake_aspace.quota, pages * PAGE_SIZE);
	s64 r = aspace_map(&fake_aspace, addr, pages * PAGE_SIZE, rights, flags, b, 0);

	if (r < 0) {
		backing_put(b);
	}
	return r;
}

u64 fake_frame_at(u64 addr)
{
	u32 rights, order;
	hpa_t hpa;

	return s2_lookup(&fake_aspace.s2, GPA(addr), &hpa, &rights, &order) == 0 ? hpa.v : 0;
}
