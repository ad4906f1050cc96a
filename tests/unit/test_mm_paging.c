/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's page tables, built in the arena and walked as the CPU would.
 * LINK: mm/paging.c mm/kvmap.c mm/kstack.c mm/frame.c mm/memmap.c mm/slab.c core/fault.c
 * LINK: tests/fake/fake_log.c
 * LINK: tests/fake/fake.c tests/fake/fake_panic.c tests/fake/fake_mm.c tests/fake/fake_random.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/errno.h"
#include "core/fault.h"
#include "core/thread.h"
#include "fake.h"
#include "fake_mm.h"
#include "mm/image.h"
#include "mm/kvmap.h"
#include "mm/layout.h"
#include "mm/pte.h"

#define PTE_U BIT(2) /* no entry of the hypervisor has it */

#define IMAGE_PHYS 0x200000ULL
#define TEXT_PAGES 5
#define RODATA_PAGES 3
#define DATA_PAGES 9
#define EARLY 0x10000ULL /* early tables: below FAKE_RAM_START */

static u64 early_next;
static hpa_t cr3;

static hpa_t early_alloc(void)
{
	hpa_t page = HPA(early_next);

	assert_true(early_next < FAKE_RAM_START);
	memset(hpa_to_ptr(page), 0, PAGE_SIZE);
	early_next += PAGE_SIZE;
	return page;
}

static void build(u64 ram_top, bool huge_1g)
{
	static struct frame none;
	struct memmap empty = {.count = 0};

	fake_mm_reset(2);
	frames_init(&none, 0, &empty); /* the frame allocator is not up yet */
	early_next = EARLY;
	fake_image.text_start = IMAGE_BASE + IMAGE_PHYS;
	fake_image.text_end = fake_image.rodata_start =
		fake_image.text_start + TEXT_PAGES * PAGE_SIZE;
	fake_image.rodata_end = fake_image.data_start =
		fake_image.rodata_start + RODATA_PAGES * PAGE_SIZE;
	fake_image.bss_end = fake_image.data_start + DATA_PAGES * PAGE_SIZE;
	cr3 = paging_init(early_alloc, (u64)(uintptr_t)hpa_to_ptr(HPA(0)), ram_top, huge_1g);
}

static void build_all(void)
{
	static struct frame table[FAKE_RAM >> PAGE_SHIFT];
	struct memmap map = {.count = 1, .range = {{4 << 20, FAKE_RAM}}};

	build(FAKE_RAM, false);
	memset(table, 0, sizeof(table));
	frames_init(table, ARRAY_SIZE(table), &map);
}

struct seen {
	u64 bytes, executable, writable, uncached;
	u32 leaves[PT_LEVELS + 1];
};

/* Walks all tables below; every leaf is handed to the checks that hold for all of them. */
static void walk(hpa_t table, u32 level, u64 va, struct seen *s)
{
	const u64 *e = hpa_to_ptr(table);

	for (u64 i = 0; i < PT_ENTRIES; i++) {
		u64 at = va + i * pt_span(level);

		if (level == PT_LEVELS && i >= PT_ENTRIES / 2) {
			at |= 0xffff000000000000ULL;
		}
		if (!(e[i] & PTE_P)) {
			assert_int_equal(e[i], 0);
			continue;
		}
		assert_false(e[i] & PTE_U);
		if (level > 1 && !(e[i] & PTE_PS)) {
			assert_true(e[i] & PTE_W);
			assert_false(e[i] & PTE_NX);
			walk(HPA(e[i] & PTE_ADDR), level - 1, at, s);
			continue;
		}
		assert_true(level < PT_LEVELS);
		assert_true(IS_ALIGNED(e[i] & PTE_ADDR, pt_span(level)));
		assert_true(!(e[i] & PTE_W) || (e[i] & PTE_NX)); /* W^X */
		s->leaves[level]++;
		s->bytes += pt_span(level);
		s->executable += (e[i] & PTE_NX) ? 0 : pt_span(level);
		s->writable += (e[i] & PTE_W) ? pt_span(level) : 0;
		s->uncached += (e[i] & PTE_PCD) ? pt_span(level) : 0;
	}
}

