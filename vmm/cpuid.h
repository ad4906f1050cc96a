/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's CPUID: what this machine can offer (a whitelist over the host's leaves), what the
 * VMM chose, and the bits that follow the guest's state.
 */
#pragma once

#include "api/abi/kvm.h"
#include "arch/x86/asm/cpuid.h"

#define CPUID_MAX_ENTRIES 256

struct vcpu;

/* What SET_CPUID2 stored, with the first entry of each common leaf noted. */
struct cpuid_table {
	u32 count;
	u16 basic[32], hypervisor[2],
		extended[32]; /* index + 1 of the leaf's first entry; 0: none */
	struct kvm_cpuid_entry2 entry[];
};

/*
 * Fills entries (room for CPUID_MAX_ENTRIES) with what GET_SUPPORTED_CPUID answers; the number
 * of entries.
 */
u32 cpuid_supported(struct kvm_cpuid_entry2 *entries);
/* XCR0 bits that a guest may set. */
u64 cpuid_supported_xcr0(void);
/* Bytes of an XSAVE area in standard format for these states. */
u32 cpuid_xstate_size(u64 xcr0);

/*
 * SET_CPUID2. 0; -EINVAL: impossible, or differs from the present one after the guest has run;
 * -ENOMEM.
 */
__must_check int cpuid_set(struct vcpu *v, const struct kvm_cpuid_entry2 *entries, u32 count);
/* Entry i as GET_CPUID2 answers it: with the bits that follow the state. Loaded. */
void cpuid_get(struct vcpu *v, u32 i, struct kvm_cpuid_entry2 *e);
/* What the guest's CPUID instruction answers. Loaded. */
void cpuid_query(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_regs *r);
/* Whether the guest was told a feature bit: register reg (0 EAX .. 3 EDX) of leaf, subleaf 0. */
bool cpuid_guest_has(struct vcpu *v, u32 leaf, u32 reg, u32 bit);
