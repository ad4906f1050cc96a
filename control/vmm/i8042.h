/* SPDX-License-Identifier: BSD-2-Clause */
/* The one thing a guest wants of a keyboard controller without a keyboard: the reset line. */
#ifndef CONTROL_VMM_I8042_H
#define CONTROL_VMM_I8042_H

#include "control/vmm/ports.h"

#define I8042_COMMAND_PORT 0x64
#define I8042_PULSE_RESET 0xfe

struct i8042 {
	void *owner;
	void (*reset)(void *owner);
};

/* The controller's command and status port. `reset` runs on the thread of a vCPU. */
struct port_device i8042_ports(struct i8042 *i8042);

#endif
