/* SPDX-License-Identifier: BSD-2-Clause */
/* The ACPI tables of the guest. */
#ifndef CONTROL_VMM_ACPI_H
#define CONTROL_VMM_ACPI_H

#include "control/vmm/machine.h"

/* Writes RSDP, XSDT, FADT, FACS, DSDT and MADT; returns the guest-physical address of the RSDP. */
uint64_t acpi_write(struct machine *machine);

#endif
