/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC's timer: one-shot and periodic at 1 GHz / divider, and TSC-deadline. Under the
 * lock timer_armed, timer_target and tsc_deadline are the truth; the host timer only asks for a
 * look at them, so a callback that was under way while the guest re-programmed does nothing. It
 * never fires before the guest's clock says so.
 */
#include "arch/x86/asm/tsc.h"
#include "core/time.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

/* A guest could keep the host busy with a shorter period. */
#define MIN_PERIOD_NS (200 * NSEC_PER_USEC)
/* Looked at again after so many ticks at the latest: no sum overflows. */
#define MAX_LOOK_AHEAD BIT(40)

static u32 mode_of(const struct lapic *l)
{
	return lapic_get(l, LAPIC_LVT_TIMER) & LVT_TIMER_MODE;
}

/* Nanoseconds of one count: 1, 2, 4 ... 128. */
static u32 divider(u32 divide)
{
	return 1u << (((divide & 3) | (divide & 8) >> 1) + 1) % 8;
}

static u64 period_ns(const struct lapic *l)
{
	u64 ns = (u64)lapic_get(l, LAPIC_TIMER_INIT) *
		 divider(lapic_get(l, LAPIC_TIMER_DIVIDE));

	return mode_of(l) == LVT_TIMER_PERIODIC ? MAX(ns, MIN_PERIOD_NS) : ns;
}

void lapic_timer_stop(struct lapic *l)
{
	l->timer_armed = false;
	l->tsc_deadline = 0;
	(void)timer_disarm(&l->timer);
}

static void arm(struct lapic *l, u64 target)
{
	l->timer_armed = true;
	l->timer_target = target;
	timer_arm(&l->timer, target);
}

/*
 * Whether the guest's counter has reached its deadline; if not, armed for the first nanosecond
 * when it has.
 */
static bool deadline_reached(struct lapic *l)
{
	u64 tsc = rdtsc(), guest = tsc + READ_ONCE(l->v->tsc_offset), ns;

	if (guest >= l->tsc_deadline) {
		return true;
	}
	tsc += MIN(l->tsc_deadline - guest, MAX_LOOK_AHEAD);
	ns = time_tsc_to_ns(tsc);
	arm(l, time_ns_to_tsc(ns) < tsc ? ns + 1 : ns);
	return false;
}

/* The LVT entry's interrupt; whether it is new and the caller must kick. Lock held. */
static bool inject(struct lapic *l)
{
	u32 lvt = lapic_get(l, LAPIC_LVT_TIMER);

	if (mode_of(l) == LVT_TIMER_DEADLINE) {
		l->tsc_deadline = 0;
	}
	return !(lvt & LVT_MASKED) && lapic_request_locked(l, lvt & LVT_VECTOR, false);
}

/* Fires if it is time, and starts the next period. Periods missed are one interrupt. Lock held. */
static bool check(struct lapic *l)
{
	u64 now = now_ns(), period;

	if (mode_of(l) == LVT_TIMER_DEADLINE) {
		if (!deadline_reached(l)) {
			return false;
		}
	} else if (now < l->timer_target) {
		return false; /* programmed anew meanwhile; the new time is in the queue */
	}
	l->timer_armed = false;
	if (mode_of(l) == LVT_TIMER_PERIODIC) {
		period = period_ns(l);
		arm(l, now + period - (now - l->timer_target) % period);
	}
	return inject(l);
}

/* Whether it has to wait for KVM_RUN, which looks at timer_held after setting in_run. Lock held. */
static bool hold(struct lapic *l)
{
	struct vcpu *v = l->v;

	if (READ_ONCE(v->in_run)) {
		return false;
	}
	WRITE_ONCE(v->timer_held, true);
	smp_mb();
	return !READ_ONCE(v->in_run);
}

/* fresh: there is a new interrupt. */
static void release_and_kick(struct lapic *l, bool irqs, bool fresh)
{
	irqlock_release(&l->lock, irqs);
	if (fresh) {
		vcpu_kick(l->v);
	}
}

void lapic_timer_release(struct lapic *l)
{
	bool irqs = irqlock_acquire(&l->lock), fresh;

	WRITE_ONCE(l->v->timer_held, false);
	fresh = l->timer_armed && check(l);
	release_and_kick(l, irqs, fresh);
}

