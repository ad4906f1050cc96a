/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flush protocol: who is interrupted, in what order gen, interrupt and freeing come, and that
 * a CPU on its way into a guest flushes. The hook on the call interrupt looks at the state at that
 * very moment.
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

#include "arch/x86/asm/percpu.h"
#include "core/errno.h"
#include "fake.h"
#include "fake_mm.h"
#include "mm/layout.h"
#include "mm/stage2.h"

#define CPUS 5
#define PAGES 600

static const struct s2_format format = {.present = 5,
					.w = 2,
					.x = BIT(63),
					.x_is_nx = true,
					.leaf = 0x80,
					.table = 7,
					.max_leaf_level = 2};

static struct s2 s2, other;
static u64 seen[CPUS]; /* of the vCPU on each CPU */
static u32 calls;
static u64 call_mask; /* all together */

/* What must hold when the interrupt is sent. */
static u64 want_gen, want_free, gone_gpa, table_hpa;

static void look_at_call(u64 mask, void (*fn)(void *), void *arg)
{
	u32 rights, order, me = this_cpu()->index;
	hpa_t hpa;

	calls++;
	call_mask |= mask;
	assert_int_equal(s2.gen, want_gen);
	assert_true(s2_lookup(&s2, GPA(gone_gpa), &hpa, &rights, &order) == -ENOENT ||
		    !(rights & S2_W));
	assert_true(frames_free_count() <= want_free); /* nothing was freed yet */
	if (table_hpa) {
		assert_int_equal(frame_of(HPA(table_hpa))->owner, FRAME_TABLE);
	}
	/* The interrupted CPUs leave the guest and come back: each has to flush, once. */
	for (u32 i = 0; i < CPUS; i++) {
		if (mask & BIT(i)) {
			fn(arg);
		}
		if ((mask & BIT(i)) && fake_cpus[i].cpu.running_s2 == &s2) {
			fake_set_cpu(i);
			s2_leave();
			assert_null(this_cpu()->running_s2);
			assert_true(s2_enter(&s2, &seen[i]));
			assert_false(s2_enter(&s2, &seen[i]));
			fake_set_cpu(me);
		}
	}
}

static void enter(u32 cpu, struct s2 *tables)
{
	fake_set_cpu(cpu);
	seen[cpu] = 0;
	assert_true(s2_enter(tables, &seen[cpu])); /* the first time always */
	assert_false(s2_enter(tables, &seen[cpu]));
	assert_ptr_equal(this_cpu()->running_s2, tables);
	fake_set_cpu(0);
}

static u64 table_of(u64 gpa)
{
	const u64 *t = hpa_to_ptr(s2.root);
	u64 e = 0;

	for (u32 l = 4; l > 1; l--) {
		e = t[(gpa >> (12 + 9 * (l - 1))) & 511] & 0x000ffffffffff000ULL;
		t = hpa_to_ptr(HPA(e));
	}
	return e;
}

/* CPU 0 makes the changes, 1 and 3 run the guest, 2 runs another, 4 is in the hypervisor. */
static void start(void)
{
	fake_mm_reset(CPUS);
	s2_set_format(&format);
	assert_int_equal(s2_init(&s2), 0);
	assert_int_equal(s2_init(&other), 0);
	for (u64 i = 0; i < PAGES; i++) {
		assert_int_equal(
			s2_map(&s2, GPA(i * PAGE_SIZE), HPA(i * PAGE_SIZE), 0, S2_R | S2_W), 0);
	}
	assert_int_equal(s2_map(&s2, GPA(8 * HUGE_SIZE), HPA(0), 9, S2_R | S2_W), 0);
	enter(1, &s2);
	enter(2, &other);
	enter(3, &s2);
	calls = 0;
	call_mask = 0;
	gone_gpa = 0;
	table_hpa = 0;
	want_gen = s2.gen + 1;
	want_free = frames_free_count();
	fake_hooks.call = look_at_call;
}

