/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the entry checks look at, as a plain struct: filled from the VMCS by vmx_dump.c, by hand in
 * the unit test.
 */
#pragma once

#include "arch/x86/hv/hv_state.h"
#include "core/types.h"

struct vmx_entry_state {
	u64 cr0, cr3, cr4, efer, pat, dr7;	/* the hardware's values */
	/* the machine's demands, for an unrestricted guest */
	u64 cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	u64 rip, rflags, link_pointer, eptp;
	u64 gdtr_base, idtr_base, sysenter_esp, sysenter_eip;
	u32 gdtr_limit, idtr_limit;
	u32 interruptibility, activity, entry_controls, entry_intr_info;
	u32 phys_bits;
	u64 pdpte[4];
	struct hv_segment seg[HV_SEGS];
};

/*
 * The first rule of SDM 27.2 and 27.3 that the state breaks, in words; NULL: none of those known
 * here.
 */
const char *vmx_check(const struct vmx_entry_state *s);
