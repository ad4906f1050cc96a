/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backings: zeroed frames, large chunks, quota, giving back, references, and the kinds with fixed
 * frames.
 * LINK: mm/backing.c mm/chunks.c mm/frame.c mm/memmap.c mm/slab.c core/fault.c tests/fake/fake.c
 * LINK: tests/fake/fake_log.c
 * LINK: tests/fake/fake_panic.c tests/fake/fake_sync.c tests/fake/fake_mm.c
 * LINK: tests/fake/fake_random.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/errno.h"
#include "core/fault.h"
#include "fake.h"
#include "fake_mm.h"
#include "mm/backing.h"
#include "mm/layout.h"
#include "mm/slab.h"

#define GIB (1ULL << 30)

static struct quota quota;
static u64 free_before;

static void start(u64 limit)
{
	fake_mm_reset(1);
	quota = (struct quota){.limit = limit};
	free_before = frames_free_count();
}

/* Nothing is left: frames, small memory, quota. */
static void end(void)
{
	assert_int_equal(quota.used, 0);
	assert_int_equal(slab_bytes_in_use(), 0);
	assert_int_equal(frames_free_count(), free_before);
}

static hpa_t page(struct backing *b, u64 off, bool want_huge, u32 want_order)
{
	u32 order = 55;
	hpa_t hpa = HPA(0);

	assert_int_equal(backing_page(b, off, true, want_huge, &hpa, &order), 0);
	assert_int_equal(order, want_order);
	return hpa;
}

static void assert_zero(hpa_t hpa, u64 bytes)
{
	const u64 *p = hpa_to_ptr(hpa);

	for (u64 i = 0; i < bytes / sizeof(u64); i++) {
		assert_int_equal(p[i], 0);
	}
}

static void test_lazy(void **state)
{
	struct backing *b;
	hpa_t a, c;

	(void)state;
	start(1000);
	b = backing_anon(&quota, 10 * GIB + 1);
	assert_int_equal(backing_kind(b), BACKING_ANON);
	assert_int_equal(quota.used, 0);
	a = page(b, 0, false, 0);
	assert_zero(a, PAGE_SIZE);
	assert_int_equal(page(b, 0, false, 0).v, a.v);
	assert_int_equal(page(b, 0, true, 0).v, a.v); /* the chunk has begun with small ones */
	c = page(b, 10 * GIB, false, 0);
	assert_true(a.v != c.v);
	assert_int_equal(page(b, 10 * GIB, true, 0).v, c.v); /* the last chunk is no whole one */
	assert_int_equal(quota.used, 2);
	assert_int_equal(backing_page(b, 10 * GIB + PAGE_SIZE, false, false, &a, &(u32){0}),
			 -EFAULT);
	backing_put(b);
	end();
}

static void test_huge(void **state)
{
	struct backing *b;
	hpa_t a;

	(void)state;
	start(2000);
	b = backing_memfd(&quota, 8 << 20);
	assert_int_equal(backing_kind(b), BACKING_MEMFD);
	a = page(b, HUGE_SIZE + 5 * PAGE_SIZE, true, 9);
	assert_true(IS_ALIGNED(a.v - 5 * PAGE_SIZE, HUGE_SIZE));
	assert_zero(HPA(a.v - 5 * PAGE_SIZE), HUGE_SIZE);
	assert_int_equal(page(b, HUGE_SIZE, false, 9).v, a.v - 5 * PAGE_SIZE);
	assert_int_equal(quota.used, 512);
	backing_discard(b, HUGE_SIZE, HUGE_SIZE); /* a shared file keeps its contents */
	assert_int_equal(quota.used, 512);
	backing_put(b);
	end();
}

