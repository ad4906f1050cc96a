/* SPDX-License-Identifier: BSD-2-Clause */
/* What SVM keeps per virtual CPU, and what it found on this machine. Twin: vmx/vmx_vcpu.h. */
#pragma once

#include "arch/x86/hv/svm/svm.h"
#include "arch/x86/hv/svm/svm_check.h"
#include "core/panic.h"

/* Set by svm_probe, the same on every CPU. */
struct svm_machine {
	struct svm_limits limits;	/* ASIDs 1..limits.asids-1 may be used */
	bool has_nrips, has_flush_by_asid, has_decode, has_rdtscp;
	hpa_t iopm;			/* 12 KiB of ones: every port exits, for all guests */
};
extern struct svm_machine svm_machine;

struct svm_vcpu {
	struct hv_common c;		/* must be first */
	struct vmcb *vmcb;
	hpa_t vmcb_pa;
	u8 *msrpm;			/* two pages, contiguous */
	u64 injected;			/* EVENTINJ of the next or the last entry; 0: none */
	/* a software event injected by the next or the last entry */
	struct hv_event soft;
	u64 soft_rip;			/* where its instruction is */
	bool nmi_blocked;		/* from the injection of an NMI to its IRET */
	bool unchecked;			/* state was set from outside since svm_check saw it */
};

/* Where a neutral segment is in the VMCB. */
static inline struct vmcb_seg *svm_seg(struct vmcb *b, u32 i)
{
	static const u8 at[HV_SEGS] = { VMCB_ES, VMCB_CS, VMCB_SS, VMCB_DS,
					VMCB_FS, VMCB_GS, VMCB_LDTR, VMCB_TR };

	return &b->seg[at[i]];
}

/* The next entry sees no older translation of this vCPU, of either stage. */
static inline void svm_flush(struct svm_vcpu *x)
{
	if (svm_machine.has_flush_by_asid) {
		x->vmcb->tlb_control = SVM_TLB_FLUSH_ASID;
	} else {
		x->c.tag.gen = 0;
	}
}

/* svm_enter.S */
void svm_enter(struct hv_regs *regs, hpa_t vmcb, hpa_t host_vmcb);
