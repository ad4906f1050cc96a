/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IOAPIC's pins: from a line to a message, and back from the end of interrupt. The remote IRR
 * bit is set before the message leaves, because its answer may come before the sender goes on.
 */
#include "vmm/irq/ioapic.h"

#include "core/time.h"
#include "mm/slab.h"
#include "vmm/irq/ioapic_chip.h"
#include "vmm/irq/irqchip.h"

#define DEFAULT_BASE 0xfec00000ULL
/* A pin that stays high through so many interrupts gets a pause: the guest must get on. */
#define STORM_COUNT 10000
#define STORM_PAUSE_NS (10 * NSEC_PER_MSEC)

void ioapic_take(struct ioapic *a, u32 pin, struct ioapic_send *s)
{
	u64 e = a->entry[pin];

	s->wanted = !(e & ENTRY_MASKED) && !(e & ENTRY_LEVEL && e & ENTRY_REMOTE_IRR);
	if (!s->wanted) {
		return;
	}
	if (e & ENTRY_LEVEL) {
		a->entry[pin] |= ENTRY_REMOTE_IRR;
	} else {
		a->delivered |= 1u << pin;
	}
	s->pin = pin;
	s->serial = ++a->sent[pin];
	s->message = (struct lapic_message){
		.dest = ENTRY_DEST(e), .logical = e & ENTRY_LOGICAL,
		.mode = (enum lapic_delivery)ENTRY_MODE(e), .vector = ENTRY_VECTOR(e),
		.level = e & ENTRY_LEVEL
	};
}

int ioapic_send(struct ioapic *a, const struct ioapic_send *s)
{
	int status;
	bool irqs;

	if (!s->wanted) {
		return -1;
	}
	status = lapic_send_message(a->chip->vm, &s->message);
	if (status <= 0 && s->message.level) {
		/* Nobody will answer, so nothing is waited for. */
		irqs = irqlock_acquire(&a->lock);
		if (a->sent[s->pin] == s->serial) {
			a->entry[s->pin] &= ~ENTRY_REMOTE_IRR;
		}
		irqlock_release(&a->lock, irqs);
	}
	return status;
}

/* The pin is high. Lock held; false: coalesced with what was there. */
static bool raise(struct ioapic *a, u32 pin, struct ioapic_send *s)
{
	u32 bit = 1u << pin;
	bool was = a->irr & bit;

	s->wanted = false;
	a->irr |= bit;
	if (!(a->entry[pin] & ENTRY_LEVEL)) {
		if (was) {
			return false; /* no edge */
		}
		a->delivered &= ~bit;
	}
	ioapic_take(a, pin, s);
	return true;
}

int ioapic_set_irq(struct ioapic *a, u32 pin, u32 source, bool level)
{
	bool irqs = irqlock_acquire(&a->lock), counts = true;
	struct ioapic_send s;

	if (level) {
		a->sources[pin] |= 1u << source;
	} else {
		a->sources[pin] &= ~(1u << source);
	}
	level = a->sources[pin] != 0;
	if (level) {
		counts = raise(a, pin, &s);
	} else {
		a->irr &= ~(1u << pin);
		a->in_a_row[pin] = 0;
	}
	irqlock_release(&a->lock, irqs);
	if (!level) {
		return 1;
	}
	return counts ? ioapic_send(a, &s) : 0;
}

/* The pin's interrupt has ended. It is sent again only if it is still high. */
static void end_pin(struct ioapic *a, u32 pin, u8 vector)
{
	bool irqs = irqlock_acquire(&a->lock);
	struct ioapic_send s = {.wanted = false};
	u64 e = a->entry[pin];

	if (ENTRY_VECTOR(e) == vector && e & ENTRY_LEVEL) {
		a->entry[pin] &= ~ENTRY_REMOTE_IRR;
		if (!(a->irr & 1u << pin) || e & ENTRY_MASKED) {
			a->in_a_row[pin] = 0;
		} else if (++a->in_a_row[pin] < STORM_COUNT) {
			ioapic_take(a, pin, &s);
		} else if (!a->stopped) {
			a->in_a_row[pin] = 0;
			a->calming |= 1u << pin;
			timer_arm(&a->calm, now_ns() + STORM_PAUSE_NS);
		}
	}
	irqlock_release(&a->lock, irqs);
	(void)ioapic_send(a, &s);
}

