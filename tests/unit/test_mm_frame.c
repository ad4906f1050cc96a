/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator against a model that knows the owner of every page.
 * LINK: mm/frame.c mm/memmap.c mm/slab.c core/fault.c tests/fake/fake.c tests/fake/fake_panic.c
 * LINK: tests/fake/fake_log.c
 * LINK: tests/fake/fake_mm.c tests/fake/fake_random.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fault.h"
#include "fake.h"
#include "fake_mm.h"
#include "mm/layout.h"

#define TOP (FAKE_RAM >> PAGE_SHIFT)
#define LIVE 300

static bool taken[TOP];

static void take(const struct frame *f, u32 order)
{
	u64 index = frame_hpa(f).v >> PAGE_SHIFT;

	assert_true(IS_ALIGNED(index, 1ULL << order));
	for (u64 i = index; i < index + (1ULL << order); i++) {
		assert_false(taken[i]);
		taken[i] = true;
	}
}

static void give(const struct frame *f, u32 order)
{
	u64 index = frame_hpa(f).v >> PAGE_SHIFT;

	for (u64 i = index; i < index + (1ULL << order); i++) {
		assert_true(taken[i]);
		taken[i] = false;
	}
}

/* How many blocks of the largest order can be had: all neighbours have to be joined for that. */
static u32 count_largest(void)
{
	struct frame *got[TOP >> FRAME_MAX_ORDER];
	u32 n = 0;

	while (n < ARRAY_SIZE(got) &&
	       (got[n] = frame_alloc(FRAME_MAX_ORDER, FRAME_HYP, FRAME_URGENT))) {
		n++;
	}
	for (u32 i = 0; i < n; i++) {
		frame_put(got[i]);
	}
	return n;
}

static void test_random(void **state)
{
	struct frame *live[LIVE] = {NULL};
	u32 order[LIVE], largest;
	u64 used = 0;

	(void)state;
	fake_mm_reset(1);
	memset(taken, 0, sizeof(taken));
	assert_int_equal(frames_total_count(), (FAKE_RAM - FAKE_RAM_START) >> PAGE_SHIFT);
	assert_int_equal(frames_free_count(), frames_total_count());
	largest = count_largest();
	assert_int_equal(largest, (FAKE_RAM >> (PAGE_SHIFT + FRAME_MAX_ORDER)) - 1);
	for (u32 round = 0; round < 40000; round++) {
		u32 i = fake_random(LIVE);

		if (live[i]) {
			give(live[i], order[i]);
			used -= 1ULL << order[i];
			frame_put(live[i]);
			live[i] = NULL;
		} else {
			order[i] = fake_random(fake_random(20) ? 5 : FRAME_MAX_ORDER + 1);
			live[i] = frame_alloc(order[i], FRAME_DOMAIN, 0);
			if (live[i]) {
				assert_int_equal(live[i]->owner, FRAME_DOMAIN);
				assert_int_equal(live[i]->order, order[i]);
				assert_int_equal(live[i]->refcount, 1);
				take(live[i], order[i]);
				used += 1ULL << order[i];
			}
		}
		assert_int_equal(frames_free_count(), frames_total_count() - used);
	}
	for (u32 i = 0; i < LIVE; i++) {
		if (live[i]) {
			frame_put(live[i]);
		}
	}
	assert_int_equal(frames_free_count(), frames_total_count());
	assert_int_equal(count_largest(), largest);
}

static void test_holes(void **state)
{
	static struct frame table[64];
	struct memmap map = {.count = 3,
			     .range = {{0x3000, 0x8000}, {0xa000, 0xb000}, {0x10000, 0x90000}}};
	volatile u32 n = 0;
	const struct frame *f;

	(void)state;
	fake_mm_reset(1);
	frames_init(table, 64, &map);
	assert_int_equal(frames_total_count(),
			 5 + 1 + 48); /* the table ends before the last range does */
	assert_false(hpa_is_ram(HPA(0x2fff)));
	assert_true(hpa_is_ram(HPA(0x3000)));
	assert_false(hpa_is_ram(HPA(0x8000)));
	assert_true(hpa_is_ram(HPA(0xafff)));
	assert_false(hpa_is_ram(HPA(0x40000)));
	assert_true(FAKE_HALTS((void)frame_of(HPA(0x9000))));
	assert_ptr_equal(frame_of(HPA(0x3fff)), &table[3]);
	while ((f = frame_alloc(0, FRAME_HYP, FRAME_URGENT))) {
		u64 index = frame_hpa(f).v >> PAGE_SHIFT;

		assert_true((index >= 3 && index < 8) || index == 10 ||
			    (index >= 16 && index < 64));
		n++;
	}
	assert_int_equal(n, 54);
}

