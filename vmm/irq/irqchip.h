/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM's interrupt chips as a whole: the PIC pair, the IOAPIC, and the table GSI -> pins or
 * message that connects lines to them. Beside them the PIT, which may be there without chips: its
 * interrupts are lost then.
 */
#pragma once

#include "core/types.h"

struct vm;
struct pic;
struct ioapic;
struct routing;

/* Legend: [I] set at creation, [m] vm->lock. */
struct irqchip {
	struct vm *vm;		 /* [I] */
	struct pic *pic;	 /* [I] */
	struct ioapic *ioapic;	 /* [I] */
	struct routing *routing; /* [m] replaced as a whole; readers are in a section */
};

#define IRQ_SOURCE_USER 0 /* KVM_IRQ_LINE */
#define IRQ_SOURCE_PIT 1

/* NULL: no memory. vm->lock held. */
struct irqchip *irqchip_create(struct vm *vm);
/* Stops the timers of PIT and chips for good: before the vCPUs go. Thread context. */
void irqchip_stop(struct vm *vm);
/* Frees what there is of PIT and chips. No vCPU is left. */
void irqchip_free(struct vm *vm);
/*
 * Makes r the table of routes, which it owns from now on. vm->lock held, interrupts on: waits until
 * nobody reads the old one.
 */
void irqchip_set_routing(struct irqchip *c, struct routing *r);
/* The PIT, with KVM's flags. vm->lock held. -EEXIST twice, -ENOMEM. */
__must_check int irqchip_create_pit(struct vm *vm, u32 flags);
/*
 * Drives the line of a GSI as source (below 32). KVM's status: number of deliveries, 0 coalesced,
 * -1 masked or without route. Any context.
 */
int irqchip_set_line(struct irqchip *c, u32 source, u32 gsi, bool level);
/*
 * A chip's pin (the slave PIC's count from 0) was acknowledged by an EOI, or was unmasked: told to
 * those who wait for it. Any context, no chip's lock held.
 */
void irqchip_acked(struct irqchip *c, u32 chip, u32 pin);
void irqchip_unmasked(struct irqchip *c, u32 chip, u32 pin);
/*
 * A port access of 1, 2 or 4 bytes: true if a chip of vm, which may have none, owns the port and
 * has served it. in: *value is
 * the result.
 */
bool irqchip_io(struct vm *vm, u16 port, u8 size, bool in, u32 *value);
