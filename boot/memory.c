/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the firmware's memory map to a working allocator: reserve what is in use, take early
 * pages for tables and the frame table, switch to the final page tables.
 */
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/cr.h"
#include "boot/boot.h"
#include "boot/boot_info.h"
#include "core/panic.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/kvmap.h"
#include "mm/layout.h"
#include "mm/slab.h"

#define BOOT_MAPPED (4ULL << 30)	/* by the boot page tables */
#define MIN_MEMORY (48ULL << 20)

extern const char image_start[], image_end[];

static void reserve(u64 start, u64 end)
{
	if (memmap_reserve(&boot_info.ram, start, end) != 0) {
		fatal("the memory map is too fragmented (more than %d pieces)", MEMMAP_MAX);
	}
}

/* `size` bytes from the top of the highest RAM range that the boot tables reach, zeroed. */
static u64 take(u64 size)
{
	u32 i;

	for (i = boot_info.ram.count; i-- > 0;) {
		struct mem_range *r = &boot_info.ram.range[i];
		u64 end = MIN(r->end, BOOT_MAPPED);

		if (end > size && end - size >= r->start && end - size >= 1 << 20) {
			u64 at = ALIGN_DOWN(end - size, PAGE_SIZE);

			reserve(at, end);
			memset(hpa_to_ptr(HPA(at)), 0, end - at);
			return at;
		}
	}
	fatal("no room for page tables below 4 GiB; give the machine more memory");
}

static hpa_t early_page(void)
{
	return HPA(take(PAGE_SIZE));
}

static void reserve_boot_data(void)
{
	u32 i;

	reserve(0, PAGE_SIZE);
	reserve(ptr_to_hpa(image_start).v, ptr_to_hpa(image_end).v);
	for (i = 0; i < boot_info.module_count; i++) {
		reserve(boot_info.modules[i].start, boot_info.modules[i].end);
	}
}

void boot_memory(void)
{
	u64 top = memmap_top(&boot_info.ram), frames = top >> PAGE_SHIFT;
	u64 table_size = ALIGN_UP(frames * sizeof(struct frame), HUGE_SIZE), table;
	bool huge_1g = (cpuid_or_zero(0x80000001, 0).edx & CPUID_EXT1_EDX_PDPE1GB) != 0;
	hpa_t cr3;

	if (memmap_total(&boot_info.ram) < MIN_MEMORY) {
		fatal("%lu MiB of memory are too little; Corbel needs %llu MiB",
		      (unsigned long)(memmap_total(&boot_info.ram) >> 20), MIN_MEMORY >> 20);
	}
	reserve_boot_data();
	table = take(table_size);
	cr3 = paging_init(early_page, DIRECT_BASE, MAX(top, BOOT_MAPPED), huge_1g);
	write_cr3(cr3.v);
	if (paging_map(FRAMES_BASE, HPA(table), table_size, MAP_RW) != 0) {
		fatal("no memory for the frame table's mapping");
	}
	frames_init((struct frame *)(uintptr_t)FRAMES_BASE, frames, &boot_info.ram);
	slab_init();
}
