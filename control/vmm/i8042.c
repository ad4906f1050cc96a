/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Status says "ready for a command, nothing to read"; command 0xfe resets the machine. The data
 * port is absent: the ACPI tables say that there is no keyboard.
 */
#include "control/vmm/i8042.h"

static uint32_t port_read(void *device, uint16_t port, int size)
{
	(void)device;
	(void)port;
	(void)size;
	return 0xffffff00;
}

static void port_write(void *device, uint16_t port, int size, uint32_t value)
{
	struct i8042 *i8042 = device;

	(void)port;
	(void)size;
	if ((value & 0xff) == I8042_PULSE_RESET) {
		i8042->reset(i8042->owner);
	}
}

struct port_device i8042_ports(struct i8042 *i8042)
{
	return (struct port_device){ I8042_COMMAND_PORT, 1, i8042, port_read, port_write };
}
