/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When translations of a guest must not be used any more: flush by ASID where the CPU can, else a
 * fresh ASID, which has none; when ASIDs run out everything is flushed once. Twin: vmx/vmx_tlb.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"

void svm_s2_flush(struct hv_vcpu *v)
{
	svm_flush(v->hw);
}

void svm_new_tag(struct hv_cpu *cpu, struct hv_vcpu *v)
{
	struct svm_vcpu *x = v->hw;

	x->vmcb->tlb_control =
		hv_tag_take(&cpu->tags, &x->c.tag) ? SVM_TLB_FLUSH_ALL : SVM_TLB_NOTHING;
	x->vmcb->asid = x->c.tag.id;
}
