/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PIT's life, its interrupts and its state. Interrupts are sent with the lock dropped; each
 * one needs a tick or an acknowledgement, so none of this can go round by itself.
 */
#include "vmm/irq/pit.h"

#include "core/string.h"
#include "core/time.h"
#include "mm/slab.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/pit_chip.h"
#include "vmm/vm.h"

#define COUNT_MAX 65536
/* A guest could keep the host busy with a shorter period. */
#define MIN_PERIOD_NS (200 * NSEC_PER_USEC)
#define MISSED_MAX 100000
#define MODE_NONE 0xff /* never programmed */

static void forget_missed(struct pit *p)
{
	p->missed = 0;
	p->acked = true;
}

static void disarm(struct pit *p)
{
	p->armed = false;
	(void)timer_disarm(&p->timer);
}

static void arm(struct pit *p, u64 target)
{
	p->armed = true;
	p->target = target;
	timer_arm(&p->timer, target);
}

static void start_timer(struct pit *p, u32 count, bool periodic)
{
	u64 ns = count * NSEC_PER_SEC / PIT_HZ;

	if (p->flags & KVM_PIT_FLAGS_HPET_LEGACY || p->stopped) {
		return; /* the HPET drives the line instead */
	}
	forget_missed(p);
	p->periodic = periodic;
	p->period = periodic ? MAX(ns, MIN_PERIOD_NS) : ns;
	arm(p, now_ns() + p->period);
}

void pit_load(struct pit *p, u32 i, u32 count)
{
	struct kvm_pit_channel_state *c = &p->counter[i];

	c->count = count ? count : COUNT_MAX;
	c->count_load_time = (s64)now_ns();
	if (i) {
		return;
	}
	disarm(p);
	switch (c->mode) {
	case 0:
	case 1: /* its gate is always high; KVM lets it run, too */
	case 4: start_timer(p, c->count, false); break;
	case 2:
	case 3: start_timer(p, c->count, true); break;
	default: break;
	}
}

/* Without chips nobody hears it. Lock not held. */
static void pulse(struct pit *p)
{
	struct irqchip *chip = smp_load_acquire(&p->vm->irqchip);

	if (chip) {
		(void)irqchip_set_line(chip, IRQ_SOURCE_PIT, PIT_GSI, true);
		(void)irqchip_set_line(chip, IRQ_SOURCE_PIT, PIT_GSI, false);
	}
}

/* So many ticks have passed: whether one interrupt is to be sent now. */
static bool tick(struct pit *p, u64 ticks)
{
	if (!p->reinject) {
		return true;
	}
	p->missed = (u32)MIN(p->missed + ticks, MISSED_MAX);
	if (!p->acked) {
		return false;
	}
	p->acked = false;
	return true;
}

static void expired(struct timer *t)
{
	struct pit *p = container_of(t, struct pit, timer);
	bool irqs = irqlock_acquire(&p->lock), send = false;
	u64 now = now_ns(), ticks = 1;

	if (p->armed && now >= p->target) {
		p->armed = false;
		if (p->periodic) {
			ticks += (now - p->target) / p->period;
			arm(p, p->target + ticks * p->period);
		}
		send = tick(p, ticks);
	}
	irqlock_release(&p->lock, irqs);
	if (send) {
		pulse(p);
	}
}

void pit_acked(struct pit *p)
{
	bool irqs = irqlock_acquire(&p->lock), send = false;

	if (p->reinject) {
		p->acked = true;
		if (p->missed && --p->missed) {
			p->acked = false;
			send = true;
		}
	}
	irqlock_release(&p->lock, irqs);
	if (send) {
		pulse(p);
	}
}

void pit_forget_missed(struct pit *p)
{
	bool irqs = irqlock_acquire(&p->lock);

	forget_missed(p);
	irqlock_release(&p->lock, irqs);
}

void pit_set_reinject(struct pit *p, bool reinject)
{
	bool irqs = irqlock_acquire(&p->lock);

	if (p->reinject != reinject) {
		forget_missed(p);
		p->reinject = reinject;
	}
	irqlock_release(&p->lock, irqs);
}

struct pit *pit_create(struct vm *vm, u32 flags)
{
	struct pit *p = kzalloc(sizeof(*p));

	if (!p) {
		return NULL;
	}
	p->vm = vm;
	p->has_speaker = flags & KVM_PIT_SPEAKER_DUMMY;
	p->reinject = p->acked = true;
	timer_init(&p->timer, expired);
	for (u32 i = 0; i < PIT_COUNTERS; i++) {
		p->counter[i].mode = MODE_NONE;
		p->counter[i].gate = i != 2;
		pit_load(p, i, 0);
	}
	return p;
}

void pit_stop(struct pit *p)
{
	bool irqs = irqlock_acquire(&p->lock);

	p->stopped = true;
	disarm(p);
	irqlock_release(&p->lock, irqs);
	(void)timer_cancel(&p->timer);
}

void pit_get_state(struct pit *p, struct kvm_pit_state2 *s)
{
	bool irqs = irqlock_acquire(&p->lock);

	*s = (struct kvm_pit_state2){.flags = p->flags};
	memcpy(s->channels, p->counter, sizeof(s->channels));
	irqlock_release(&p->lock, irqs);
}

void pit_set_state(struct pit *p, const struct kvm_pit_state2 *s)
{
	bool irqs = irqlock_acquire(&p->lock);

	p->flags = s->flags & (KVM_PIT_FLAGS_HPET_LEGACY | KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	memcpy(p->counter, s->channels, sizeof(p->counter));
	for (u32 i = 0; i < PIT_COUNTERS; i++) {
		pit_load(p, i, p->counter[i].count);
	}
	irqlock_release(&p->lock, irqs);
}
