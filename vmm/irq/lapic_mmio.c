/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory-mapped front end of the local APIC: the page at IA32_APIC_BASE in xAPIC mode. In the
 * other modes the page stays, as on KVM: reads give ones, writes are lost. Called by
 * vmm/mmio_bus.c.
 */
#include "arch/x86/asm/msr.h"
#include "core/string.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

/* Registers are 4 bytes at multiples of 16; what goes over one is not there. */
static void read_register(struct lapic *l, u32 offset, u8 *data, u32 len)
{
	u32 at = offset % 16, value;

	if (at + len <= sizeof(value) && !lapic_reg_read(l, offset - at, &value)) {
		value >>= 8 * at;
		memcpy(data, &value, len);
	}
}

static void write_register(struct lapic *l, u32 offset, const u8 *data, u32 len)
{
	u32 value;

	if (len == sizeof(value) && !(offset % 16)) {
		memcpy(&value, data, sizeof(value));
		if (lapic_reg_write(l, offset, value)) {
			return; /* no such register: the write is lost */
		}
	}
}

bool lapic_mmio(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	u64 mode = v->apic_base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	u32 offset = gpa & ~PAGE_MASK;

	if (!v->lapic || (gpa ^ v->apic_base) & PAGE_MASK) {
		return false;
	}
	if (mode != APIC_BASE_ENABLE) {
		if (!write) {
			memset(data, 0xff, len);
		}
	} else if (write) {
		write_register(v->lapic, offset, data, len);
	} else {
		read_register(v->lapic, offset, data, len);
	}
	return true;
}
