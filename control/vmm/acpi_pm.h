/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's fixed hardware: the power-management timer, the power button, the switch-off. */
#ifndef CONTROL_VMM_ACPI_PM_H
#define CONTROL_VMM_ACPI_PM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/vmm/ports.h"

#define ACPI_PM_EVENT_PORT 0x600	/* status and enable, two bytes each */
#define ACPI_PM_CONTROL_PORT 0x604	/* two bytes */
#define ACPI_PM_TIMER_PORT 0x608	/* four bytes */
#define ACPI_PM_SLEEP_OFF 5		/* the sleep type that the tables give for S5 */
#define ACPI_PM_IRQ 9			/* the SCI: level-triggered, active high */

/* Registers and level are under `lock`: vCPUs and whoever presses the button come here. */
struct acpi_pm {
	pthread_mutex_t lock;
	uint16_t status, enable, control;
	bool irq_level;
	void *owner;
	void (*set_irq)(void *owner, int irq, int level);
	void (*power_off)(void *owner);
};

/* `set_irq` is called with the lock held, `power_off` without it on the thread of a vCPU. */
void acpi_pm_init(struct acpi_pm *pm, void *owner, void (*set_irq)(void *, int, int),
		  void (*power_off)(void *));

/* Presses the power button, from any thread. */
void acpi_pm_press(struct acpi_pm *pm);

/* The fixed hardware as twelve I/O ports. */
struct port_device acpi_pm_ports(struct acpi_pm *pm);

#endif
