/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC of one vCPU: registers, priorities, LVT and timer, the sending of interprocessor
 * interrupts. The guest reaches it by the x2APIC MSRs. An irqlock inside orders the vCPU's own
 * accesses against deliveries from other CPUs and from the timer's callback; whatever may make an
 * interrupt deliverable ends with vcpu_kick(), lock dropped.
 */
#pragma once

#include "api/abi/kvm.h"
#include "core/types.h"

struct vcpu;
struct vm;
struct lapic;

/* Delivery modes as ICR, LVT and messages encode them. */
enum lapic_delivery {
	LAPIC_FIXED = 0, LAPIC_LOWEST = 1, LAPIC_SMI = 2, LAPIC_NMI = 4, LAPIC_INIT = 5,
	LAPIC_SIPI = 6, LAPIC_EXTINT = 7
};

/* In power-on state, xAPIC mode, enabled as v->apic_base says, id = v->id. NULL: no memory. */
struct lapic *lapic_create(struct vcpu *v);
/* Stops the timer and frees; accepts NULL. v runs no more. */
void lapic_free(struct lapic *l);
/* As by INIT: registers to reset values, timer stopped, id and base kept. vcpu->lock held. */
void lapic_reset(struct lapic *l);

/*
 * RDMSR and WRMSR of 0x800..0x8ff; -EINVAL: not readable/writable, reserved bits, or not in x2APIC
 * mode (the guest gets #GP). vCPU's thread.
 */
__must_check int lapic_msr_read(struct lapic *l, u32 index, u64 *value);
__must_check int lapic_msr_write(struct lapic *l, u32 index, u64 value);
/*
 * A register by its offset in the page, as the memory-mapped front end sees it (xAPIC mode; the
 * x2APIC MSRs come here too). -EINVAL: no such register in the present mode, or not
 * readable/writable. vCPU's thread.
 */
__must_check int lapic_reg_read(struct lapic *l, u32 reg, u32 *value);
__must_check int lapic_reg_write(struct lapic *l, u32 reg, u32 value);
/*
 * An access to guest-physical memory: false if it is not in the APIC's page; else it is done.
 * vCPU's thread.
 */
bool lapic_mmio(struct vcpu *v, u64 gpa, void *data, u32 len, bool write);
/*
 * IA32_TSC_DEADLINE in guest ticks: reads 0 when disarmed or fired; writes are ignored outside
 * TSC-deadline mode.
 */
u64 lapic_get_tsc_deadline(struct lapic *l);
void lapic_set_tsc_deadline(struct lapic *l, u64 tsc);
/* IA32_APIC_BASE became value (checked by the caller): mode changes. vcpu->lock held. */
void lapic_set_base(struct lapic *l, u64 value);

/* The highest-priority requested vector above the processor priority, or -1. Cheap: no lock. */
int lapic_pending_vector(struct lapic *l);
static inline bool lapic_has_interrupt(struct lapic *l)
{
	return lapic_pending_vector(l) >= 0;
}
/* The vector is being delivered: IRR -> ISR. vCPU's thread. */
void lapic_ack(struct lapic *l, u8 vector);
/*
 * Whether the PIC's output reaches this CPU: APIC disabled, or LVT LINT0 unmasked in mode ExtINT.
 */
bool lapic_accepts_extint(struct lapic *l);

/* CR8 = bits 7-4 of the task priority. A lowered one kicks. */
u8 lapic_get_cr8(struct lapic *l);
void lapic_set_cr8(struct lapic *l, u8 cr8);

/*
 * KVM's register page; the id in bits 31-24 in both modes. Like KVM, set takes any page: what
 * cannot be is left out (reserved bits, a foreign x2APIC id), so it returns 0. vcpu->lock held.
 */
void lapic_get_state(struct lapic *l, struct kvm_lapic_state *s);
__must_check int lapic_set_state(struct lapic *l, const struct kvm_lapic_state *s);

/*
 * An interrupt arrives at this APIC. Returns 1 taken (or requested already), 0 refused. Any
 * context. NMI, INIT, SIPI become vCPU requests.
 */
int lapic_deliver(struct lapic *l, enum lapic_delivery mode, u8 vector, bool level);
/* A message on the system bus, of the IOAPIC or a device. */
struct lapic_message {
	u32 dest; /* 0xff: everyone, whatever the mode */
	bool logical, level;
	enum lapic_delivery mode;
	u8 vector;
};

/*
 * Delivers it to the local APICs of vm that it means: how many took it, -1: none is meant. Any
 * context, no chip's lock held.
 */
int lapic_send_message(struct vm *vm, const struct lapic_message *m);
/*
 * What became due while the vCPU was not in KVM_RUN (v->timer_held) happens now. Till then the
 * timer does not fire, so that what the VMM reads of it in several calls fits together. vCPU's
 * thread.
 */
void lapic_timer_release(struct lapic *l);