static void test_discard(void **state)
{
	struct backing *b;
	hpa_t a, c;

	(void)state;
	start(5000);
	b = backing_anon(&quota, 3 * GIB);
	a = page(b, HUGE_SIZE, true, 9);
	(void)page(b, 2 * HUGE_SIZE, true, 9);
	c = page(b, 2 * GIB + 3 * PAGE_SIZE, false, 0);
	assert_int_equal(quota.used, 1025);
	memset(hpa_to_ptr(a), 7, HUGE_SIZE);
	/* The end of one chunk, all of the next. */
	backing_discard(b, HUGE_SIZE + 500 * PAGE_SIZE, HUGE_SIZE + 12 * PAGE_SIZE);
	assert_int_equal(quota.used, 501);
	assert_int_equal(page(b, HUGE_SIZE + 499 * PAGE_SIZE, false, 0).v, a.v + 499 * PAGE_SIZE);
	assert_int_equal(*(u8 *)hpa_to_ptr(HPA(a.v + 499 * PAGE_SIZE)), 7);
	assert_zero(page(b, HUGE_SIZE + 500 * PAGE_SIZE, true, 0), PAGE_SIZE);
	(void)page(b, 2 * HUGE_SIZE, true, 9);
	assert_int_equal(quota.used, 501 + 1 + 512);
	/* Over holes of every size, and to the end and beyond. */
	backing_discard(b, HUGE_SIZE + 10 * PAGE_SIZE, 2 * GIB);
	assert_int_equal(quota.used, 10);
	assert_int_equal(page(b, HUGE_SIZE + 9 * PAGE_SIZE, false, 0).v, a.v + 9 * PAGE_SIZE);
	c = page(b, 2 * GIB + 3 * PAGE_SIZE, false, 0);
	assert_zero(c, PAGE_SIZE);
	backing_discard(b, 0, 100 * GIB);
	assert_int_equal(quota.used, 0);
	backing_discard(b, 4 * GIB, GIB);
	/* Empty chunks are as new: large again. */
	(void)page(b, HUGE_SIZE, true, 9);
	backing_put(b);
	end();
}

