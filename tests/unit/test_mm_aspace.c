/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's address space: each call's answers and errors, faults, and what watchers see. Random
 * sequences are in test_mm_aspace_random.c, mremap in test_mm_aspace_remap.c, the copies in
 * test_mm_copy.c.
 * LINK: mm/aspace.c mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c
 * LINK: mm/backing.c mm/chunks.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c
 * LINK: mm/frame.c mm/memmap.c mm/slab.c core/fault.c core/quiesce.c tests/fake/fake.c
 * LINK: tests/fake/fake_log.c
 * LINK: tests/fake/fake_panic.c tests/fake/fake_sync.c tests/fake/fake_mm.c
 * LINK: tests/fake/fake_random.c tests/fake/fake_aspace.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/errno.h"
#include "core/fault.h"
#include "fake.h"
#include "fake_aspace.h"
#include "mm/layout.h"

#define BASE 0x40000000ULL
#define RW (S2_R | S2_W)

static struct aspace *const as = &fake_aspace;

static void expect_page(u64 addr, u32 want_rights, u32 want_order)
{
	u32 rights, order;
	hpa_t hpa;

	assert_int_equal(s2_lookup(&as->s2, GPA(addr), &hpa, &rights, &order), 0);
	assert_int_equal(rights, want_rights);
	assert_int_equal(order, want_order);
}

static void test_map_errors(void **state)
{
	struct backing *b, *file;

	(void)state;
	fake_aspace_start(1, 100);
	b = backing_anon(&as->quota, GIB_PAGES * PAGE_SIZE);
	file = backing_bootfile(HPA(0x5000), PAGE_SIZE);
	assert_int_equal(aspace_map(as, 0, 0, RW, 0, b, 0), -EINVAL);
	assert_int_equal(aspace_map(as, 0, 5, RW, 0, b, 0), -EINVAL);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, RW, 0, b, 7), -EINVAL);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, 8, 0, b, 0), -EINVAL);
	assert_int_equal(aspace_map(as, 0, 2 * PAGE_SIZE, RW, 0, b, UINT64_MAX & PAGE_MASK),
			 -EINVAL);
	assert_int_equal(aspace_map(as, BASE + 1, PAGE_SIZE, RW, ASPACE_FIXED, b, 0), -EINVAL);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, RW, ASPACE_FIXED, b, 0), -ENOMEM);
	assert_int_equal(
		aspace_map(as, DOM_MIN_ADDR - PAGE_SIZE, PAGE_SIZE, RW, ASPACE_FIXED, b, 0),
		-ENOMEM);
	assert_int_equal(aspace_map(as, DOM_USER_TOP, PAGE_SIZE, RW, ASPACE_FIXED, b, 0), -ENOMEM);
	assert_int_equal(aspace_map(as, UINT64_MAX & PAGE_MASK, PAGE_SIZE, RW, ASPACE_FIXED, b, 0),
			 -ENOMEM);
	assert_int_equal(aspace_map(as, 0, DOM_USER_TOP, RW, 0, b, 0), -ENOMEM);
	assert_int_equal(aspace_map(as, 0, 1ULL << 60, RW, 0, b, 0), -ENOMEM);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, RW, ASPACE_SHARED, file, 0), -EACCES);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, RW, 0, file, 0), -EACCES);
	fault_arm(1);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, RW, 0, b, 0), -ENOMEM);
	assert_int_equal(as->region_count, 0);
	backing_put(b);
	backing_put(file);
	fake_aspace_end();
}