void lapic_timer_expired(struct timer *t)
{
	struct lapic *l = container_of(t, struct lapic, timer);
	bool irqs = irqlock_acquire(&l->lock);
	bool fresh = l->timer_armed && !hold(l) && check(l);

	release_and_kick(l, irqs, fresh);
}

/* A count starts with `left` nanoseconds to go. Lock held. */
static void start(struct lapic *l, u64 left)
{
	arm(l, now_ns() + left);
}

/* As start, with counts to go, but at most a period. */
static void resume(struct lapic *l, u32 count)
{
	u64 ns = (u64)count * divider(lapic_get(l, LAPIC_TIMER_DIVIDE));

	start(l, MIN(ns, period_ns(l)));
}

void lapic_write_timer_init(struct lapic *l, u32 value)
{
	bool irqs = irqlock_acquire(&l->lock);

	if (mode_of(l) == LVT_TIMER_ONESHOT || mode_of(l) == LVT_TIMER_PERIODIC) {
		lapic_timer_stop(l);
		lapic_put(l, LAPIC_TIMER_INIT, value);
		if (value) {
			start(l, period_ns(l));
		}
	}
	irqlock_release(&l->lock, irqs);
}

/* Counts left of the running period, rounded up: 0 is never seen before the interrupt is due. */
static u32 count_locked(struct lapic *l)
{
	u64 now = now_ns(), period = period_ns(l), left, count;

	if (!l->timer_armed || mode_of(l) == LVT_TIMER_DEADLINE) {
		return 0;
	}
	if (now < l->timer_target) {
		left = l->timer_target - now;
	} else if (!READ_ONCE(l->v->in_run)) {
		left = 1; /* restored elsewhere, it fires at once */
	} else {
		/* The callback is late. */
		left = mode_of(l) == LVT_TIMER_PERIODIC ?
			       period - (now - l->timer_target) % period :
			       0;
	}
	count = left + divider(lapic_get(l, LAPIC_TIMER_DIVIDE)) - 1;
	count /= divider(lapic_get(l, LAPIC_TIMER_DIVIDE));
	return (u32)MIN(count, lapic_get(l, LAPIC_TIMER_INIT));
}

u32 lapic_timer_count(struct lapic *l)
{
	bool irqs = irqlock_acquire(&l->lock);
	u32 count = count_locked(l);

	irqlock_release(&l->lock, irqs);
	return count;
}

void lapic_write_timer_divide(struct lapic *l, u32 value)
{
	bool irqs = irqlock_acquire(&l->lock);
	u32 count = count_locked(l);

	lapic_put(l, LAPIC_TIMER_DIVIDE, value & 0xb);
	if (l->timer_armed && count) {
		resume(l, count);
	}
	irqlock_release(&l->lock, irqs);
}

void lapic_timer_restore(struct lapic *l, u32 count, u64 deadline)
{
	u32 init = lapic_get(l, LAPIC_TIMER_INIT);

	switch (mode_of(l)) {
	case LVT_TIMER_DEADLINE:
		l->tsc_deadline = deadline;
		if (deadline) {
			(void)check(l);
		}
		break;
	case LVT_TIMER_PERIODIC:
		if (init) {
			resume(l, count ? count : init);
		}
		break;
	case LVT_TIMER_ONESHOT:
		if (init && count) {
			resume(l, count);
		}
		break;
	default: break;
	}
}

void lapic_timer_set_mode(struct lapic *l, u32 old, u32 mode)
{
	if (old != mode && (old == LVT_TIMER_DEADLINE || mode == LVT_TIMER_DEADLINE)) {
		lapic_timer_stop(l);
		lapic_put(l, LAPIC_TIMER_INIT, 0);
	}
}

u64 lapic_get_tsc_deadline(struct lapic *l)
{
	bool irqs = irqlock_acquire(&l->lock);
	u64 tsc = l->tsc_deadline;

	irqlock_release(&l->lock, irqs);
	return tsc;
}

void lapic_set_tsc_deadline(struct lapic *l, u64 tsc)
{
	bool irqs = irqlock_acquire(&l->lock);
	bool fresh = false;

	if (lapic_hw_enabled(l) && mode_of(l) == LVT_TIMER_DEADLINE) {
		lapic_timer_stop(l);
		if (tsc) {
			l->tsc_deadline = tsc;
			fresh = check(l);
		}
	}
	release_and_kick(l, irqs, fresh);
}
