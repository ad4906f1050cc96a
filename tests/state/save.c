/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving a machine and restoring it into a fresh one, piece by piece and in an order that works:
 * what others depend on first (the mode of the local APIC before its page, its page before the
 * deadline), what the rest could change last (events).
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"
#include "tests/state/machine.h"

enum { MSR_TSC = 0x10, MSR_DEADLINE = 0x6e0, MSR_CLOCK = 0x4b564d01, MSR_OLD_CLOCK = 0x12 };

/* One of the guest's MSRs: 1, 0 if there is none, -1 for an error. */
static int one_msr(int vcpu, unsigned long number, struct kvm_msr_entry *entry)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} one = {{.nmsrs = 1}, *entry};
	int ret = ioctl(vcpu, number, &one);

	*entry = one.entry;
	return ret;
}

/* Linux keeps these and does not list them: MTRRs. */
static const struct {
	uint32_t first, last;
} unlisted[] = {{0x200, 0x20f}, {0x250, 0x250}, {0x258, 0x259}, {0x268, 0x26f}, {0x2ff, 0x2ff}};

static void save_msr(int vcpu, uint32_t index, struct saved_msrs *s)
{
	struct kvm_msr_entry *e = &s->entries[s->head.nmsrs];

	*e = (struct kvm_msr_entry){.index = index};
	if (index != MSR_DEADLINE && one_msr(vcpu, KVM_GET_MSRS, e) == 1) {
		s->head.nmsrs++;
	}
}

/* All that KVM lists, and those, if they can be read. */
static int save_msrs(struct guest *m, int vcpu, struct saved_vcpu *s)
{
	static struct {
		struct kvm_msr_list head;
		uint32_t indices[STATE_MAX_MSRS / 2];
	} list;
	struct kvm_msr_entry deadline = {.index = MSR_DEADLINE};

	list.head.nmsrs = STATE_MAX_MSRS / 2;
	if (CALL(m->kvm, KVM_GET_MSR_INDEX_LIST, &list)) {
		return -1;
	}
	for (uint32_t i = 0; i < list.head.nmsrs; i++) {
		save_msr(vcpu, list.indices[i], &s->msrs);
	}
	for (unsigned int i = 0; i < sizeof(unlisted) / sizeof(unlisted[0]); i++) {
		for (uint32_t n = unlisted[i].first; n <= unlisted[i].last; n++) {
			save_msr(vcpu, n, &s->msrs);
		}
	}
	one_msr(vcpu, KVM_GET_MSRS, &deadline);
	s->deadline = deadline.data;
	return 0;
}

/* Whatever the machine does not take back is one that holds what a fresh one holds, too. */
static int restore_msrs(int vcpu, struct saved_vcpu *s, enum piece without)
{
	for (uint32_t i = 0; i < s->msrs.head.nmsrs; i++) {
		struct kvm_msr_entry e = s->msrs.entries[i];
		bool is_clock = e.index == MSR_CLOCK || e.index == MSR_OLD_CLOCK;

		if ((without == TSC && e.index == MSR_TSC) || (without == CLOCK_MSR && is_clock)) {
			continue;
		}
		if (without == MSRS && e.index != MSR_TSC && !is_clock) {
			continue;
		}
		if (is_clock && !e.data) {
			continue; /* two names of one register */
		}
		one_msr(vcpu, KVM_SET_MSRS, &e);
	}
	return 0;
}

static int save_vcpu(struct guest *m, int i, struct saved_vcpu *s)
{
	int fd = m->vcpu[i];

	/* First, as it takes messages into account that the rest shows. */
	return CALL(fd, KVM_GET_MP_STATE, &s->mp_state) || CALL(fd, KVM_GET_REGS, &s->regs) ||
	       CALL(fd, KVM_GET_SREGS, &s->sregs) || CALL(fd, KVM_GET_XSAVE, &s->xsave) ||
	       CALL(fd, KVM_GET_XCRS, &s->xcrs) || CALL(fd, KVM_GET_DEBUGREGS, &s->debugregs) ||
	       CALL(fd, KVM_GET_LAPIC, &s->lapic) ||
	       CALL(fd, KVM_GET_VCPU_EVENTS, &s->events) || save_msrs(m, fd, s);
}

