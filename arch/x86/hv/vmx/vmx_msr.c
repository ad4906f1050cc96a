/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs of the guest that the hardware holds: some in the VMCS, the rest live in the CPU
 * (hv_live.c); and the bitmap that says which of them the guest may touch without an exit. Twin:
 * svm/svm_msr.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"

/* The VMCS field of an MSR, or 0. */
static u32 field_of(u32 index)
{
	switch (index) {
	case MSR_FS_BASE: return VMCS_GUEST_BASE + 2 * HV_FS;
	case MSR_GS_BASE: return VMCS_GUEST_BASE + 2 * HV_GS;
	case MSR_SYSENTER_CS: return VMCS_GUEST_SYSENTER_CS;
	case MSR_SYSENTER_ESP: return VMCS_GUEST_SYSENTER_ESP;
	case MSR_SYSENTER_EIP: return VMCS_GUEST_SYSENTER_EIP;
	case MSR_PAT: return VMCS_GUEST_PAT;
	case MSR_DEBUGCTL: return VMCS_GUEST_DEBUGCTL;
	default: return 0;
	}
}

int vmx_get_msr(struct hv_vcpu *v, u32 index, u64 *value)
{
	u32 field = field_of(index);

	(void)vmx_use(v);
	if (field) {
		*value = vmread(field);
		return 0;
	}
	return hv_live_get(v, index, value);
}

int vmx_set_msr(struct hv_vcpu *v, u32 index, u64 value)
{
	u32 field = field_of(index);

	(void)vmx_use(v);
	if (field) {
		vmwrite(field, value);
		return 0;
	}
	return hv_live_put(v, index, value);
}

/*
 * The bitmap: reads of 0-1FFFH, reads of C0000000H-C0001FFFH, then the same for writes; 1 KiB each.
 */
static u32 bit_of(u32 index, bool write)
{
	return (write ? 0x4000 : 0) + (index >= 0xc0000000u ? 0x2000 : 0) + (index & 0x1fff);
}

int vmx_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write)
{
	struct vmx_vcpu *x = v->hw;

	return hv_msr_intercept(v, index, field_of(index) != 0, read, write, x->msr_bitmap, bit_of);
}
