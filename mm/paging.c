/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page tables the hypervisor runs on: one set for all CPUs, built once by boot code, later
 * changed only in the kvmap area (and, for the AP trampoline, one page of the low half). Tables
 * once made stay. Nothing is writable and executable: only the image's text is executable, and its
 * alias in the direct map is read-only.
 */
#include "mm/kvmap.h"

#include "arch/x86/asm/tlb.h"
#include "core/cpu.h"
#include "core/panic.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/image.h"
#include "mm/layout.h"
#include "mm/pte.h"

#define PTE_TABLE (PTE_P | PTE_W)	/* rights are in the leaves */
#define FLUSH_PAGES_MAX 32		/* more: the whole TLB */

static struct spinlock lock;		/* the tables; above the frame allocator's lock */
static hpa_t root;
static table_alloc_fn early_alloc;
static bool building;			/* in paging_init: tables are reached by build_base */
static u64 build_base;

static u64 *table_ptr(hpa_t table)
{
	return building ? (u64 *)(uintptr_t)(build_base + table.v) : hpa_to_ptr(table);
}

static hpa_t new_table(void)
{
	struct frame *f;

	if (frames_total_count() == 0) {
		return early_alloc();
	}
	f = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	return f ? frame_hpa(f) : HPA(0);
}

static u64 leaf_bits(u32 prot)
{
	u64 bits = PTE_P | PTE_A;

	bits |= (prot & MAP_RW) ? PTE_W | PTE_D : 0;
	bits |= (prot & MAP_RX) ? 0 : PTE_NX;
	bits |= (prot & MAP_UNCACHED) ? PTE_PCD | PTE_PWT : 0;
	ASSERT(!((bits & PTE_W) && !(bits & PTE_NX)));
	return bits;
}

/*
 * Finds the entry of va at the given level; tables on the way are made if `make`. -ENOMEM, -ENOENT
 * (no table and not make), -EEXIST (a large page above).
 */
static int entry_of(u64 va, u32 level, bool make, u64 **entry)
{
	hpa_t table = root;

	for (u32 l = PT_LEVELS; l > level; l--) {
		u64 *e = &table_ptr(table)[pt_index(va, l)];

		if ((*e & PTE_P) && (*e & PTE_PS)) {
			return -EEXIST;
		}
		if (!(*e & PTE_P)) {
			hpa_t fresh;

			if (!make) {
				return -ENOENT;
			}
			fresh = new_table();
			if (fresh.v == 0) {
				return -ENOMEM;
			}
			*e = fresh.v | PTE_TABLE;
		}
		table = HPA(*e & PTE_ADDR);
	}
	*entry = &table_ptr(table)[pt_index(va, level)];
	return 0;
}

/*
 * Boot time: maps [va, va + size) with pages as large as alignment and max_level allow. There is
 * memory.
 */
static void build_range(u64 va, u64 hpa, u64 size, u32 prot, u32 max_level)
{
	while (size > 0) {
		u32 level = max_level;
		u64 *e;

		while (level > 1 &&
		       (!IS_ALIGNED(va | hpa, pt_span(level)) || size < pt_span(level))) {
			level--;
		}
		if (entry_of(va, level, true, &e) < 0) {
			panic("no memory for the page tables");
		}
		*e = hpa | leaf_bits(prot) | (level > 1 ? PTE_PS : 0);
		va += pt_span(level);
		hpa += pt_span(level);
		size -= pt_span(level);
	}
}

/* The direct map's range [start, end) of physical addresses. */
static void build_direct(u64 start, u64 end, u32 prot, u32 max_level)
{
	if (start < end) {
		build_range(DIRECT_BASE + start, start, end - start, prot, max_level);
	}
}

static void build_image(u64 start, u64 end, u32 prot)
{
	build_range(start, start - IMAGE_BASE, end - start, prot, 1);
}

hpa_t paging_init(table_alloc_fn alloc, u64 phys_base, u64 ram_top, bool huge_1g)
{
	struct image_layout i = image_layout();
	u64 ro_start = i.text_start - IMAGE_BASE, ro_end = i.rodata_end - IMAGE_BASE;
	u32 max_level = huge_1g ? 3 : 2;

	ASSERT(i.text_end <= i.rodata_start && i.rodata_end <= i.data_start);
	ram_top = ALIGN_UP(MAX(ram_top, i.bss_end - IMAGE_BASE), HUGE_SIZE);
	lock = (struct spinlock){ 0 };
	early_alloc = alloc;
	build_base = phys_base;
	building = true;
	root = alloc();

	build_image(i.text_start, i.text_end, MAP_RX);
	build_image(i.rodata_start, i.rodata_end, MAP_RO);
	build_image(i.data_start, i.bss_end, MAP_RW);

	build_direct(0, ro_start, MAP_RW, max_level);
	build_direct(ro_start, ro_end, MAP_RO, 1);
	build_direct(ro_end, ram_top, MAP_RW, max_level);
	building = false;
	return root;
}

