/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the entry checks look at, as a plain struct: filled from the VMCS by vmx_dump.c, by hand in
 * the unit test.
 */
#pragma once

#include "arch/x86/hv/hv_state.h"

/* Members and the VMCS fields they come from: the hardware's values, not what the guest sees. */
#define VMX_ENTRY_FIELDS(X) \
	X(cr0, VMCS_GUEST_CR0) X(cr3, VMCS_GUEST_CR3) X(cr4, VMCS_GUEST_CR4) \
	X(efer, VMCS_GUEST_EFER) X(pat, VMCS_GUEST_PAT) X(dr7, VMCS_GUEST_DR7) \
	X(rip, VMCS_GUEST_RIP) X(rflags, VMCS_GUEST_RFLAGS) X(gdtr_base, VMCS_GUEST_GDTR_BASE) \
	X(gdtr_limit, VMCS_GUEST_GDTR_LIMIT) X(idtr_base, VMCS_GUEST_IDTR_BASE) \
	X(idtr_limit, VMCS_GUEST_IDTR_LIMIT) X(sysenter_esp, VMCS_GUEST_SYSENTER_ESP) \
	X(sysenter_eip, VMCS_GUEST_SYSENTER_EIP) \
	X(interruptibility, VMCS_GUEST_INTERRUPTIBILITY) X(activity, VMCS_GUEST_ACTIVITY) \
	X(link_pointer, VMCS_LINK_POINTER) X(entry_controls, VMCS_ENTRY_CONTROLS) \
	X(entry_intr_info, VMCS_ENTRY_INTR_INFO) X(eptp, VMCS_EPTP)

#define VMX_ENTRY_MEMBER(name, field) u64 name;

struct vmx_entry_state {
	VMX_ENTRY_FIELDS(VMX_ENTRY_MEMBER)
	/* the machine's demands, for an unrestricted guest */
	u64 cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	u32 phys_bits;
	u64 pdpte[4];
	struct hv_segment seg[HV_SEGS];
};

/*
 * The first rule of SDM 27.2 and 27.3 that the state breaks, in words; NULL: none of those known
 * here.
 */
const char *vmx_check(const struct vmx_entry_state *s);
