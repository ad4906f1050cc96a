/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 8259 pair's ports: initialization and operation command words, reading back, polling, the
 * edge/level registers.
 */
#include "vmm/irq/pic_chips.h"

/* Which control word the port's odd address expects after ICW1. */
enum init_state { INIT_DONE, INIT_ICW2, INIT_ICW3, INIT_ICW4 };

#define ICW1 BIT(4)
#define ICW1_ICW4 BIT(0)
#define ICW4_AUTO_EOI BIT(1)
#define ICW4_SPECIAL_NESTED BIT(4)
#define OCW3 BIT(3)
#define OCW3_READ BIT(1)
#define OCW3_POLL BIT(2)
#define OCW3_MASK BIT(5)
#define OCW3_MASK_SET BIT(6)

/* A register in a chip's first word. */
#define BYTE(word, name) ((u8)((word) >> 8 * offsetof(struct kvm_pic_state, name)))

enum ocw2 {
	OCW2_ROTATE_AEOI_CLEAR,
	OCW2_EOI,
	OCW2_NOP,
	OCW2_EOI_LINE,
	OCW2_ROTATE_AEOI_SET,
	OCW2_ROTATE_EOI,
	OCW2_SET_PRIORITY,
	OCW2_ROTATE_EOI_LINE
};

/*
 * ICW1. The edge/level register survives, and so do requests of level lines, which are still high.
 */
static void initialize(struct pic *p, u32 chip, u8 value)
{
	const struct kvm_pic_state old = p->chip[chip];
	struct kvm_pic_state s = {
		.irr = old.irr & old.elcr,
		.irq_base = old.irq_base,
		.init_state = INIT_ICW2,
		.init4 = value & ICW1_ICW4,
		.elcr = old.elcr,
		.elcr_mask = old.elcr_mask,
	};

	/* What was requested or in service will never be ended. */
	p->acked |= (u16)(((old.irr & ~old.elcr) | old.isr) << chip * 8);
	p->unmasked |= (u16)(old.imr << chip * 8);
	if (s.init4) {
		s.auto_eoi = old.auto_eoi;
		s.special_fully_nested_mode = old.special_fully_nested_mode;
	}
	pic_chip_store(p, chip, &s);
}

static void end_of_interrupt(struct pic *p, u32 chip, u32 line, bool rotate)
{
	pic_chip_end(p, chip, line);
	if (rotate) {
		p->chip[chip].priority_add = (line + 1) & 7;
	}
}

static void write_ocw2(struct pic *p, u32 chip, u8 value)
{
	struct kvm_pic_state *s = &p->chip[chip];
	u32 command = value >> 5, line = value & 7, priority;

	switch ((enum ocw2)command) {
	case OCW2_ROTATE_AEOI_CLEAR:
	case OCW2_ROTATE_AEOI_SET: s->rotate_on_auto_eoi = command >> 2; break;
	case OCW2_EOI:
	case OCW2_ROTATE_EOI:
		/* In special mask mode a masked line in service is passed over. */
		priority = pic_chip_priority(s, s->special_mask ? s->isr & ~s->imr : s->isr);
		if (priority < 8) {
			line = (priority + s->priority_add) & 7;
			end_of_interrupt(p, chip, line, command == OCW2_ROTATE_EOI);
		}
		break;
	case OCW2_EOI_LINE:
	case OCW2_ROTATE_EOI_LINE:
		end_of_interrupt(p, chip, line, command == OCW2_ROTATE_EOI_LINE);
		break;
	case OCW2_SET_PRIORITY: s->priority_add = (line + 1) & 7; break;
	case OCW2_NOP: break;
	}
}

static void write_ocw3(struct kvm_pic_state *s, u8 value)
{
	if (value & OCW3_POLL) { /* first: a read waits for the lock then */
		WRITE_ONCE(s->poll, 1);
	}
	if (value & OCW3_READ) {
		WRITE_ONCE(s->read_reg_select, value & 1);
	}
	if (value & OCW3_MASK_SET) {
		s->special_mask = !!(value & OCW3_MASK);
	}
}

static void write_odd(struct pic *p, u32 chip, u8 value)
{
	struct kvm_pic_state *s = &p->chip[chip];

	switch ((enum init_state)s->init_state) {
	case INIT_DONE:
		p->unmasked |= (u16)((s->imr & ~value) << chip * 8);
		s->imr = value;
		break;
	case INIT_ICW2:
		s->irq_base = value & 0xf8;
		s->init_state = INIT_ICW3;
		break;
	case INIT_ICW3: s->init_state = s->init4 ? INIT_ICW4 : INIT_DONE; break; /* fixed wiring */
	case INIT_ICW4:
		s->special_fully_nested_mode = !!(value & ICW4_SPECIAL_NESTED);
		s->auto_eoi = !!(value & ICW4_AUTO_EOI);
		s->init_state = INIT_DONE;
		break;
	}
}

void pic_write(struct pic *p, u16 port, u8 value)
{
	bool irqs = irqlock_acquire(&p->lock);
	bool is_elcr = (port & ~1) == PIC_PORT_ELCR;
	u32 chip = is_elcr ? port & 1 : port >> 7;
	struct kvm_pic_state *s = &p->chip[chip];

	if (is_elcr) {
		s->elcr = value & s->elcr_mask;
	} else if (port & 1) {
		write_odd(p, chip, value);
	} else if (value & ICW1) {
		initialize(p, chip, value);
	} else if (value & OCW3) {
		write_ocw3(s, value);
	} else {
		write_ocw2(p, chip, value);
	}
	pic_update_release(p, irqs);
}

/* A poll is an acknowledge by software: bit 7 and the line, or 0. false: another was faster. */
static bool poll(struct pic *p, u32 chip, u8 *value)
{
	bool irqs = irqlock_acquire(&p->lock), mine = p->chip[chip].poll;
	int line = mine ? pic_chip_request(p, chip) : -1;

	if (line >= 0) {
		pic_chip_ack(p, chip, (u32)line);
		if (chip == PIC_SLAVE) {
			/* latched for this line */
			p->chip[PIC_MASTER].irr &= ~(1u << PIC_CASCADE);
		}
	}
	WRITE_ONCE(p->chip[chip].poll, 0); /* last: until then a read waits for the lock */
	pic_update_release(p, irqs);
	*value = line < 0 ? 0 : (u8)(0x80 | line);
	return mine;
}

static __attribute__((noinline)) u8 read_polling(struct pic *p, u16 port)
{
	u8 value;

	return poll(p, !!(port & PIC_PORT_SLAVE_BIT), &value) ? value : pic_read(p, port);
}

/* Needs no lock: the registers are seen as they were at one moment. */
u8 pic_read(struct pic *p, u16 port)
{
	u64 word;

	if (unlikely(port >= PIC_PORT_ELCR)) {
		return READ_ONCE(p->chip[port & 1].elcr);
	}
	word = READ_ONCE(p->word[(port & PIC_PORT_SLAVE_BIT) / (PIC_PORT_SLAVE_BIT / 2)]);
	if (unlikely(BYTE(word, poll))) {
		return read_polling(p, port);
	}
	if (port & 1) {
		return BYTE(word, imr);
	}
	return BYTE(word, read_reg_select) ? BYTE(word, isr) : BYTE(word, irr);
}