/* Splitting a large chunk needs a page; without one the part is cleared and stays. */
static void test_discard_no_memory(void **state)
{
	struct backing *b;
	hpa_t a;

	(void)state;
	start(5000);
	b = backing_anon(&quota, HUGE_SIZE);
	a = page(b, 0, true, 9);
	memset(hpa_to_ptr(a), 7, HUGE_SIZE);
	fault_arm(1);
	backing_discard(b, PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(quota.used, 512);
	assert_int_equal(*(u8 *)hpa_to_ptr(a), 7);
	assert_zero(page(b, PAGE_SIZE, false, 9), PAGE_SIZE);
	assert_int_equal(*(u8 *)hpa_to_ptr(HPA(a.v + 2 * PAGE_SIZE)), 7);
	backing_put(b);
	end();
}

static void test_quota(void **state)
{
	struct backing *b;
	u32 order;
	hpa_t hpa;

	(void)state;
	start(514);
	b = backing_anon(&quota, GIB);
	(void)page(b, 0, true, 9);
	(void)page(b, HUGE_SIZE, true, 0); /* no large chunk is left in the quota */
	(void)page(b, 2 * HUGE_SIZE, true, 0);
	assert_int_equal(backing_page(b, 3 * HUGE_SIZE, true, true, &hpa, &order), -ENOMEM);
	assert_int_equal(quota.used, 514);
	backing_discard(b, HUGE_SIZE, PAGE_SIZE);
	(void)page(b, 3 * HUGE_SIZE, true, 0);
	backing_put(b);
	end();
	start(0);
	b = backing_anon(&quota, GIB);
	assert_int_equal(backing_page(b, 0, true, true, &hpa, &order), -ENOMEM);
	backing_put(b);
	end();
}

static void test_no_memory(void **state)
{
	struct backing *b;
	struct frame *f;
	u32 order;
	hpa_t hpa;

	(void)state;
	start(1000);
	for (u32 n = 1; n <= 4; n++) { /* object, its slab, directory, its slab */
		fault_arm(n);
		assert_null(backing_anon(&quota, GIB));
		end();
	}
	fault_arm(0);
	assert_null(backing_anon(&quota, UINT64_MAX));
	b = backing_anon(&quota, GIB);
	for (u32 n = 1; n <= 3; n++) { /* page of words, table, frame */
		fault_arm(n);
		assert_int_equal(backing_page(b, 0, true, false, &hpa, &order), -ENOMEM);
		assert_int_equal(quota.used, 0);
		backing_put(b);
		end();
		b = backing_anon(&quota, GIB);
	}
	fault_arm(2); /* the large block is not to be had: a small one is given */
	(void)page(b, 0, true, 0);
	backing_put(b);
	f = frame_alloc(0, FRAME_HYP, 0);
	fault_arm(1);
	assert_null(backing_pages(&f, 1, NULL, NULL));
	frame_put(f);
	end();
}

static void test_bootfile(void **state)
{
	struct backing *b;
	u32 order;
	hpa_t hpa;

	(void)state;
	start(0);
	b = backing_bootfile(HPA(0x5000), 2 * PAGE_SIZE + 10);
	assert_int_equal(backing_kind(b), BACKING_BOOTFILE);
	assert_int_equal(backing_page(b, 2 * PAGE_SIZE, false, true, &hpa, &order), 0);
	assert_int_equal(hpa.v, 0x7000);
	assert_int_equal(order, 0);
	assert_int_equal(*(u8 *)hpa_to_ptr(HPA(0x7009)), 0xa5);
	assert_int_equal(*(u8 *)hpa_to_ptr(HPA(0x700a)), 0); /* what follows is nobody's business */
	assert_int_equal(*(u8 *)hpa_to_ptr(HPA(0x7fff)), 0);
	assert_int_equal(*(u8 *)hpa_to_ptr(HPA(0x8000)), 0xa5);
	assert_int_equal(backing_page(b, 0, true, false, &hpa, &order), -EACCES);
	assert_int_equal(backing_page(b, 3 * PAGE_SIZE, false, false, &hpa, &order), -EFAULT);
	backing_discard(b, 0, PAGE_SIZE);
	backing_put(b);
	b = backing_bootfile(HPA(2 * HUGE_SIZE), HUGE_SIZE + PAGE_SIZE);
	assert_int_equal(backing_page(b, 3 * PAGE_SIZE, false, false, &hpa, &order), 0);
	assert_int_equal(order, 9);
	assert_int_equal(backing_page(b, HUGE_SIZE, false, false, &hpa, &order), 0);
	assert_int_equal(order, 0);
	backing_put(b);
	end();
}

static u32 released;

static void release(void *arg)
{
	assert_ptr_equal(arg, &released);
	released++;
}

static void test_pages(void **state)
{
	struct frame *f[3];
	struct backing *b;
	u32 order;
	hpa_t hpa;

	(void)state;
	start(0);
	for (u32 i = 0; i < 3; i++) {
		f[i] = frame_alloc(0, FRAME_HYP, 0);
	}
	b = backing_pages(f, 3, release, &released);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(backing_page(b, i * PAGE_SIZE, true, true, &hpa, &order), 0);
		assert_int_equal(hpa.v, frame_hpa(f[i]).v);
		assert_int_equal(order, 0);
	}
	assert_int_equal(backing_page(b, 3 * PAGE_SIZE, true, true, &hpa, &order), -EFAULT);
	backing_get(b);
	backing_put(b);
	assert_int_equal(released, 0);
	backing_put(b);
	assert_int_equal(released, 1);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(f[i]->refcount, 1); /* they stay the caller's */
		frame_put(f[i]);
	}
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lazy),	 cmocka_unit_test(test_huge),
		cmocka_unit_test(test_discard),	 cmocka_unit_test(test_discard_no_memory),
		cmocka_unit_test(test_quota),	 cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_bootfile), cmocka_unit_test(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