static void test_targets(void **state)
{
	(void)state;
	start();
	gone_gpa = 3 * PAGE_SIZE;
	assert_int_equal(s2_unmap(&s2, GPA(gone_gpa), GPA(4 * PAGE_SIZE)), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(call_mask, BIT(1) | BIT(3));
	assert_false(s2_enter(&other, &seen[2]));
	fake_set_cpu(0);
}

static void test_protect(void **state)
{
	(void)state;
	start();
	gone_gpa = 5 * PAGE_SIZE;
	assert_int_equal(s2_protect(&s2, GPA(gone_gpa), GPA(PAGES * PAGE_SIZE), S2_R), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(call_mask, BIT(1) | BIT(3));
}

/* Tables are read in sections on any CPU, so all are waited for before one is freed. */
static void test_freed_table(void **state)
{
	u64 free_before;

	(void)state;
	start();
	gone_gpa = 0;
	table_hpa = table_of(0);
	free_before = frames_free_count();
	assert_int_equal(s2_unmap(&s2, GPA(0), GPA(HUGE_SIZE)), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(call_mask, BIT(CPUS) - 1);
	assert_int_equal(frame_of(HPA(table_hpa))->owner, FRAME_FREE);
	assert_int_equal(frames_free_count(), free_before + 1);
}

static void test_many_batches(void **state)
{
	u64 free_before;

	(void)state;
	start();
	gone_gpa = 300 * PAGE_SIZE;
	table_hpa = table_of(HUGE_SIZE);
	free_before = frames_free_count();
	assert_int_equal(s2_unmap(&s2, GPA(0), GPA(1ULL << 40)), 0);
	assert_int_equal(calls, 1); /* one flush for all of it */
	assert_int_equal(s2.mapped_pages, 0);
	assert_int_equal(frames_free_count(), free_before + 4);
}

static void test_split(void **state)
{
	(void)state;
	start();
	gone_gpa = 8 * HUGE_SIZE + 7 * PAGE_SIZE;
	assert_int_equal(s2_unmap(&s2, GPA(gone_gpa), GPA(gone_gpa + PAGE_SIZE)), 0);
	assert_int_equal(call_mask, BIT(1) | BIT(3));
	assert_int_equal(s2.mapped_pages, PAGES + 511);
}

/* Adding rights, or taking away what is not there: nobody is disturbed. */
static void test_no_flush(void **state)
{
	(void)state;
	start();
	assert_int_equal(s2_map(&s2, GPA(PAGE_SIZE), HPA(PAGE_SIZE), 0, S2_R | S2_W | S2_X), 0);
	assert_int_equal(s2_map(&s2, GPA(8 * HUGE_SIZE), HPA(0), 0, S2_R | S2_X), 0); /* splits */
	assert_int_equal(s2_map(&s2, GPA(1ULL << 40), HPA(0), 0, S2_R), 0);
	assert_int_equal(s2_unmap(&s2, GPA(2ULL << 40), GPA(3ULL << 40)), 0);
	assert_int_equal(s2_protect(&s2, GPA(0), GPA(HUGE_SIZE), S2_R | S2_W | S2_X), 0);
	assert_int_equal(calls, 0);
	assert_int_equal(s2.gen, want_gen - 1);
}

/*
 * A CPU that was away from the guest while rights went flushes when it comes back, without an
 * interrupt.
 */
static void test_entry_after(void **state)
{
	(void)state;
	start();
	fake_set_cpu(1);
	s2_leave();
	fake_set_cpu(0);
	assert_int_equal(s2_unmap(&s2, GPA(0), GPA(PAGE_SIZE)), 0);
	assert_int_equal(call_mask, BIT(3));
	fake_set_cpu(1);
	assert_true(s2_enter(&s2, &seen[1]));
	assert_false(s2_enter(&s2, &seen[1]));
	/* A vCPU with a fresh TLB tag says so by 0. */
	seen[1] = 0;
	assert_true(s2_enter(&s2, &seen[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),	    cmocka_unit_test(test_protect),
		cmocka_unit_test(test_freed_table), cmocka_unit_test(test_many_batches),
		cmocka_unit_test(test_split),	    cmocka_unit_test(test_no_flush),
		cmocka_unit_test(test_entry_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
