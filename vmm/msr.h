/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Model-specific registers of the guest: one table says for each which function reads and
 * writes it, and whether it belongs to the state that GET_MSR_INDEX_LIST names. What is not in
 * the table does not exist (#GP).
 */
#pragma once

#include "vmm/mce.h"

#define MTRR_VARIABLE 8
#define MTRR_FIXED 11

/* MSRs that only the hypervisor knows. */
struct msr_state {
	u64 misc_enable;
	u64 tsc_adjust;
	u64 mcg_cap, mcg_status, mcg_ctl;
	u64 mce_bank[MCE_BANKS_MAX][4]; /* control, status, address, more */
	u64 debugctl;
	u64 platform_info;
	u64 hwcr, de_cfg, patch_level;
	u64 mtrr_def_type;
	u64 mtrr_base[MTRR_VARIABLE], mtrr_mask[MTRR_VARIABLE];
	u64 mtrr_fixed[MTRR_FIXED];
	u64 wall_clock;
};

/* Power-on values. */
void msr_reset(struct vcpu *v);
/* Lets the guest at the MSRs that live in the hardware's state and are harmless. Loaded. */
void msr_pass_through(struct vcpu *v);

/*
 * 0 or -EINVAL (#GP for the guest, end of the batch for the VMM). host: by an ioctl. Loaded;
 * may sleep, then loaded again.
 */
__must_check int msr_read(struct vcpu *v, u32 index, u64 *value, bool host);
__must_check int msr_write(struct vcpu *v, u32 index, u64 value, bool host);
/* Calls fn for every index that GET_MSR_INDEX_LIST names, in order. */
void msr_for_each_listed(void (*fn)(u32 index, void *arg), void *arg);

/* IA32_APIC_BASE: checks and sets. 0 or -EINVAL. */
__must_check int apic_base_check(struct vcpu *v, u64 value, bool host);
__must_check int apic_base_set(struct vcpu *v, u64 value, bool host);
/* MTRRs, vmm/mtrr.c. */
__must_check int mtrr_read(struct vcpu *v, u32 index, u64 *value, bool host);
__must_check int mtrr_write(struct vcpu *v, u32 index, u64 value, bool host);
