/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of the state test: a micro-guest of the self test with chips, whose processors run
 * in threads that can be stopped at any moment; and its saved state.
 */
#ifndef TESTS_STATE_MACHINE_H
#define TESTS_STATE_MACHINE_H

#include <linux/kvm.h>
#include <stdbool.h>

#include "tests/selftest/guest.h"
#include "tests/state/layout.h"

#define STATE_MAX_MSRS 512

/* What can be left out when a state is restored, to see that the guest notices. */
enum piece {
	NOTHING,
	REGS,
	SREGS,
	FPU,
	XCRS,
	MSRS,
	TSC,
	CLOCK_MSR,
	DEBUGREGS,
	LAPIC,
	DEADLINE,
	EXCEPTION,
	INTERRUPT,
	NMI_PENDING,
	NMI_MASKED,
	SHADOW,
	TRIPLE_FAULT,
	MP_STATE,
	MP_STATE_1,
	PIC_MASTER,
	PIC_SLAVE,
	IOAPIC,
	PIT,
	CLOCK,
	PIECES
};

struct saved_msrs {
	struct kvm_msrs head;
	struct kvm_msr_entry entries[STATE_MAX_MSRS];
};

struct saved_vcpu {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_xsave xsave;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp_state;
	struct saved_msrs msrs;
	uint64_t deadline;
};

struct saved {
	int vcpus;
	struct saved_vcpu vcpu[GUEST_MAX_VCPUS];
	struct kvm_irqchip chip[3];
	struct kvm_pit_state2 pit;
	struct kvm_clock_data clock;
	uint8_t memory[STATE_USED];
};

/*
 * Functions that return int: 0, or -1 with the reason stored by failed(). A machine has chips, PIT
 * and TRIPLE_FAULT events; its clocks show large values, so that a lost one is seen.
 */
int machine_create(struct guest *m, int vcpus);
/* The same with nothing in it: what a state is restored into. */
int machine_create_bare(struct guest *m, int vcpus);

/*
 * Runs all processors until one leaves to the test, or for ms milliseconds at most, then stops
 * all. The processor that left, or -1.
 */
int machine_run(struct guest *m, int ms);

/* Until processor 0 writes the step to its port, whose write is then finished. */
int machine_run_to_step(struct guest *m, int step, int ms);
int machine_run_to_done(struct guest *m, int ms);

int machine_save(struct guest *m, struct saved *s);
/* Into a bare machine, all but one piece. */
int machine_restore(struct guest *m, struct saved *s, enum piece without);

/* Destroys the machine and goes on in a new one, with the state but for one piece. */
int machine_move(struct guest *m, struct saved *s, enum piece without);

/* One ioctl, whose failure is stored with its name. */
int machine_call(int fd, unsigned long number, void *argument, const char *what);
#define CALL(fd, number, argument) machine_call(fd, number, argument, #number)

#endif