/* The part of the events that is left out. */
static void forget_event(struct kvm_vcpu_events *e, enum piece without)
{
	switch (without) {
	case EXCEPTION: e->exception.injected = e->exception.pending = 0; break;
	case INTERRUPT: e->interrupt.injected = 0; break;
	case NMI_PENDING: e->nmi.pending = 0; break;
	case NMI_MASKED: e->nmi.masked = 0; break;
	case SHADOW: e->interrupt.shadow = 0; break;
	case TRIPLE_FAULT: e->triple_fault.pending = 0; break;
	default: break;
	}
}

static int restore_vcpu(struct guest *m, int i, struct saved_vcpu *s, enum piece without)
{
	struct kvm_msr_entry deadline = {.index = MSR_DEADLINE, .data = s->deadline};
	bool mp_state = without == MP_STATE || (without == MP_STATE_1 && i == 1);
	struct kvm_vcpu_events events = s->events;
	struct kvm_sregs fresh;
	int fd = m->vcpu[i];

	if (without == SREGS) { /* the local APIC's page needs its mode, which is not meant */
		if (CALL(fd, KVM_GET_SREGS, &fresh)) {
			return -1;
		}
		fresh.apic_base = s->sregs.apic_base;
		s->sregs = fresh;
	}
	forget_event(&events, without);
	if (CALL(fd, KVM_SET_SREGS, &s->sregs) ||
	    (without != REGS && CALL(fd, KVM_SET_REGS, &s->regs)) ||
	    (without != XCRS && CALL(fd, KVM_SET_XCRS, &s->xcrs)) ||
	    (without != FPU && CALL(fd, KVM_SET_XSAVE, &s->xsave)) ||
	    restore_msrs(fd, s, without) ||
	    (without != LAPIC && CALL(fd, KVM_SET_LAPIC, &s->lapic)) ||
	    (!mp_state && CALL(fd, KVM_SET_MP_STATE, &s->mp_state)) ||
	    (without != DEBUGREGS && CALL(fd, KVM_SET_DEBUGREGS, &s->debugregs))) {
		return -1;
	}
	if (without != DEADLINE && without != LAPIC && one_msr(fd, KVM_SET_MSRS, &deadline) != 1) {
		failed("the deadline cannot be set");
		return -1;
	}
	return CALL(fd, KVM_SET_VCPU_EVENTS, &events);
}

int machine_save(struct guest *m, struct saved *s)
{
	memset(s, 0, sizeof(*s));
	s->vcpus = m->vcpus;
	for (int i = 0; i < m->vcpus; i++) {
		if (save_vcpu(m, i, &s->vcpu[i])) {
			return -1;
		}
	}
	for (int i = 0; i < 3; i++) {
		s->chip[i].chip_id = i;
		if (CALL(m->vm, KVM_GET_IRQCHIP, &s->chip[i])) {
			return -1;
		}
	}
	memcpy(s->memory, m->memory, STATE_USED);
	return CALL(m->vm, KVM_GET_PIT2, &s->pit) || CALL(m->vm, KVM_GET_CLOCK, &s->clock);
}

int machine_restore(struct guest *m, struct saved *s, enum piece without)
{
	struct kvm_clock_data clock = {.clock = s->clock.clock};

	memcpy(m->memory, s->memory, STATE_USED);
	if (without != CLOCK && CALL(m->vm, KVM_SET_CLOCK, &clock)) {
		return -1;
	}
	for (int i = 0; i < s->vcpus; i++) {
		if (restore_vcpu(m, i, &s->vcpu[i], without)) {
			return -1;
		}
	}
	for (int i = 0; i < 3; i++) {
		if (without != (enum piece)(PIC_MASTER + i) &&
		    CALL(m->vm, KVM_SET_IRQCHIP, &s->chip[i])) {
			return -1;
		}
	}
	return without == PIT ? 0 : CALL(m->vm, KVM_SET_PIT2, &s->pit);
}

int machine_move(struct guest *m, struct saved *s, enum piece without)
{
	int vcpus = m->vcpus;

	if (machine_save(m, s)) {
		return -1;
	}
	guest_destroy(m);
	return machine_create_bare(m, vcpus) || machine_restore(m, s, without);
}
