/* SPDX-License-Identifier: BSD-2-Clause */
/* What VMX keeps per virtual CPU, and what it found on this machine. Twin: svm/svm_vcpu.h. */
#pragma once

#include "arch/x86/asm/vmx.h"
#include "arch/x86/asm/vmx_insn.h"
#include "arch/x86/hv/vmx/vmx.h"
#include "core/panic.h"

/* The controls and limits of this machine: set by vmx_probe, the same on every CPU. */
struct vmx_machine {
	u32 revision;
	u32 pin, proc, proc2, exit, entry;	/* what every VMCS starts with */
	u64 cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	u64 ept_vpid_cap;
	u32 timer_shift;
	bool has_timer, has_vpid;
};
extern struct vmx_machine vmx_machine;

struct vmx_vcpu {
	struct hv_common c;		/* must be first */
	hpa_t vmcs;
	u8 *msr_bitmap;			/* one page */
	u64 eptp;
	u64 host_rsp, rip, rsp, rflags;	/* as the VMCS holds them: written only when they change */
	u64 cr2;
	u32 pin, proc, entry;		/* the control fields' values */
	bool launched;
	/* PAE paging was set up from outside: the four entries must be loaded */
	bool pdptes_stale;
};

/*
 * CR0 and CR4 bits that the guest may write without an exit; the others are read from the shadow.
 */
#define VMX_CR0_GUEST_OWNED (CR0_MP | CR0_EM | CR0_TS | CR0_WP | CR0_AM)
#define VMX_CR4_GUEST_OWNED \
	(CR4_PVI | CR4_TSD | CR4_DE | CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PGE)

/*
 * Makes v's VMCS the current one of this CPU, where v is loaded. A thread holds two vCPUs and
 * alternates, so every operation begins with this; it costs a comparison when nothing else ran in
 * between.
 */
static inline struct vmx_vcpu *vmx_use(struct hv_vcpu *v)
{
	struct vmx_vcpu *x = v->hw;
	struct cpu *me = this_cpu();

	if (unlikely(me->hv->current != x)) {
		ASSERT(v->cpu == me->index);
		ASSERT(vmptrld(x->vmcs) == 0);
		me->hv->current = x;
	}
	return x;
}

static inline void vmx_set_proc(struct vmx_vcpu *x, u32 proc)
{
	if (x->proc != proc) {
		x->proc = proc;
		vmwrite(VMCS_PROC_CONTROLS, proc);
	}
}

/* vmx_enter.S */
u64 vmx_enter(struct hv_regs *regs, u64 launched, u64 *host_rsp);
extern const char vmx_exit_point[];
