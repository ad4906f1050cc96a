/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts one guest together from its parts, runs it and says how it ended. Called by the CLI. */
#include "control/vmm/machine.h"

#include <signal.h>
#include <stddef.h>

#include "control/vmm/boot_linux.h"
#include "control/vmm/console.h"
#include "control/vmm/cpu_state.h"
#include "control/vmm/cpuid.h"
#include "control/vmm/kvm.h"
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
	machine->pm = (struct acpi_pm){ .owner = machine, .power_off = on_power_off };
	ports_add(&machine->ports, uart_ports(&machine->uart));
	ports_add(&machine->ports, cmos_ports(&machine->cmos));
	ports_add(&machine->ports, i8042_ports(&machine->i8042));
	ports_add(&machine->ports, acpi_pm_ports(&machine->pm));
}

void *machine_memory(struct machine *machine, uint64_t address, uint64_t size)
{
	if (size > machine->memory_size || address > machine->memory_size - size) {
		return NULL;
	}
	return machine->memory + address;
}

void machine_stop(struct machine *machine, enum machine_end end)
{
	enum machine_end runs = MACHINE_RUNS;

	if (!atomic_compare_exchange_strong(&machine->end, &runs, end)) {
		return;
	}
	if (!pthread_equal(pthread_self(), machine->vcpu_thread)) {
		/* The flag for a kick that comes before KVM_RUN, the signal for one during it. */
		machine->run->immediate_exit = 1;
		pthread_kill(machine->vcpu_thread, RUN_KICK_SIGNAL);
	}
}

static int build(struct machine *machine)
{
	if (kvm_open(machine) || kvm_create_vm(machine) || boot_linux_load(machine) ||
	    kvm_create_vcpu(machine) || cpuid_set(machine) || cpu_state_set(machine)) {
		return -1;
	}
	add_devices(machine);
	return run_prepare(machine);
}

int machine_run(const struct machine_config *config)
{
	/* Static: the console's thread may still look at it while the process ends. */
	static struct machine machine;

	machine.config = config;
	if (build(&machine) || console_start(&machine)) {
		return -1;
	}
	run_loop(&machine);
	console_restore();
	return machine.end == MACHINE_FAILED ? -1 : 0;
}
