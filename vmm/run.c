/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM_RUN: finishes the pending access, then enters the guest until an exit that the VMM must
 * see, a kick or an error. Who wants something of a vCPU sets a request and looks at v->mode;
 * the loop sets mode and looks at the requests: with a full barrier in between on both sides
 * nothing is missed.
 */
#include "arch/x86/hv/hv_thread.h"
#include "vmm/pio.h"
#include "vmm/request.h"
#include "vmm/run_page.h"

#define CR8_MAX 15

/* Interrupts off. Whether something has come up since the requests were handled. */
static inline bool must_not_enter(struct vcpu *v, struct thread *me)
{
	struct cpu *here = this_cpu();

	WRITE_ONCE(v->mode, VCPU_IN_GUEST);
	WRITE_ONCE(me->in_guest, true);
	smp_mb();
	return READ_ONCE(v->requests) || READ_ONCE(me->kicked) || READ_ONCE(me->must_exit) ||
	       READ_ONCE(here->need_resched) || v->hv.cpu != here->index;
}

static void outside(struct vcpu *v, struct thread *me)
{
	WRITE_ONCE(v->mode, VCPU_OUTSIDE);
	WRITE_ONCE(me->in_guest, false);
}

/* One entry into the guest. false: did not enter. Interrupts are on before and after. */
static bool enter(struct vcpu *v, struct thread *me, struct hv_exit *exit)
{
	irq_disable();
	if (unlikely(must_not_enter(v, me))) {
		outside(v, me);
		irq_enable();
		return false;
	}
	if (v->ev.check) {
		events_inject(v);
	}
	if (s2_enter(&v->vm->s2, &v->hv.s2_seen)) {
		hv_s2_flush(&v->hv);
	}
	hv_run(&v->hv, exit);
	s2_leave();
	outside(v, me);
	if (unlikely(events_to_collect(&v->ev, exit))) {
		events_collect(v, exit);
	}
	irq_enable();
	return true;
}

static enum exit_next interrupted(struct vcpu *v)
{
	run_page_reason(v, KVM_EXIT_INTR);
	v->run_error = -EINTR;
	return EXIT_LEAVE;
}

/* What kept the vCPU out, but for requests: those come with the next round. */
static enum exit_next not_entered(struct vcpu *v, struct thread *me)
{
	if (kick_pending()) {
		(void)kick_test_and_clear();
		return interrupted(v);
	}
	cond_resched();
	hv_thread_load(me->owner, &v->hv);
	return EXIT_RESUME;
}

static enum exit_next run_once(struct vcpu *v, struct thread *me)
{
	struct hv_exit exit;
	enum exit_next next;

	if (unlikely(v->requests || v->mp_state != KVM_MP_STATE_RUNNABLE || v->want_window)) {
		next = requests_handle(v);
		if (next != EXIT_RESUME) {
			return next;
		}
	}
	if (unlikely(!enter(v, me, &exit))) {
		return not_entered(v, me);
	}
	return exit_handle(v, &exit);
}

/*
 * What is checked before anything is done, then what is done before the first entry. 1: enter;
 * 0: the run page is filled.
 */
static int prepare(struct vcpu *v)
{
	struct run_input in = run_page_input(v);

	if (in.bad_regs || (!v->lapic && in.cr8 > CR8_MAX)) {
		return -EINVAL;
	}
	v->want_window = in.want_window && !v->vm->irqchip;
	v->ev.check |= v->want_window || v->ev.window;
	if (!v->lapic && in.cr8 != v->cr8) {
		vcpu_set_cr8(v, in.cr8);
	}
	if (v->pending >= PENDING_MMIO_READ) {
		if (mmio_complete(v)) {
			return 0; /* a further part of the same instruction */
		}
	} else if (v->pending) {
		pio_complete(v);
	}
	if (in.immediate_exit) {
		return -EINTR;
	}
	return 1;
}

int vcpu_run(struct vcpu *v)
{
	struct thread *me = current_thread();
	struct hv_thread *ht = me->owner;
	struct fpu_state *mine = ht->fpu_live;
	enum exit_next next;
	int err = prepare(v);

	if (err <= 0) {
		run_page_output(v);
		return err;
	}
	v->run_error = 0;
	v->has_run = true;
	run_page_reason(v, KVM_EXIT_UNKNOWN);
	WRITE_ONCE(v->in_run, true);
	smp_mb();
	if (unlikely(READ_ONCE(v->timer_held))) {
		lapic_timer_release(v->lapic);
	}
	hv_thread_fpu(ht, v->fpu);
	do {
		next = run_once(v, me);
	} while (next == EXIT_RESUME);
	hv_thread_fpu(ht, mine);
	WRITE_ONCE(v->in_run, false);
	run_page_output(v);
	return next == EXIT_KILL ? -EIO : v->run_error;
}
