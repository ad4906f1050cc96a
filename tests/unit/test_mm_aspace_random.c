/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random mmap, munmap, mprotect, mremap, faults and copies against a model that knows rights and
 * contents of every page; also with allocations that fail: then a call has changed nothing.
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
#define PAGES 3072 /* 12 MiB */
#define PROT (S2_R | S2_W | S2_X)

struct page {
	bool mapped;
	u32 rights;
	u64 word; /* the first word's value; 0: fresh */
};

static struct page model[PAGES];
static struct aspace *const as = &fake_aspace;
static u64 next_word;

static u64 addr_of(u32 page)
{
	return BASE + page * PAGE_SIZE;
}

static u32 random_rights(void)
{
	u32 rights = fake_random(4) ? S2_R | S2_W : fake_random(8);

	return rights ? rights | S2_R : 0;
}

/* A range of the window, often with borders that large pages like. */
static void random_range(u32 *first, u32 *n)
{
	*first = fake_random(PAGES);
	*n = 1 + fake_random(fake_random(3) ? 20 : 1500);
	if (fake_random(3) == 0) {
		*first = ALIGN_DOWN(*first, 512);
		*n = ALIGN_UP(*n, 512);
	}
	*n = MIN(*n, PAGES - *first);
}

static void fill(u32 first, u32 n, struct page with)
{
	for (u32 i = first; i < first + n; i++) {
		model[i] = with;
	}
}

static bool any_mapped(u32 first, u32 n)
{
	for (u32 i = first; i < first + n; i++) {
		if (model[i].mapped) {
			return true;
		}
	}
	return false;
}

static bool all_mapped(u32 first, u32 n)
{
	for (u32 i = first; i < first + n; i++) {
		if (!model[i].mapped) {
			return false;
		}
	}
	return true;
}

static void do_map(u32 first, u32 n, bool replace, bool may_fail)
{
	u32 rights = random_rights();
	struct backing *b = backing_anon(&as->quota, n * PAGE_SIZE);
	u32 flags = replace ? ASPACE_FIXED : ASPACE_FIXED_NOREPLACE;
	s64 r;

	if (!b) {
		return;
	}
	r = aspace_map(as, addr_of(first), n * PAGE_SIZE, rights, flags, b, 0);
	if (r < 0) {
		backing_put(b);
		assert_true((r == -EEXIST && !replace && any_mapped(first, n)) ||
			    (r == -ENOMEM && may_fail));
		return;
	}
	assert_int_equal(r, addr_of(first));
	assert_true(replace || !any_mapped(first, n));
	fill(first, n, (struct page){.mapped = true, .rights = rights});
}

static void do_unmap(u32 first, u32 n, bool may_fail)
{
	int r = aspace_unmap(as, addr_of(first), n * PAGE_SIZE);

	if (r < 0) {
		assert_true(may_fail);
		assert_int_equal(r, -ENOMEM);
		return;
	}
	fill(first, n, (struct page){0});
}

static const struct region *region_at(u64 addr)
{
	list_for_each(struct region, r, &as->regions, node) {
		if (r->start <= addr && addr < r->end) {
			return r;
		}
	}
	return NULL;
}

/* A call that ran out of memory may have changed some of the pages: each has old or new rights. */
static void do_protect(u32 first, u32 n, bool may_fail)
{
	u32 rights = random_rights();
	int r = aspace_protect(as, addr_of(first), n * PAGE_SIZE, rights);

	if (!all_mapped(first, n)) {
		assert_int_equal(r, -ENOMEM);
		return;
	}
	assert_true(r == 0 || (may_fail && r == -ENOMEM));
	for (u32 i = first; i < first + n; i++) {
		u32 now = region_at(addr_of(i))->rights;

		assert_true(now == rights || (r < 0 && now == model[i].rights));
		model[i].rights = now;
	}
}

static void move_model(u32 from, u32 n, u32 to, u32 new_n)
{
	static struct page moved[PAGES];
	struct page tail = model[from + n - 1];

	tail.word = 0;
	memcpy(moved, &model[from], n * sizeof(moved[0]));
	fill(from, n, (struct page){0});
	for (u32 i = 0; i < new_n; i++) {
		model[to + i] = i < n ? moved[i] : tail;
	}
}

static bool overlap(u32 a, u32 an, u32 b, u32 bn)
{
	return a < b + bn && b < a + an;
}

static void do_remap_fixed(u32 first, u32 n)
{
	u32 to, new_n;
	s64 r;

	random_range(&to, &new_n);
	r = aspace_remap(as, addr_of(first), n * PAGE_SIZE, new_n * PAGE_SIZE, true, true,
			 addr_of(to));
	if (overlap(first, n, to, new_n)) {
		assert_int_equal(r, -EINVAL);
	} else if (!all_mapped(first, n)) {
		assert_int_equal(r, -EFAULT);
	} else {
		assert_int_equal(r, addr_of(to));
		move_model(first, n, to, new_n);
	}
}

