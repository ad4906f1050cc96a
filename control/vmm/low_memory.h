/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the loader puts what the kernel needs before it has its own; all below 1 MiB. */
#ifndef CONTROL_VMM_LOW_MEMORY_H
#define CONTROL_VMM_LOW_MEMORY_H

#include "control/vmm/machine.h"

#define LOW_GDT 0x1000
#define LOW_PML4 0x2000			/* identity tables, six pages */
#define LOW_STACK_TOP 0x9000
#define LOW_BOOT_PARAMS 0x9000
#define LOW_COMMAND_LINE 0x20000
#define LOW_MEMORY_END 0x9fc00
#define LOW_ACPI 0xe0000
#define LOW_ACPI_END 0x100000

/* Selectors that Linux's boot protocol asks for. */
#define LOW_SELECTOR_CODE 0x10
#define LOW_SELECTOR_DATA 0x18
#define LOW_SELECTOR_TSS 0x20
#define LOW_GDT_ENTRIES 6

/* Writes the GDT and page tables that identity-map the first 4 GiB. */
void low_memory_write(struct machine *machine);

#endif
