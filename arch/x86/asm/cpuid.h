/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID of the host. A leaf above the maximum answers with another leaf's data on some CPUs, so
 * has-bit questions go through cpuid_has_leaf or the CPUID_* accessors that ask it.
 */
#pragma once

#include "arch/x86/asm/cpuid_insn.h"

/* Whether the leaf exists in its range (basic, 0x4000xxxx is not asked here, extended). */
static inline bool cpuid_has_leaf(u32 leaf)
{
	return leaf <= cpuid(leaf & 0x80000000u, 0).eax;
}

/* The leaf, or zeros if this CPU does not have it. */
static inline struct cpuid_regs cpuid_or_zero(u32 leaf, u32 subleaf)
{
	return cpuid_has_leaf(leaf) ? cpuid(leaf, subleaf) : (struct cpuid_regs){ 0, 0, 0, 0 };
}

/* Leaf 1 */
#define CPUID_1_ECX_MONITOR BIT(3)
#define CPUID_1_ECX_VMX BIT(5)
#define CPUID_1_ECX_VIRT CPUID_1_ECX_VMX	/* for layers that know no vendor */
#define CPUID_1_ECX_PCID BIT(17)
#define CPUID_1_ECX_X2APIC BIT(21)
#define CPUID_1_ECX_TSC_DEADLINE BIT(24)
#define CPUID_1_ECX_XSAVE BIT(26)
#define CPUID_1_ECX_OSXSAVE BIT(27)
#define CPUID_1_ECX_HYPERVISOR BIT(31)
/* Leaf 7.0 */
#define CPUID_7_EBX_FSGSBASE BIT(0)
#define CPUID_7_EBX_SMEP BIT(7)
#define CPUID_7_EBX_SMAP BIT(20)
#define CPUID_7_ECX_UMIP BIT(2)
#define CPUID_7_ECX_LA57 BIT(16)
/* Leaf 0x80000001 */
#define CPUID_EXT1_ECX_SVM BIT(2)
#define CPUID_EXT1_ECX_VIRT CPUID_EXT1_ECX_SVM
#define CPUID_EXT1_EDX_NX BIT(20)
#define CPUID_EXT1_EDX_PDPE1GB BIT(26)
#define CPUID_EXT1_EDX_RDTSCP BIT(27)
/* Leaf 0x80000007 */
#define CPUID_EXT7_EDX_INVARIANT_TSC BIT(8)
/* Leaf 0x8000000a: EBX = number of ASIDs */
#define CPUID_EXTA_EDX_NPT BIT(0)
#define CPUID_EXTA_EDX_NRIPS BIT(3)
#define CPUID_EXTA_EDX_FLUSH_BY_ASID BIT(6)
#define CPUID_EXTA_EDX_DECODE_ASSISTS BIT(7)

/* Width of physical addresses in bits. */
static inline u32 cpuid_phys_bits(void)
{
	return cpuid_has_leaf(0x80000008u) ? cpuid(0x80000008u, 0).eax & 0xff : 36;
}
