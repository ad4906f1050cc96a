/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's I/O APIC (82093AA): index/data registers, one redirection entry per input. */
#include "arch/x86/ioapic.h"

#include "arch/x86/acpi.h"
#include "arch/x86/asm/io.h"
#include "arch/x86/cpu_data.h"
#include "mm/kvmap.h"

#define REG_VERSION 1u
#define REG_REDIRECTION 0x10u
#define RED_MASKED BIT(16)
#define RED_LEVEL BIT(15)
#define RED_ACTIVE_LOW BIT(13)
#define INTI_ACTIVE_LOW 3u		/* polarity field of the MPS INTI flags */
#define INTI_LEVEL (3u << 2)

static char *base;
static u32 inputs;

static u32 ioapic_read(u32 reg)
{
	mmio_write32(base, reg);
	return mmio_read32(base + 0x10);
}

static void ioapic_write(u32 reg, u32 v)
{
	mmio_write32(base, reg);
	mmio_write32(base + 0x10, v);
}

int ioapic_init(void)
{
	if (!machine.ioapic_base) {
		return -ENODEV;
	}
	base = kvmap_device(HPA(machine.ioapic_base & PAGE_MASK), PAGE_SIZE);
	if (!base) {
		return -ENOMEM;
	}
	base += machine.ioapic_base & ~PAGE_MASK;
	inputs = (ioapic_read(REG_VERSION) >> 16 & 0xff) + 1;
	for (u32 i = 0; i < inputs; i++) {
		ioapic_write(REG_REDIRECTION + 2 * i, (u32)RED_MASKED);
		ioapic_write(REG_REDIRECTION + 2 * i + 1, 0);
	}
	return 0;
}

int ioapic_route_isa(u32 irq, u8 vector)
{
	u32 gsi = machine.isa_gsi[irq] - machine.ioapic_gsi_base;
	u16 flags = machine.isa_flags[irq];
	u32 entry = vector;

	if (!base || gsi >= inputs) {
		return -ENODEV;
	}
	if ((flags & 3) == INTI_ACTIVE_LOW) {
		entry |= (u32)RED_ACTIVE_LOW;
	}
	if ((flags & INTI_LEVEL) == INTI_LEVEL) {
		entry |= (u32)RED_LEVEL;
	}
	ioapic_write(REG_REDIRECTION + 2 * gsi + 1, arch_cpu(0)->arch->apic_id << 24);
	ioapic_write(REG_REDIRECTION + 2 * gsi, entry);
	return 0;
}
