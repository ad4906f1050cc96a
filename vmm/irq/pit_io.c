/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PIT's ports: control word, latches, read-back, counts in one or two bytes, and the system
 * control port with counter 2's gate and output.
 */
#include "core/time.h"
#include "vmm/irq/pit_chip.h"

#define PORT_COUNTERS 0x40
#define PORT_CONTROL 0x43
#define PORT_SYSTEM 0x61

#define CONTROL_COUNTER(v) ((v) >> 6)
#define CONTROL_READ_BACK 3
#define CONTROL_ACCESS(v) ((v) >> 4 & 3)
#define CONTROL_MODE(v) ((v) >> 1 & 7)
#define BACK_NO_COUNT BIT(5)
#define BACK_NO_STATUS BIT(4)

#define SYSTEM_GATE BIT(0)
#define SYSTEM_SPEAKER BIT(1)
#define SYSTEM_REFRESH_SHIFT 4
#define SYSTEM_OUTPUT_SHIFT 5
#define REFRESH_NS_SHIFT 14 /* toggles about every 16 us */

bool pit_has_port(const struct pit *p, u16 port)
{
	return (port & ~3) == PORT_COUNTERS || (port == PORT_SYSTEM && p->has_speaker);
}

/* Holds the count until it is read; a second latch command meanwhile does nothing. */
static void latch_count(struct kvm_pit_channel_state *c)
{
	if (!c->count_latched) {
		c->latched_count = pit_count(c);
		c->count_latched = c->rw_mode;
	}
}

static void latch_status(struct kvm_pit_channel_state *c)
{
	if (!c->status_latched) {
		c->status = (u8)(pit_output(c) << 7 | c->rw_mode << 4 | c->mode << 1 | c->bcd);
		c->status_latched = 1;
	}
}

static void read_back(struct pit *p, u8 value)
{
	for (u32 i = 0; i < PIT_COUNTERS; i++) {
		if (!(value & 2u << i)) {
			continue;
		}
		if (!(value & BACK_NO_COUNT)) {
			latch_count(&p->counter[i]);
		}
		if (!(value & BACK_NO_STATUS)) {
			latch_status(&p->counter[i]);
		}
	}
}

static void write_control(struct pit *p, u8 value)
{
	struct kvm_pit_channel_state *c;
	u8 mode = CONTROL_MODE(value), access = CONTROL_ACCESS(value);

	if (CONTROL_COUNTER(value) == CONTROL_READ_BACK) {
		read_back(p, value);
		return;
	}
	c = &p->counter[CONTROL_COUNTER(value)];
	if (access == PIT_LATCH) {
		latch_count(c);
		return;
	}
	c->rw_mode = c->read_state = c->write_state = access;
	c->mode = mode > 5 ? mode - 4 : mode; /* 6 and 7 are 2 and 3 */
	c->bcd = value & 1;
}

static void write_count(struct pit *p, u32 i, u8 value)
{
	struct kvm_pit_channel_state *c = &p->counter[i];

	switch (c->write_state) {
	case PIT_HIGH: pit_load(p, i, (u32)value << 8); break;
	case PIT_WORD_LOW:
		c->write_latch = value;
		c->write_state = PIT_WORD_HIGH;
		break;
	case PIT_WORD_HIGH:
		c->write_state = PIT_WORD_LOW;
		pit_load(p, i, c->write_latch | (u32)value << 8);
		break;
	default: pit_load(p, i, value); break;
	}
}

/* A rising gate starts the modes that it triggers. */
static void write_system(struct pit *p, u8 value)
{
	struct kvm_pit_channel_state *c = &p->counter[2];
	u8 gate = value & SYSTEM_GATE;

	if (gate > c->gate && c->mode != 0 && c->mode != 4) {
		c->count_load_time = (s64)now_ns();
	}
	c->gate = gate;
	p->flags &= ~KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	p->flags |= value & SYSTEM_SPEAKER ? KVM_PIT_FLAGS_SPEAKER_DATA_ON : 0;
}

void pit_write(struct pit *p, u16 port, u8 value)
{
	bool irqs = irqlock_acquire(&p->lock);

	if (port == PORT_SYSTEM) {
		write_system(p, value);
	} else if (port == PORT_CONTROL) {
		write_control(p, value);
	} else {
		write_count(p, port & 3, value);
	}
	irqlock_release(&p->lock, irqs);
}

static u8 read_latched(struct kvm_pit_channel_state *c)
{
	u8 how = c->count_latched;

	c->count_latched = how == PIT_WORD_LOW ? PIT_HIGH : 0;
	return (u8)(how == PIT_HIGH ? c->latched_count >> 8 : c->latched_count);
}

static u8 read_count(struct kvm_pit_channel_state *c)
{
	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	if (c->count_latched) {
		return read_latched(c);
	}
	switch (c->read_state) {
	case PIT_HIGH: return (u8)(pit_count(c) >> 8);
	case PIT_WORD_LOW: c->read_state = PIT_WORD_HIGH; return (u8)pit_count(c);
	case PIT_WORD_HIGH: c->read_state = PIT_WORD_LOW; return (u8)(pit_count(c) >> 8);
	default: return (u8)pit_count(c);
	}
}

static u8 read_system(const struct pit *p)
{
	const struct kvm_pit_channel_state *c = &p->counter[2];
	u32 value = c->gate & SYSTEM_GATE;

	value |= p->flags & KVM_PIT_FLAGS_SPEAKER_DATA_ON ? SYSTEM_SPEAKER : 0;
	value |= (u32)(now_ns() >> REFRESH_NS_SHIFT & 1) << SYSTEM_REFRESH_SHIFT;
	value |= (u32)pit_output(c) << SYSTEM_OUTPUT_SHIFT;
	return (u8)value;
}

u8 pit_read(struct pit *p, u16 port)
{
	bool irqs = irqlock_acquire(&p->lock);
	u8 value = 0; /* the control word cannot be read */

	if (port == PORT_SYSTEM) {
		value = read_system(p);
	} else if (port != PORT_CONTROL) {
		value = read_count(&p->counter[port & 3]);
	}
	irqlock_release(&p->lock, irqs);
	return value;
}
