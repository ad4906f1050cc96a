/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM and TLB of the fake machine: see fake_mm.h. */
#include "fake_mm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/x86/asm/percpu.h"
#include "arch/x86/asm/tlb.h"
#include "core/fault.h"
#include "fake.h"
#include "mm/image.h"
#include "mm/layout.h"
#include "mm/slab.h"

#define PATTERN 0xa5

struct fake_tlb fake_tlb[MAX_CPUS];
struct image_layout fake_image;

static char *arena;
static struct frame *table;

static void make_arena(void)
{
	/*
	 * Aligned, so that alignment of host-physical addresses shows in pointers, as on the real
	 * machine.
	 */
	char *p = mmap(NULL, FAKE_RAM * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED) {
		abort();
	}
	arena = (char *)ALIGN_UP((uintptr_t)p, FAKE_RAM);
	table = calloc(FAKE_RAM >> PAGE_SHIFT, sizeof(*table));
}

void *hpa_to_ptr(hpa_t hpa)
{
	if (hpa.v >= FAKE_RAM) {
		fprintf(stderr, "no RAM at %#lx\n", hpa.v);
		abort();
	}
	return arena + hpa.v;
}

hpa_t ptr_to_hpa(const void *p)
{
	return HPA((u64)((const char *)p - arena));
}

void fake_mm_reset_small(u32 cpus, u64 pages)
{
	struct memmap map = {.count = 0};

	if (!arena) {
		make_arena();
	}
	fake_reset(cpus);
	fault_arm(0);
	memset(arena, PATTERN, FAKE_RAM);
	memset(table, 0, (FAKE_RAM >> PAGE_SHIFT) * sizeof(*table));
	memset(fake_tlb, 0, sizeof(fake_tlb));
	fake_seed = 1;
	if (memmap_add(&map, FAKE_RAM_START, FAKE_RAM_START + pages * PAGE_SIZE) < 0) {
		abort();
	}
	frames_init(table, FAKE_RAM >> PAGE_SHIFT, &map);
	slab_init();
}

void fake_mm_reset(u32 cpus)
{
	fake_mm_reset_small(cpus, (FAKE_RAM - FAKE_RAM_START) >> PAGE_SHIFT);
}

void fake_tlb_flush(u64 va, bool all)
{
	struct fake_tlb *t = &fake_tlb[this_cpu()->index];

	if (all) {
		t->all++;
	} else {
		t->pages++;
		t->last_va = va;
	}
}
