/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 3.58 MHz timer, and the PM1a block: its only event is the power button, which holds the SCI
 * up until the guest clears the status bit or no longer wants it; SLP_EN with the S5 type ends the
 * guest. The hardware is always in ACPI mode, so SCI_EN reads as one. Guests read and write the
 * registers by bytes, too.
 */
#include "control/vmm/acpi_pm.h"

#include <time.h>

#define TIMER_HZ 3579545ull
#define PORTS 12

enum { STATUS_POWER_BUTTON = 1 << 8 };
enum { CONTROL_SCI_EN = 1, CONTROL_SLEEP_SHIFT = 10, CONTROL_SLEEP_ENABLE = 1 << 13 };

void acpi_pm_init(struct acpi_pm *pm, void *owner, void (*set_irq)(void *, int, int),
		  void (*power_off)(void *))
{
	*pm = (struct acpi_pm){
		.lock = PTHREAD_MUTEX_INITIALIZER, .owner = owner, .set_irq = set_irq,
		.power_off = power_off,
	};
}

static void update_irq(struct acpi_pm *pm)
{
	bool level = pm->status & pm->enable;

	if (level != pm->irq_level) {
		pm->irq_level = level;
		pm->set_irq(pm->owner, ACPI_PM_IRQ, level);
	}
}

void acpi_pm_press(struct acpi_pm *pm)
{
	pthread_mutex_lock(&pm->lock);
	pm->status |= STATUS_POWER_BUTTON;
	update_irq(pm);
	pthread_mutex_unlock(&pm->lock);
}

static uint32_t timer_value(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * TIMER_HZ +
			  (uint64_t)now.tv_nsec * TIMER_HZ / 1000000000);
}

/* The aligned four bytes that hold the port. */
static uint32_t read_block(struct acpi_pm *pm, uint16_t port)
{
	uint32_t value;

	if (port >= ACPI_PM_TIMER_PORT) {
		return timer_value();
	}
	pthread_mutex_lock(&pm->lock);
	if (port >= ACPI_PM_CONTROL_PORT) {
		value = pm->control | CONTROL_SCI_EN;
	} else {
		value = pm->status | (uint32_t)pm->enable << 16;
	}
	pthread_mutex_unlock(&pm->lock);
	return value;
}

static uint32_t port_read(void *device, uint16_t port, int size)
{
	(void)size;
	return read_block(device, port) >> (port & 3) * 8;
}

/* Bits outside `mask` keep their value; ones in the status clear it. */
static void write_event(struct acpi_pm *pm, uint32_t value, uint32_t mask)
{
	pm->status &= ~(uint16_t)(value & mask);
	pm->enable = (uint16_t)((pm->enable & ~(mask >> 16)) | (value & mask) >> 16);
	update_irq(pm);
}

/* True if the guest switches itself off. */
static bool write_control(struct acpi_pm *pm, uint32_t value, uint32_t mask)
{
	uint32_t control = (pm->control & ~mask) | (value & mask);

	pm->control = (uint16_t)(control & ~CONTROL_SLEEP_ENABLE);
	return (control & CONTROL_SLEEP_ENABLE) &&
	       (control >> CONTROL_SLEEP_SHIFT & 7) == ACPI_PM_SLEEP_OFF;
}

static void port_write(void *device, uint16_t port, int size, uint32_t value)
{
	struct acpi_pm *pm = device;
	int shift = (port & 3) * 8;
	uint32_t mask = (size == 4 ? 0xffffffff : (1u << size * 8) - 1) << shift;
	bool off = false;

	value <<= shift;
	pthread_mutex_lock(&pm->lock);
	if (port < ACPI_PM_CONTROL_PORT) {
		write_event(pm, value, mask);
	} else if (port < ACPI_PM_TIMER_PORT) {
		off = write_control(pm, value, mask);
	}
	pthread_mutex_unlock(&pm->lock);
	if (off) {
		pm->power_off(pm->owner);
	}
}

struct port_device acpi_pm_ports(struct acpi_pm *pm)
{
	return (struct port_device){ ACPI_PM_EVENT_PORT, PORTS, pm, port_read, port_write };
}
