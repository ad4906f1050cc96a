/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices of the hypervisor that guests reach through memory, asked in the order of this
 * table. Called by vmm/mmio_access.c and vmm/exit_mmio.c.
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

static const struct mmio_device devices[] = {
	{lapic_mmio},
	{ioapic_access},
};

bool mmio_bus(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	for (u32 i = 0; i < ARRAY_SIZE(devices); i++) {
		if (devices[i].access(v, gpa, data, len, write)) {
			return true;
		}
	}
	return false;
}
