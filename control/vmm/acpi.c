/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Minimal ACPI: the local APICs, a PIC, and an IOAPIC if the machine has one; the power-management
 * timer, reset through the keyboard controller, a power-off state and the fixed-feature power
 * button, which is there because no flag says that it is not.
 */
#include "control/vmm/acpi.h"

#include <string.h>

#include "control/vmm/low_memory.h"

#define HEADER_SIZE 36
#define FADT_SIZE 244
#define LOCAL_APIC_ADDRESS 0xfee00000
#define IOAPIC_ADDRESS 0xfec00000

enum { FADT_NO_VGA = 1 << 2, FADT_LEGACY_DEVICES = 1 };
enum {
	FADT_WBINVD = 1, FADT_C1 = 1 << 2, FADT_NO_SLEEP_BUTTON = 1 << 5,
	FADT_NO_RTC_WAKE = 1 << 6, FADT_TIMER_32 = 1 << 8,
	FADT_RESET_REGISTER = 1 << 10,
};

/* A table being written: bytes appended at `end`, header and checksum added by finish(). */
struct table {
	uint8_t *start;
	uint64_t address;
	uint32_t size;
};

static void put(struct table *table, uint32_t offset, uint64_t value, int bytes)
{
	memcpy(table->start + offset, &value, bytes);	/* little endian, as the host */
}

static void checksum(uint8_t *start, uint32_t size, uint32_t at)
{
	uint8_t sum = 0;

	start[at] = 0;
	for (uint32_t i = 0; i < size; i++) {
		sum += start[i];
	}
	start[at] = (uint8_t)-sum;
}

static struct table begin(struct machine *machine, uint64_t address, const char *signature,
			  int revision, uint32_t size)
{
	struct table table = { machine->memory + address, address, size };

	memset(table.start, 0, size);
	memcpy(table.start, signature, 4);
	put(&table, 4, size, 4);
	put(&table, 8, revision, 1);
	memcpy(table.start + 10, "CORBEL", 6);
	memcpy(table.start + 16, "CORBELVM", 8);
	put(&table, 24, 1, 4);
	memcpy(table.start + 28, "CRBL", 4);
	put(&table, 32, 1, 4);
	return table;
}

static uint64_t finish(const struct table *table)
{
	checksum(table->start, table->size, 9);
	return table->address;
}

/* The only AML: \_S5 gives the sleep type that switches the machine off. */
static uint64_t write_dsdt(struct machine *machine, uint64_t address)
{
	static const uint8_t s5[] = {
		0x08, '_', 'S', '5', '_',			/* Name (_S5, */
		0x12, 0x08, 0x04,				/* Package (4) { */
		0x0a, ACPI_PM_SLEEP_OFF, 0x0a, ACPI_PM_SLEEP_OFF, 0x00, 0x00,	/* 5, 5, 0, 0 }) */
	};
	struct table table = begin(machine, address, "DSDT", 2, HEADER_SIZE + sizeof(s5));

	memcpy(table.start + HEADER_SIZE, s5, sizeof(s5));
	return finish(&table);
}

/* The firmware control structure has no checksum; Linux only wants it to be there. */
static uint64_t write_facs(struct machine *machine, uint64_t address)
{
	struct table table = { machine->memory + address, address, 64 };

	memset(table.start, 0, table.size);
	memcpy(table.start, "FACS", 4);
	put(&table, 4, table.size, 4);
	put(&table, 32, 1, 1);
	return address;
}

static uint64_t write_fadt(struct machine *machine, uint64_t address, uint64_t facs, uint64_t dsdt)
{
	struct table table = begin(machine, address, "FACP", 3, FADT_SIZE);

	put(&table, 36, facs, 4);
	put(&table, 40, dsdt, 4);
	put(&table, 46, ACPI_PM_IRQ, 2);
	put(&table, 56, ACPI_PM_EVENT_PORT, 4);
	put(&table, 64, ACPI_PM_CONTROL_PORT, 4);
	put(&table, 76, ACPI_PM_TIMER_PORT, 4);
	put(&table, 88, 4, 1);		/* lengths of the three blocks */
	put(&table, 89, 2, 1);
	put(&table, 91, 4, 1);
	put(&table, 96, 0xffff, 2);	/* no C2, no C3 */
	put(&table, 98, 0xffff, 2);
	put(&table, 108, 0x32, 1);	/* century register of the clock */
	put(&table, 109, FADT_LEGACY_DEVICES | FADT_NO_VGA, 2);
	put(&table, 112, FADT_WBINVD | FADT_C1 | FADT_NO_SLEEP_BUTTON | FADT_NO_RTC_WAKE |
	    FADT_TIMER_32 | FADT_RESET_REGISTER, 4);
	put(&table, 116, 1, 1);		/* reset register: I/O space, 8 bits */
	put(&table, 117, 8, 1);
	put(&table, 120, I8042_COMMAND_PORT, 8);
	put(&table, 128, I8042_PULSE_RESET, 1);
	put(&table, 140, dsdt, 8);
	return finish(&table);
}

