/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page shared with the VMM (struct kvm_run). The VMM may write any byte of it at any time: what comes from there is
 * read once into locals, and nothing that was written there is ever read back.
 */
#pragma once

#include "core/types.h"

struct vcpu;

/* What the VMM says at the start of a KVM_RUN. */
struct run_input {
	u64 cr8;
	bool immediate_exit, want_window;
	bool bad_regs;			/* synchronised registers are not offered, but asked for */
};

void run_page_input(struct vcpu *v, struct run_input *in);
/* Sets the exit reason (and zeroes nothing else). */
void run_page_reason(struct vcpu *v, u32 reason);
/* Fills what every return of KVM_RUN tells: IF, CR8, APIC base, readiness for an interrupt. Loaded. */
void run_page_output(struct vcpu *v);
/* The data of a finished IN: size bytes, read once. */
u32 run_page_io_data(struct vcpu *v, u32 size);
/* Tells a port access of one element; out: value is what the guest writes. */
void run_page_io(struct vcpu *v, u16 port, u32 size, bool in, u32 value);
