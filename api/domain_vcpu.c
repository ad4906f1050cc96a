/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a control vCPU starts: 64-bit mode at CPL 0 with flat segments that are nowhere in memory
 * (the runtime loads its own descriptor tables), interrupts off, and the MSRs that the runtime
 * may use without an exit.
 */
#include "api/domain.h"

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/string.h"

#define ATTR_CODE64 (HV_ATTR_P | HV_ATTR_S | HV_ATTR_L | HV_ATTR_G | 0xb)	/* read, accessed */
/* write, accessed */
#define ATTR_DATA (HV_ATTR_P | HV_ATTR_S | HV_ATTR_DB | HV_ATTR_G | 3)
#define ATTR_TSS_BUSY (HV_ATTR_P | 0xb)

static const u32 open_msrs[] = {
	MSR_STAR, MSR_LSTAR, MSR_SFMASK, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};

static u64 start_cr4(void)
{
	u64 cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpuid_or_zero(7, 0).ebx & CPUID_7_EBX_FSGSBASE) {
		cr4 |= CR4_FSGSBASE;
	}
	if (fpu_host_xcr0()) {
		cr4 |= CR4_OSXSAVE;
	}
	return cr4;
}

static void start_sregs(const struct domain_start *start, struct hv_sregs *s)
{
	memset(s, 0, sizeof(*s));
	for (u32 i = 0; i < HV_SEGS; i++) {
		s->seg[i] = (struct hv_segment){
			.limit = UINT32_MAX, .attr = ATTR_DATA, .selector = 0x10};
	}
	s->seg[HV_CS].attr = ATTR_CODE64;
	s->seg[HV_CS].selector = 8;
	s->seg[HV_FS].base = start->fs_base;
	s->seg[HV_TR] = (struct hv_segment){.limit = 0x67, .attr = ATTR_TSS_BUSY};
	s->seg[HV_LDTR] = (struct hv_segment){.attr = HV_ATTR_UNUSABLE};
	s->cr0 = CR0_PG | CR0_PE | CR0_WP | CR0_NE | CR0_MP | CR0_ET;
	s->cr3 = start->cr3;
	s->cr4 = start_cr4();
	s->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
}

void domain_vcpu_reset(struct domain_thread *t)
{
	struct hv_vcpu *v = &t->vcpu;
	struct hv_sregs s;

	start_sregs(&t->start, &s);
	memset(&v->regs, 0, sizeof(v->regs));
	v->regs.rip = t->start.rip;
	v->regs.gpr[HV_RSP] = t->start.rsp;
	v->regs.gpr[HV_RDI] = t->start.arg;
	v->regs.rflags = RFLAGS_FIXED;

	hv_thread_load(&t->hvt, v);
	hv_set_sregs(v, &s, HV_SREG_ALL);
	hv_s2_activate(v, &t->domain->as.s2);
	hv_set_intercepts(v, HV_INTERCEPT_HLT | HV_INTERCEPT_DR | HV_INTERCEPT_CPUID, 0);
	for (u32 i = 0; i < ARRAY_SIZE(open_msrs); i++) {
		/* One that the hardware cannot pass exits, and domain_exit.c serves it. */
		(void)!hv_set_msr_intercept(v, open_msrs[i], false, false);
	}
	hv_set_tsc(v, 0);
}
