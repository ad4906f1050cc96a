/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmalloc: contents survive, nothing overlaps, misuse is found, everything goes back.
 * LINK: mm/slab.c mm/frame.c mm/memmap.c core/fault.c tests/fake/fake.c tests/fake/fake_panic.c
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
#include "mm/slab.h"

#define LIVE 600

struct live {
	u8 *p;
	size_t size;
	u8 fill;
};

static void check_fill(const struct live *l)
{
	for (size_t i = 0; i < l->size; i++) {
		assert_int_equal(l->p[i], l->fill);
	}
}

static size_t random_size(void)
{
	switch (fake_random(8)) {
	case 0: return 1 + fake_random(40000);
	case 1: return 16ULL << fake_random(8);
	case 2: return (16ULL << fake_random(8)) + 1;
	default: return fake_random(300);
	}
}

static void test_random(void **state)
{
	static struct live live[LIVE];
	u64 before;

	(void)state;
	fake_mm_reset(1);
	before = frames_free_count();
	for (u32 round = 0; round < 30000; round++) {
		struct live *l = &live[fake_random(LIVE)];

		if (l->p) {
			check_fill(l);
			kfree(l->p);
			l->p = NULL;
			continue;
		}
		l->size = random_size();
		l->fill = (u8)round;
		l->p = fake_random(2) ? kmalloc(l->size) : kzalloc(l->size);
		if (l->p) {
			memset(l->p, l->fill, l->size);
		}
	}
	for (u32 i = 0; i < LIVE; i++) {
		kfree(live[i].p);
	}
	assert_int_equal(slab_bytes_in_use(), 0);
	assert_int_equal(frames_free_count(), before);
}

static void test_classes(void **state)
{
	static const struct {
		size_t size, takes;
	} row[] = {
		{0, 16},
		{1, 16},
		{16, 16},
		{17, 32},
		{33, 64},
		{65, 128},
		{129, 256},
		{257, 512},
		{513, 1024},
		{1025, 2048},
		{2048, 2048},
		{2049, 4096},
		{4096, 4096},
		{4097, 8192},
		{PAGE_SIZE << FRAME_MAX_ORDER, PAGE_SIZE << FRAME_MAX_ORDER},
	};

	(void)state;
	fake_mm_reset(1);
	for (u32 i = 0; i < ARRAY_SIZE(row); i++) {
		void *p = kmalloc(row[i].size);

		assert_non_null(p);
		assert_int_equal(slab_bytes_in_use(), row[i].takes);
		assert_true(IS_ALIGNED((uintptr_t)p, MIN(row[i].takes, PAGE_SIZE)));
		kfree(p);
		assert_int_equal(slab_bytes_in_use(), 0);
	}
	assert_null(kmalloc((PAGE_SIZE << FRAME_MAX_ORDER) + 1));
	assert_null(kmalloc(SIZE_MAX));
	kfree(NULL);
}

static void test_zeroed(void **state)
{
	(void)state;
	fake_mm_reset(1);
	for (size_t size = 16; size <= 8192; size *= 2) {
		u8 *p = kmalloc(size);

		memset(p, 0xff, size);
		kfree(p);
		p = kzalloc(size);
		for (size_t i = 0; i < size; i++) {
			assert_int_equal(p[i], 0);
		}
	}
}

static void misuse_small(size_t size)
{
	u8 *volatile p;
	u8 *volatile other;

	fake_mm_reset(1);
	p = kmalloc(size);
	other = kmalloc(size);
	kfree(p);
	assert_true(FAKE_HALTS(kfree(p)));
	fake_mm_reset(1);
	/* Not the last one freed either. */
	p = kmalloc(size);
	other = kmalloc(size);
	assert_non_null(kmalloc(size));
	kfree(p);
	kfree(other);
	if (size < 1024) {
		assert_true(FAKE_HALTS(kfree(p)));
	}
	fake_mm_reset(1);
	p = kmalloc(size);
	assert_true(FAKE_HALTS(kfree(p + 8)));
	fake_mm_reset(1);
	/* Freed with the frame: the frame is no slab any more. */
	p = kmalloc(size);
	kfree(p);
	assert_true(FAKE_HALTS(kfree(p)));
}

static void test_misuse(void **state)
{
	u8 *volatile p;

	(void)state;
	misuse_small(16);
	misuse_small(64);
	misuse_small(512);
	misuse_small(2048);
	fake_mm_reset(1);
	p = kmalloc(5000);
	assert_true(FAKE_HALTS(kfree(p + 16)));
	kfree(p);
	assert_true(FAKE_HALTS(kfree(p)));
	assert_true(FAKE_HALTS(kfree(hpa_to_ptr(HPA(0)))));
	p = frame_ptr(frame_alloc(0, FRAME_HYP, 0));
	assert_true(FAKE_HALTS(kfree(p)));
	assert_true(FAKE_HALTS(kfree((void *)(uintptr_t)0x1000)));
}

/* A user that holds the mark's place with the mark's value is not taken for a double free. */
static void test_mark_by_chance(void **state)
{
	u64 *a, *b, mark;

	(void)state;
	fake_mm_reset(1);
	a = kmalloc(64);
	b = kmalloc(64);
	kfree(a);
	mark = a[1];
	a = kmalloc(64);
	a[1] = mark;
	kfree(a);
	kfree(b);
	assert_int_equal(slab_bytes_in_use(), 0);
}

static void test_stray_write(void **state)
{
	u64 *volatile a;
	u64 *volatile b;

	(void)state;
	fake_mm_reset(1);
	a = kmalloc(64);
	b = kmalloc(64);
	assert_non_null(b);
	kfree(a);
	a[1] = 5;
	assert_true(FAKE_HALTS(b = kmalloc(64)));
}

static void test_no_memory(void **state)
{
	u64 n = 0;
	void *p;

	(void)state;
	fake_mm_reset_small(1, FRAME_RESERVE + 3);
	while ((p = kmalloc(2048))) {
		n++;
	}
	assert_int_equal(n, 6);
	assert_null(kzalloc(16));
	assert_null(kmalloc(4096));
	fake_mm_reset(1);
	fault_arm(1);
	assert_null(kmalloc(16));
	fault_arm(2);
	assert_null(kmalloc(16)); /* the second question is the frame's */
	assert_non_null(kmalloc(16));
	fault_arm(2);
	assert_null(kmalloc(8192));
	assert_int_equal(slab_bytes_in_use(), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	       cmocka_unit_test(test_classes),
		cmocka_unit_test(test_zeroed),	       cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_stray_write),    cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_mark_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
