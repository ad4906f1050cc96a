/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manual's consistency checks, as a list to read: the hardware says only VMEXIT_INVALID, this
 * says why. Called before an entry whose state was set from outside (afterwards it may be spoiled:
 * one emulator stores the host's state on VMEXIT_INVALID, which nobody must see), and by svm_dump.
 * Twin: vmx/vmx_check.c.
 */
#include "arch/x86/hv/svm/svm_check.h"

#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/hv_common.h"

static const char *check_state(const struct vmcb *b, const struct svm_limits *m)
{
	bool long_paging = (b->efer & EFER_LME) && (b->cr0 & CR0_PG);
	u16 cs = b->seg[VMCB_CS].attrib;

	HV_RULE("EFER: SVME is 0", b->efer & EFER_SVME);
	HV_RULE("EFER: a reserved bit is set", !(b->efer & ~0x37fd01ULL));
	HV_RULE("CR0: NW set without CD", (b->cr0 & CR0_CD) || !(b->cr0 & CR0_NW));
	HV_RULE("CR0: bits 63:32 not 0", !(b->cr0 >> 32));
	HV_RULE("CR0: PG set without PE", !(b->cr0 & CR0_PG) || (b->cr0 & CR0_PE));
	HV_RULE("CR3: a bit above the physical address width is set", !(b->cr3 >> m->phys_bits));
	HV_RULE("CR4: a bit that this CPU reserves is set", !(b->cr4 & ~m->cr4_known));
	HV_RULE("DR6: bits 63:32 not 0", !(b->dr6 >> 32));
	HV_RULE("DR7: bits 63:32 not 0", !(b->dr7 >> 32));
	HV_RULE("long mode with paging: CR4.PAE is 0", !long_paging || (b->cr4 & CR4_PAE));
	HV_RULE("long mode with paging: CR0.PE is 0", !long_paging || (b->cr0 & CR0_PE));
	HV_RULE("long mode with paging: CS.L and CS.D both 1",
		!long_paging || !(b->cr4 & CR4_PAE) || (cs & 0x600) != 0x600);
	HV_RULE("CPL: above 3", b->cpl <= 3);
	HV_RULE("G_PAT: a memory type that is none of 0, 1, 4, 5, 6, 7", pat_valid(b->g_pat));
	return NULL;
}

static const char *check_event(u64 e)
{
	u32 type = SVM_EVENT_TYPE(e), vector = SVM_EVENT_VECTOR(e);

	if (!(e & SVM_EVENT_VALID)) {
		return NULL;
	}
	HV_RULE("event injection: reserved type",
		type == SVM_EVENT_EXTINT || (type >= 2 && type <= 4));
	HV_RULE("event injection: exception with vector 2 or above 31",
		type != SVM_EVENT_EXCEPTION || (vector != 2 && vector <= 31));
	return NULL;
}

static const char *check_control(const struct vmcb *b, const struct svm_limits *m)
{
	u64 top = BIT(m->phys_bits);

	HV_RULE("VMRUN is not intercepted", b->intercept[1] & SVM_I2_VMRUN);
	HV_RULE("ASID: 0", b->asid != 0);
	HV_RULE("ASID: above what this CPU has", b->asid < m->asids);
	HV_RULE("TLB_CONTROL: reserved value",
		b->tlb_control <= 1 || b->tlb_control == 3 || b->tlb_control == 7);
	HV_RULE("IOPM: not below the physical address width", b->iopm_pa + 3 * PAGE_SIZE <= top);
	HV_RULE("MSRPM: not below the physical address width", b->msrpm_pa + 2 * PAGE_SIZE <= top);
	HV_RULE("nested CR3: not page-aligned or above the physical address width",
		!b->np_enable ||
			(IS_ALIGNED(b->n_cr3, PAGE_SIZE) && b->n_cr3 < top && b->n_cr3 != 0));
	return check_event(b->eventinj);
}

const char *svm_check(const struct vmcb *b, const struct svm_limits *m)
{
	const char *text = check_control(b, m);

	return text ? text : check_state(b, m);
}