static void test_placement(void **state)
{
	s64 a, b;

	(void)state;
	fake_aspace_start(1, 10000);
	a = fake_map_anon(0, 3, RW, 0);
	assert_int_equal(a, DOM_MMAP_TOP - 3 * PAGE_SIZE);
	b = fake_map_anon(0, 1, RW, 0);
	assert_int_equal(b, a - PAGE_SIZE);
	b = fake_map_anon(0, 513, RW, 0); /* large ones are aligned */
	assert_true(IS_ALIGNED(b, HUGE_SIZE));
	assert_true(b < a);
	/* The hole that is left is used. */
	assert_int_equal(fake_map_anon(0, 1, RW, 0), a - 2 * (s64)PAGE_SIZE);
	/* Hints: taken if free, rounded down; else the usual place. */
	assert_int_equal(fake_map_anon(BASE + 5, 2, RW, 0), BASE);
	assert_int_not_equal(fake_map_anon(BASE + PAGE_SIZE, 1, RW, 0), BASE + PAGE_SIZE);
	assert_int_not_equal(fake_map_anon(BASE - PAGE_SIZE, 2, RW, 0), BASE - PAGE_SIZE);
	assert_int_equal(fake_map_anon(BASE - PAGE_SIZE, 1, RW, 0), BASE - PAGE_SIZE);
	assert_true(fake_map_anon(PAGE_SIZE, 1, RW, 0) > (s64)BASE);
	assert_true(fake_map_anon(DOM_STACK_TOP, 1, RW, 0) < (s64)DOM_MMAP_TOP);
	assert_int_equal(fake_map_anon(DOM_USER_TOP - PAGE_SIZE, 1, RW, ASPACE_FIXED),
			 DOM_USER_TOP - PAGE_SIZE);
	/* What lies above the area does not confuse the search. */
	assert_int_equal(
		fake_map_anon(DOM_MMAP_TOP - 700 * PAGE_SIZE, 2000, RW, ASPACE_FIXED_NOREPLACE),
		-EEXIST);
	assert_int_equal(fake_map_anon(DOM_MMAP_TOP, 2, RW, ASPACE_FIXED_NOREPLACE), DOM_MMAP_TOP);
	assert_true(fake_map_anon(0, 5, RW, 0) < (s64)DOM_MMAP_TOP);
	fake_aspace_end();
}

static void test_no_room(void **state)
{
	struct backing *b;
	u64 len = DOM_MMAP_TOP - DOM_MIN_ADDR;

	(void)state;
	fake_aspace_start(1, 10000);
	b = backing_anon(&as->quota, PAGE_SIZE);
	backing_get(b);
	assert_int_equal(aspace_map(as, 0, len, 0, 0, b, 0), DOM_MIN_ADDR);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, 0, 0, b, 0), -ENOMEM);
	assert_int_equal(aspace_unmap(as, DOM_MIN_ADDR, PAGE_SIZE), 0);
	assert_int_equal(aspace_map(as, 0, 2 * PAGE_SIZE, 0, 0, b, 0), -ENOMEM);
	assert_int_equal(aspace_map(as, 0, PAGE_SIZE, 0, 0, b, 0), DOM_MIN_ADDR);
	fake_aspace_end();
}

static void test_faults(void **state)
{
	struct backing *file;

	(void)state;
	fake_aspace_start(1, 10000);
	assert_int_equal(fake_map_anon(BASE, 4, RW, ASPACE_FIXED), BASE);
	assert_int_equal(fake_map_anon(BASE + 4 * PAGE_SIZE, 1, 0, ASPACE_FIXED),
			 BASE + 4 * PAGE_SIZE);
	assert_int_equal(fake_map_anon(BASE + 5 * PAGE_SIZE, 1, S2_X, ASPACE_FIXED),
			 BASE + 5 * PAGE_SIZE);
	assert_int_equal(aspace_fault(as, BASE + 123, S2_R), 0);
	expect_page(BASE, RW, 0);
	assert_int_equal(aspace_fault(as, BASE + PAGE_SIZE, S2_W), 0);
	assert_int_equal(aspace_fault(as, BASE + PAGE_SIZE, S2_W), 0); /* another CPU was first */
	assert_int_equal(as->quota.used, 2);
	assert_int_equal(aspace_fault(as, BASE, S2_X), -EFAULT);
	assert_int_equal(aspace_fault(as, BASE - 1, S2_R), -EFAULT);
	assert_int_equal(aspace_fault(as, BASE + 4 * PAGE_SIZE, S2_R), -EFAULT);
	assert_int_equal(aspace_fault(as, BASE + 5 * PAGE_SIZE, S2_X), 0);
	expect_page(BASE + 5 * PAGE_SIZE, S2_R | S2_X, 0);
	assert_int_equal(aspace_fault(as, BASE + 6 * PAGE_SIZE, S2_R), -EFAULT);
	assert_int_equal(aspace_fault(as, DOM_USER_TOP, S2_R), -EFAULT);
	assert_int_equal(aspace_fault(as, UINT64_MAX, S2_R), -EFAULT);
	/* Beyond the end of a file. */
	file = backing_bootfile(HPA(0x5000), PAGE_SIZE + 1);
	assert_int_equal(
		aspace_map(as, BASE + HUGE_SIZE, 3 * PAGE_SIZE, S2_R, ASPACE_FIXED, file, 0),
		BASE + HUGE_SIZE);
	assert_int_equal(aspace_fault(as, BASE + HUGE_SIZE + PAGE_SIZE, S2_R), 0);
	assert_int_equal(fake_frame_at(BASE + HUGE_SIZE + PAGE_SIZE), 0x6000);
	assert_int_equal(aspace_fault(as, BASE + HUGE_SIZE + 2 * PAGE_SIZE, S2_R), -EFAULT);
	assert_int_equal(aspace_fault(as, BASE + HUGE_SIZE, S2_W), -EFAULT);
	fake_aspace_end();
}

