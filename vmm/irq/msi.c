/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes messages as the SDM's "Message Signalled Interrupts" lays them out. */
#include "vmm/irq/msi.h"

#include "vmm/irq/lapic.h"

#define ADDRESS_DEST(a) ((a) >> 12 & 0xff)
#define ADDRESS_LOGICAL BIT(2)
#define ADDRESS_HINT BIT(3) /* one of those meant is enough */
#define DATA_VECTOR(d) ((u8)(d))
#define DATA_MODE(d) ((d) >> 8 & 7)
#define DATA_LEVEL BIT(15)

int msi_send(struct vm *vm, u32 address, u32 data)
{
	struct lapic_message m = {
		.dest = ADDRESS_DEST(address),
		.logical = address & ADDRESS_LOGICAL,
		.mode = (enum lapic_delivery)DATA_MODE(data),
		.vector = DATA_VECTOR(data),
		.level = data & DATA_LEVEL,
	};

	if (address & ADDRESS_HINT && m.mode == LAPIC_FIXED) {
		m.mode = LAPIC_LOWEST;
	}
	return lapic_send_message(vm, &m);
}
