/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's fixed hardware: the power-management timer and the switch that turns the machine off. */
#ifndef CONTROL_VMM_ACPI_PM_H
#define CONTROL_VMM_ACPI_PM_H

#include "control/vmm/ports.h"

#define ACPI_PM_EVENT_PORT 0x600	/* status and enable, two bytes each */
#define ACPI_PM_CONTROL_PORT 0x604	/* two bytes */
#define ACPI_PM_TIMER_PORT 0x608	/* four bytes */
#define ACPI_PM_SLEEP_OFF 5		/* the sleep type that the tables give for S5 */

struct acpi_pm {
	uint16_t enable, control;
	void *owner;
	void (*power_off)(void *owner);
};

/* The fixed hardware as twelve I/O ports. `power_off` runs on the vCPU's thread. */
struct port_device acpi_pm_ports(struct acpi_pm *pm);

#endif
