/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of exits, and the exits that need a line or two. Called by the run loop. */
#include "vmm/exit.h"

#include "vmm/run_page.h"

static enum exit_next resume(struct vcpu *v __unused, struct hv_exit *exit __unused)
{
	return EXIT_RESUME;
}

/* The run loop looks at the events again after every exit with a window. */
static enum exit_next window(struct vcpu *v, struct hv_exit *exit __unused)
{
	v->ev.check = true;
	return EXIT_RESUME;
}

static enum exit_next undefined(struct vcpu *v, struct hv_exit *exit __unused)
{
	event_ud(v);
	return EXIT_RESUME;
}

static enum exit_next protection(struct vcpu *v, struct hv_exit *exit __unused)
{
	event_gp(v);
	return EXIT_RESUME;
}

static enum exit_next unexpected(struct vcpu *v, struct hv_exit *exit)
{
	return exit_internal_error(v, exit, KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON);
}

static enum exit_next unemulated(struct vcpu *v, struct hv_exit *exit)
{
	return exit_needs_emulation(v, exit);
}

static enum exit_next shutdown(struct vcpu *v, struct hv_exit *exit __unused)
{
	run_page_reason(v, KVM_EXIT_SHUTDOWN);
	return EXIT_LEAVE;
}

static enum exit_next fail_entry(struct vcpu *v, struct hv_exit *exit)
{
	run_page_reason(v, KVM_EXIT_FAIL_ENTRY);
	v->run->fail_entry.hardware_entry_failure_reason = exit->fail.code;
	v->run->fail_entry.cpu = v->hv.last_cpu;
	return EXIT_LEAVE;
}

static enum exit_next pause(struct vcpu *v, struct hv_exit *exit)
{
	u32 len = exit_length(v, exit, INSN_PAUSE);

	if (len) {
		skip_insn(v, len);
		sched_yield();
		vcpu_load(v);
	}
	return EXIT_RESUME;
}

/* Caches are coherent and shared with the host: nothing to do. INVPCID is not offered. */
static enum exit_next inval(struct vcpu *v, struct hv_exit *exit)
{
	static const u8 ops[] = {
		[HV_INVD] = INSN_INVD, [HV_WBINVD] = INSN_WBINVD, [HV_INVLPG] = INSN_INVLPG};
	u32 len;

	if (exit->inval.op >= ARRAY_SIZE(ops)) {
		return undefined(v, exit);
	}
	len = exit_length(v, exit, ops[exit->inval.op]);
	if (!len) {
		return EXIT_RESUME;
	}
	if (exit->inval.op == HV_INVLPG) {
		v->hv.s2_seen = 0; /* flush all of this vCPU's translations at the next entry */
	}
	skip_insn(v, len);
	return EXIT_RESUME;
}

static exit_fn *const table[HV_EXIT_KINDS] = {
	[HV_EXIT_UNKNOWN] = unexpected,
	[HV_EXIT_FAIL_ENTRY] = fail_entry,
	[HV_EXIT_INTR ... HV_EXIT_TIMER] = resume,
	[HV_EXIT_WINDOW] = window,
	[HV_EXIT_CPUID] = exit_cpuid,
	[HV_EXIT_HLT] = exit_hlt,
	[HV_EXIT_IO] = exit_io,
	[HV_EXIT_MSR] = exit_msr,
	[HV_EXIT_CR] = exit_cr,
	[HV_EXIT_DR] = exit_dr,
	[HV_EXIT_XCR] = exit_xcr,
	[HV_EXIT_S2_FAULT] = exit_s2_fault,
	[HV_EXIT_S2_MISCONFIG] = unexpected,
	[HV_EXIT_EXCEPTION] = exit_exception,
	[HV_EXIT_HYPERCALL] = exit_hypercall,
	[HV_EXIT_PAUSE] = pause,
	[HV_EXIT_MWAIT] = undefined, /* not offered in CPUID */
	[HV_EXIT_TASK_SWITCH] = unemulated,
	[HV_EXIT_DT_ACCESS] = unexpected,
	[HV_EXIT_INVAL] = inval,
	[HV_EXIT_SHUTDOWN] = shutdown,
	[HV_EXIT_VIRT_INSN] = undefined,
	[HV_EXIT_TPR] = resume,
	[HV_EXIT_RDPMC] = protection, /* no counters offered */
	[HV_EXIT_INIT] = resume,
};

enum exit_next exit_handle(struct vcpu *v, struct hv_exit *exit)
{
	if (unlikely(exit->kind >= HV_EXIT_KINDS)) {
		return unexpected(v, exit);
	}
	v->exits[exit->kind]++;
	return table[exit->kind](v, exit);
}
