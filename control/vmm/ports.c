/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the device behind an I/O port. Called by the run loop for every port exit. */
#include "control/vmm/ports.h"

#include <assert.h>
#include <stddef.h>

void ports_add(struct ports *ports, struct port_device device)
{
	assert(ports->count < PORTS_MAX_DEVICES);
	ports->table[ports->count++] = device;
}

static struct port_device *find(struct ports *ports, uint16_t port)
{
	for (int i = 0; i < ports->count; i++) {
		struct port_device *device = &ports->table[i];

		if (port >= device->first && port - device->first < device->count) {
			return device;
		}
	}
	return NULL;
}

uint32_t ports_read(struct ports *ports, uint16_t port, int size)
{
	struct port_device *device = find(ports, port);

	/* As on a bus without a device: Linux takes all ones as "not there". */
	return device ? device->read(device->device, port, size) : 0xffffffff;
}

void ports_write(struct ports *ports, uint16_t port, int size, uint32_t value)
{
	struct port_device *device = find(ports, port);

	if (device) {
		device->write(device->device, port, size, value);
	}
}
