/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices of the hypervisor that guests reach through memory, asked in turn, the
 * most frequent first. Called by vmm/mmio_access.c and vmm/exit_mmio.c.
 */
#include "core/string.h"
#include "vmm/irq/ioapic.h"
#include "vmm/irq/lapic.h"
#include "vmm/mmio.h"
#include "vmm/vcpu.h"

static bool ioapic_access(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	u64 value = 0;

	if (write) {
		memcpy(&value, data, len);
	}
	if (!ioapic_mmio(v->vm, gpa, len, write, &value)) {
		return false;
	}
	if (!write) {
		memcpy(data, &value, len);
	}
	return true;
}

bool mmio_bus(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	return lapic_mmio(v, gpa, data, len, write) || ioapic_access(v, gpa, data, len, write);
}
