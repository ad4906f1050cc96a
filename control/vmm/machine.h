/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One guest: its KVM handles, its memory, its devices, and how it ended. Made by machine_run() in
 * machine.c, which calls the other files of this folder in order.
 */
#ifndef CONTROL_VMM_MACHINE_H
#define CONTROL_VMM_MACHINE_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "control/vmm/acpi_pm.h"
#include "control/vmm/cmos.h"
#include "control/vmm/i8042.h"
#include "control/vmm/ports.h"
#include "control/vmm/uart.h"

#define KIB 1024ull
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)

/* Everything below is RAM; above it lie the APIC page and the room for devices. */
#define MACHINE_MAX_MEMORY (3 * GIB)
#define MACHINE_MIN_MEMORY (32 * MIB)

struct machine_config {
	const char *kernel;		/* paths; initrd and append may be NULL */
	const char *initrd;
	const char *append;
	uint64_t memory_size;		/* bytes, a multiple of 2 MiB */
};

enum machine_end {
	MACHINE_RUNS,
	MACHINE_RESET,			/* the guest asked for a reset */
	MACHINE_OFF,			/* the guest switched itself off */
	MACHINE_STOPPED,		/* the user ended it */
	MACHINE_FAILED,			/* it crashed or met what this VMM cannot do */
};

struct machine {
	const struct machine_config *config;
	int kvm, vm, vcpu;
	struct kvm_run *run;
	uint8_t *memory;		/* guest-physical 0 */
	uint64_t memory_size;
	uint64_t entry, boot_params;	/* guest-physical, set by the loader */
	struct ports ports;
	struct uart uart;
	struct cmos cmos;
	struct i8042 i8042;
	struct acpi_pm pm;
	pthread_t vcpu_thread;
	_Atomic enum machine_end end;
};

/*
 * Builds the machine, boots it and returns when it has ended: 0 after a reset, a power-off or the
 * user's stop, -1 after a message or a report.
 */
int machine_run(const struct machine_config *config);

/* The host address of a guest range, or NULL if it is not all RAM. */
void *machine_memory(struct machine *machine, uint64_t address, uint64_t size);

/* Ends the run loop from any thread; the first reason wins. */
void machine_stop(struct machine *machine, enum machine_end end);

#endif
