/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a control vCPU's exit means, by kind. The runtime is ours but trusted with nothing: what
 * is not listed here is an undefined instruction to it, and a state that cannot go on ends its
 * domain only.
 */
#include "api/domain.h"
#include "api/linux.h"
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "vmm/cr.h"
#include "vmm/events.h"
#include "vmm/walk.h"

typedef void (*exit_fn)(struct domain_thread *t, const struct hv_exit *exit);

static void raise(struct domain_thread *t, u8 vector, bool has_error, u32 error)
{
	if (t->event.type == HV_EVENT_EXCEPTION) {
		domain_crash(t, SIGSEGV, "exception while the runtime took an exception");
		return;
	}
	if (t->event.type == HV_EVENT_EXTINT) {
		/* A kick whose delivery was interrupted: it comes behind the exception. */
		__atomic_store_n(&t->thread.kicked, true, __ATOMIC_SEQ_CST);
	}
	t->event = (struct hv_event){.type = HV_EVENT_EXCEPTION, .vector = vector,
				     .has_error = has_error, .error = error};
}

static void exit_undefined(struct domain_thread *t, const struct hv_exit *exit __unused)
{
	raise(t, VEC_UD, false, 0);
}

static void exit_nothing(struct domain_thread *t __unused, const struct hv_exit *exit __unused)
{
}

/* The length in the manual is that without prefixes, which the runtime does not use. */
static void skip(struct domain_thread *t, const struct hv_exit *exit, u8 length)
{
	t->vcpu.regs.rip += exit->insn_len ? exit->insn_len : length;
}

static void exit_s2_fault(struct domain_thread *t, const struct hv_exit *exit)
{
	u64 addr = exit->s2.gpa.v;
	struct hv_sregs s;
	u32 error;
	int err = aspace_fault(&t->domain->as, addr, exit->s2.access);

	if (!err) {
		return;
	}
	if (err == -ENOMEM) {
		domain_crash(t, SIGKILL, "out of memory (the domain's quota, or the machine's)");
		return;
	}
	if (exit->s2.walk) {
		domain_crash(t, SIGSEGV, "page tables of the runtime are not mapped");
		return;
	}
	/* A mapping that refuses is told from none, whether or not it has got its page. */
	error = aspace_maps(&t->domain->as, addr) ? WALK_PRESENT : 0;
	hv_thread_load(&t->hvt, &t->vcpu); /* giving a page may have slept */
	hv_get_sregs(&t->vcpu, &s, HV_SREG_CR | HV_SREG_CS);
	error |= exit->s2.access & S2_W ? WALK_WRITE : 0;
	error |= exit->s2.access & S2_X ? WALK_FETCH : 0;
	error |= HV_ATTR_DPL(s.seg[HV_SS].attr) == 3 ? WALK_USER : 0;
	s.cr2 = exit->s2.gva_valid ? exit->s2.gva.v : addr;
	hv_set_sregs(&t->vcpu, &s, HV_SREG_CR);
	raise(t, VEC_PF, true, error);
}

static void exit_cpuid(struct domain_thread *t, const struct hv_exit *exit)
{
	struct hv_regs *r = &t->vcpu.regs;
	struct cpuid_regs out;
	struct hv_sregs s;

	hv_get_sregs(&t->vcpu, &s, HV_SREG_CR);
	domain_cpuid(s.cr4, (u32)r->gpr[HV_RAX], (u32)r->gpr[HV_RCX], &out);
	r->gpr[HV_RAX] = out.eax;
	r->gpr[HV_RBX] = out.ebx;
	r->gpr[HV_RCX] = out.ecx;
	r->gpr[HV_RDX] = out.edx;
	skip(t, exit, 2);
}

static bool may_use_msr(u32 index)
{
	return index == MSR_STAR || index == MSR_LSTAR || index == MSR_SFMASK ||
	       index == MSR_FS_BASE || index == MSR_GS_BASE || index == MSR_KERNEL_GS_BASE;
}

static int write_msr(struct domain_thread *t, u32 index, u64 value)
{
	struct hv_sregs s;

	if (index == MSR_EFER) {
		hv_get_sregs(&t->vcpu, &s, HV_SREG_CR);
		if ((value ^ s.efer) & ~EFER_SCE) {
			return -EINVAL;
		}
		s.efer = value;
		hv_set_sregs(&t->vcpu, &s, HV_SREG_CR);
		return 0;
	}
	/* A value that the CPU refuses would fault in the hypervisor. */
	if (!may_use_msr(index) || (index == MSR_SFMASK && value >> 32) ||
	    (index != MSR_STAR && index != MSR_SFMASK && !canonical(value))) {
		return -EINVAL;
	}
	return hv_set_msr(&t->vcpu, index, value);
}

static int read_msr(struct domain_thread *t, u32 index, u64 *value)
{
	struct hv_sregs s;

	if (index == MSR_EFER) {
		hv_get_sregs(&t->vcpu, &s, HV_SREG_CR);
		*value = s.efer;
		return 0;
	}
	return may_use_msr(index) ? hv_get_msr(&t->vcpu, index, value) : -EINVAL;
}

