/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the Multiple APIC Description Table: enabled CPUs, the first I/O APIC, ISA interrupt
 * overrides.
 */
#include "arch/x86/madt.h"

#include "arch/x86/acpi.h"
#include "arch/x86/acpi_tables.h"
#include "core/string.h"

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2APIC = 9 };
#define MADT_ENABLED 1u
/* Broadcast addresses: firmware marks entries without a CPU so; an INIT to them is for all. */
#define NO_CPU_XAPIC 0xffu
#define NO_CPU_X2APIC UINT32_MAX

static void add_cpu(u32 apic_id, u32 flags)
{
	if (!(flags & MADT_ENABLED)) {
		return;
	}
	if (machine.cpu_count == MAX_CPUS) {
		machine.cpus_left_out++;
		return;
	}
	machine.apic_ids[machine.cpu_count++] = apic_id;
}

static u32 get32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void read_entry(const u8 *e, u8 len)
{
	switch (e[0]) {
	case MADT_LAPIC:
		if (len >= 8 && e[3] != NO_CPU_XAPIC) {
			add_cpu(e[3], get32(e + 4));
		}
		break;
	case MADT_X2APIC:
		if (len >= 16 && get32(e + 4) != NO_CPU_X2APIC) {
			add_cpu(get32(e + 4), get32(e + 8));
		}
		break;
	case MADT_IOAPIC:
		if (len >= 12 && !machine.ioapic_base) {
			machine.ioapic_base = get32(e + 4);
			machine.ioapic_gsi_base = get32(e + 8);
		}
		break;
	case MADT_OVERRIDE:
		if (len >= 10 && e[3] < 16) {
			machine.isa_gsi[e[3]] = get32(e + 4);
			machine.isa_flags[e[3]] = (u16)(e[8] | e[9] << 8);
		}
		break;
	}
}

void madt_read(const struct acpi_header *h)
{
	const struct acpi_madt *m = (const struct acpi_madt *)(const void *)h;
	u32 off = 0, size;

	if (h->length < sizeof(*m)) {
		return;
	}
	machine.cpu_count = 0;
	size = h->length - (u32)sizeof(*m);
	while (off + 2 <= size) {
		const u8 *e = m->entries + off;

		if (e[1] < 2 || e[1] > size - off) {
			break;
		}
		read_entry(e, e[1]);
		off += e[1];
	}
	if (machine.cpu_count == 0) {
		machine.cpu_count = 1;
	}
}
