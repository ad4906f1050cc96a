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
#include <stdbool.h>
#include <stdint.h>

#include "control/vmm/acpi_pm.h"
#include "control/vmm/cmos.h"
#include "control/vmm/i8042.h"
#include "control/vmm/ports.h"
#include "control/vmm/profile.h"
#include "control/vmm/uart.h"

#define KIB 1024ull
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)

/* RAM is below the hole, where the APICs and the room for devices lie, and above it. */
#define MACHINE_HOLE (3 * GIB)
#define MACHINE_HIGH_MEMORY (4 * GIB)
#define MACHINE_MAX_MEMORY (8 * GIB)
#define MACHINE_MIN_MEMORY (32 * MIB)

#define MACHINE_MAX_CPUS 64

struct machine_config {
	const char *kernel;		/* paths; initrd and append may be NULL */
	const char *initrd;
	const char *append;
	uint64_t memory_size;		/* bytes, a multiple of 2 MiB */
	int cpus;			/* 1 to MACHINE_MAX_CPUS */
};

enum machine_end {
	MACHINE_RUNS,
	MACHINE_RESET,			/* the guest asked for a reset */
	MACHINE_OFF,			/* the guest switched itself off */
	MACHINE_STOPPED,		/* the user ended it */
	MACHINE_FAILED,			/* it crashed or met what this VMM cannot do */
};

struct vcpu {
	struct machine *machine;
	int id;				/* also its APIC id; 0 boots */
	int fd;
	struct kvm_run *run;
	pthread_t thread;
};

struct machine {
	const struct machine_config *config;
	struct profile profile;
	int kvm, vm;
	struct vcpu vcpus[MACHINE_MAX_CPUS];
	uint8_t *memory;		/* all RAM, guest-physical 0 first */
	uint64_t memory_size;
	uint64_t low_size;		/* the part below the hole; the rest is above it */
	uint64_t entry, boot_params;	/* guest-physical, set by the loader */
	struct ports ports;
	struct uart uart;
	struct cmos cmos;
	struct i8042 i8042;
	struct acpi_pm pm;
	pthread_mutex_t lock;		/* for changing `end`, starting and kicking vCPUs */
	pthread_cond_t ended;
	_Atomic enum machine_end end;
};

/*
 * Builds the machine, boots it and returns when it has ended: 0 after a reset, a power-off or the
 * user's stop, -1 after a message or a report.
 */
int machine_run(const struct machine_config *config);

/* The host address of a guest range, or NULL if it is not all RAM. */
void *machine_memory(struct machine *machine, uint64_t address, uint64_t size);

/* Ends all run loops from any thread. The first reason wins: true if this was the first. */
bool machine_stop(struct machine *machine, enum machine_end end);

/* Presses the power button, from any thread: what happens is up to the guest. */
void machine_press_power_button(struct machine *machine);

#endif
