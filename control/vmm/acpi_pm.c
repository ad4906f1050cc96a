/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 3.58 MHz timer that Linux calibrates its TSC against when there is no PIT, and the PM1a
 * block: no event ever happens in it, and SLP_EN with the S5 type ends the guest.
 */
#include "control/vmm/acpi_pm.h"

#include <time.h>

#define TIMER_HZ 3579545ull
#define PORTS 12

enum { CONTROL_SCI_EN = 1, CONTROL_SLEEP_SHIFT = 10, CONTROL_SLEEP_ENABLE = 1 << 13 };

static uint32_t timer_value(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * TIMER_HZ +
			  (uint64_t)now.tv_nsec * TIMER_HZ / 1000000000);
}

static uint32_t port_read(void *device, uint16_t port, int size)
{
	struct acpi_pm *pm = device;

	(void)size;
	switch (port) {
	case ACPI_PM_EVENT_PORT:
		return 0;
	case ACPI_PM_EVENT_PORT + 2:
		return pm->enable;
	case ACPI_PM_CONTROL_PORT:
		return pm->control | CONTROL_SCI_EN;
	case ACPI_PM_TIMER_PORT:
		return timer_value();
	default:
		return 0;
	}
}

static void port_write(void *device, uint16_t port, int size, uint32_t value)
{
	struct acpi_pm *pm = device;

	(void)size;
	if (port == ACPI_PM_EVENT_PORT + 2) {
		pm->enable = (uint16_t)value;
	} else if (port == ACPI_PM_CONTROL_PORT) {
		pm->control = value & ~CONTROL_SLEEP_ENABLE;
		if ((value & CONTROL_SLEEP_ENABLE) &&
		    (value >> CONTROL_SLEEP_SHIFT & 7) == ACPI_PM_SLEEP_OFF) {
			pm->power_off(pm->owner);
		}
	}
}

struct port_device acpi_pm_ports(struct acpi_pm *pm)
{
	return (struct port_device){ ACPI_PM_EVENT_PORT, PORTS, pm, port_read, port_write };
}