/* MADT entries. Each function appends one at `at` and returns where the next one goes. */
enum { MADT_LOCAL_APIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LOCAL_NMI = 4 };
enum { MADT_PC_AT = 1, MADT_ENABLED = 1, MADT_ACTIVE_HIGH = 1, MADT_LEVEL = 3 << 2 };

static uint32_t put_local_apic(struct table *table, uint32_t at, int id)
{
	put(table, at, MADT_LOCAL_APIC, 1);
	put(table, at + 1, 8, 1);
	put(table, at + 2, id, 1);	/* the processor's number */
	put(table, at + 3, id, 1);
	put(table, at + 4, MADT_ENABLED, 4);
	return at + 8;
}

static uint32_t put_ioapic(struct table *table, uint32_t at)
{
	put(table, at, MADT_IOAPIC, 1);
	put(table, at + 1, 12, 1);
	put(table, at + 4, IOAPIC_ADDRESS, 4);	/* id 0, first interrupt 0 */
	return at + 12;
}

static uint32_t put_override(struct table *table, uint32_t at, int irq, int gsi, int flags)
{
	put(table, at, MADT_OVERRIDE, 1);
	put(table, at + 1, 10, 1);
	put(table, at + 3, irq, 1);
	put(table, at + 4, gsi, 4);
	put(table, at + 8, flags, 2);
	return at + 10;
}

static uint32_t put_local_nmi(struct table *table, uint32_t at)
{
	put(table, at, MADT_LOCAL_NMI, 1);
	put(table, at + 1, 6, 1);
	put(table, at + 2, 0xff, 1);	/* of all processors, */
	put(table, at + 5, 1, 1);	/* at LINT1 */
	return at + 6;
}

static uint64_t write_madt(struct machine *machine, uint64_t address)
{
	struct table table = begin(machine, address, "APIC", 3, HEADER_SIZE + 8);
	uint32_t at = HEADER_SIZE;

	put(&table, at, LOCAL_APIC_ADDRESS, 4);
	put(&table, at + 4, MADT_PC_AT, 4);
	at += 8;
	for (int i = 0; i < machine->config->cpus; i++) {
		at = put_local_apic(&table, at, i);
	}
	if (machine->profile.has_ioapic) {
		at = put_ioapic(&table, at);
		at = put_override(&table, at, 0, 2, 0);
		at = put_override(&table, at, ACPI_PM_IRQ, ACPI_PM_IRQ,
				  MADT_ACTIVE_HIGH | MADT_LEVEL);
	}
	table.size = put_local_nmi(&table, at);
	put(&table, 4, table.size, 4);
	return finish(&table);
}

static uint64_t write_xsdt(struct machine *machine, uint64_t address, uint64_t fadt, uint64_t madt)
{
	struct table table = begin(machine, address, "XSDT", 1, HEADER_SIZE + 16);

	put(&table, HEADER_SIZE, fadt, 8);
	put(&table, HEADER_SIZE + 8, madt, 8);
	return finish(&table);
}

static uint64_t write_rsdp(struct machine *machine, uint64_t address, uint64_t xsdt)
{
	struct table table = { machine->memory + address, address, 36 };

	memset(table.start, 0, table.size);
	memcpy(table.start, "RSD PTR ", 8);
	memcpy(table.start + 9, "CORBEL", 6);
	put(&table, 15, 2, 1);
	put(&table, 20, table.size, 4);
	put(&table, 24, xsdt, 8);
	checksum(table.start, 20, 8);
	checksum(table.start, table.size, 32);
	return address;
}

uint64_t acpi_write(struct machine *machine)
{
	uint64_t dsdt = write_dsdt(machine, LOW_ACPI + 0x100);
	uint64_t facs = write_facs(machine, LOW_ACPI + 0x200);
	uint64_t fadt = write_fadt(machine, LOW_ACPI + 0x300, facs, dsdt);
	uint64_t xsdt, madt = write_madt(machine, LOW_ACPI + 0x800);

	xsdt = write_xsdt(machine, LOW_ACPI + 0x500, fadt, madt);
	return write_rsdp(machine, LOW_ACPI, xsdt);
}
