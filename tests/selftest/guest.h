/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A micro-guest: a VM with one slot, the kit and tables of tests/guests/layout.h, one or two
 * vCPUs.
 */
#ifndef TESTS_SELFTEST_GUEST_H
#define TESTS_SELFTEST_GUEST_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/guests/layout.h"

#define GUEST_MAX_VCPUS 2

enum {
	GUEST_WITH_IRQCHIP = 1,
	GUEST_WITH_CPUID = 2,		/* what KVM supports, with x2APIC and TSC deadline */
	GUEST_IN_X2APIC = 4,		/* needs the two above */
};

struct guest {
	int kvm, vm;
	int vcpu[GUEST_MAX_VCPUS];
	struct kvm_run *run[GUEST_MAX_VCPUS];
	int run_size;
	int vcpus;
	uint8_t *memory;
};

/* Code of a guest in tests/guests/NAME.S. */
#define GUEST_CODE_OF(name) extern const uint8_t guest_##name[], guest_##name##_end[]
#define LOAD(guest, name) guest_load(guest, guest_##name, guest_##name##_end)

/* All functions that return int: 0, or -1 with the reason stored by failed(). */
int guest_create(struct guest *guest, int vcpus, unsigned int flags);
void guest_destroy(struct guest *guest);

/* Copies code to GUEST_CODE. */
void guest_load(struct guest *guest, const uint8_t *begin, const uint8_t *end);

/* Puts a vCPU at GUEST_CODE in the mode, interrupts off. Long mode has the kit's IDT. */
int guest_enter_real(struct guest *guest, int vcpu);
int guest_enter_protected(struct guest *guest, int vcpu);
int guest_enter_pae(struct guest *guest, int vcpu);
int guest_enter_long(struct guest *guest, int vcpu);

/* Changes one register set by a function of the caller's. */
int guest_get_regs(struct guest *guest, int vcpu, struct kvm_regs *regs);
int guest_set_regs(struct guest *guest, int vcpu, const struct kvm_regs *regs);
int guest_get_sregs(struct guest *guest, int vcpu, struct kvm_sregs *sregs);
int guest_set_sregs(struct guest *guest, int vcpu, const struct kvm_sregs *sregs);

/* A 64-bit word of guest memory. */
uint64_t guest_word(const struct guest *guest, uint64_t address);
uint64_t guest_value(const struct guest *guest, int index);	/* at RESULT_VALUE */

/* KVM_RUN once, repeated while a signal interrupts it. */
int guest_run(struct guest *guest, int vcpu);

/* The same, and the exit must have this reason. */
int guest_run_to(struct guest *guest, int vcpu, uint32_t reason);

/* Runs to the port write that marks a step or the end. */
int guest_run_to_step(struct guest *guest, int vcpu, int step);
int guest_run_to_done(struct guest *guest, int vcpu);

/* The data of a port exit. */
uint8_t *guest_io_data(struct guest *guest, int vcpu);

#endif