static void test_huge_faults(void **state)
{
	(void)state;
	fake_aspace_start(1, 10000);
	assert_int_equal(fake_map_anon(BASE, 1024, RW, ASPACE_FIXED), BASE);
	assert_int_equal(aspace_fault(as, BASE + 700 * PAGE_SIZE, S2_R), 0);
	expect_page(BASE + HUGE_SIZE, RW, 9);
	assert_int_equal(as->quota.used, 512);
	/* After a part was taken out, small pages of the same block come back one by one. */
	assert_int_equal(aspace_protect(as, BASE + 600 * PAGE_SIZE, PAGE_SIZE, S2_R), 0);
	expect_page(BASE + 600 * PAGE_SIZE, S2_R, 0);
	expect_page(BASE + 601 * PAGE_SIZE, RW, 0);
	assert_int_equal(aspace_protect(as, BASE + 600 * PAGE_SIZE, PAGE_SIZE, 0), 0);
	assert_int_equal(fake_frame_at(BASE + 600 * PAGE_SIZE), 0);
	assert_int_equal(aspace_fault(as, BASE + 600 * PAGE_SIZE, S2_R), -EFAULT);
	assert_int_equal(aspace_protect(as, BASE + 600 * PAGE_SIZE, PAGE_SIZE, RW), 0);
	assert_int_equal(as->region_count, 1);
	assert_int_equal(aspace_fault(as, BASE + 600 * PAGE_SIZE, S2_W), 0);
	expect_page(BASE + 600 * PAGE_SIZE, RW, 0);
	assert_int_equal(as->quota.used, 512);
	/* A region that is not congruent to its backing gets small pages of the large block. */
	assert_int_equal(aspace_remap(as, BASE + HUGE_SIZE, HUGE_SIZE, HUGE_SIZE, true, true,
				      BASE + 3 * HUGE_SIZE + PAGE_SIZE),
			 BASE + 3 * HUGE_SIZE + PAGE_SIZE);
	assert_int_equal(aspace_fault(as, BASE + 3 * HUGE_SIZE + PAGE_SIZE, S2_W), 0);
	expect_page(BASE + 3 * HUGE_SIZE + PAGE_SIZE, RW, 0);
	assert_int_equal(fake_frame_at(BASE + HUGE_SIZE), 0);
	fake_aspace_end();
}

static void test_huge_not_congruent(void **state)
{
	u64 to = BASE + 8 * HUGE_SIZE + PAGE_SIZE;
	u64 hpa;

	(void)state;
	fake_aspace_start(1, 10000);
	assert_int_equal(fake_map_anon(BASE, 1024, RW, ASPACE_FIXED), BASE);
	assert_int_equal(aspace_fault(as, BASE + 511 * PAGE_SIZE, S2_W), 0);
	hpa = fake_frame_at(BASE + 511 * PAGE_SIZE);
	assert_int_equal(aspace_remap(as, BASE, 2 * HUGE_SIZE, 2 * HUGE_SIZE, true, true, to), to);
	assert_int_equal(aspace_fault(as, BASE + 9 * HUGE_SIZE, S2_W), 0);
	expect_page(BASE + 9 * HUGE_SIZE, RW, 0);
	assert_int_equal(fake_frame_at(BASE + 9 * HUGE_SIZE), hpa);
	fake_aspace_end();
}

static void test_quota(void **state)
{
	(void)state;
	fake_aspace_start(1, 3);
	assert_int_equal(fake_map_anon(BASE, 10, RW, ASPACE_FIXED), BASE);
	for (u64 i = 0; i < 3; i++) {
		assert_int_equal(aspace_fault(as, BASE + i * PAGE_SIZE, S2_W), 0);
	}
	assert_int_equal(aspace_fault(as, BASE + 3 * PAGE_SIZE, S2_W), -ENOMEM);
	assert_int_equal(aspace_unmap(as, BASE, PAGE_SIZE), 0);
	assert_int_equal(aspace_fault(as, BASE + 3 * PAGE_SIZE, S2_W), 0);
	fake_aspace_end();
}

