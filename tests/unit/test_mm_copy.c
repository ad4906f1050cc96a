/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checked copies: across pages, at every edge, and beside an unmap that takes the page away again
 * and again.
 * LINK: mm/aspace.c mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/copy.c mm/region.c
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

#define BASE 0x40000000ULL
#define RW (S2_R | S2_W)

static struct aspace *const as = &fake_aspace;

static void map(u64 addr, u64 pages, u32 rights)
{
	struct backing *b = backing_anon(&as->quota, pages * PAGE_SIZE);

	assert_int_equal(aspace_map(as, addr, pages * PAGE_SIZE, rights, ASPACE_FIXED, b, 0), addr);
}

static void test_across_pages(void **state)
{
	static u8 out[5 * 4096], in[5 * 4096];

	(void)state;
	fake_aspace_start(1, 100);
	map(BASE, 6, RW);
	for (u32 i = 0; i < sizeof(out); i++) {
		out[i] = (u8)(i * 7 + i / 4096);
	}
	for (u32 off = 4090; off < 4100; off++) {
		for (u32 len = 0; len < sizeof(out); len += 1 + len / 2) {
			memset(in, 0, sizeof(in));
			assert_int_equal(copy_to_domain(as, DVA(BASE + off), out, len), 0);
			assert_int_equal(copy_from_domain(as, in, DVA(BASE + off), len), 0);
			assert_memory_equal(in, out, len);
			assert_true(len == sizeof(in) || in[len] == 0);
		}
	}
	fake_aspace_end();
}

static void test_fault_edges(void **state)
{
	u8 buf[8192];

	(void)state;
	fake_aspace_start(1, 100);
	map(BASE, 2, RW);
	map(BASE + 2 * PAGE_SIZE, 1, S2_R);
	map(BASE + 3 * PAGE_SIZE, 1, 0);
	assert_int_equal(copy_from_domain(as, buf, DVA(BASE - 1), 1), -EFAULT);
	assert_int_equal(copy_from_domain(as, buf, DVA(BASE - 1), 0), 0);
	assert_int_equal(copy_from_domain(as, buf, DVA(BASE + 3 * PAGE_SIZE - 10), 10), 0);
	assert_int_equal(copy_from_domain(as, buf, DVA(BASE + 3 * PAGE_SIZE - 10), 11), -EFAULT);
	assert_int_equal(copy_to_domain(as, DVA(BASE + 2 * PAGE_SIZE - 10), buf, 10), 0);
	assert_int_equal(copy_to_domain(as, DVA(BASE + 2 * PAGE_SIZE - 10), buf, 11), -EFAULT);
	assert_int_equal(copy_from_domain(as, buf, DVA(UINT64_MAX), 1), -EFAULT);
	assert_int_equal(copy_from_domain(as, buf, DVA(UINT64_MAX - 3), 8), -EFAULT);
	assert_int_equal(copy_from_domain(as, buf, DVA(BASE), SIZE_MAX), -EFAULT);
	assert_int_equal(copy_to_domain(as, DVA(DOM_USER_TOP - 1), buf, 2), -EFAULT);
	assert_int_equal(copy_to_domain(as, DVA(1ULL << 60), buf, 1), -EFAULT);
	map(DOM_USER_TOP - PAGE_SIZE, 1, RW);
	assert_int_equal(copy_to_domain(as, DVA(DOM_USER_TOP - 1), buf, 1), 0);
	assert_int_equal(copy_to_domain(as, DVA(DOM_USER_TOP - 1), buf, 2), -EFAULT);
	fake_aspace_end();
}

static void test_no_memory(void **state)
{
	u8 buf[16] = {0};

	(void)state;
	fake_aspace_start(1, 1);
	map(BASE, 2, RW);
	assert_int_equal(copy_to_domain(as, DVA(BASE + PAGE_SIZE - 8), buf, 16), -ENOMEM);
	assert_int_equal(copy_to_domain(as, DVA(BASE + PAGE_SIZE - 8), buf, 8), 0);
	fake_aspace_end();
}

static void put(u64 addr, const char *s, size_t n)
{
	assert_int_equal(copy_to_domain(as, DVA(addr), s, n), 0);
}

