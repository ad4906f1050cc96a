/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds and reads the ACPI tables that the hypervisor needs: MADT (CPUs, I/O APIC, interrupt
 * overrides), HPET, FADT (PM timer, reset, power off). Firmware data: every length is checked,
 * a broken table is left out.
 */
#include "arch/x86/acpi.h"

#include "arch/x86/acpi_tables.h"
#include "arch/x86/madt.h"
#include "core/log.h"
#include "core/string.h"
#include "mm/layout.h"

#define TABLE_MAX (1u << 20)
#define REACHABLE (4ULL << 30)		/* what the boot page tables map */

struct machine machine;

static bool sums_to_zero(const void *p, size_t len)
{
	const u8 *b = p;
	u8 sum = 0;

	while (len--) {
		sum = (u8)(sum + *b++);
	}
	return sum == 0;
}

/* The table at hpa if it is reachable and whole, else NULL. */
static const struct acpi_header *table_at(u64 hpa)
{
	const struct acpi_header *h;

	if (hpa == 0 || hpa > REACHABLE - sizeof(*h)) {
		return NULL;
	}
	h = hpa_to_ptr(HPA(hpa));
	if (h->length < sizeof(*h) || h->length > TABLE_MAX || hpa + h->length > REACHABLE ||
	    !sums_to_zero(h, h->length)) {
		return NULL;
	}
	return h;
}

/*
 * "_S5_" package in the DSDT: the two sleep types to write. The AML is not interpreted; the
 * usual encoding is looked for.
 */
static void find_s5(const struct acpi_header *dsdt)
{
	const u8 *p = (const u8 *)dsdt;
	u32 i, at;

	for (i = sizeof(*dsdt); i + 16 < dsdt->length; i++) {
		if (memcmp(p + i, "_S5_\x12", 5) != 0) {
			continue;
		}
		at = i + 5;
		at += (p[at] >> 6) + 1u;	/* PkgLength */
		at++;				/* element count */
		at += p[at] == 0x0a ? 1 : 0;	/* BytePrefix */
		machine.s5_type_a = p[at++];
		at += p[at] == 0x0a ? 1 : 0;
		machine.s5_type_b = p[at];
		machine.s5_known = true;
		return;
	}
}

static void read_fadt(const struct acpi_header *h)
{
	const struct acpi_fadt *f = (const struct acpi_fadt *)(const void *)h;
	const struct acpi_header *dsdt;

	if (h->length < offsetof(struct acpi_fadt, flags) + 4) {
		return;
	}
	machine.pm_timer_port = (u16)f->pm_tmr;
	machine.pm_timer_32bit = (f->flags & FADT_TMR_VAL_EXT) != 0;
	machine.pm1a_control = (u16)f->pm1a_cnt;
	machine.pm1b_control = (u16)f->pm1b_cnt;
	if (h->length > offsetof(struct acpi_fadt, reset_value) &&
	    (f->flags & FADT_RESET_REG_SUP) && f->reset_reg.space == 1) {
		machine.reset_port = (u16)f->reset_reg.address;
		machine.reset_value = f->reset_value;
	}
	dsdt = table_at(f->dsdt);
	if (dsdt) {
		find_s5(dsdt);
	}
}

static void read_hpet(const struct acpi_header *h)
{
	const struct acpi_hpet *t = (const struct acpi_hpet *)(const void *)h;

	if (h->length >= sizeof(*t) && t->base.space == 0) {
		machine.hpet_base = t->base.address;
	}
}

static void read_table(const struct acpi_header *h)
{
	if (memcmp(h->signature, "APIC", 4) == 0) {
		madt_read(h);
	} else if (memcmp(h->signature, "FACP", 4) == 0) {
		read_fadt(h);
	} else if (memcmp(h->signature, "HPET", 4) == 0) {
		read_hpet(h);
	}
}

/* Walks RSDT (4-byte addresses) or XSDT (8-byte). */
static void walk_root(const struct acpi_header *root, u32 width)
{
	u32 i, count = (root->length - (u32)sizeof(*root)) / width;
	const u8 *entries = (const u8 *)(root + 1);

	for (i = 0; i < count; i++) {
		u64 at = 0;
		const struct acpi_header *h;

		memcpy(&at, entries + (size_t)i * width, width);
		h = table_at(at);
		if (h) {
			read_table(h);
		}
	}
}

void acpi_read(hpa_t rsdp, const u8 *rsdp_copy)
{
	struct acpi_rsdp r;
	const struct acpi_header *root;

	for (u32 i = 0; i < 16; i++) {
		machine.isa_gsi[i] = i;
	}
	machine.cpu_count = 1;
	if (rsdp.v == 0) {
		log_warn("no ACPI tables: one CPU, no HPET");
		return;
	}
	memcpy(&r, rsdp_copy, sizeof(r));
	root = r.revision >= 2 ? table_at(r.xsdt) : NULL;
	if (root) {
		walk_root(root, 8);
		return;
	}
	root = table_at(r.rsdt);
	if (root) {
		walk_root(root, 4);
	} else {
		log_warn("the ACPI root table is not readable: one CPU, no HPET");
	}
}
