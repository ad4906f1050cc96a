/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IOAPIC's registers: a select register and a window in one page; behind them id, version and
 * the two halves of each entry. Any index may be selected, only those that exist do something.
 */
#include "vmm/irq/ioapic_chip.h"
#include "vmm/irq/irqchip.h"
#include "vmm/vm.h"

#define SIZE 0x100u
#define SELECT 0x00u
#define WINDOW 0x10u

enum index { INDEX_ID, INDEX_VERSION, INDEX_ARBITRATION, INDEX_ENTRIES = 0x10 };

#define VERSION 0x11u
#define READ_ONLY (ENTRY_PENDING | ENTRY_REMOTE_IRR)

static u32 read_window(struct ioapic *a)
{
	u32 pin = (a->select - INDEX_ENTRIES) >> 1;

	switch (a->select) {
	case INDEX_ID:
	case INDEX_ARBITRATION: return (a->id & 0xf) << 24;
	case INDEX_VERSION: return (KVM_IOAPIC_NUM_PINS - 1) << 16 | VERSION;
	default: break;
	}
	if (a->select < INDEX_ENTRIES || pin >= KVM_IOAPIC_NUM_PINS) {
		return ~0u;
	}
	return (u32)(a->select & 1 ? a->entry[pin] >> 32 : a->entry[pin]);
}

/* Whether the pin was unmasked by it. Lock held. */
static bool write_entry(struct ioapic *a, u32 pin, u32 value, struct ioapic_send *s)
{
	u64 old = a->entry[pin], e;

	if (a->select & 1) {
		e = (u32)old | (u64)value << 32;
	} else {
		e = (old & ~0xffffffffULL) | (value & ~(u32)READ_ONLY) | (old & READ_ONLY);
	}
	if (!(e & ENTRY_LEVEL)) {
		e &= ~ENTRY_REMOTE_IRR; /* guests switch to edge and back to clear it */
	}
	a->entry[pin] = e;
	ioapic_entries_changed(a);
	if (e & ENTRY_LEVEL && a->irr >> pin & 1) {
		ioapic_take(a, pin, s);
	}
	return old & ~e & ENTRY_MASKED;
}

static void write_window(struct ioapic *a, u32 value)
{
	bool irqs = irqlock_acquire(&a->lock), unmasked = false;
	u32 pin = (a->select - INDEX_ENTRIES) >> 1;
	struct ioapic_send s = {.wanted = false};

	if (a->select == INDEX_ID) {
		a->id = value >> 24 & 0xf;
	} else if (a->select >= INDEX_ENTRIES && pin < KVM_IOAPIC_NUM_PINS) {
		unmasked = write_entry(a, pin, value, &s);
	}
	irqlock_release(&a->lock, irqs);
	(void)ioapic_send(a, &s);
	if (unmasked) {
		irqchip_unmasked(a->chip, KVM_IRQCHIP_IOAPIC, pin);
	}
}

static u32 read_reg(struct ioapic *a, u32 offset)
{
	bool irqs = irqlock_acquire(&a->lock);
	u32 value = 0;

	if (offset == SELECT) {
		value = a->select;
	} else if (offset == WINDOW) {
		value = read_window(a);
	}
	irqlock_release(&a->lock, irqs);
	return value;
}

static void write_reg(struct ioapic *a, u32 offset, u32 value)
{
	bool irqs;

	if (offset == SELECT) {
		irqs = irqlock_acquire(&a->lock);
		a->select = value & 0xff;
		irqlock_release(&a->lock, irqs);
	} else if (offset == WINDOW) {
		write_window(a, value);
	}
}

bool ioapic_mmio(struct vm *vm, u64 gpa, u32 len, bool write, u64 *value)
{
	struct irqchip *chip = smp_load_acquire(&vm->irqchip);
	u64 mask = len >= 4 ? 0xffffffff : (1ULL << len * 8) - 1, base;

	if (!chip) {
		return false;
	}
	base = READ_ONCE(chip->ioapic->base);
	if (gpa < base || gpa - base >= SIZE) {
		return false;
	}
	if (write) {
		write_reg(chip->ioapic, (u32)(gpa - base), (u32)(*value & mask));
	} else {
		*value = read_reg(chip->ioapic, (u32)(gpa - base)) & mask;
	}
	return true;
}
