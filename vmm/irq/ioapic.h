/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The I/O APIC: 24 pins, each with an entry that says what message goes to which local APICs. An
 * irqlock inside; messages are sent, and acknowledgements passed on, with the lock dropped.
 */
#pragma once

#include "api/abi/kvm.h"
#include "core/types.h"

struct irqchip;
struct vm;
struct ioapic;

/* In reset state: all pins masked. NULL: no memory. Freed by kfree, stopped or never used. */
struct ioapic *ioapic_create(struct irqchip *chip);
/* No callback of its timer runs or comes any more. Thread context, before the vCPUs go. */
void ioapic_stop(struct ioapic *a);
/*
 * An access of len bytes (1 to 8) at a guest-physical address: true if it is the IOAPIC's and was
 * served. Reading: *value is the result. Any vCPU's thread, vm may have no chips.
 */
bool ioapic_mmio(struct vm *vm, u64 gpa, u32 len, bool write, u64 *value);
/*
 * Pin 0-23 as driven by source, 0-31 (an OR over sources). KVM's status: number of APICs that took
 * it, 0 coalesced, -1 masked or not answered yet. Any context.
 */
int ioapic_set_irq(struct ioapic *a, u32 pin, u32 source, bool level);
/*
 * A local APIC has ended this vector, which had come as a level (its TMR bit) or as an edge:
 * entries that sent it hear of it, and a level that is still high is sent again, at most so often
 * in a row. Cheap if no entry has the vector. Any context.
 */
void ioapic_eoi(struct ioapic *a, u8 vector, bool level);
/* KVM's structure; what was sent already is not reported as pending. */
void ioapic_get_state(struct ioapic *a, struct kvm_ioapic_state *s);
void ioapic_set_state(struct ioapic *a, const struct kvm_ioapic_state *s);
