/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine checks for guests: banks of MSRs that the VMM sets up and reports errors in. Without a
 * set-up the guest is told of no bank. Called by the ioctls and by the MSR table.
 */
#pragma once

#include "core/types.h"

struct kvm_x86_mce;
struct vcpu;

#define MCE_BANKS_MAX 32
#define MCG_CTL_P BIT(8)  /* there is a MCG_CTL */
#define MCG_SER_P BIT(24) /* software error recovery */
#define MCE_CAP_SUPPORTED (MCG_CTL_P | MCG_SER_P)

/* Gives the vCPU MCG_CAP, its low byte the number of banks, all enabled. vCPU locked. -EINVAL. */
__must_check int mce_setup(struct vcpu *v, u64 cap);
/*
 * An error in a bank: raises #MC if it is uncorrected and enabled; the guest is shut down if it
 * cannot take that. vCPU locked and loaded. -EINVAL: no such bank, or the status is not valid.
 */
__must_check int mce_report(struct vcpu *v, const struct kvm_x86_mce *mce);
/* MCG_CAP, MCG_CTL and the banks, as functions of the MSR table. */
__must_check int mce_read(struct vcpu *v, u32 index, u64 *value, bool host);
__must_check int mce_write(struct vcpu *v, u32 index, u64 value, bool host);
