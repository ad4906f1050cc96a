/* SPDX-License-Identifier: BSD-2-Clause */
/* The RAM map against a model with one flag per page. */
/* LINK: mm/memmap.c tests/fake/fake_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/errno.h"
#include "mm/memmap.h"
#include "fake_random.h"

#define PAGES 200

static bool model[PAGES];

static void check(const struct memmap *m)
{
	u64 total = 0, top = 0;
	u32 r = 0;

	for (u64 p = 0; p < PAGES; p++) {
		while (r < m->count && p >= m->range[r].end >> PAGE_SHIFT) {
			r++;
		}
		assert_int_equal(r < m->count && p >= m->range[r].start >> PAGE_SHIFT, model[p]);
		if (model[p]) {
			total += PAGE_SIZE;
			top = (p + 1) << PAGE_SHIFT;
		}
	}
	for (u32 i = 0; i < m->count; i++) {
		assert_true(m->range[i].start < m->range[i].end);
		assert_true(IS_ALIGNED(m->range[i].start | m->range[i].end, PAGE_SIZE));
		assert_true(i == 0 || m->range[i - 1].end < m->range[i].start);
	}
	assert_int_equal(memmap_total(m), total);
	assert_int_equal(memmap_top(m), top);
}

/* Whether the page changes: adding takes whole pages only, reserving any page that is touched. */
static bool concerned(u64 page, u64 start, u64 end, bool add)
{
	u64 first = page << PAGE_SHIFT, last = first + PAGE_SIZE;

	return add ? start <= first && last <= end : start < end && start < last && end > first;
}

static void test_random(void **state)
{
	(void)state;
	for (u32 run = 0; run < 200; run++) {
		struct memmap m = {.count = 0};

		memset(model, 0, sizeof(model));
		for (u32 i = 0; i < 60; i++) {
			bool add = fake_random(3) != 0;
			u64 start = fake_random(PAGES * PAGE_SIZE);
			u64 end = start + fake_random(20 * PAGE_SIZE);

			end = MIN(end, PAGES * PAGE_SIZE);
			if (fake_random(2)) {
				start = ALIGN_DOWN(start, PAGE_SIZE);
				end = ALIGN_DOWN(end, PAGE_SIZE);
			}
			assert_int_equal(add ? memmap_add(&m, start, end)
					     : memmap_reserve(&m, start, end),
					 0);
			for (u64 p = 0; p < PAGES; p++) {
				if (concerned(p, start, end, add)) {
					model[p] = add;
				}
			}
			check(&m);
		}
	}
}

static void test_full(void **state)
{
	static struct memmap m, before;

	(void)state;
	m.count = 0;
	for (u64 i = 0; i < MEMMAP_MAX; i++) {
		assert_int_equal(memmap_add(&m, i * 4 * PAGE_SIZE, (i * 4 + 3) * PAGE_SIZE), 0);
	}
	before = m;
	assert_int_equal(
		memmap_add(&m, MEMMAP_MAX * 4 * PAGE_SIZE, (MEMMAP_MAX * 4 + 1) * PAGE_SIZE),
		-ENOSPC);
	assert_int_equal(memmap_reserve(&m, PAGE_SIZE, 2 * PAGE_SIZE), -ENOSPC);
	assert_memory_equal(&m, &before, sizeof(m));
	/* What joins two ranges or shortens one needs no room. */
	assert_int_equal(memmap_add(&m, 3 * PAGE_SIZE, 4 * PAGE_SIZE), 0);
	assert_int_equal(m.count, MEMMAP_MAX - 1);
	assert_int_equal(memmap_reserve(&m, 0, PAGE_SIZE), 0);
	assert_int_equal(m.range[0].start, PAGE_SIZE);
}

static void test_edges(void **state)
{
	struct memmap m = {.count = 0};

	(void)state;
	assert_int_equal(memmap_total(&m), 0);
	assert_int_equal(memmap_top(&m), 0);
	assert_int_equal(memmap_add(&m, UINT64_MAX - 5, UINT64_MAX), 0);
	assert_int_equal(memmap_add(&m, 100, 200), 0);
	assert_int_equal(memmap_add(&m, PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(m.count, 0);
	assert_int_equal(memmap_add(&m, PAGE_SIZE, UINT64_MAX), 0);
	assert_int_equal(memmap_top(&m), ALIGN_DOWN(UINT64_MAX, PAGE_SIZE));
	assert_int_equal(memmap_reserve(&m, 5 * PAGE_SIZE, 5 * PAGE_SIZE), 0);
	assert_int_equal(m.count, 1);
	assert_int_equal(memmap_reserve(&m, 8 * PAGE_SIZE, UINT64_MAX), 0);
	assert_int_equal(memmap_total(&m), 7 * PAGE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
