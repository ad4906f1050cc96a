/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's battery-backed clock at ports 0x70 and 0x71. */
#ifndef CONTROL_VMM_CMOS_H
#define CONTROL_VMM_CMOS_H

#include <pthread.h>
#include <stdint.h>

#include "control/vmm/ports.h"

/* All fields are under `lock`. The guest has a lock of its own around index and data. */
struct cmos {
	pthread_mutex_t lock;
	uint8_t index;
	uint8_t ram[128];
};

/* Makes the CMOS with empty memory. */
void cmos_init(struct cmos *cmos);

/* The clock as two I/O ports. */
struct port_device cmos_ports(struct cmos *cmos);

#endif