/*
 * The entry for the next page of a range with `left` bytes to go: a large page where that fits and
 * no table is in the way.
 */
static int next_entry(u64 va, u64 hpa, u64 left, u32 *level, u64 **entry)
{
	if (IS_ALIGNED(va | hpa, HUGE_SIZE) && left >= HUGE_SIZE) {
		int r = entry_of(va, 2, true, entry);

		*level = 2;
		if (r < 0 || !(**entry & PTE_P) || (**entry & PTE_PS)) {
			return r;
		}
	}
	*level = 1;
	return entry_of(va, 1, true, entry);
}

/*
 * Walks the range twice: first makes the tables and checks that nothing is there, then (fill)
 * writes the entries. Lock held.
 */
static int map_pass(u64 va, u64 hpa, u64 size, u32 prot, bool fill)
{
	while (size > 0) {
		u64 *e;
		u32 level;
		int r = next_entry(va, hpa, size, &level, &e);

		if (r < 0) {
			return r;
		}
		if (*e & PTE_P) {
			return -EEXIST;
		}
		if (fill) {
			WRITE_ONCE(*e, hpa | leaf_bits(prot) | (level > 1 ? PTE_PS : 0));
		}
		va += pt_span(level);
		hpa += pt_span(level);
		size -= pt_span(level);
	}
	return 0;
}

int paging_map(u64 va, hpa_t hpa, u64 size, enum map_prot prot)
{
	int r;

	ASSERT(size > 0 && IS_ALIGNED(va | hpa.v | size, PAGE_SIZE));
	spin_lock(&lock);
	r = map_pass(va, hpa.v, size, prot, false);
	if (r == 0) {
		r = map_pass(va, hpa.v, size, prot, true);
	}
	spin_unlock(&lock);
	return r;
}

struct flush {
	u64 va, size;
};

static void flush_local(void *arg)
{
	const struct flush *f = arg;

	if (f->size > FLUSH_PAGES_MAX * PAGE_SIZE) {
		tlb_flush_all();
		return;
	}
	for (u64 off = 0; off < f->size; off += PAGE_SIZE) {
		tlb_flush_page(f->va + off);
	}
}

/* Before other CPUs are up this works without the call interrupt, which may not exist yet. */
static void flush_everywhere(u64 va, u64 size)
{
	struct flush f = { va, size };
	u64 mask = cpus_online();

	if ((mask & (mask - 1)) == 0) {
		flush_local(&f);
	} else {
		arch_call_cpus(mask, flush_local, &f);
	}
}

void paging_unmap(u64 va, u64 size)
{
	ASSERT(size > 0 && IS_ALIGNED(va | size, PAGE_SIZE));
	spin_lock(&lock);
	for (u64 off = 0; off < size;) {
		u32 level = 2;
		u64 *e;

		if (entry_of(va + off, 2, false, &e) < 0 || !(*e & PTE_P)) {
			off = ALIGN_DOWN(va + off, HUGE_SIZE) + HUGE_SIZE - va;
			continue;
		}
		if (*e & PTE_PS) {
			ASSERT(IS_ALIGNED(va + off, HUGE_SIZE) && size - off >= HUGE_SIZE);
		} else {
			level = 1;
			if (entry_of(va + off, 1, false, &e) < 0) {
				panic("page tables changed under the lock");
			}
		}
		WRITE_ONCE(*e, 0);
		off += pt_span(level);
	}
	spin_unlock(&lock);
	flush_everywhere(va, size);
}

void paging_drop_low_half(void)
{
	u64 *top = table_ptr(root);

	spin_lock(&lock);
	memset(top, 0, PT_ENTRIES / 2 * sizeof(*top));
	spin_unlock(&lock);
	flush_everywhere(0, UINT64_MAX);
}

int paging_map_low(hpa_t page)
{
	return paging_map(page.v, page, PAGE_SIZE, MAP_RX);
}

bool paging_lookup(u64 va, hpa_t *hpa, u64 *bits)
{
	for (u32 level = 3; level >= 1; level--) {
		u64 *e;

		if (entry_of(va, level, false, &e) < 0 || !(*e & PTE_P)) {
			return false;
		}
		if (level == 1 || (*e & PTE_PS)) {
			u64 offset_mask = pt_span(level) - 1;

			*hpa = HPA((*e & PTE_ADDR & ~offset_mask) | (va & offset_mask));
			*bits = *e & ~PTE_ADDR;
			return true;
		}
	}
	return false;
}
