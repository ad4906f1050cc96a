/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identity map of the program's addresses in the tables that the hypervisor made for the
 * runtime. Everything is writable and executable here: mmap and mprotect act on the hypervisor's
 * tables, which come after these.
 */
#include "control/runtime/paging.h"

#include "api/abi/corbel.h"
#include "control/runtime/cpu.h"

#define PRESENT 1ull
#define WRITE 2ull
#define USER 4ull
#define ACCESSED 0x20ull
#define DIRTY 0x40ull
#define LEAF 0x80ull
#define TABLE_ADDRESS 0x000ffffffffff000ull
#define USER_GIBS (CORBEL_RUNTIME_BASE >> 30)

/* Used only where the CPU has no 1 GiB pages; frames come when written. */
static u64 two_mib_tables[USER_GIBS][512] __attribute__((aligned(4096)));

static u64 fill_gib(u64 gib)
{
	for (u64 i = 0; i < 512; i++) {
		two_mib_tables[gib][i] =
			gib << 30 | i << 21 | LEAF | DIRTY | ACCESSED | USER | WRITE | PRESENT;
	}
	return (u64)two_mib_tables[gib] | ACCESSED | USER | WRITE | PRESENT;
}

void paging_fill(void)
{
	u64 cr3, *top, *gibs;

	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	top = (u64 *)(cr3 & TABLE_ADDRESS);
	gibs = (u64 *)(top[0] & TABLE_ADDRESS);
	for (u64 i = 0; i < USER_GIBS; i++) {
		gibs[i] = cpu.huge_pages
				  ? i << 30 | LEAF | DIRTY | ACCESSED | USER | WRITE | PRESENT
				  : fill_gib(i);
	}
	gibs[USER_GIBS] &= ~USER;
	top[0] |= USER | WRITE;
	asm volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
}
