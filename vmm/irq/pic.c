/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 8259 pair's logic: lines, priorities, cascade, acknowledge, state. Its ports are in
 * pic_io.c.
 */
#include "vmm/irq/pic.h"

#include "mm/slab.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/pic_chips.h"
#include "vmm/vcpu.h"

/* Lines that the bus fixes to edge: timer, keyboard, cascade; real-time clock, coprocessor. */
static const u8 elcr_mask[2] = {0xf8, 0xde};

struct pic *pic_create(struct irqchip *chip)
{
	struct pic *p = kzalloc(sizeof(*p));

	if (p) {
		p->irqchip = chip;
		p->chip[PIC_MASTER].elcr_mask = elcr_mask[PIC_MASTER];
		p->chip[PIC_SLAVE].elcr_mask = elcr_mask[PIC_SLAVE];
	}
	return p;
}

void pic_free(struct pic *p)
{
	kfree(p);
}

u32 pic_chip_priority(const struct kvm_pic_state *s, u8 mask)
{
	u32 priority = 0;

	while (priority < 8 && !(mask & (1u << ((priority + s->priority_add) & 7)))) {
		priority++;
	}
	return priority;
}

int pic_chip_request(const struct pic *p, u32 chip)
{
	const struct kvm_pic_state *s = &p->chip[chip];
	u32 wanted = pic_chip_priority(s, s->irr & ~s->imr);
	u8 served = s->isr;

	if (wanted == 8) {
		return -1;
	}
	if (s->special_mask) {
		served &= ~s->imr;
	}
	if (s->special_fully_nested_mode && chip == PIC_MASTER) {
		served &= ~(1u << PIC_CASCADE); /* the slave decides about its own lines */
	}
	if (wanted >= pic_chip_priority(s, served)) {
		return -1;
	}
	return (int)((wanted + s->priority_add) & 7);
}

/* One line's level; whether this is a new request. */
static bool set_line(struct kvm_pic_state *s, u32 line, bool level)
{
	u8 bit = (u8)(1u << line);
	bool fresh = false;

	if (!level) {
		if (s->elcr & bit) {
			s->irr &= ~bit;
		}
		s->last_irr &= ~bit;
		return false;
	}
	if ((s->elcr & bit) || !(s->last_irr & bit)) {
		fresh = !(s->irr & bit);
		s->irr |= bit;
	}
	s->last_irr |= bit;
	return fresh;
}

/* Whether the output rose. */
static bool update(struct pic *p)
{
	bool output, rose;

	if (pic_chip_request(p, PIC_SLAVE) >= 0) {
		/* The master latches it: that is how IRQ 15 becomes spurious. */
		(void)set_line(&p->chip[PIC_MASTER], PIC_CASCADE, true);
		(void)set_line(&p->chip[PIC_MASTER], PIC_CASCADE, false);
	}
	output = pic_chip_request(p, PIC_MASTER) >= 0;
	rose = output && !p->output;
	WRITE_ONCE(p->output, output);
	return rose;
}

/* Kicks the vCPU that takes ExtINT. Lock not held. */
static void kick(struct pic *p)
{
	struct vm *vm = p->irqchip->vm;
	bool irqs = section_enter();
	u32 count = smp_load_acquire(&vm->vcpu_count);

	for (u32 i = 0; i < count; i++) {
		struct vcpu *v = vm->vcpus[i];

		if (lapic_accepts_extint(v->lapic)) {
			vcpu_kick(v);
			break;
		}
	}
	section_leave(irqs);
}

void pic_update_release(struct pic *p, bool irqs)
{
	u16 acked = p->acked, unmasked = p->unmasked;
	bool rose = update(p);

	p->acked = p->unmasked = 0;
	irqlock_release(&p->lock, irqs);
	if (rose) {
		kick(p);
	}
	for (u32 line = 0; (acked | unmasked) >> line; line++) {
		if (unmasked >> line & 1) {
			irqchip_unmasked(p->irqchip, line / 8, line % 8);
		}
		if (acked >> line & 1) {
			irqchip_acked(p->irqchip, line / 8, line % 8);
		}
	}
}

int pic_set_irq(struct pic *p, u32 line, u32 source, bool level)
{
	struct kvm_pic_state *s = &p->chip[line / 8];
	bool irqs = irqlock_acquire(&p->lock);
	bool fresh, masked;

	if (level) {
		p->sources[line] |= 1u << source;
	} else {
		p->sources[line] &= ~(1u << source);
	}
	fresh = set_line(s, line % 8, p->sources[line] != 0);
	masked = s->imr & (1u << line % 8);
	pic_update_release(p, irqs);
	return masked ? -1 : fresh;
}

bool pic_output(struct pic *p)
{
	return READ_ONCE(p->output);
}

void pic_chip_ack(struct pic *p, u32 chip, u32 line)
{
	struct kvm_pic_state *s = &p->chip[chip];
	u8 bit = (u8)(1u << line);

	if (!s->auto_eoi) {
		s->isr |= bit;
	} else {
		if (s->rotate_on_auto_eoi) {
			s->priority_add = (line + 1) & 7;
		}
		p->acked |= 1u << (chip * 8 + line);
	}
	if (!(s->elcr & bit)) {
		s->irr &= ~bit;
	}
}

void pic_chip_end(struct pic *p, u32 chip, u32 line)
{
	p->chip[chip].isr &= ~(1u << line);
	p->acked |= 1u << (chip * 8 + line);
}

/* The vector of one chip; none requested (any more) is line 7 without ISR bit. */
static u8 ack_chip(struct pic *p, u32 chip, int line)
{
	if (line >= 0) {
		pic_chip_ack(p, chip, (u32)line);
	} else {
		line = 7;
	}
	return (u8)(p->chip[chip].irq_base + line);
}

u8 pic_ack(struct pic *p)
{
	bool irqs = irqlock_acquire(&p->lock);
	int line = pic_chip_request(p, PIC_MASTER);
	u8 vector = ack_chip(p, PIC_MASTER, line);

	if (line == PIC_CASCADE) {
		vector = ack_chip(p, PIC_SLAVE, pic_chip_request(p, PIC_SLAVE));
	}
	p->output = false; /* if it rises again: a higher line, or automatic EOI */
	pic_update_release(p, irqs);
	return vector;
}

void pic_get_state(struct pic *p, u32 chip, struct kvm_pic_state *s)
{
	bool irqs = irqlock_acquire(&p->lock);

	*s = p->chip[chip];
	irqlock_release(&p->lock, irqs);
}

void pic_set_state(struct pic *p, u32 chip, const struct kvm_pic_state *s)
{
	bool irqs = irqlock_acquire(&p->lock);
	struct kvm_pic_state c = *s;

	c.priority_add &= 7;
	c.irq_base &= 0xf8;
	c.init_state &= 3;
	c.elcr_mask = elcr_mask[chip];
	c.elcr &= c.elcr_mask;
	pic_chip_store(p, chip, &c);
	pic_update_release(p, irqs);
}
