/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of the guest's first instructions: Linux replaces both within its first page of
 * code.
 */
#include "control/vmm/low_memory.h"

#include <string.h>

enum { PTE_PRESENT = 1, PTE_WRITE = 2, PTE_LARGE = 0x80 };

static void put64(struct machine *machine, uint64_t at, uint64_t value)
{
	memcpy(machine->memory + at, &value, sizeof(value));
}

void low_memory_write(struct machine *machine)
{
	uint64_t pdpt = LOW_PML4 + 0x1000, directories = LOW_PML4 + 0x2000;

	put64(machine, LOW_GDT + LOW_SELECTOR_CODE, 0x00af9b000000ffff);
	put64(machine, LOW_GDT + LOW_SELECTOR_DATA, 0x00cf93000000ffff);
	put64(machine, LOW_GDT + LOW_SELECTOR_TSS, 0x00008b0000000067);
	put64(machine, LOW_PML4, pdpt | PTE_PRESENT | PTE_WRITE);
	for (uint64_t i = 0; i < 4; i++) {
		put64(machine, pdpt + i * 8, (directories + i * 0x1000) | PTE_PRESENT | PTE_WRITE);
	}
	for (uint64_t i = 0; i < 4 * 512; i++) {
		put64(machine, directories + i * 8,
		      i * 2 * MIB | PTE_PRESENT | PTE_WRITE | PTE_LARGE);
	}
}
