/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap: errors, growing and moving of anonymous memory, files and run pages.
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

static void test_remap_errors(void **state)
{
	struct frame *f;
	struct backing *pages;

	(void)state;
	fake_aspace_start(1, 100);
	assert_int_equal(fake_map_anon(BASE, 4, RW, ASPACE_FIXED), BASE);
	assert_int_equal(aspace_remap(as, BASE + 1, PAGE_SIZE, PAGE_SIZE, true, false, 0), -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, 0, PAGE_SIZE, true, false, 0), -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, 0, true, false, 0), -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, 1, true, false, 0), -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, PAGE_SIZE, false, true, 2 * BASE),
			 -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, PAGE_SIZE, true, true, 2 * BASE + 1),
			 -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, PAGE_SIZE, true, true, 0), -EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, PAGE_SIZE, true, true, DOM_USER_TOP),
			 -EINVAL);
	assert_int_equal(
		aspace_remap(as, BASE, 2 * PAGE_SIZE, 2 * PAGE_SIZE, true, true, BASE + PAGE_SIZE),
		-EINVAL);
	assert_int_equal(aspace_remap(as, BASE, PAGE_SIZE, 1ULL << 50, true, false, 0), -ENOMEM);
	assert_int_equal(aspace_remap(as, BASE, 5 * PAGE_SIZE, PAGE_SIZE, true, false, 0), -EFAULT);
	assert_int_equal(aspace_remap(as, 2 * BASE, PAGE_SIZE, PAGE_SIZE, true, false, 0), -EFAULT);
	assert_int_equal(fake_map_anon(BASE + 4 * PAGE_SIZE, 1, S2_R, ASPACE_FIXED),
			 BASE + 4 * PAGE_SIZE);
	assert_int_equal(aspace_remap(as, BASE, 4 * PAGE_SIZE, 5 * PAGE_SIZE, false, false, 0),
			 -ENOMEM);
	for (u32 n = 1; n <= 2; n++) {
		fault_arm(n);
		assert_int_equal(
			aspace_remap(as, BASE, 4 * PAGE_SIZE, 5 * PAGE_SIZE, true, false, 0),
			-ENOMEM);
		assert_int_equal(as->region_count, 2);
	}
	fault_arm(0);
	/* A run page may move but not grow. */
	f = frame_alloc(0, FRAME_HYP, 0);
	pages = backing_pages(&f, 1, NULL, NULL);
	assert_int_equal(aspace_map(as, 2 * BASE, PAGE_SIZE, RW, ASPACE_FIXED, pages, 0), 2 * BASE);
	assert_int_equal(aspace_remap(as, 2 * BASE, PAGE_SIZE, 2 * PAGE_SIZE, true, false, 0),
			 -EFAULT);
	assert_int_equal(aspace_remap(as, 2 * BASE, PAGE_SIZE, PAGE_SIZE, true, true, 3 * BASE),
			 3 * BASE);
	assert_int_equal(aspace_fault(as, 3 * BASE, S2_W), 0);
	assert_int_equal(fake_frame_at(3 * BASE), frame_hpa(f).v);
	fake_aspace_close();
	frame_put(f);
	fake_aspace_check();
}

static void test_remap_file(void **state)
{
	struct backing *b;
	s64 at;

	(void)state;
	fake_aspace_start(1, 100);
	b = backing_memfd(&as->quota, 8 * PAGE_SIZE);
	backing_get(b);
	assert_int_equal(
		aspace_map(as, BASE, 4 * PAGE_SIZE, RW, ASPACE_FIXED | ASPACE_SHARED, b, PAGE_SIZE),
		BASE);
	assert_int_equal(fake_map_anon(BASE + 4 * PAGE_SIZE, 1, RW, ASPACE_FIXED),
			 BASE + 4 * PAGE_SIZE);
	assert_int_equal(aspace_fault(as, BASE + 3 * PAGE_SIZE, S2_W), 0);
	at = aspace_remap(as, BASE + PAGE_SIZE, 3 * PAGE_SIZE, 8 * PAGE_SIZE, true, false, 0);
	assert_true(at > 0 && (u64)at != BASE + PAGE_SIZE);
	assert_int_equal(aspace_fault(as, at + 2 * PAGE_SIZE, S2_W), 0);
	assert_int_equal(aspace_fault(as, at + 5 * PAGE_SIZE, S2_W), 0); /* page 7, the last */
	assert_int_equal(aspace_fault(as, at + 6 * PAGE_SIZE, S2_W), -EFAULT);
	assert_int_equal(aspace_fault(as, BASE + PAGE_SIZE, S2_W), -EFAULT);
	assert_int_equal(as->quota.used, 2);
	/* The file outlives the mapping, and can be mapped twice. */
	assert_int_equal(
		aspace_map(as, 2 * BASE, 8 * PAGE_SIZE, S2_R, ASPACE_FIXED | ASPACE_SHARED, b, 0),
		2 * BASE);
	assert_int_equal(aspace_fault(as, 2 * BASE + 7 * PAGE_SIZE, S2_R), 0);
	assert_int_equal(fake_frame_at(2 * BASE + 7 * PAGE_SIZE),
			 fake_frame_at(at + 5 * PAGE_SIZE));
	fake_aspace_end();
}

static void test_remap_borders(void **state)
{
	u64 last = DOM_RUNTIME_BASE - PAGE_SIZE, top = DOM_USER_TOP - 2 * PAGE_SIZE;
	s64 at;

	(void)state;
	fake_aspace_start(1, 100);
	assert_int_equal(fake_map_anon(last, 1, RW, ASPACE_FIXED), last);
	assert_int_equal(aspace_remap(as, last, PAGE_SIZE, 2 * PAGE_SIZE, false, false, 0),
			 -ENOMEM);
	at = aspace_remap(as, last, PAGE_SIZE, 2 * PAGE_SIZE, true, false, 0);
	assert_true(at > 0 && (u64)at < DOM_MMAP_TOP);
	assert_int_equal(fake_map_anon(top, 1, RW, ASPACE_FIXED), top);
	assert_int_equal(aspace_remap(as, top, PAGE_SIZE, 2 * PAGE_SIZE, false, false, 0), top);
	assert_int_equal(aspace_remap(as, top, PAGE_SIZE, 3 * PAGE_SIZE, false, false, 0), -ENOMEM);
	fake_aspace_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remap_errors),
		cmocka_unit_test(test_remap_file),
		cmocka_unit_test(test_remap_borders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
