/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a domain that the hypervisor ends: registers of the control vCPU and the return
 * addresses that its frame pointers lead to. The memory read is the domain's own, by checked
 * copies, and the walk is bounded.
 */
#include "api/domain.h"

#include "core/log.h"

#define FRAMES_MAX 16

static void print_registers(struct domain_thread *t)
{
	static const char *const names[HV_GPRS] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15",
	};
	const struct hv_regs *r = &t->vcpu.regs;
	struct hv_sregs s;

	hv_thread_load(&t->hvt, &t->vcpu);
	hv_get_sregs(&t->vcpu, &s, HV_SREG_ALL);
	for (u32 i = 0; i < HV_GPRS; i += 4) {
		log_err("  %s %016lx %s %016lx %s %016lx %s %016lx", names[i], r->gpr[i],
			names[i + 1], r->gpr[i + 1], names[i + 2], r->gpr[i + 2], names[i + 3],
			r->gpr[i + 3]);
	}
	log_err("  rip %016lx flags %lx cs %x ss %x cpl %u", r->rip, r->rflags,
		s.seg[HV_CS].selector, s.seg[HV_SS].selector, HV_ATTR_DPL(s.seg[HV_SS].attr));
	log_err("  cr0 %lx cr2 %lx cr3 %lx cr4 %lx efer %lx", s.cr0, s.cr2, s.cr3, s.cr4, s.efer);
}

static void print_frames(struct domain_thread *t)
{
	u64 frame = t->vcpu.regs.gpr[HV_RBP], pair[2];

	for (u32 i = 0; i < FRAMES_MAX; i++) {
		if (frame % sizeof(u64) ||
		    copy_from_domain(&t->domain->as, pair, DVA(frame), sizeof(pair)) < 0) {
			return;
		}
		log_err("  called from %016lx", pair[1]);
		if (pair[0] <= frame) { /* frames go up; anything else is not a chain */
			return;
		}
		frame = pair[0];
	}
}

void domain_crash(struct domain_thread *t, s32 signal, const char *why)
{
	t->thread.must_exit = true;
	if (READ_ONCE(t->domain->ending)) {
		return; /* it ends already; one report is enough */
	}
	log_console(true);
	log_err("corbel: domain %u (%s), thread %u: %s", t->domain->id, t->domain->name, t->tid,
		why);
	print_registers(t);
	print_frames(t);
	domain_end(t->domain, true, signal);
}
