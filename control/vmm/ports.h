/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's I/O ports: a table of devices, and what an access that none of them claims gets. */
#ifndef CONTROL_VMM_PORTS_H
#define CONTROL_VMM_PORTS_H

#include <stdint.h>

#define PORTS_MAX_DEVICES 8

struct port_device {
	uint16_t first;
	uint16_t count;
	void *device;
	/* `size` is 1, 2 or 4 bytes; the access begins in the range but may reach beyond it. */
	uint32_t (*read)(void *device, uint16_t port, int size);
	void (*write)(void *device, uint16_t port, int size, uint32_t value);
};

struct ports {
	struct port_device table[PORTS_MAX_DEVICES];
	int count;
};

/* Adds a device; the ranges do not overlap and the table is large enough, both by construction. */
void ports_add(struct ports *ports, struct port_device device);

/* One access of the guest: reads give all ones and writes are lost where no device answers. */
uint32_t ports_read(struct ports *ports, uint16_t port, int size);
void ports_write(struct ports *ports, uint16_t port, int size, uint32_t value);

#endif
