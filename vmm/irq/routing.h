/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each GSI (global system interrupt) of a VM is connected to: pins of the chips, or a
 * message. A table is built, published as a whole by the irqchip, and never changed.
 */
#pragma once

#include "api/abi/kvm.h"
#include "core/types.h"

#define ROUTING_MAX_GSI 4096 /* numbers, and entries of a table */

struct vm;
struct irqchip;
struct routing;

/*
 * An empty table with room for count entries (at most ROUTING_MAX_GSI). NULL: no memory. Freed by
 * kfree when nobody reads it any more.
 */
struct routing *routing_create(u32 count);
/* What CREATE_IRQCHIP presets: 0-15 to both chips, 16-23 to the IOAPIC, pin = GSI. */
struct routing *routing_create_default(void);
/*
 * Adds one entry; the table must have room. -EINVAL: a GSI, chip, pin, type or flag that does not
 * exist, a chip twice for a GSI, or a message beside something else.
 */
__must_check int routing_add(struct routing *r, const struct kvm_irq_routing_entry *e);
/*
 * Drives everything the GSI is connected to. KVM's status: the sum of deliveries, -1 nothing
 * there or all masked. Section open, no chip's lock held.
 */
int routing_set_line(const struct routing *r, struct irqchip *c, u32 source, u32 gsi, bool level);
/* The GSI that leads to a chip's pin (the slave PIC's count from 0), or -1. */
int routing_gsi_of(const struct routing *r, u32 chip, u32 pin);
/*
 * Delivers a message to the local APICs it means. How many took it, 0 none wanted it, -1 nobody is
 * meant. Any context, no chip's lock held.
 */
int msi_send(struct vm *vm, u32 address, u32 data);
