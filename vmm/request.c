/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * INIT, SIPI, NMI, clock updates, triple faults, the end of the VM, and HLT's sleep. Called by
 * vmm/run.c.
 */
#include "vmm/request.h"

#include "core/errno.h"
#include "vmm/clock.h"
#include "vmm/run_page.h"

static enum exit_next leave(struct vcpu *v, u32 reason, int error)
{
	run_page_reason(v, reason);
	v->run_error = error;
	return EXIT_LEAVE;
}

static void take_init(struct vcpu *v)
{
	vcpu_reset(v, true);
	v->mp_state =
		v->id == v->vm->boot_vcpu_id ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_INIT_RECEIVED;
}

/* Starts at vector * 4 KiB in real mode; ignored unless an INIT came before. */
static void take_sipi(struct vcpu *v)
{
	u8 vector = READ_ONCE(v->sipi_vector);
	struct hv_sregs s;

	if (v->mp_state != KVM_MP_STATE_INIT_RECEIVED) {
		return;
	}
	hv_get_sregs(&v->hv, &s, HV_SREG_SEG);
	s.seg[HV_CS].selector = vector << 8;
	s.seg[HV_CS].base = (u64)vector << 12;
	hv_set_sregs(&v->hv, &s, HV_SREG_SEG);
	v->hv.regs.rip = 0;
	v->mp_state = KVM_MP_STATE_RUNNABLE;
}

void requests_take_init_sipi(struct vcpu *v)
{
	if (vcpu_take_request(v, REQ_INIT)) {
		take_init(v);
	}
	if (vcpu_take_request(v, REQ_SIPI)) {
		take_sipi(v);
	}
}

static enum exit_next serve(struct vcpu *v)
{
	if (vcpu_take_request(v, REQ_KILL)) {
		return EXIT_KILL;
	}
	if (vcpu_take_request(v, REQ_TRIPLE_FAULT)) {
		return leave(v, KVM_EXIT_SHUTDOWN, 0);
	}
	requests_take_init_sipi(v);
	if (vcpu_take_request(v, REQ_NMI)) {
		v->ev.nmi_pending = true;
		v->ev.check = true;
	}
	if (vcpu_take_request(v, REQ_CLOCK)) {
		clock_update(v);
		vcpu_load(v);
	}
	if (vcpu_take_request(v, REQ_EVENT)) {
		v->ev.check = true;
	}
	return EXIT_RESUME;
}

/* What ends a HLT: anything that could be delivered now. */
static bool ends_halt(struct vcpu *v)
{
	if (v->mp_state != KVM_MP_STATE_HALTED && v->mp_state != KVM_MP_STATE_AP_RESET_HOLD) {
		return false;
	}
	return v->ev.nmi_pending || (v->can_wake && events_has_interrupt(v));
}

/* That, or a request to look at. Under the wait queue's lock. */
static bool awake(void *arg)
{
	struct vcpu *v = arg;

	return READ_ONCE(v->requests) & ~(1u << REQ_EVENT) || ends_halt(v);
}

/* Sleeps in HLT, or until an INIT or SIPI; the run loop comes back to see what it was. */
static enum exit_next wait(struct vcpu *v)
{
	int err;

	v->can_wake = events_can_interrupt(v);
	err = waitq_wait(&v->halt_wq, awake, v, WAIT_FOREVER, WAIT_INTERRUPTIBLE);
	vcpu_load(v);
	if (err) {
		return leave(v, KVM_EXIT_INTR, -EINTR);
	}
	if (ends_halt(v)) {
		v->mp_state = KVM_MP_STATE_RUNNABLE;
		v->ev.check = true;
	}
	return EXIT_RESUME;
}

/* The VMM waits for a moment in which its interrupt can be taken. */
static bool window_is_open(struct vcpu *v)
{
	return v->want_window && !events_has_interrupt(v) && events_can_interrupt(v);
}

enum exit_next requests_handle(struct vcpu *v)
{
	bool unborn = v->mp_state == KVM_MP_STATE_UNINITIALIZED;
	enum exit_next next = serve(v);

	if (next != EXIT_RESUME) {
		return next;
	}
	if (unborn && v->mp_state != KVM_MP_STATE_UNINITIALIZED) {
		return leave(v, KVM_EXIT_UNKNOWN, -EAGAIN); /* as KVM: the VMM comes again */
	}
	if (v->mp_state != KVM_MP_STATE_RUNNABLE) {
		return wait(v);
	}
	if (window_is_open(v)) {
		return leave(v, KVM_EXIT_IRQ_WINDOW_OPEN, 0);
	}
	return EXIT_RESUME;
}