static void do_resize(u32 first, u32 n, bool may_fail)
{
	u32 new_n = 1 + fake_random(PAGES - first);
	s64 r = aspace_remap(as, addr_of(first), n * PAGE_SIZE, new_n * PAGE_SIZE, false, false, 0);

	if (!all_mapped(first, n)) {
		assert_int_equal(r, -EFAULT);
	} else if (r == -ENOMEM && may_fail) {
		return;
	} else if (new_n <= n) {
		assert_int_equal(r, addr_of(first));
		fill(first + new_n, n - new_n, (struct page){0});
	} else if (any_mapped(first + n, new_n - n)) {
		assert_int_equal(r, -ENOMEM);
	} else {
		assert_int_equal(r, addr_of(first));
		move_model(first, n, first, new_n);
	}
}

static void do_write(u32 page)
{
	u64 word = ++next_word;
	int r = copy_to_domain(as, DVA(addr_of(page)), &word, sizeof(word));

	if (!model[page].mapped || !(model[page].rights & S2_W)) {
		assert_int_equal(r, -EFAULT);
		return;
	}
	if (r == -ENOMEM) {
		return;
	}
	assert_int_equal(r, 0);
	model[page].word = word;
}

static void check_page(u32 page)
{
	u64 words[2] = {1, 1};
	int r = copy_from_domain(as, words, DVA(addr_of(page)), sizeof(words));

	if (!model[page].mapped || !model[page].rights) {
		assert_int_equal(r, -EFAULT);
		return;
	}
	if (r == -ENOMEM) {
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(words[0], model[page].word);
	assert_int_equal(words[1], 0);
}

static void do_fault(u32 page)
{
	u32 access = 1U << fake_random(3);
	int r = aspace_fault(as, addr_of(page) + fake_random(4096), access);

	if (!model[page].mapped || (access & ~model[page].rights)) {
		assert_int_equal(r, -EFAULT);
	} else {
		assert_true(r == 0 || r == -ENOMEM);
	}
}

/* The list of regions says what the model says; the tables never more than the regions allow. */
static void check_all(bool faults)
{
	const struct region *last = NULL;
	u32 count = 0, mapped = 0, want = 0;

	list_for_each(struct region, r, &as->regions, node) {
		assert_true(r->start < r->end && (!last || last->end <= r->start));
		for (u64 a = r->start; a < r->end; a += PAGE_SIZE) {
			const struct page *p = &model[(a - BASE) >> PAGE_SHIFT];

			assert_true(p->mapped);
			assert_int_equal(p->rights, r->rights);
			mapped++;
		}
		last = r;
		count++;
	}
	assert_int_equal(count, as->region_count);
	for (u32 i = 0; i < PAGES; i++) {
		u32 rights, order;
		hpa_t hpa;

		want += model[i].mapped;
		if (s2_lookup(&as->s2, GPA(addr_of(i)), &hpa, &rights, &order) == 0) {
			assert_true(model[i].mapped);
			assert_int_equal(rights & ~model[i].rights, 0);
		}
	}
	assert_int_equal(mapped, want);
	assert_true(as->quota.used <= as->quota.limit);
	/* Frames of what was unmapped are given back, unless memory to split a block lacked. */
	assert_true(faults || as->quota.used <= mapped);
}

static void one_step(bool may_fail)
{
	u32 first, n;

	random_range(&first, &n);
	switch (fake_random(16)) {
	case 0: do_map(first, n, true, may_fail); break;
	case 1:
	case 2: do_map(first, n, false, may_fail); break;
	case 3: do_unmap(first, n, may_fail); break;
	case 4: do_protect(first, n, may_fail); break;
	case 5:
		if (!may_fail) {
			do_remap_fixed(first, MIN(n, 1500));
		}
		break;
	case 6: do_resize(first, n, may_fail); break;
	case 7:
	case 8: do_fault(first); break;
	case 9:
	case 10:
	case 11: check_page(first); break;
	default: do_write(first);
	}
}

static void run(u32 seed, u64 quota, bool faults)
{
	fake_aspace_start(3, quota);
	fake_seed = seed;
	next_word = 0;
	fill(0, PAGES, (struct page){0});
	for (u32 i = 0; i < 2500; i++) {
		if (faults) {
			fault_arm(fake_random(10));
		}
		one_step(faults);
		fault_arm(0);
		if (i % 50 == 0) {
			check_all(faults);
		}
	}
	check_all(faults);
	for (u32 i = 0; i < PAGES; i++) {
		check_page(i);
	}
	fake_aspace_end();
}

static void test_plenty(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= 4; seed++) {
		run(seed, 1 << 20, false);
	}
}

static void test_little_quota(void **state)
{
	(void)state;
	for (u32 seed = 11; seed <= 13; seed++) {
		run(seed, 700, false);
	}
}

static void test_failing_allocations(void **state)
{
	(void)state;
	for (u32 seed = 21; seed <= 24; seed++) {
		run(seed, 1 << 20, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plenty),
		cmocka_unit_test(test_little_quota),
		cmocka_unit_test(test_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