static void test_strings(void **state)
{
	char buf[64];

	(void)state;
	fake_aspace_start(1, 100);
	map(BASE, 2, RW);
	put(BASE, "", 1);
	assert_int_equal(copy_string_from_domain(as, buf, sizeof(buf), DVA(BASE)), 0);
	put(BASE + PAGE_SIZE - 3, "/dev/kvm", 9); /* over a page's end */
	assert_int_equal(copy_string_from_domain(as, buf, sizeof(buf), DVA(BASE + PAGE_SIZE - 3)),
			 8);
	assert_string_equal(buf, "/dev/kvm");
	assert_int_equal(copy_string_from_domain(as, buf, 9, DVA(BASE + PAGE_SIZE - 3)), 8);
	assert_int_equal(copy_string_from_domain(as, buf, 8, DVA(BASE + PAGE_SIZE - 3)),
			 -ENAMETOOLONG);
	/* What follows the NUL need not be mapped; what follows a missing NUL has to be. */
	put(BASE + 2 * PAGE_SIZE - 4, "end", 4);
	assert_int_equal(
		copy_string_from_domain(as, buf, sizeof(buf), DVA(BASE + 2 * PAGE_SIZE - 4)), 3);
	put(BASE + 2 * PAGE_SIZE - 4, "last", 4);
	assert_int_equal(
		copy_string_from_domain(as, buf, sizeof(buf), DVA(BASE + 2 * PAGE_SIZE - 4)),
		-EFAULT);
	assert_int_equal(copy_string_from_domain(as, buf, 4, DVA(BASE + 2 * PAGE_SIZE - 4)),
			 -ENAMETOOLONG);
	assert_int_equal(copy_string_from_domain(as, buf, sizeof(buf), DVA(0)), -EFAULT);
	assert_int_equal(copy_string_from_domain(as, buf, sizeof(buf), DVA(UINT64_MAX)), -EFAULT);
	fake_aspace_end();
}

static void test_words(void **state)
{
	u32 val = 9;

	(void)state;
	fake_aspace_start(1, 100);
	map(BASE, 1, RW);
	map(BASE + PAGE_SIZE, 1, S2_R);
	assert_int_equal(domain_load_u32(as, DVA(BASE + 4), &val), 0);
	assert_int_equal(val, 0);
	assert_int_equal(domain_store_u32(as, DVA(BASE + 4), 0xdeadbeef), 0);
	assert_int_equal(domain_load_u32(as, DVA(BASE + 4), &val), 0);
	assert_int_equal(val, 0xdeadbeef);
	assert_int_equal(domain_load_u32(as, DVA(BASE + 5), &val), -EFAULT);
	assert_int_equal(domain_store_u32(as, DVA(BASE + 2), 1), -EFAULT);
	assert_int_equal(domain_load_u32(as, DVA(BASE + PAGE_SIZE), &val), 0);
	assert_int_equal(domain_store_u32(as, DVA(BASE + PAGE_SIZE), 1), -EFAULT);
	assert_int_equal(domain_load_u32(as, DVA(0), &val), -EFAULT);
	assert_int_equal(domain_load_u32(as, DVA(DOM_USER_TOP), &val), -EFAULT);
	fake_aspace_end();
}

/* Another thread takes the page away each time interrupts come on: three tries, then an error. */
static u32 thefts;
static bool stealing;

static void steal(void)
{
	if (stealing && fake_irqs_on() && as->lock.state == 0 && thefts > 0) {
		stealing = false;
		thefts -= s2_unmap(&as->s2, GPA(BASE), GPA(BASE + PAGE_SIZE)) == 0 &&
			  as->s2.mapped_pages == 0;
		stealing = true;
	}
}

static int copy_beside(u32 n)
{
	u8 byte;
	int r;

	assert_int_equal(s2_unmap(&as->s2, GPA(BASE), GPA(BASE + PAGE_SIZE)), 0);
	thefts = n;
	stealing = true;
	fake_hooks.point = steal;
	r = copy_from_domain(as, &byte, DVA(BASE), 1);
	fake_hooks.point = NULL;
	stealing = false;
	return r;
}

static void test_beside_unmap(void **state)
{
	(void)state;
	fake_aspace_start(1, 100);
	map(BASE, 1, RW);
	assert_int_equal(copy_beside(0), 0);
	assert_int_equal(copy_beside(1), 0);
	assert_int_equal(copy_beside(1000000), -EFAULT);
	assert_true(thefts < 1000000);
	assert_int_equal(copy_beside(0), 0);
	fake_aspace_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_across_pages), cmocka_unit_test(test_fault_edges),
		cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_strings),
		cmocka_unit_test(test_words),	     cmocka_unit_test(test_beside_unmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