static void test_no_memory(void **state)
{
	(void)state;
	fake_aspace_start(1, 10000);
	assert_int_equal(fake_map_anon(BASE, 1024, RW, ASPACE_FIXED), BASE);
	for (u32 n = 1; n <= 6; n++) {
		fault_arm(n);
		if (aspace_fault(as, BASE + PAGE_SIZE, S2_W) == 0) {
			assert_true(n == 2 || n > 4); /* without the large block, or at last */
			break;
		}
		assert_int_equal(as->s2.mapped_pages, 0);
	}
	fault_arm(0);
	assert_int_equal(aspace_fault(as, BASE + HUGE_SIZE, S2_W), 0);
	expect_page(BASE + HUGE_SIZE, RW, 9);
	/* Two regions to split off, two tables: nothing may be changed by a failure. */
	for (u32 n = 1;; n++) {
		u64 used = as->quota.used;
		int r;

		fault_arm(n);
		r = aspace_protect(as, BASE + HUGE_SIZE + PAGE_SIZE, PAGE_SIZE, S2_R);
		if (r == 0) {
			assert_true(n > 2);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(as->region_count, 1);
		assert_int_equal(as->quota.used, used);
		expect_page(BASE + HUGE_SIZE + PAGE_SIZE, RW, 9);
	}
	fault_arm(0);
	assert_int_equal(as->region_count, 3);
	assert_int_equal(fake_map_anon(BASE + 4 * HUGE_SIZE, 512, RW, ASPACE_FIXED),
			 BASE + 4 * HUGE_SIZE);
	assert_int_equal(aspace_fault(as, BASE + 4 * HUGE_SIZE, S2_W), 0);
	for (u32 n = 1;; n++) {
		int r;

		fault_arm(n);
		r = aspace_unmap(as, BASE + 4 * HUGE_SIZE + PAGE_SIZE, PAGE_SIZE);
		if (r == 0) {
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(as->region_count, 4);
		expect_page(BASE + 4 * HUGE_SIZE + PAGE_SIZE, RW, 9);
	}
	fault_arm(0);
	fake_aspace_end();
}

static void test_unmap_errors(void **state)
{
	(void)state;
	fake_aspace_start(1, 100);
	assert_int_equal(aspace_unmap(as, BASE, 0), -EINVAL);
	assert_int_equal(aspace_unmap(as, BASE + 1, PAGE_SIZE), -EINVAL);
	assert_int_equal(aspace_unmap(as, BASE, 1), -EINVAL);
	assert_int_equal(aspace_unmap(as, DOM_USER_TOP, PAGE_SIZE), -EINVAL);
	assert_int_equal(aspace_unmap(as, BASE, UINT64_MAX & PAGE_MASK), -EINVAL);
	assert_int_equal(aspace_unmap(as, BASE, PAGE_SIZE), 0); /* nothing there is no error */
	assert_int_equal(aspace_protect(as, BASE, PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(aspace_protect(as, BASE, PAGE_SIZE, 16), -EINVAL);
	assert_int_equal(aspace_protect(as, BASE + 1, PAGE_SIZE, RW), -EINVAL);
	assert_int_equal(aspace_protect(as, BASE, 0, RW), -EINVAL);
	assert_int_equal(fake_map_anon(BASE, 2, RW, ASPACE_FIXED), BASE);
	assert_int_equal(fake_map_anon(BASE + 3 * PAGE_SIZE, 2, RW, ASPACE_FIXED),
			 BASE + 3 * PAGE_SIZE);
	assert_int_equal(aspace_protect(as, BASE, 5 * PAGE_SIZE, S2_R), -ENOMEM);
	assert_int_equal(aspace_fault(as, BASE, S2_W), 0); /* nothing was changed */
	assert_int_equal(aspace_unmap(as, BASE, 5 * PAGE_SIZE), 0);
	assert_int_equal(as->region_count, 0);
	assert_int_equal(as->quota.used, 0);
	fake_aspace_end();
}

static void test_protect_file(void **state)
{
	struct backing *file = NULL;

	(void)state;
	fake_aspace_start(1, 100);
	file = backing_bootfile(HPA(0x5000), 3 * PAGE_SIZE);
	assert_int_equal(aspace_map(as, BASE, 3 * PAGE_SIZE, S2_R, ASPACE_FIXED, file, 0), BASE);
	assert_int_equal(aspace_protect(as, BASE, PAGE_SIZE, RW), -EACCES);
	assert_int_equal(aspace_protect(as, BASE, PAGE_SIZE, S2_R | S2_X), 0);
	assert_int_equal(aspace_fault(as, BASE, S2_X), 0);
	assert_int_equal(aspace_fault(as, BASE + PAGE_SIZE, S2_X), -EFAULT);
	fake_aspace_end();
}

/* ---- watchers ---- */

static struct {
	struct aspace_watcher w;
	u32 calls;
	u64 start, end;
	u64 want_frame_at; /* this page's frame is still in use when the watcher is called */
} watch;

static void on_invalidate(struct aspace_watcher *w, u64 start, u64 end)
{
	assert_ptr_equal(w, &watch.w);
	assert_true(mutex_held(&as->lock));
	watch.calls++;
	watch.start = start;
	watch.end = end;
	if (watch.want_frame_at) {
		assert_int_equal(frame_of(HPA(fake_frame_at(watch.want_frame_at)))->owner,
				 FRAME_DOMAIN);
	}
}

static void expect_watch(u32 calls, u64 start, u64 end)
{
	assert_int_equal(watch.calls, calls);
	if (calls) {
		assert_int_equal(watch.start, start);
		assert_int_equal(watch.end, end);
	}
	watch.calls = 0;
}

static void test_watcher(void **state)
{
	u64 to = BASE + 100 * PAGE_SIZE;

	(void)state;
	fake_aspace_start(2, 100);
	memset(&watch, 0, sizeof(watch));
	watch.w.invalidate = on_invalidate;
	list_push_back(&as->watchers, &watch.w.node);
	assert_int_equal(fake_map_anon(BASE, 10, RW, ASPACE_FIXED), BASE);
	for (u64 i = 0; i < 10; i++) {
		assert_int_equal(aspace_fault(as, BASE + i * PAGE_SIZE, S2_W), 0);
	}
	assert_int_equal(aspace_protect(as, BASE, PAGE_SIZE, RW | S2_X), 0);
	expect_watch(0, 0, 0);
	watch.want_frame_at = BASE + PAGE_SIZE;
	assert_int_equal(aspace_protect(as, BASE + PAGE_SIZE, PAGE_SIZE, S2_R), 0);
	expect_watch(1, BASE + PAGE_SIZE, BASE + 2 * PAGE_SIZE);
	watch.want_frame_at = BASE + 2 * PAGE_SIZE;
	assert_int_equal(aspace_unmap(as, BASE + 2 * PAGE_SIZE, PAGE_SIZE), 0);
	expect_watch(1, BASE + 2 * PAGE_SIZE, BASE + 3 * PAGE_SIZE);
	watch.want_frame_at = BASE + 3 * PAGE_SIZE;
	assert_int_equal(fake_map_anon(BASE + 3 * PAGE_SIZE, 1, RW, ASPACE_FIXED),
			 BASE + 3 * PAGE_SIZE);
	expect_watch(1, BASE + 3 * PAGE_SIZE, BASE + 4 * PAGE_SIZE);
	watch.want_frame_at = BASE + 6 * PAGE_SIZE;
	assert_int_equal(
		aspace_remap(as, BASE + 6 * PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, true, true, to), to);
	expect_watch(1, BASE + 6 * PAGE_SIZE, BASE + 7 * PAGE_SIZE);
	list_remove(&watch.w.node);
	assert_int_equal(aspace_unmap(as, BASE + 7 * PAGE_SIZE, PAGE_SIZE), 0);
	expect_watch(0, 0, 0);
	fake_aspace_end();
}

static u64 grace_hpa;
static u32 graces;

static void on_call(u64 mask, void (*fn)(void *), void *arg)
{
	(void)fn;
	(void)arg;
	if (mask == BIT(3) - 1) {
		graces++;
		assert_int_equal(fake_frame_at(BASE), 0);
		assert_int_equal(frame_of(HPA(grace_hpa))->owner, FRAME_DOMAIN);
	}
}

/* A copy on another CPU may still use the frame: it is freed after the grace period only. */
static void test_grace_period(void **state)
{
	(void)state;
	fake_aspace_start(3, 100);
	assert_int_equal(fake_map_anon(BASE, 2, RW, ASPACE_FIXED), BASE);
	assert_int_equal(aspace_fault(as, BASE, S2_W), 0);
	assert_int_equal(aspace_fault(as, BASE + PAGE_SIZE, S2_W), 0);
	grace_hpa = fake_frame_at(BASE);
	graces = 0;
	fake_hooks.call = on_call;
	assert_int_equal(aspace_unmap(as, BASE, PAGE_SIZE), 0);
	fake_hooks.call = NULL;
	assert_int_equal(graces, 1);
	assert_int_equal(frame_of(HPA(grace_hpa))->owner, FRAME_FREE);
	fake_aspace_end();
}

static void test_memfd_at(void **state)
{
	struct backing *b, *found = NULL;
	u64 off = 0;

	(void)state;
	fake_aspace_start(1, 100);
	b = backing_memfd(&as->quota, 4 * PAGE_SIZE);
	assert_int_equal(
		aspace_map(as, BASE, 2 * PAGE_SIZE, RW, ASPACE_FIXED | ASPACE_SHARED, b, PAGE_SIZE),
		BASE);
	assert_int_equal(fake_map_anon(BASE + 2 * PAGE_SIZE, 1, RW, ASPACE_FIXED),
			 BASE + 2 * PAGE_SIZE);
	assert_true(aspace_memfd_at(as, BASE + PAGE_SIZE + 8, &found, &off));
	assert_ptr_equal(found, b);
	assert_int_equal(off, 2 * PAGE_SIZE + 8);
	backing_put(found);
	assert_false(aspace_memfd_at(as, BASE + 2 * PAGE_SIZE, &found, &off));
	assert_false(aspace_memfd_at(as, BASE - 4, &found, &off));
	assert_false(aspace_memfd_at(as, DOM_USER_TOP, &found, &off));
	fake_aspace_end();
}

static void test_frame_for_slot(void **state)
{
	u32 order;
	bool writable;
	hpa_t hpa, again;

	(void)state;
	fake_aspace_start(1, 10000);
	assert_int_equal(fake_map_anon(BASE, 1024, RW, ASPACE_FIXED), BASE);
	assert_int_equal(aspace_protect(as, BASE, 3 * PAGE_SIZE, S2_R), 0);
	mutex_lock(&as->lock);
	assert_int_equal(aspace_frame_locked(as, BASE + HUGE_SIZE + 5 * PAGE_SIZE + 9, true, &hpa,
					     &order, &writable),
			 0);
	assert_int_equal(order, 9);
	assert_true(writable);
	assert_int_equal(hpa.v & (HUGE_SIZE - 1), 5 * PAGE_SIZE);
	assert_int_equal(as->s2.mapped_pages, 0); /* given, not mapped */
	assert_int_equal(aspace_frame_locked(as, BASE, false, &hpa, &order, &writable), 0);
	assert_int_equal(order, 0);
	assert_false(writable);
	assert_int_equal(aspace_frame_locked(as, BASE, true, &hpa, &order, &writable), -EFAULT);
	assert_int_equal(aspace_frame_locked(as, BASE - PAGE_SIZE, false, &hpa, &order, &writable),
			 -EFAULT);
	assert_int_equal(
		aspace_frame_locked(as, BASE + 3 * PAGE_SIZE, true, &hpa, &order, &writable), 0);
	assert_int_equal(order, 0);
	mutex_unlock(&as->lock);
	assert_int_equal(aspace_fault(as, BASE + 3 * PAGE_SIZE, S2_R), 0);
	again = HPA(fake_frame_at(BASE + 3 * PAGE_SIZE));
	assert_int_equal(again.v, hpa.v); /* the same memory on both ways */
	fake_aspace_end();
}

static void test_destroy_counts(void **state)
{
	(void)state;
	fake_aspace_start(1, 5000);
	fault_arm(1);
	{
		struct aspace other;

		assert_int_equal(aspace_init(&other, 1), -ENOMEM);
	}
	assert_int_equal(fake_map_anon(BASE, 2048, RW, ASPACE_FIXED), BASE);
	for (u64 i = 0; i < 2048; i += 100) {
		assert_int_equal(aspace_fault(as, BASE + i * PAGE_SIZE, S2_W), 0);
	}
	assert_int_equal(as->quota.used, 2048);
	fake_aspace_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_huge_not_congruent),
		cmocka_unit_test(test_grace_period),
		cmocka_unit_test(test_memfd_at),
		cmocka_unit_test(test_map_errors),
		cmocka_unit_test(test_placement),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_huge_faults),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_unmap_errors),
		cmocka_unit_test(test_protect_file),
		cmocka_unit_test(test_watcher),
		cmocka_unit_test(test_frame_for_slot),
		cmocka_unit_test(test_destroy_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
