/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 tables: the entries of both formats, random changes against a model of every page, and
 * running out of memory at every point. The flush has a test of its own (test_mm_stage2_flush.c).
 * LINK: mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c mm/frame.c mm/memmap.c
 * LINK: mm/slab.c core/fault.c core/quiesce.c tests/fake/fake.c tests/fake/fake_panic.c
 * LINK: tests/fake/fake_log.c
 * LINK: tests/fake/fake_sync.c tests/fake/fake_mm.c tests/fake/fake_random.c
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
#include "mm/layout.h"
#include "mm/stage2.h"

/* Execution allowed by a bit that is set, and forbidden by one that is set. */
static const struct s2_format formats[] = {
	{.present = 1,
	 .w = 2,
	 .x = 4,
	 .leaf = 0x80,
	 .memtype = 0x30,
	 .a = 0x100,
	 .d = 0x200,
	 .table = 7,
	 .max_leaf_level = 3},
	{.present = 5,
	 .w = 2,
	 .x = BIT(63),
	 .x_is_nx = true,
	 .leaf = 0x80,
	 .a = 0x20,
	 .d = 0x40,
	 .table = 7,
	 .max_leaf_level = 2},
};

#define CHUNKS 4
#define WINDOW_PAGES (CHUNKS * 512)
static const u64 window_base[] = {0, (512ULL << 30) - 2 * HUGE_SIZE, 1ULL << 47};
#define WINDOWS ARRAY_SIZE(window_base)

struct page {
	u64 hpa;
	u32 rights; /* 0: not mapped */
};

static struct page model[WINDOWS][WINDOW_PAGES];
static bool huge[WINDOWS][CHUNKS];
static struct s2 s2;

static u64 raw_entry(u64 gpa, u32 level)
{
	const u64 *t = hpa_to_ptr(s2.root);

	for (u32 l = 4; l > level; l--) {
		u64 e = t[(gpa >> (12 + 9 * (l - 1))) & 511];

		assert_int_equal(e & 0xfff, 7);
		t = hpa_to_ptr(HPA(e & 0x000ffffffffff000ULL));
	}
	return t[(gpa >> (12 + 9 * (level - 1))) & 511];
}

static void start(u32 format)
{
	fake_mm_reset(1);
	s2_set_format(&formats[format]);
	assert_int_equal(s2_init(&s2), 0);
	memset(model, 0, sizeof(model));
	memset(huge, 0, sizeof(huge));
}

static void test_entries(void **state)
{
	static const u64 bits[2][4] = {
		/* R, RW, RX, RWX */
		{0x331, 0x333, 0x335, 0x337},
		{0x65 | BIT(63), 0x67 | BIT(63), 0x65, 0x67},
	};
	static const u32 rights[4] = {S2_R, S2_R | S2_W, S2_R | S2_X, S2_R | S2_W | S2_X};

	(void)state;
	for (u32 f = 0; f < 2; f++) {
		start(f);
		for (u32 i = 0; i < 4; i++) {
			u64 small = i * PAGE_SIZE, large = (i + 1) * HUGE_SIZE;

			assert_int_equal(
				s2_map(&s2, GPA(small), HPA(0x123456000 + small), 0, rights[i]), 0);
			assert_int_equal(raw_entry(small, 1), (0x123456000 + small) | bits[f][i]);
			assert_int_equal(
				s2_map(&s2, GPA(large), HPA(0x40000000 + large), 9, rights[i]), 0);
			assert_int_equal(raw_entry(large, 2),
					 (0x40000000 + large) | bits[f][i] | 0x80);
		}
		assert_int_equal(s2.table_frames, 4);
		s2_destroy(&s2);
	}
}

/* Tables there must be: the root and one for every part of the space that holds something. */
static u64 model_tables(void)
{
	u64 tables = 1, last_level2 = UINT64_MAX, last_level3 = UINT64_MAX;

	for (u32 w = 0; w < WINDOWS; w++) {
		for (u32 c = 0; c < CHUNKS; c++) {
			u64 gpa = window_base[w] + c * HUGE_SIZE;
			bool used = huge[w][c];

			for (u32 i = 0; i < 512 && !huge[w][c]; i++) {
				used |= model[w][c * 512 + i].rights != 0;
			}
			if (!used) {
				continue;
			}
			tables += !huge[w][c];
			tables += gpa >> 30 != last_level2;
			last_level2 = gpa >> 30;
			tables += gpa >> 39 != last_level3;
			last_level3 = gpa >> 39;
		}
	}
	return tables;
}

