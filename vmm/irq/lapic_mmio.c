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

	if (likely(len == sizeof(value) && !at)) {
		if (!lapic_reg_read(l, offset, &value)) {
			__builtin_memcpy(data, &value, sizeof(value));
		}
	} else if (at + len <= sizeof(value) && !lapic_reg_read(l, offset - at, &value)) {
		value >>= 8 * at;
		memcpy(data, &value, len);
	}
}

/* A write to a register that does not exist is lost. The hardware's CR8 follows the TPR. */
static void write_register(struct vcpu *v, u32 offset, const u8 *data, u32 len)
{
	u32 value;

	if (len != sizeof(value) || offset % 16) {
		return;
	}
	__builtin_memcpy(&value, data, sizeof(value));
	if (!lapic_reg_write(v->lapic, offset, value) && offset == LAPIC_TPR) {
		hv_set_tpr(&v->hv, lapic_get_cr8(v->lapic));
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
		write_register(v, offset, data, len);
	} else {
		read_register(v->lapic, offset, data, len);
	}
	return true;
}
