/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs of the guest that the hardware holds: some in the VMCS, the rest live in the CPU
 * (hv_live.c); and the bitmap that says which of them the guest may touch without an exit. Twin:
 * svm/svm_msr.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/errno.h"

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
	int slot;

	(void)vmx_use(v);
	if (field) {
		*value = vmread(field);
		return 0;
	}
	slot = hv_live_slot(index);
	if (slot < 0) {
		return slot;
	}
	*value = hv_live_get(v, (u32)slot);
	return 0;
}

int vmx_set_msr(struct hv_vcpu *v, u32 index, u64 value)
{
	u32 field = field_of(index);
	int slot;

	(void)vmx_use(v);
	if (field) {
		vmwrite(field, value);
		return 0;
	}
	slot = hv_live_slot(index);
	if (slot < 0) {
		return slot;
	}
	hv_live_put(v, (u32)slot, value);
	return 0;
}

/* Bitmap: reads of 0-1FFFH, reads of C0000000H-C0001FFFH, then the same for writes; 1 KiB each. */
static void set_bit(u8 *bitmap, u32 index, bool write, bool on)
{
	u8 *byte = bitmap + (write ? 0x800 : 0) + (index >= 0xc0000000u ? 0x400 : 0) +
		   (index & 0x1fff) / 8;
	u8 mask = (u8)(1u << (index % 8));

	*byte = (u8)(on ? *byte | mask : *byte & ~mask);
}

int vmx_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write)
{
	struct vmx_vcpu *x = v->hw;
	u32 field = field_of(index);
	int slot = hv_live_slot(index);
	bool passable = (field && index != MSR_PAT && index != MSR_DEBUGCTL) || slot >= 0;

	if ((!read && !passable && index != MSR_TSC) || (!write && !passable)) {
		return -ENOENT;
	}
	if (slot >= 0 && index != MSR_KERNEL_GS_BASE) {
		hv_live_leave(this_cpu()->hv, v);
		x->c.msr_unknown =
			write ? x->c.msr_unknown & ~(1u << slot) : x->c.msr_unknown | (1u << slot);
	}
	if (index <= 0x1fff || index - 0xc0000000u <= 0x1fff) {
		set_bit(x->msr_bitmap, index, false, read);
		set_bit(x->msr_bitmap, index, true, write);
	}
	return 0;
}