static void check_model(void)
{
	u64 mapped = 0;

	for (u32 w = 0; w < WINDOWS; w++) {
		for (u32 i = 0; i < WINDOW_PAGES; i++) {
			const struct page *p = &model[w][i];
			u64 gpa = window_base[w] + i * PAGE_SIZE;
			u32 rights = 0, order = 77;
			hpa_t hpa = HPA(0);
			int r = s2_lookup(&s2, GPA(gpa + 123), &hpa, &rights, &order);

			if (p->rights == 0) {
				assert_int_equal(r, -ENOENT);
				continue;
			}
			assert_int_equal(r, 0);
			assert_int_equal(hpa.v, p->hpa);
			assert_int_equal(rights, p->rights);
			assert_int_equal(order, huge[w][i / 512] ? 9 : 0);
			mapped++;
		}
	}
	assert_int_equal(s2.mapped_pages, mapped);
	assert_int_equal(s2.table_frames, model_tables());
	assert_int_equal(frames_total_count() - frames_free_count(), s2.table_frames);
}

static bool chunk_used(u32 w, u32 c)
{
	for (u32 i = 0; i < 512; i++) {
		if (model[w][c * 512 + i].rights != 0) {
			return true;
		}
	}
	return false;
}

static void random_map_small(u32 w)
{
	u32 i = fake_random(WINDOW_PAGES);
	struct page *p = &model[w][i];
	bool same = p->rights && fake_random(3);
	u64 hpa = same ? p->hpa : (1ULL << 32) + fake_random(1 << 20) * PAGE_SIZE;
	u32 rights = S2_R | fake_random(8);
	int want = 0;

	if (p->rights && p->hpa != hpa) {
		want = -EEXIST;
	} else {
		rights |= p->rights;
		if (p->rights != rights) {
			huge[w][i / 512] = false;
		}
		*p = (struct page){hpa, rights};
	}
	assert_int_equal(s2_map(&s2, GPA(window_base[w] + i * PAGE_SIZE), HPA(hpa), 0, rights),
			 want);
}

static void random_map_huge(u32 w)
{
	u32 c = fake_random(CHUNKS);
	struct page *p = &model[w][c * 512];
	bool same = huge[w][c] && fake_random(2);
	u64 hpa = same ? p->hpa : (1ULL << 33) + fake_random(1 << 10) * HUGE_SIZE;
	u32 rights = S2_R | fake_random(8);
	int want = 0;

	if (chunk_used(w, c) && (!huge[w][c] || p->hpa != hpa)) {
		want = -EEXIST;
	} else {
		rights |= huge[w][c] ? p->rights : 0;
		huge[w][c] = true;
		for (u32 i = 0; i < 512; i++) {
			p[i] = (struct page){hpa + i * PAGE_SIZE, rights};
		}
	}
	assert_int_equal(s2_map(&s2, GPA(window_base[w] + c * HUGE_SIZE), HPA(hpa), 9, rights),
			 want);
}

/* Takes rights away in [first, last) of the model; returns whether any was lost. */
static bool model_change(u32 w, u32 first, u32 last, u32 keep)
{
	bool lost = false;

	for (u32 i = first; i < last; i++) {
		u32 c = i / 512;

		if (model[w][i].rights & ~keep) {
			lost = true;
			if (first > c * 512 || last < (c + 1) * 512) {
				huge[w][c] = false;
			}
			model[w][i].rights &= keep;
		}
	}
	for (u32 c = 0; c < CHUNKS; c++) {
		huge[w][c] = huge[w][c] && chunk_used(w, c);
	}
	return lost;
}

static void random_change(u32 w, bool unmap)
{
	static const u32 keeps[] = {S2_R, S2_R | S2_W, S2_R | S2_X, S2_R | S2_W | S2_X};
	u32 keep = unmap ? 0 : keeps[fake_random(4)];
	u32 first = fake_random(WINDOW_PAGES),
	    last = first + fake_random(fake_random(2) ? 1100 : 20);
	gpa_t from, to;
	u64 gen = s2.gen;
	bool lost;

	if (fake_random(4) == 0) {
		first = ALIGN_DOWN(first, 512);
		last = ALIGN_UP(last, 512);
	}
	last = MIN(last, WINDOW_PAGES);
	from = GPA(window_base[w] + first * PAGE_SIZE);
	to = GPA(window_base[w] + last * PAGE_SIZE);
	lost = model_change(w, first, last, keep);
	assert_int_equal(unmap ? s2_unmap(&s2, from, to) : s2_protect(&s2, from, to, keep), 0);
	assert_int_equal(s2.gen, gen + lost);
}

