/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control registers and EFER: the architecture's rules, for the guest's own writes and for
 * KVM_SET_SREGS.
 */
#pragma once

#include "arch/x86/hv/hv_state.h"

struct vcpu;

/*
 * Whether CR0, CR3, CR4, EFER and CS.L of s are a state that can exist on this machine. 0 or
 * -EINVAL.
 */
__must_check int cr_check_state(struct vcpu *v, const struct hv_sregs *s, bool cs_l);
/* CR0 without the bits that do not exist, and with the one that is always set. */
u64 cr0_present(u64 cr0);
/* The guest writes a register: 0, or -EINVAL for #GP. Loaded. */
__must_check int cr0_write(struct vcpu *v, u64 value);
__must_check int cr3_write(struct vcpu *v, u64 value);
__must_check int cr4_write(struct vcpu *v, u64 value);
/* host: LMA may be set as well, if it is consistent. */
__must_check int efer_write(struct vcpu *v, u64 value, bool host);
#define XCR0_ALL_AVX512 (BIT(5) | BIT(6) | BIT(7))

/* The rules of XSETBV for what combines, and no component but the offered ones. */
static inline bool xcr0_valid(u64 value, u64 offered)
{
	u64 avx512 = value & XCR0_ALL_AVX512;

	return value & BIT(0) && !(value & ~offered) && (!(value & BIT(2)) || value & BIT(1)) &&
	       (!avx512 || (avx512 == XCR0_ALL_AVX512 && value & BIT(2)));
}
/* XCR0: the value is possible on this machine and for this guest's CPUID; sets it. 0 or -EINVAL. */
__must_check int xcr0_set(struct vcpu *v, u64 value);
