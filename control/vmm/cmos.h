/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's battery-backed clock at ports 0x70 and 0x71. */
#ifndef CONTROL_VMM_CMOS_H
#define CONTROL_VMM_CMOS_H

#include "control/vmm/ports.h"

struct cmos {
	uint8_t index;
	uint8_t ram[128];
};

/* Empties the CMOS memory. */
void cmos_init(struct cmos *cmos);

/* The clock as two I/O ports. */
struct port_device cmos_ports(struct cmos *cmos);

#endif