void ioapic_eoi(struct ioapic *a, u8 vector, bool level)
{
	u32 pins = 0;
	bool irqs;

	if (!(READ_ONCE(a->vectors[vector / 64]) >> vector % 64 & 1)) {
		return;
	}
	irqs = irqlock_acquire(&a->lock);
	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		pins |= (u32)(ENTRY_VECTOR(a->entry[pin]) == vector) << pin;
	}
	irqlock_release(&a->lock, irqs);
	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		if (pins >> pin & 1) {
			/* First, as who drives the pin may lower it now. */
			irqchip_acked(a->chip, KVM_IRQCHIP_IOAPIC, pin);
			if (level) {
				end_pin(a, pin, vector);
			}
		}
	}
}

static void calmed(struct timer *t)
{
	struct ioapic *a = container_of(t, struct ioapic, calm);

	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		bool irqs = irqlock_acquire(&a->lock);
		struct ioapic_send s = {.wanted = false};

		if (a->calming & a->irr & 1u << pin && a->entry[pin] & ENTRY_LEVEL) {
			ioapic_take(a, pin, &s);
		}
		a->calming &= ~(1u << pin);
		irqlock_release(&a->lock, irqs);
		(void)ioapic_send(a, &s);
	}
}

void ioapic_entries_changed(struct ioapic *a)
{
	u64 vectors[4] = {0};

	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		u8 vector = ENTRY_VECTOR(a->entry[pin]);

		vectors[vector / 64] |= 1ULL << vector % 64;
	}
	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		WRITE_ONCE(a->vectors[i], vectors[i]);
	}
}

struct ioapic *ioapic_create(struct irqchip *chip)
{
	struct ioapic *a = kzalloc(sizeof(*a));

	if (!a) {
		return NULL;
	}
	a->chip = chip;
	a->base = DEFAULT_BASE;
	timer_init(&a->calm, calmed);
	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		a->entry[pin] = ENTRY_MASKED;
	}
	ioapic_entries_changed(a);
	return a;
}

void ioapic_stop(struct ioapic *a)
{
	bool irqs = irqlock_acquire(&a->lock);

	a->stopped = true;
	irqlock_release(&a->lock, irqs);
	(void)timer_cancel(&a->calm);
}

void ioapic_get_state(struct ioapic *a, struct kvm_ioapic_state *s)
{
	bool irqs = irqlock_acquire(&a->lock);

	*s = (struct kvm_ioapic_state){
		.base_address = a->base, .ioregsel = a->select, .id = a->id,
		.irr = a->irr & ~a->delivered,
	};
	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		s->redirtbl[pin].bits = a->entry[pin];
	}
	irqlock_release(&a->lock, irqs);
}

void ioapic_set_state(struct ioapic *a, const struct kvm_ioapic_state *s)
{
	bool irqs = irqlock_acquire(&a->lock);

	WRITE_ONCE(a->base, s->base_address);
	a->select = s->ioregsel;
	a->id = s->id;
	a->irr = a->delivered = a->calming = 0;
	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		a->entry[pin] = s->redirtbl[pin].bits;
		a->in_a_row[pin] = 0;
		a->sent[pin]++; /* what is under way is of a former life */
	}
	ioapic_entries_changed(a);
	irqlock_release(&a->lock, irqs);
	for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
		struct ioapic_send out = {.wanted = false};

		if (!(s->irr >> pin & 1)) {
			continue;
		}
		irqs = irqlock_acquire(&a->lock);
		(void)raise(a, pin, &out);
		irqlock_release(&a->lock, irqs);
		(void)ioapic_send(a, &out);
	}
}
