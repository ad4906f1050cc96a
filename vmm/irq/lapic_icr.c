/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: who is meant by a destination, and delivery to each. They come from another APIC (the
 * ICR) or over the system bus, from the IOAPIC and from devices. No table of ids is kept: a VM has
 * few vCPUs, and a walk over them is bounded. It runs with interrupts off, so that no vCPU goes
 * meanwhile; the locks of two APICs are never held at once.
 */
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

enum shorthand { TO_DEST, TO_SELF, TO_ALL, TO_OTHERS };

#define BROADCAST_XAPIC 0xffu
#define BROADCAST_X2APIC 0xffffffffu

struct message {
	struct lapic *from;
	enum shorthand shorthand;
	bool logical, broadcast;
	u32 dest;
	enum lapic_delivery mode;
	u8 vector;
	bool level;
};

static bool match_logical(const struct lapic *l, u32 dest)
{
	u32 ldr = lapic_get(l, LAPIC_LDR);

	if (lapic_x2apic(l)) {
		return ldr >> 16 == dest >> 16 && (ldr & dest & 0xffff);
	}
	ldr >>= 24;
	switch (lapic_get(l, LAPIC_DFR)) {
	case DFR_FLAT: return ldr & dest;
	case DFR_CLUSTER: return ldr >> 4 == dest >> 4 && (ldr & dest & 0xf);
	default: return false;
	}
}

static bool match_physical(const struct lapic *l, u32 dest)
{
	u32 id = lapic_get(l, LAPIC_ID);

	return dest == (lapic_x2apic(l) ? id : id >> 24);
}

static bool meant(const struct message *m, const struct lapic *l)
{
	if (!lapic_hw_enabled(l)) {
		return false;
	}
	switch (m->shorthand) {
	case TO_SELF: return l == m->from;
	case TO_ALL: return true;
	case TO_OTHERS: return l != m->from;
	default: break;
	}
	if (m->broadcast) {
		return true;
	}
	return m->logical ? match_logical(l, m->dest) : match_physical(l, m->dest);
}

/* Of those meant that take interrupts, the one chosen least often so far. */
static struct lapic *lowest_priority(struct vm *vm, u32 count, const struct message *m)
{
	struct lapic *best = NULL;

	for (u32 i = 0; i < count; i++) {
		struct lapic *l = vm->vcpus[i]->lapic;

		if (meant(m, l) && lapic_sw_enabled(l) &&
		    (!best || READ_ONCE(l->arbitration) < READ_ONCE(best->arbitration))) {
			best = l;
		}
	}
	return best;
}

/* How many took it, -1: none is meant. */
static int send(struct vm *vm, const struct message *m)
{
	bool irqs = section_enter();
	int taken = -1;
	u32 count = smp_load_acquire(&vm->vcpu_count);

	if (m->mode == LAPIC_LOWEST) {
		struct lapic *l = lowest_priority(vm, count, m);

		if (l) {
			__atomic_add_fetch(&l->arbitration, 1, __ATOMIC_RELAXED);
			taken = lapic_deliver(l, LAPIC_FIXED, m->vector, m->level);
		}
	} else {
		for (u32 i = 0; i < count; i++) {
			struct lapic *l = vm->vcpus[i]->lapic;

			if (meant(m, l)) {
				taken = MAX(taken, 0) +
					lapic_deliver(l, m->mode, m->vector, m->level);
			}
		}
	}
	section_leave(irqs);
	return taken;
}

void lapic_send(struct lapic *l, u32 icr, u32 dest)
{
	struct message m = {
		.from = l, .shorthand = (enum shorthand)ICR_SHORTHAND(icr),
		.logical = icr & ICR_LOGICAL,
		.broadcast = dest == (lapic_x2apic(l) ? BROADCAST_X2APIC : BROADCAST_XAPIC),
		.dest = dest, .mode = (enum lapic_delivery)ICR_MODE(icr),
		.vector = icr & ICR_VECTOR, .level = icr & ICR_LEVEL
	};

	if (!lapic_hw_enabled(l) || (m.level && !(icr & ICR_ASSERT))) {
		return; /* a level de-assert (INIT's second half) means nothing since the P6 */
	}
	(void)send(l->v->vm, &m);
}

int lapic_send_message(struct vm *vm, const struct lapic_message *bus)
{
	struct message m = {
		.shorthand = TO_DEST, .logical = bus->logical,
		.broadcast = bus->dest == BROADCAST_XAPIC, .dest = bus->dest,
		.mode = bus->mode, .vector = bus->vector, .level = bus->level,
	};

	return send(vm, &m);
}
