/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pair of 8259 interrupt controllers with their edge/level registers. Ports 20h 21h A0h A1h
 * 4D0h 4D1h. An irqlock inside; a raised output ends with vcpu_kick() of the vCPU that takes
 * ExtINT (the boot vCPU), an end of interrupt or an unmasked line with a word to the irqchip, lock
 * dropped.
 */
#pragma once

#include "api/abi/kvm.h"
#include "core/types.h"

struct irqchip;
struct pic;

/* Both chips in reset state. NULL: no memory. */
struct pic *pic_create(struct irqchip *chip);
/* Accepts NULL. */
void pic_free(struct pic *p);
/* Two each: master at 20h, slave at A0h, and the edge/level registers. */
#define PIC_PORT_MASTER 0x20
#define PIC_PORT_SLAVE_BIT 0x80
#define PIC_PORT_ELCR 0x4d0

/* Whether the pair owns this port. */
static inline bool pic_has_port(u16 port)
{
	return (port & ~(PIC_PORT_SLAVE_BIT | 1)) == PIC_PORT_MASTER ||
	       (port & ~1) == PIC_PORT_ELCR;
}
/* One access of one byte; the caller splits larger ones. Any vCPU's thread. */
u8 pic_read(struct pic *p, u16 port);
void pic_write(struct pic *p, u16 port, u8 value);
/*
 * Line 0-15 as driven by source, 0-31 (an OR over sources). KVM's status: 1 delivered, 0
 * coalesced, -1 masked. Any context.
 */
int pic_set_irq(struct pic *p, u32 line, u32 source, bool level);
/* The INTR output. Cheap: no lock. */
bool pic_output(struct pic *p);
/* INTA: the vector, possibly the spurious one of line 7 or 15. */
u8 pic_ack(struct pic *p);
/* State of chip 0 (master) or 1 (slave). */
void pic_get_state(struct pic *p, u32 chip, struct kvm_pic_state *s);
void pic_set_state(struct pic *p, u32 chip, const struct kvm_pic_state *s);