static void expect(u64 va, u64 hpa, bool w, bool x)
{
	u64 bits = 0;
	hpa_t at = HPA(0);

	assert_true(paging_lookup(va, &at, &bits));
	assert_int_equal(at.v, hpa);
	assert_int_equal(!!(bits & PTE_W), w);
	assert_int_equal(!(bits & PTE_NX), x);
	assert_false(bits & (PTE_PCD | PTE_PWT | PTE_U));
}

static void expect_nothing(u64 va)
{
	u64 bits;
	hpa_t at;

	assert_false(paging_lookup(va, &at, &bits));
}

static void test_build(void **state)
{
	u64 image = (TEXT_PAGES + RODATA_PAGES + DATA_PAGES) * PAGE_SIZE;
	struct seen s = {0};

	(void)state;
	build(FAKE_RAM, false);
	walk(cr3, PT_LEVELS, 0, &s);
	assert_int_equal(s.bytes, FAKE_RAM + image);
	assert_int_equal(s.executable, TEXT_PAGES * PAGE_SIZE);
	assert_int_equal(s.writable, s.bytes - 2 * (TEXT_PAGES + RODATA_PAGES) * PAGE_SIZE);
	assert_int_equal(s.uncached, 0);
	for (u64 hpa = 0; hpa < FAKE_RAM; hpa += PAGE_SIZE) {
		u64 in_image = hpa - IMAGE_PHYS;
		bool read_only =
			hpa >= IMAGE_PHYS && in_image < (TEXT_PAGES + RODATA_PAGES) * PAGE_SIZE;

		expect(DIRECT_BASE + hpa + 5, hpa + 5, !read_only, false);
	}
	for (u64 off = 0; off < image; off += PAGE_SIZE) {
		bool text = off < TEXT_PAGES * PAGE_SIZE;
		bool data = off >= (TEXT_PAGES + RODATA_PAGES) * PAGE_SIZE;

		expect(IMAGE_BASE + IMAGE_PHYS + off, IMAGE_PHYS + off, data, text);
	}
	expect_nothing(IMAGE_BASE + IMAGE_PHYS - 1);
	expect_nothing(IMAGE_BASE + IMAGE_PHYS + image);
	expect_nothing(DIRECT_BASE + FAKE_RAM);
	expect_nothing(DIRECT_BASE - 1);
	expect_nothing(0);
}

static void test_large_pages(void **state)
{
	struct seen s = {0};

	(void)state;
	build(5ULL << 30, true);
	walk(cr3, PT_LEVELS, 0, &s);
	assert_int_equal(s.leaves[3], 4);
	assert_int_equal(s.leaves[2], 511);
	memset(&s, 0, sizeof(s));
	build((5ULL << 30) + 1, false);
	walk(cr3, PT_LEVELS, 0, &s);
	assert_int_equal(s.leaves[3], 0);
	assert_int_equal(s.leaves[2],
			 5 * 512); /* one more for the odd byte, one less for the image */
	expect(DIRECT_BASE + (5ULL << 30), 5ULL << 30, true, false);
}

