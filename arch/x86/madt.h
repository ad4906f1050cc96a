/* SPDX-License-Identifier: BSD-2-Clause */
/* The MADT: CPUs and interrupt controllers; for acpi.c. */
#pragma once

struct acpi_header;

/* Fills the CPU, I/O APIC and override fields of `machine`. */
void madt_read(const struct acpi_header *h);
