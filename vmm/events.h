/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits to be delivered to a vCPU and in which order: an exception, an event whose
 * delivery was interrupted, an NMI, an external interrupt. Exactly one goes to the hardware per
 * entry. All of the vCPU's own thread.
 */
#pragma once

#include "arch/x86/hv/hv_exit.h"

struct vcpu;

enum vector {
	VEC_DE = 0, VEC_DB = 1, VEC_NMI = 2, VEC_BP = 3, VEC_UD = 6, VEC_NM = 7, VEC_DF = 8,
	VEC_TS = 10, VEC_NP = 11, VEC_SS = 12, VEC_GP = 13, VEC_PF = 14, VEC_AC = 17, VEC_MC = 18
};

enum event_slot { SLOT_NONE, SLOT_EXCEPTION, SLOT_OTHER };

struct vcpu_events {
	struct hv_event exception; /* raised, to be delivered first; type NONE: none */
	struct hv_event
		again; /* interrupt, NMI or software event whose delivery an exit interrupted */
	/* of the exception, from KVM_SET_VCPU_EVENTS: not begun, CR2 or DR6 comes with it */
	bool pending, has_payload;
	u64 payload;
	u8 in_flight;  /* enum event_slot: which of the two the hardware got for this run */
	bool nmi_pending;
	bool window, nmi_window; /* requested of the hardware */
	bool check;		 /* look at all of this before the next entry */
	s32 user_irq;		 /* KVM_INTERRUPT without chips, or -1 */
};

/*
 * Raises an exception. Merges with one that is being delivered as the architecture says: double
 * fault, triple fault.
 */
void event_exception(struct vcpu *v, u8 vector, bool has_error, u32 error);
static inline void event_ud(struct vcpu *v)
{
	event_exception(v, VEC_UD, false, 0);
}
static inline void event_gp(struct vcpu *v)
{
	event_exception(v, VEC_GP, true, 0);
}
/* A page fault: writes CR2 too. vCPU loaded. */
void event_page_fault(struct vcpu *v, u64 address, u32 error);
/* A debug trap with these DR6 bits. vCPU loaded. */
void event_debug(struct vcpu *v, u64 dr6);

/*
 * Hands at most one event to the hardware and asks for windows. Interrupts off, vCPU loaded,
 * right before the run.
 */
void events_inject(struct vcpu *v);
/* After a run for which this is true: notes what was delivered and what must come again. */
static inline bool events_to_collect(const struct vcpu_events *ev, const struct hv_exit *exit)
{
	return ev->in_flight | exit->reinject.type | ev->window | ev->nmi_window |
	       ev->exception.type | ev->again.type;
}
void events_collect(struct vcpu *v, const struct hv_exit *exit);
/* Whether an external interrupt is waiting (PIC or local APIC, or KVM_INTERRUPT). */
bool events_has_interrupt(struct vcpu *v);
/*
 * Whether the guest could take an external interrupt now: IF set, no shadow, nothing in
 * delivery. vCPU loaded.
 */
bool events_can_interrupt(struct vcpu *v);