static void test_map(void **state)
{
	u64 va = KVMAP_BASE + (3ULL << 30), before;
	u64 bits;
	hpa_t at;

	(void)state;
	build_all();
	assert_int_equal(paging_map(va, HPA(0x5000), 3 * PAGE_SIZE, MAP_RO), 0);
	expect(va + PAGE_SIZE, 0x6000, false, false);
	expect_nothing(va + 3 * PAGE_SIZE);
	assert_int_equal(paging_map(va + 2 * PAGE_SIZE, HPA(0x5000), PAGE_SIZE, MAP_RW), -EEXIST);
	assert_int_equal(paging_map(va - PAGE_SIZE, HPA(0x5000), 2 * PAGE_SIZE, MAP_RW), -EEXIST);
	expect_nothing(va - PAGE_SIZE);
	assert_int_equal(paging_map(DIRECT_BASE + (32 << 20), HPA(0), PAGE_SIZE, MAP_RW), -EEXIST);

	/* Large pages where both are aligned. */
	va = KVMAP_BASE + (4ULL << 30);
	assert_int_equal(paging_map(va - PAGE_SIZE, HPA((8 << 20) - PAGE_SIZE),
				    HUGE_SIZE * 2 + PAGE_SIZE * 2, MAP_RW),
			 0);
	expect(va - 1, (8 << 20) - 1, true, false);
	expect(va + HUGE_SIZE * 2 + 77, (8 << 20) + HUGE_SIZE * 2 + 77, true, false);
	assert_true(paging_lookup(va, &at, &bits));
	assert_true(bits & PTE_PS);
	assert_int_equal(paging_map(va + PAGE_SIZE, HPA(0), PAGE_SIZE, MAP_RW), -EEXIST);
	paging_unmap(va - PAGE_SIZE, HUGE_SIZE * 2 + PAGE_SIZE * 2);
	expect_nothing(va - PAGE_SIZE);
	expect_nothing(va);
	expect_nothing(va + HUGE_SIZE * 2);
	/* A table left from small pages is no obstacle for an aligned range. */
	assert_int_equal(paging_map(va + HUGE_SIZE * 2, HPA(8 << 20), HUGE_SIZE, MAP_RW), 0);
	expect(va + HUGE_SIZE * 2 + 0x12345, (8 << 20) + 0x12345, true, false);

	before = frames_free_count();
	va = KVMAP_BASE + (100ULL << 30);
	for (u32 n = 1; n <= 2; n++) {
		fault_arm(n);
		assert_int_equal(paging_map(va, HPA(0), PAGE_SIZE, MAP_RW), -ENOMEM);
		expect_nothing(va);
	}
	assert_int_equal(paging_map(va, HPA(0), PAGE_SIZE, MAP_RW), 0);
	assert_int_equal(before - frames_free_count(), 2);
	assert_true(FAKE_HALTS((void)!paging_map(va + 1, HPA(0), PAGE_SIZE, MAP_RW)));
	assert_true(
		FAKE_HALTS((void)!paging_map(va + PAGE_SIZE, HPA(0), PAGE_SIZE, MAP_RW | MAP_RX)));
}

static void test_flush(void **state)
{
	u64 va = KVMAP_BASE + (3ULL << 30);

	(void)state;
	build_all();
	assert_int_equal(paging_map(va, HPA(0x5000), 3 * PAGE_SIZE, MAP_RW), 0);
	paging_unmap(va + PAGE_SIZE, PAGE_SIZE);
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(fake_tlb[i].pages, 1);
		assert_int_equal(fake_tlb[i].last_va, va + PAGE_SIZE);
		assert_int_equal(fake_tlb[i].all, 0);
	}
	expect(va, 0x5000, true, false);
	expect_nothing(va + PAGE_SIZE);
	paging_unmap(va, 64 * PAGE_SIZE); /* holes do not matter */
	assert_int_equal(fake_tlb[1].all, 1);
	expect_nothing(va + 2 * PAGE_SIZE);
	/* Alone, without the call interrupt. */
	fake_cpus[1].cpu.online = false;
	paging_unmap(va, PAGE_SIZE);
	assert_int_equal(fake_tlb[0].pages, 2);
	assert_int_equal(fake_tlb[1].pages, 1);
}

static void test_low(void **state)
{
	struct seen s = {0};

	(void)state;
	build_all();
	assert_int_equal(paging_map_low(HPA(0x8000)), 0);
	expect(0x8123, 0x8123, false, true);
	walk(cr3, PT_LEVELS, 0, &s);
	paging_drop_low_half();
	expect_nothing(0x8000);
	assert_int_equal(fake_tlb[0].all, 1);
	assert_int_equal(fake_tlb[1].all, 1);
	for (u32 i = 0; i < PT_ENTRIES / 2; i++) {
		assert_int_equal(((u64 *)hpa_to_ptr(cr3))[i], 0);
	}
	expect(DIRECT_BASE + 0x8000, 0x8000, true, false);
}

