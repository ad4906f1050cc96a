/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the 8259 pair, for the pic_*.c files only. A chip is KVM's state structure;
 * everything is under the pair's lock. KVM's words: priority_add = the line of highest priority,
 * irr = requested, isr = in service, imr = masked, elcr = level-triggered, last_irr = the lines'
 * last known levels (for edges).
 */
#pragma once

#include "core/lock.h"
#include "core/string.h"
#include "vmm/irq/pic.h"

#define PIC_LINES 16
#define PIC_CASCADE 2 /* where the slave sits on the master */
#define PIC_MASTER 0
#define PIC_SLAVE 1

struct pic {
	union {
		struct kvm_pic_state chip[2];
		/* The same: a read without the lock needs a chip's first, which changes as one. */
		u64 word[4];
	};
	struct irqlock lock;
	struct irqchip *irqchip;	/* [I] */
	u32 sources[PIC_LINES];		/* who drives a line high: a bit each */
	bool output;			/* read without the lock */
	/* Lines that the irqchip must be told of when the lock is dropped. */
	u16 acked, unmasked;
};

ASSERT_OFFSET(struct kvm_pic_state, poll, 7);	/* the last byte of that word */

/* Replaces a chip's state. Lock held. */
static inline void pic_chip_store(struct pic *p, u32 chip, const struct kvm_pic_state *s)
{
	u64 word[2];

	memcpy(word, s, sizeof(word));
	WRITE_ONCE(p->word[2 * chip + 1], word[1]);
	WRITE_ONCE(p->word[2 * chip], word[0]);
}

/* pic.c. The highest-priority line that may interrupt now, or -1. */
int pic_chip_request(const struct pic *p, u32 chip);
/* The line enters service. */
void pic_chip_ack(struct pic *p, u32 chip, u32 line);
/* Distance of the highest-priority line in mask from the top, 8 if mask is empty. */
u32 pic_chip_priority(const struct kvm_pic_state *s, u8 mask);
/* A line's service has ended. */
void pic_chip_end(struct pic *p, u32 chip, u32 line);
/*
 * Recomputes cascade and output, releases the lock, then kicks the vCPU that takes ExtINT if the
 * output rose, and tells the irqchip what it must know.
 */
void pic_update_release(struct pic *p, bool irqs);