static void exit_msr(struct domain_thread *t, const struct hv_exit *exit)
{
	struct hv_regs *r = &t->vcpu.regs;
	u64 value = (u32)r->gpr[HV_RAX] | r->gpr[HV_RDX] << 32;
	int err;

	if (exit->msr.write) {
		err = write_msr(t, exit->msr.index, value);
	} else {
		err = read_msr(t, exit->msr.index, &value);
	}
	if (err) {
		raise(t, VEC_GP, true, 0);
		return;
	}
	if (!exit->msr.write) {
		r->gpr[HV_RAX] = (u32)value;
		r->gpr[HV_RDX] = value >> 32;
	}
	skip(t, exit, 2);
}

static void exit_xcr(struct domain_thread *t, const struct hv_exit *exit)
{
	struct hv_regs *r = &t->vcpu.regs;
	u64 value = (u32)r->gpr[HV_RAX] | r->gpr[HV_RDX] << 32;
	struct hv_sregs s;

	/* Not all hardware looks at the CPL before it exits. */
	hv_get_sregs(&t->vcpu, &s, HV_SREG_CS);
	if (HV_ATTR_DPL(s.seg[HV_SS].attr) != 0 || (u32)r->gpr[HV_RCX] != 0 ||
	    !xcr0_valid(value, fpu_host_xcr0())) {
		raise(t, VEC_GP, true, 0);
		return;
	}
	t->vcpu.guest_xcr0 = value;
	skip(t, exit, 3);
}

/* CR0 and CR4 are given at the start; writing the same again is all that is allowed. */
static void exit_cr(struct domain_thread *t, const struct hv_exit *exit)
{
	struct hv_sregs s;

	hv_get_sregs(&t->vcpu, &s, HV_SREG_CR);
	if (!exit->cr.decoded || !exit->cr.write || exit->cr.clts || exit->cr.lmsw ||
	    !exit->insn_len || (exit->cr.nr != 0 && exit->cr.nr != 4)) {
		raise(t, VEC_UD, false, 0);
	} else if (t->vcpu.regs.gpr[exit->cr.gpr] != (exit->cr.nr == 0 ? s.cr0 : s.cr4)) {
		raise(t, VEC_GP, true, 0);
	} else {
		skip(t, exit, 3);
	}
}

/* The runtime idles until a kick, which the next entry delivers. */
static void exit_hlt(struct domain_thread *t, const struct hv_exit *exit)
{
	struct hv_intr_state s;

	skip(t, exit, 1);
	hv_get_intr_state(&t->vcpu, &s);
	s.sti_shadow = s.movss_shadow = false;
	hv_set_intr_state(&t->vcpu, &s);
	do {
		sleep_prepare();
	} while (sleep_until(WAIT_FOREVER) != -EINTR);
	__atomic_store_n(&t->thread.kicked, true, __ATOMIC_SEQ_CST);
}

static void exit_exception(struct domain_thread *t, const struct hv_exit *exit)
{
	struct hv_debug d;

	if (exit->exception.vector == VEC_DB) {
		t->vcpu.regs.rip += exit->insn_len; /* INT1: a trap, returns behind itself */
		hv_get_debug(&t->vcpu, &d);
		d.dr6 |= exit->exception.info;
		hv_set_debug(&t->vcpu, &d);
	} else if (exit->exception.vector != VEC_AC) { /* goes back as it is */
		domain_crash(t, SIGSEGV, "unexpected exception");
		return;
	}
	raise(t, exit->exception.vector, exit->exception.has_error, exit->exception.error);
}

static void exit_shutdown(struct domain_thread *t, const struct hv_exit *exit __unused)
{
	domain_crash(t, SIGSEGV, "triple fault in the runtime");
}

static void exit_fail_entry(struct domain_thread *t, const struct hv_exit *exit __unused)
{
	domain_crash(t, SIGKILL, "the CPU refused the state of the control vCPU");
}

static void exit_misconfig(struct domain_thread *t, const struct hv_exit *exit __unused)
{
	hv_dump(&t->vcpu);
	domain_crash(t, SIGKILL, "stage-2 tables are damaged");
}

static const exit_fn handlers[HV_EXIT_KINDS] = {
	[HV_EXIT_UNKNOWN] = exit_undefined,
	[HV_EXIT_FAIL_ENTRY] = exit_fail_entry,
	[HV_EXIT_INTR ... HV_EXIT_WINDOW] = exit_nothing,
	[HV_EXIT_CPUID] = exit_cpuid,
	[HV_EXIT_HLT] = exit_hlt,
	[HV_EXIT_MSR] = exit_msr,
	[HV_EXIT_CR] = exit_cr,
	[HV_EXIT_XCR] = exit_xcr,
	[HV_EXIT_S2_FAULT] = exit_s2_fault,
	[HV_EXIT_S2_MISCONFIG] = exit_misconfig,
	[HV_EXIT_EXCEPTION] = exit_exception,
	[HV_EXIT_HYPERCALL] = exit_undefined, /* not from ring 0: see domain_run.c */
	[HV_EXIT_PAUSE] = exit_nothing,
	[HV_EXIT_SHUTDOWN] = exit_shutdown,
	[HV_EXIT_INIT] = exit_nothing,
};

void domain_exit(struct domain_thread *t, const struct hv_exit *exit)
{
	exit_fn fn = exit->kind < HV_EXIT_KINDS ? handlers[exit->kind] : NULL;

	if (fn) {
		fn(t, exit);
	} else {
		exit_undefined(t, exit);
	}
}