static void test_device(void **state)
{
	u64 a, b, bits;
	hpa_t at;

	(void)state;
	build_all();
	a = (u64)(uintptr_t)kvmap_device(HPA(0xfee00010), 0x20);
	b = (u64)(uintptr_t)kvmap_device(HPA(0xfec00ff0), 0x20);
	assert_true(a >= KVMAP_BASE && a < KVMAP_BASE + KVMAP_SIZE);
	assert_true(paging_lookup(a, &at, &bits));
	assert_int_equal(at.v, 0xfee00010);
	assert_int_equal(bits & (PTE_P | PTE_W | PTE_PCD | PTE_PWT | PTE_NX),
			 PTE_P | PTE_W | PTE_PCD | PTE_PWT | PTE_NX);
	assert_true(paging_lookup(b + 0x1f, &at, &bits));
	assert_int_equal(at.v, 0xfec0100f);
	expect_nothing(ALIGN_DOWN(a, PAGE_SIZE) - 1);
	expect_nothing(ALIGN_UP(a, PAGE_SIZE));
	expect_nothing(ALIGN_DOWN(b, PAGE_SIZE) - 1);
	expect_nothing(ALIGN_DOWN(b, PAGE_SIZE) + 2 * PAGE_SIZE);
	assert_null(kvmap_device(HPA(0), 0));
	assert_null(kvmap_device(HPA(0), KVMAP_SIZE));
	assert_null(kvmap_device(HPA(0), UINT64_MAX));
}

static void test_stacks(void **state)
{
	u64 base[100], before;
	void *volatile p;

	(void)state;
	build_all();
	for (u32 i = 0; i < 100; i++) { /* makes the tables, which stay */
		base[i] = (u64)(uintptr_t)kstack_alloc();
	}
	for (u32 i = 0; i < 100; i++) {
		kstack_free((void *)(uintptr_t)base[i]);
	}
	before = frames_free_count();
	for (u32 i = 0; i < 100; i++) {
		base[i] = (u64)(uintptr_t)kstack_alloc();
		assert_true(base[i] >= KVMAP_BASE);
	}
	for (u32 i = 0; i < 100; i++) {
		u64 bits;
		hpa_t at;

		for (u64 off = 0; off < THREAD_STACK_SIZE; off += PAGE_SIZE) {
			assert_true(paging_lookup(base[i] + off, &at, &bits));
			assert_int_equal(bits & (PTE_W | PTE_NX), PTE_W | PTE_NX);
			assert_int_equal(*(u8 *)hpa_to_ptr(at), 0);
			*(u8 *)hpa_to_ptr(at) = 1; /* nobody else has this frame */
		}
		for (u64 off = PAGE_SIZE; off <= 2 * PAGE_SIZE; off += PAGE_SIZE) {
			expect_nothing(base[i] - off);
			expect_nothing(base[i] + THREAD_STACK_SIZE - PAGE_SIZE + off);
		}
	}
	assert_int_equal(before - frames_free_count(), 400);
	for (u32 i = 0; i < 100; i++) {
		kstack_free((void *)(uintptr_t)base[i]);
		expect_nothing(base[i]);
	}
	assert_int_equal(frames_free_count(), before);
	assert_int_equal(fake_tlb[1].pages, 4 * 200);
	p = kstack_alloc();
	assert_int_equal((u64)(uintptr_t)p, base[0]);
	fault_arm(1);
	assert_null(kstack_alloc());
	kstack_free(p);
	assert_true(FAKE_HALTS(kstack_free(p)));
	assert_int_equal(frames_free_count(), before);
}

static void test_stack_no_table(void **state)
{
	u64 before;

	(void)state;
	build_all();
	before = frames_free_count();
	fault_arm(2); /* the frames are there, a table is not */
	assert_null(kstack_alloc());
	assert_true(before - frames_free_count() <= 2);
	assert_non_null(kstack_alloc());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),  cmocka_unit_test(test_large_pages),
		cmocka_unit_test(test_map),    cmocka_unit_test(test_flush),
		cmocka_unit_test(test_low),    cmocka_unit_test(test_device),
		cmocka_unit_test(test_stacks), cmocka_unit_test(test_stack_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
