/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When translations of a guest must not be used any more: INVEPT for stage-2 changes; a fresh VPID
 * for everything that the guest's own control registers imply (without VPIDs every entry flushes
 * those). Twin: svm/svm_tlb.c.
 */
#include "arch/x86/hv/vmx/vmx_vcpu.h"

void vmx_s2_flush(struct hv_vcpu *v)
{
	struct vmx_vcpu *x = v->hw;
	bool single = vmx_machine.ept_vpid_cap & VMX_EPT_INVEPT_SINGLE;

	/* Combined mappings of all VPIDs that used this EPTP go with it. */
	ASSERT(invept(single ? VMX_INV_SINGLE : VMX_INV_ALL, single ? x->eptp : 0) == 0);
}

void vmx_new_tag(struct hv_cpu *cpu, struct hv_vcpu *v)
{
	struct vmx_vcpu *x = vmx_use(v);

	if (!vmx_machine.has_vpid) {
		x->c.tag.gen = cpu->tags.gen;
		return;
	}
	if (hv_tag_take(&cpu->tags, &x->c.tag)) {
		ASSERT(invvpid(VMX_INV_ALL, 0) == 0);
	}
	vmwrite(VMCS_VPID, x->c.tag.id);
}
