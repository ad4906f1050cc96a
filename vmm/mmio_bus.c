/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices of the hypervisor that guests reach through memory, asked in the order of this
 * table. Called by vmm/mmio_access.c and vmm/exit_mmio.c.
 */
#include "vmm/irq/lapic.h"
#include "vmm/mmio.h"

static const struct mmio_device devices[] = {
	{lapic_mmio},
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