static void test_random(void **state)
{
	(void)state;
	for (u32 f = 0; f < 2; f++) {
		start(f);
		for (u32 round = 0; round < 4000; round++) {
			u32 w = fake_random(WINDOWS);

			switch (fake_random(8)) {
			case 0:
			case 1: random_map_huge(w); break;
			case 2: random_change(w, true); break;
			case 3: random_change(w, false); break;
			default: random_map_small(w);
			}
			if (round % 10 == 0) {
				check_model();
			}
		}
		check_model();
		assert_int_equal(s2_unmap(&s2, GPA(0), GPA(UINT64_MAX & PAGE_MASK)), 0);
		assert_int_equal(s2.mapped_pages, 0);
		assert_int_equal(s2.table_frames, 1);
		assert_int_equal(s2_map(&s2, GPA(5ULL << 40), HPA(0), 0, S2_R), 0);
		s2_destroy(&s2);
		assert_int_equal(frames_free_count(), frames_total_count());
	}
}

static void test_limits(void **state)
{
	u32 rights, order;
	hpa_t hpa;

	(void)state;
	start(0);
	assert_int_equal(s2_map(&s2, GPA(1ULL << 48), HPA(0), 0, S2_R), -EINVAL);
	assert_int_equal(s2_map(&s2, GPA((1ULL << 48) - PAGE_SIZE), HPA(0), 0, S2_R), 0);
	assert_int_equal(s2_lookup(&s2, GPA(1ULL << 48), &hpa, &rights, &order), -ENOENT);
	assert_int_equal(s2_lookup(&s2, GPA((1ULL << 48) - 1), &hpa, &rights, &order), 0);
	assert_int_equal(s2_unmap(&s2, GPA(1ULL << 48), GPA(1ULL << 50)), 0);
	assert_int_equal(s2.mapped_pages, 1);
	assert_int_equal(s2.gen, 1);
	assert_true(FAKE_HALTS((void)!s2_map(&s2, GPA(1), HPA(0), 0, S2_R)));
	assert_true(FAKE_HALTS((void)!s2_map(&s2, GPA(0), HPA(PAGE_SIZE), 9, S2_R)));
	assert_true(FAKE_HALTS((void)!s2_map(&s2, GPA(0), HPA(0), 0, S2_W)));
	assert_true(FAKE_HALTS((void)!s2_map(&s2, GPA(0), HPA(0), 3, S2_R)));
	assert_true(FAKE_HALTS((void)!s2_protect(&s2, GPA(0), GPA(PAGE_SIZE), S2_W)));
	s2_destroy(&s2);
}

/* At every allocation: the call says -ENOMEM and nothing is different. */
static void test_no_memory(void **state)
{
	(void)state;
	start(1);
	fault_arm(1);
	{
		struct s2 other;

		assert_int_equal(s2_init(&other), -ENOMEM);
	}
	for (u32 n = 1; n <= 3; n++) {
		fault_arm(n);
		assert_int_equal(s2_map(&s2, GPA(0), HPA(0), 0, S2_R), -ENOMEM);
		check_model();
	}
	assert_int_equal(s2_map(&s2, GPA(0), HPA(0), 9, S2_R | S2_W), 0);
	assert_int_equal(s2_map(&s2, GPA(HUGE_SIZE), HPA(HUGE_SIZE), 9, S2_R | S2_W), 0);
	for (u32 i = 0; i < 1024; i++) {
		model[0][i] = (struct page){i * PAGE_SIZE, S2_R | S2_W};
	}
	huge[0][0] = huge[0][1] = true;
	check_model();
	fault_arm(1);
	assert_int_equal(s2_map(&s2, GPA(PAGE_SIZE), HPA(PAGE_SIZE), 0, S2_R | S2_X), -ENOMEM);
	check_model();
	for (u32 n = 1; n <= 2; n++) {
		fault_arm(n);
		assert_int_equal(s2_unmap(&s2, GPA(PAGE_SIZE), GPA(HUGE_SIZE + PAGE_SIZE)),
				 -ENOMEM);
		check_model();
		fault_arm(n);
		assert_int_equal(s2_protect(&s2, GPA(PAGE_SIZE), GPA(HUGE_SIZE + PAGE_SIZE), S2_R),
				 -ENOMEM);
		check_model();
	}
	/* No split, no memory needed: whole leaves, and rights that are not there anyway. */
	fault_arm(1);
	assert_int_equal(s2_protect(&s2, GPA(PAGE_SIZE), GPA(HUGE_SIZE + PAGE_SIZE), S2_R | S2_W),
			 0);
	assert_int_equal(s2.gen, 1);
	assert_int_equal(s2_unmap(&s2, GPA(0), GPA(2 * HUGE_SIZE)), 0);
	assert_int_equal(s2.gen, 2);
	assert_int_equal(s2.table_frames, 1);
	s2_destroy(&s2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
