/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the IOAPIC, for the ioapic*.c files only. irr holds the pins that are high; of the
 * edge-triggered ones, delivered tells which edge was sent. Legend: [I] set at creation, [l] lock,
 * [a] read without the lock.
 */
#pragma once

#include "core/timer.h"
#include "vmm/irq/ioapic.h"
#include "vmm/irq/lapic.h"

/* Bits of an entry. */
#define ENTRY_VECTOR(e) ((u8)(e))
#define ENTRY_MODE(e) ((e) >> 8 & 7)
#define ENTRY_LOGICAL BIT(11)
#define ENTRY_PENDING BIT(12)
#define ENTRY_REMOTE_IRR BIT(14)
#define ENTRY_LEVEL BIT(15)
#define ENTRY_MASKED BIT(16)
#define ENTRY_DEST(e) ((u32)((e) >> 56))

struct ioapic {
	struct irqlock lock;
	struct irqchip *chip; /* [I] */
	u64 base;	      /* [a] guest-physical */
	u32 select, id;	      /* [l] */
	u32 irr, delivered;   /* [l] a bit per pin */
	u64 entry[KVM_IOAPIC_NUM_PINS];	    /* [l] */
	u32 sources[KVM_IOAPIC_NUM_PINS];   /* [l] who drives a pin high: a bit each */
	u32 sent[KVM_IOAPIC_NUM_PINS];	    /* [l] counts messages */
	u32 in_a_row[KVM_IOAPIC_NUM_PINS];  /* [l] EOIs that found the pin still high */
	u64 vectors[4];	      /* [a] a bit per vector that an entry has */
	struct timer calm;    /* a storming pin is sent again when it expires */
	u32 calming;	      /* [l] the pins that wait for it */
	bool stopped;	      /* [l] */
};

/* A message on its way: made under the lock, sent without it. */
struct ioapic_send {
	bool wanted;
	u32 pin, serial;
	struct lapic_message message;
};

/* ioapic.c. Prepares what the pin has to send, if it may. Lock held. */
void ioapic_take(struct ioapic *a, u32 pin, struct ioapic_send *s);
/* Sends it; KVM's status. Lock not held. */
int ioapic_send(struct ioapic *a, const struct ioapic_send *s);
/* After a change of entries. Lock held. */
void ioapic_entries_changed(struct ioapic *a);
