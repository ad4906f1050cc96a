/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts one guest together from its parts, runs it and says how it ended. Called by the CLI. */
#include "control/vmm/machine.h"

#include <stddef.h>

#include "control/vmm/boot_linux.h"
#include "control/vmm/console.h"
#include "control/vmm/cpu_state.h"
#include "control/vmm/cpuid.h"
#include "control/vmm/kvm.h"
#include "control/vmm/report.h"
#include "control/vmm/run.h"

static void on_transmit(void *owner, uint8_t byte)
{
	(void)owner;
	console_put(byte);
}

static void on_irq(void *owner, int irq, int level)
{
	kvm_set_irq(owner, irq, level);
}

static void on_reset(void *owner)
{
	machine_stop(owner, MACHINE_RESET);
}

static void on_power_off(void *owner)
{
	machine_stop(owner, MACHINE_OFF);
}

static void add_devices(struct machine *machine)
{
	uart_init(&machine->uart, machine, on_transmit, on_irq);
	cmos_init(&machine->cmos);
	machine->i8042 = (struct i8042){ .owner = machine, .reset = on_reset };
	acpi_pm_init(&machine->pm, machine, on_irq, on_power_off);
	ports_add(&machine->ports, uart_ports(&machine->uart));
	ports_add(&machine->ports, cmos_ports(&machine->cmos));
	ports_add(&machine->ports, i8042_ports(&machine->i8042));
	ports_add(&machine->ports, acpi_pm_ports(&machine->pm));
}

void *machine_memory(struct machine *machine, uint64_t address, uint64_t size)
{
	uint64_t high_size = machine->memory_size - machine->low_size;

	if (size <= machine->low_size && address <= machine->low_size - size) {
		return machine->memory + address;
	}
	if (address >= MACHINE_HIGH_MEMORY && size <= high_size &&
	    address - MACHINE_HIGH_MEMORY <= high_size - size) {
		return machine->memory + machine->low_size + (address - MACHINE_HIGH_MEMORY);
	}
	return NULL;
}

bool machine_stop(struct machine *machine, enum machine_end end)
{
	bool first;

	pthread_mutex_lock(&machine->lock);
	first = machine->end == MACHINE_RUNS;
	if (first) {
		machine->end = end;
		run_kick(machine);
		pthread_cond_signal(&machine->ended);
	}
	pthread_mutex_unlock(&machine->lock);
	return first;
}

void machine_press_power_button(struct machine *machine)
{
	acpi_pm_press(&machine->pm);
}

static int build(struct machine *machine)
{
	if (kvm_open(machine) || kvm_create_vm(machine) || boot_linux_load(machine) ||
	    kvm_create_vcpus(machine)) {
		return -1;
	}
	for (int i = 0; i < machine->config->cpus; i++) {
		if (cpuid_set(&machine->vcpus[i]) || cpu_state_set(&machine->vcpus[i])) {
			return -1;
		}
	}
	add_devices(machine);
	return 0;
}

int machine_run(const struct machine_config *config)
{
	/* Static: the console's thread may still look at it while the process ends. */
	static struct machine machine = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER,
	};

	machine.config = config;
	if (build(&machine) || console_open() || run_start(&machine)) {
		console_restore();
		return -1;
	}
	if (console_start(&machine)) {
		machine_stop(&machine, MACHINE_FAILED);
	}
	run_wait(&machine);
	console_restore();
	report_end(machine.end);
	return machine.end == MACHINE_FAILED ? -1 : 0;
}
