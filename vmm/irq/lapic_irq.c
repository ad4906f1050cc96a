/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupts of one local APIC: requested (IRR), in service (ISR), the priorities that decide
 * between them, and the entry for everything that arrives. ISR and TPR belong to the vCPU's
 * thread, IRR and TMR to the lock.
 */
#include "vmm/irq/ioapic.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

#define WORDS 8
#define CLASS(vector) ((vector) & 0xf0)
#define FIRST_VECTOR 16

static u32 word_reg(u32 reg, u8 vector)
{
	return reg + vector / 32 * 16;
}

static bool test_vector(const struct lapic *l, u32 reg, u8 vector)
{
	return lapic_get(l, word_reg(reg, vector)) & (1u << vector % 32);
}

static void set_vector(struct lapic *l, u32 reg, u8 vector, bool on)
{
	u32 bit = 1u << vector % 32, word = lapic_get(l, word_reg(reg, vector));

	lapic_put(l, word_reg(reg, vector), on ? word | bit : word & ~bit);
}

/* The highest vector in the words (a bit each) of IRR or ISR, or -1. */
static int highest(const struct lapic *l, u32 reg, u32 words)
{
	while (words) {
		u32 i = 31 - (u32)__builtin_clz(words);
		u32 word = lapic_get(l, reg + i * 16);

		if (word) {
			return (int)(i * 32 + 31 - (u32)__builtin_clz(word));
		}
		words &= ~(1u << i);
	}
	return -1;
}

void lapic_irr_changed(struct lapic *l)
{
	u8 words = 0, served = 0;

	lapic_put(l, LAPIC_IRR, lapic_get(l, LAPIC_IRR) & ~0xffffu);
	for (u32 i = 0; i < WORDS; i++) {
		words |= (lapic_get(l, LAPIC_IRR + i * 16) != 0) << i;
		served |= (lapic_get(l, LAPIC_ISR + i * 16) != 0) << i;
	}
	l->isr_words = served;
	WRITE_ONCE(l->irr_words, words);
}

u32 lapic_ppr(const struct lapic *l)
{
	u32 tpr = lapic_get(l, LAPIC_TPR);
	int served = highest(l, LAPIC_ISR, l->isr_words);

	return served < 0 || CLASS(tpr) >= CLASS((u32)served) ? tpr : CLASS((u32)served);
}

int lapic_pending_vector(struct lapic *l)
{
	u8 words = READ_ONCE(l->irr_words);
	int vector;

	if (!words || !lapic_hw_enabled(l)) {
		return -1;
	}
	vector = highest(l, LAPIC_IRR, words);
	return vector >= 0 && CLASS((u32)vector) > CLASS(lapic_ppr(l)) ? vector : -1;
}

void lapic_ack(struct lapic *l, u8 vector)
{
	bool irqs = irqlock_acquire(&l->lock);

	set_vector(l, LAPIC_IRR, vector, false);
	if (!lapic_get(l, word_reg(LAPIC_IRR, vector))) {
		WRITE_ONCE(l->irr_words, l->irr_words & ~(1u << vector / 32));
	}
	set_vector(l, LAPIC_ISR, vector, true);
	l->isr_words |= 1u << vector / 32;
	irqlock_release(&l->lock, irqs);
}

void lapic_recheck(struct lapic *l)
{
	if (lapic_has_interrupt(l)) {
		vcpu_kick(l->v);
	}
}

void lapic_eoi(struct lapic *l)
{
	int vector = highest(l, LAPIC_ISR, l->isr_words);

	if (vector < 0) {
		return;
	}
	set_vector(l, LAPIC_ISR, (u8)vector, false);
	if (!lapic_get(l, word_reg(LAPIC_ISR, (u8)vector))) {
		l->isr_words &= ~(1u << vector / 32);
	}
	if (l->v->vm->irqchip) {
		ioapic_eoi(l->v->vm->irqchip->ioapic, (u8)vector,
			   test_vector(l, LAPIC_TMR, (u8)vector));
	}
	lapic_recheck(l);
}

void lapic_set_tpr(struct lapic *l, u8 tpr)
{
	u32 old = lapic_get(l, LAPIC_TPR);

	lapic_put(l, LAPIC_TPR, tpr);
	if (tpr < old) {
		lapic_recheck(l);
	}
}

u8 lapic_get_cr8(struct lapic *l)
{
	return (u8)(lapic_get(l, LAPIC_TPR) >> 4);
}

void lapic_set_cr8(struct lapic *l, u8 cr8)
{
	lapic_set_tpr(l, (u8)(cr8 << 4));
}

bool lapic_request_locked(struct lapic *l, u8 vector, bool level)
{
	if (vector < FIRST_VECTOR || !lapic_sw_enabled(l)) {
		return false;
	}
	set_vector(l, LAPIC_TMR, vector, level);
	if (test_vector(l, LAPIC_IRR, vector)) {
		return false;
	}
	set_vector(l, LAPIC_IRR, vector, true);
	WRITE_ONCE(l->irr_words, l->irr_words | 1u << vector / 32);
	return true;
}

static int deliver_fixed(struct lapic *l, u8 vector, bool level)
{
	bool irqs = irqlock_acquire(&l->lock);
	bool taken = vector >= FIRST_VECTOR && lapic_sw_enabled(l);
	bool fresh = lapic_request_locked(l, vector, level);

	irqlock_release(&l->lock, irqs);
	if (fresh) {
		vcpu_kick(l->v);
	}
	return taken;
}

int lapic_deliver(struct lapic *l, enum lapic_delivery mode, u8 vector, bool level)
{
	struct vcpu *v = l->v;

	switch (mode) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST: return deliver_fixed(l, vector, level);
	case LAPIC_NMI: vcpu_request(v, REQ_NMI); return 1;
	case LAPIC_INIT:
		/* A start-up message sent before the INIT is void. */
		__atomic_fetch_and(&v->requests, ~(1u << REQ_SIPI), __ATOMIC_ACQ_REL);
		vcpu_request(v, REQ_INIT);
		return 1;
	case LAPIC_SIPI:
		WRITE_ONCE(v->sipi_vector, vector);
		vcpu_request(v, REQ_SIPI);
		return 1;
	case LAPIC_SMI:	   /* no system management mode */
	case LAPIC_EXTINT: /* the PIC's own wire */
		break;
	}
	return 0;
}
