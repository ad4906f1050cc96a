/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page shared with the VMM (struct kvm_run). The VMM may write any byte of it at any time:
 * what comes from there is read once into locals, and nothing that was written there is ever
 * read back.
 */
#pragma once

#include "vmm/vcpu.h"

/* What the VMM says at the start of a KVM_RUN. */
struct run_input {
	u64 cr8;
	bool immediate_exit, want_window;
	bool bad_regs; /* synchronised registers are not offered, but asked for */
};

static inline struct run_input run_page_input(const struct vcpu *v)
{
	const struct kvm_run *run = v->run;

	return (struct run_input){
		.cr8 = READ_ONCE(run->cr8),
		.immediate_exit = READ_ONCE(run->immediate_exit),
		.want_window = READ_ONCE(run->request_interrupt_window),
		.bad_regs = READ_ONCE(run->kvm_valid_regs) | READ_ONCE(run->kvm_dirty_regs),
	};
}

/* Sets the exit reason (and zeroes nothing else). */
static inline void run_page_reason(struct vcpu *v, u32 reason)
{
	v->run->exit_reason = reason;
}

/* The data of a finished IN: size bytes, read once. */
static inline u32 run_page_io_data(const struct vcpu *v, u32 size)
{
	u32 value = READ_ONCE(*(const u32 *)(const void *)v->run_io);

	return size == 4 ? value : value & ((1u << (8 * size)) - 1);
}

/*
 * Fills what every return of KVM_RUN tells: IF, CR8, APIC base, readiness for an interrupt.
 * Loaded.
 */
void run_page_output(struct vcpu *v);
/* The data of a finished read: the part's length of them, read once. */
static inline void run_page_mmio_data(const struct vcpu *v, struct mmio_part *p)
{
	for (u32 i = 0; i < p->len; i++) {
		p->data[i] = READ_ONCE(v->run->mmio.data[i]);
	}
}

/* Tells an access of one part to device memory. */
void run_page_mmio(struct vcpu *v, const struct mmio_part *p, bool write);
/* Tells a port access of one element; out: value is what the guest writes. */
void run_page_io(struct vcpu *v, u16 port, u32 size, bool in, u32 value);