static void test_reserve(void **state)
{
	u64 n = 0;

	(void)state;
	fake_mm_reset_small(1, 200);
	while (frame_alloc(0, FRAME_HYP, 0)) {
		n++;
	}
	assert_int_equal(n, 200 - FRAME_RESERVE);
	assert_int_equal(frames_free_count(), FRAME_RESERVE);
	assert_null(frame_alloc(3, FRAME_HYP, 0));
	for (n = 0; frame_alloc(0, FRAME_TABLE, FRAME_URGENT); n++) {
	}
	assert_int_equal(n, FRAME_RESERVE);
	assert_int_equal(frames_free_count(), 0);
}

static void test_zero(void **state)
{
	const u64 *p;

	(void)state;
	fake_mm_reset(1);
	p = frame_ptr(frame_alloc(6, FRAME_HYP, FRAME_ZERO));
	for (u64 i = 0; i < (PAGE_SIZE << 6) / sizeof(u64); i++) {
		assert_int_equal(p[i], 0);
	}
	assert_int_not_equal(p[(PAGE_SIZE << 6) / sizeof(u64)], 0); /* not a byte more */
	p = frame_ptr(frame_alloc(6, FRAME_HYP, 0));
	assert_int_not_equal(p[5], 0);
}

static void test_fault(void **state)
{
	(void)state;
	fake_mm_reset(1);
	fault_arm(3);
	assert_non_null(frame_alloc(0, FRAME_HYP, 0));
	assert_non_null(frame_alloc(0, FRAME_HYP, FRAME_URGENT));
	assert_null(frame_alloc(0, FRAME_HYP, FRAME_URGENT));
	assert_non_null(frame_alloc(0, FRAME_HYP, 0));
}

static void test_references(void **state)
{
	struct frame *volatile f;
	u64 before;

	(void)state;
	fake_mm_reset(1);
	before = frames_free_count();
	f = frame_alloc(2, FRAME_DOMAIN, 0);
	f->refcount++;
	frame_put(f);
	assert_int_equal(frames_free_count(), before - 4);
	frame_put(f);
	assert_int_equal(frames_free_count(), before);
	assert_true(FAKE_HALTS(frame_put(f)));
	assert_non_null(strstr(fake_panic_text, "assertion failed"));
	assert_true(FAKE_HALTS(f = frame_alloc(FRAME_MAX_ORDER + 1, FRAME_HYP, 0)));
}

static void test_split(void **state)
{
	struct frame *f;
	u64 before;

	(void)state;
	fake_mm_reset(1);
	before = frames_free_count();
	f = frame_alloc(HUGE_ORDER, FRAME_DOMAIN, 0);
	frame_split(f);
	for (u32 i = 0; i < 512; i++) {
		u32 k = (i * 37) % 512; /* in an order that joins late */

		assert_int_equal(f[k].owner, FRAME_DOMAIN);
		assert_int_equal(f[k].order, 0);
		assert_int_equal(f[k].refcount, 1);
		frame_put(&f[k]);
		assert_int_equal(frames_free_count(), before - 511 + i);
	}
	assert_int_equal(count_largest(), (FAKE_RAM >> (PAGE_SHIFT + FRAME_MAX_ORDER)) - 1);
	f = frame_alloc(1, FRAME_DOMAIN, 0);
	f->refcount++;
	assert_true(FAKE_HALTS(frame_split(f)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	cmocka_unit_test(test_holes),
		cmocka_unit_test(test_reserve), cmocka_unit_test(test_zero),
		cmocka_unit_test(test_fault),	cmocka_unit_test(test_references),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
