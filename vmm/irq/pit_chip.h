/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the PIT, for the pit*.c files only. A counter is KVM's state structure, its load
 * time on the now_ns() clock; everything is under the lock. Under it `armed` and `target` are the
 * truth, and the host timer only asks for a look at them.
 */
#pragma once

#include "core/timer.h"
#include "vmm/irq/pit.h"

#define PIT_COUNTERS 3
#define PIT_HZ 1193182ULL

/* How a counter is read and written; also the steps of a word access. */
enum pit_access { PIT_LATCH, PIT_LOW, PIT_HIGH, PIT_WORD_LOW, PIT_WORD_HIGH };

struct pit {
	struct irqlock lock;
	struct vm *vm;	      /* [I] */
	bool has_speaker;     /* [I] owns port 61h */
	struct kvm_pit_channel_state counter[PIT_COUNTERS];
	u32 flags; /* KVM_PIT_FLAGS_... */

	struct timer timer; /* counter 0 */
	bool armed, periodic, stopped;
	u64 target, period; /* ns */

	bool reinject;
	bool acked; /* the guest has seen the last interrupt */
	u32 missed; /* interrupts owed, the one under way included */
};

/* pit.c. The counter starts with this count, 0 for 65536. Lock held. */
void pit_load(struct pit *p, u32 i, u32 count);
/* pit_count.c. What the counter shows, and its output. Lock held. */
u16 pit_count(const struct kvm_pit_channel_state *c);
bool pit_output(const struct kvm_pit_channel_state *c);
