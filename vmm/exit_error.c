/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exits that only the VMM can report: stage-2 faults that no slot explains, and
 * KVM_EXIT_INTERNAL_ERROR.
 */
#include "core/string.h"
#include "vmm/exit.h"
#include "vmm/guest_mem.h"
#include "vmm/run_page.h"

#define INFO_WORDS 5 /* the raw exit, behind flags and bytes, as Linux has it */
/*
 * Behind them, for an access that no memory answers, two words that Linux has not: the
 * guest-physical address and the access (S2_R, S2_W or S2_X).
 */
#define ACCESS_WORDS 2
#define BYTES_WORDS 2

/* For reports only: bytes at RIP, without raising anything. */
static u32 report_bytes(struct vcpu *v, const struct hv_exit *exit, union fetch_bytes *bytes)
{
	struct fetch_at at;
	u32 error;
	int count;

	if (exit->insn_bytes_len) {
		memcpy(bytes->b, exit->insn_bytes, FETCH_MAX);
		return MIN(exit->insn_bytes_len, FETCH_MAX);
	}
	fetch_where(v, &at);
	count = fetch_bytes(v, &at, 0, bytes, &error);
	return count < 0 ? 0 : count;
}

enum exit_next exit_internal_error(struct vcpu *v, const struct hv_exit *exit, u32 suberror)
{
	struct kvm_run *run = v->run;

	run_page_reason(v, KVM_EXIT_INTERNAL_ERROR);
	run->internal.suberror = suberror;
	run->internal.ndata = 2;
	run->internal.data[0] = exit->raw_reason;
	run->internal.data[1] = v->hv.last_cpu;
	return EXIT_LEAVE;
}

enum exit_next exit_needs_emulation(struct vcpu *v, const struct hv_exit *exit)
{
	struct kvm_run *run = v->run;
	union fetch_bytes bytes = {{0}};
	u32 count = report_bytes(v, exit, &bytes), at = 1;

	run_page_reason(v, KVM_EXIT_INTERNAL_ERROR);
	run->emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	run->emulation_failure.flags =
		count ? KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES : 0;
	if (count) {
		run->emulation_failure.insn_size = count;
		memcpy(run->emulation_failure.insn_bytes, bytes.b, FETCH_MAX);
		at += BYTES_WORDS;
	}
	run->internal.data[at] = exit->raw_reason;
	run->internal.data[at + 1] = exit->raw_qualification;
	for (u32 i = 2; i < INFO_WORDS; i++) {
		run->internal.data[at + i] = 0;
	}
	at += INFO_WORDS;
	if (exit->kind == HV_EXIT_S2_FAULT) {
		run->internal.data[at] = exit->s2.gpa.v;
		run->internal.data[at + 1] = exit->s2.access;
		at += ACCESS_WORDS;
	}
	run->emulation_failure.ndata = at;
	return EXIT_LEAVE;
}

enum exit_next exit_s2_fault(struct vcpu *v, struct hv_exit *exit)
{
	int err = vm_fault(v->vm, exit->s2.gpa, exit->s2.access);

	vcpu_load(v);
	switch (err) {
	case 0: return EXIT_RESUME;
	case -ENOENT:
	case -EROFS: /* device memory */
		if (exit->reinject.type != HV_EVENT_NONE) {
			return exit_internal_error(v, exit, KVM_INTERNAL_ERROR_DELIVERY_EV);
		}
		if (exit->s2.walk || exit->s2.access & S2_X) {
			return exit_needs_emulation(v, exit);
		}
		return exit_mmio(v, exit, err == -EROFS);
	case -EFAULT:
		run_page_reason(v, KVM_EXIT_MEMORY_FAULT);
		v->run->memory_fault.flags = 0;
		v->run->memory_fault.gpa = ALIGN_DOWN(exit->s2.gpa.v, PAGE_SIZE);
		v->run->memory_fault.size = PAGE_SIZE;
		v->run_error = -EFAULT;
		return EXIT_LEAVE;
	default:
		run_page_reason(v, KVM_EXIT_UNKNOWN);
		v->run_error = err;
		return EXIT_LEAVE;
	}
}
