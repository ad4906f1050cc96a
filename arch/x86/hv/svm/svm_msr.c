/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs of the guest that the hardware holds: nearly all in the VMCB (VMLOAD and VMSAVE move them),
 * TSC_AUX lives in the CPU (hv_live.c); and the bitmap that says which the guest may touch without
 * an exit. Twin: vmx/vmx_msr.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/svm/svm_vcpu.h"

/* Where the VMCB holds an MSR, or NULL. */
static u64 *field_of(struct vmcb *b, u32 index)
{
	switch (index) {
	case MSR_FS_BASE: return &b->seg[VMCB_FS].base;
	case MSR_GS_BASE: return &b->seg[VMCB_GS].base;
	case MSR_KERNEL_GS_BASE: return &b->kernel_gs_base;
	case MSR_STAR: return &b->star;
	case MSR_LSTAR: return &b->lstar;
	case MSR_CSTAR: return &b->cstar;
	case MSR_SFMASK: return &b->sfmask;
	case MSR_SYSENTER_CS: return &b->sysenter_cs;
	case MSR_SYSENTER_ESP: return &b->sysenter_esp;
	case MSR_SYSENTER_EIP: return &b->sysenter_eip;
	case MSR_PAT: return &b->g_pat;
	case MSR_DEBUGCTL: return &b->dbgctl;
	default: return NULL;
	}
}

int svm_get_msr(struct hv_vcpu *v, u32 index, u64 *value)
{
	struct svm_vcpu *x = v->hw;
	const u64 *field = field_of(x->vmcb, index);

	if (field) {
		*value = *field;
		return 0;
	}
	return hv_live_get(v, index, value);
}

int svm_set_msr(struct hv_vcpu *v, u32 index, u64 value)
{
	struct svm_vcpu *x = v->hw;
	u64 *field = field_of(x->vmcb, index);

	if (field) {
		*field = value;
		return 0;
	}
	return hv_live_put(v, index, value);
}

/*
 * Two bits per MSR (read, write); 2 KiB each for 0-1FFFH, C0000000H-C0001FFFH, C0010000H-C0011FFFH.
 */
static u32 bit_of(u32 index, bool write)
{
	return (index >= 0xc0000000u ? 0x4000 : 0) + (index & 0x1fff) * 2 + (write ? 1 : 0);
}

int svm_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write)
{
	struct svm_vcpu *x = v->hw;

	return hv_msr_intercept(v, index, field_of(x->vmcb, index) != NULL, read, write, x->msrpm,
				bit_of);
}
