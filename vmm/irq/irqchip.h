/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM's interrupt chips as a whole: the PIC pair and the routing GSI -> pin that CREATE_IRQCHIP
 * presets (GSI 0-15 to the PIC's line of the same number).
 */
#pragma once

#include "core/types.h"

struct vm;
struct pic;

struct irqchip {
	struct pic *pic; /* [I] */
};

#define IRQ_SOURCE_USER 0 /* KVM_IRQ_LINE */

/* NULL: no memory. vm->lock held. */
struct irqchip *irqchip_create(struct vm *vm);
/* Accepts NULL. No vCPU is left. */
void irqchip_free(struct irqchip *c);
/*
 * Drives the line of a GSI as source (below 32). KVM's status: number of deliveries, 0 coalesced,
 * -1 masked or without route. Any context.
 */
int irqchip_set_line(struct irqchip *c, u32 source, u32 gsi, bool level);
/*
 * A port access of 1, 2 or 4 bytes: true if a chip owns the port and has served it. in: *value is
 * the result.
 */
bool irqchip_io(struct irqchip *c, u16 port, u8 size, bool in, u32 *value);
