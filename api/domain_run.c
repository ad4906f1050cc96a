/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run loop of a control vCPU: load, look for work, inject at most one event, enter, handle
 * the exit. A kick becomes an external interrupt as soon as the runtime could take one; a thread
 * that must exit leaves.
 */
#include "api/call.h"
#include "api/domain.h"

#define CALL_LEN 3

/* Calls find their arguments in the registers where the exit left them. */
ASSERT_OFFSET(struct hv_regs, gpr, 0);
ASSERT_OFFSET(struct call_args, rdi, HV_RDI * sizeof(u64));
ASSERT_OFFSET(struct call_args, r10, HV_R10 * sizeof(u64));

static void ask_window(struct domain_thread *t, bool on)
{
	if (t->window_asked != on) {
		hv_request_window(&t->vcpu, false, on);
		t->window_asked = on;
	}
}

static bool interruptible(struct hv_vcpu *v)
{
	struct hv_intr_state s;

	if (!(v->regs.rflags & RFLAGS_IF)) {
		return false;
	}
	hv_get_intr_state(v, &s);
	return !s.sti_shadow && !s.movss_shadow;
}

/*
 * Hands the next entry its event: one that was interrupted or decided on, else a kick. Interrupts
 * off.
 */
static void give_event(struct domain_thread *t)
{
	static const struct hv_event kick = {.type = HV_EVENT_EXTINT, .vector = CORBEL_KICK_VECTOR};

	if (t->event.type != HV_EVENT_NONE) {
		hv_inject(&t->vcpu, &t->event);
		t->event.type = HV_EVENT_NONE;
		ask_window(t, READ_ONCE(t->thread.kicked));
		return;
	}
	if (likely(!READ_ONCE(t->thread.kicked))) {
		ask_window(t, false);
		return;
	}
	if (interruptible(&t->vcpu)) {
		(void)kick_test_and_clear();
		hv_inject(&t->vcpu, &kick);
		ask_window(t, false);
	} else {
		ask_window(t, true);
	}
}

/*
 * One entry and exit; false: something else has to be looked at first. Everything up to the entry
 * is on the way of every hypercall.
 */
static inline bool enter(struct domain_thread *t, struct hv_exit *exit)
{
	struct hv_vcpu *v = &t->vcpu;

	/* A switch takes the vCPU off: it is loaded here or nowhere, and nothing switches below. */
	if (unlikely(v->cpu == HV_NO_CPU || t->hvt.fpu_live != t->fpu)) {
		hv_thread_load(&t->hvt, v);
		hv_thread_fpu(&t->hvt, t->fpu);
	}
	irq_disable();
	WRITE_ONCE(t->thread.in_guest, true);
	smp_mb(); /* against whoever sets one of the three below, then looks at in_guest */
	if (unlikely(READ_ONCE(this_cpu()->need_resched) | READ_ONCE(t->thread.must_exit))) {
		WRITE_ONCE(t->thread.in_guest, false);
		irq_enable();
		cond_resched();
		return false;
	}
	if (unlikely(READ_ONCE(t->thread.kicked) | t->event.type | t->window_asked)) {
		give_event(t);
	}
	if (unlikely(s2_enter(v->s2, &v->s2_seen))) {
		hv_s2_flush(v);
	}
	hv_run(v, exit);
	s2_leave();
	WRITE_ONCE(t->thread.in_guest, false);
	if (unlikely(exit->reinject.type != HV_EVENT_NONE)) {
		t->event = exit->reinject;
	}
	irq_enable();
	return true;
}

/* The instruction is three bytes by the ABI. Nothing but RAX changes. */
static inline void hypercall(struct domain_thread *t)
{
	struct hv_regs *r = &t->vcpu.regs;
	const struct call_args *args = (const struct call_args *)r;
	u64 number = args->rax;

	t->calls++;
	r->rip += CALL_LEN;
	if (unlikely(number > UINT32_MAX)) {
		number = UINT32_MAX;
	}
	r->gpr[HV_RAX] = (u64)call_dispatch(t, (u32)number, args);
}

static inline __attribute__((always_inline)) void handle(struct domain_thread *t,
							 const struct hv_exit *exit)
{
	if (likely(exit->kind == HV_EXIT_HYPERCALL && exit->call.kernel64)) {
		hypercall(t);
	} else {
		domain_exit(t, exit);
	}
}

void domain_handle(struct domain_thread *t, const struct hv_exit *exit)
{
	handle(t, exit);
}

void domain_run(struct domain_thread *t)
{
	struct hv_exit exit;

	for (;;) {
		if (likely(enter(t, &exit))) {
			handle(t, &exit);
		} else if (READ_ONCE(t->thread.must_exit)) {
			return;
		}
	}
}
