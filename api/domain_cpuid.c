/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID for domains: the host's, without what belongs to the hypervisor alone, plus its
 * signature.
 */
#include "api/domain.h"

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/cr.h"

#define LEAF_SIGNATURE 0x40000100u
#define IS_HYPERVISOR_LEAF(leaf) ((leaf) >> 16 == 0x4000)
/* "CorbelCorbel" in EBX ECX EDX */
#define SIGNATURE_EBX 0x62726f43u
#define SIGNATURE_ECX 0x6f436c65u
#define SIGNATURE_EDX 0x6c656272u

void domain_cpuid(u64 cr4, u32 leaf, u32 subleaf, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){0, 0, 0, 0};
	if (leaf == LEAF_SIGNATURE) {
		*out = (struct cpuid_regs){leaf, SIGNATURE_EBX, SIGNATURE_ECX, SIGNATURE_EDX};
		return;
	}
	if (IS_HYPERVISOR_LEAF(leaf)) {
		return;
	}
	*out = cpuid(leaf, subleaf);
	if (leaf == 1) {
		out->ecx &= (u32) ~(CPUID_1_ECX_VIRT | CPUID_1_ECX_MONITOR | CPUID_1_ECX_PCID |
				    CPUID_1_ECX_X2APIC | CPUID_1_ECX_TSC_DEADLINE |
				    CPUID_1_ECX_OSXSAVE);
		out->ecx |= CPUID_1_ECX_HYPERVISOR;
		out->ecx |= cr4 & CR4_OSXSAVE ? CPUID_1_ECX_OSXSAVE : 0;
	} else if (leaf == 0x80000001u) {
		out->ecx &= (u32)~CPUID_EXT1_ECX_VIRT;
	} else if (leaf == 0xd && subleaf == 0) {
		/* XCR0 bits: those that the host saves and restores. */
		out->eax &= (u32)fpu_host_xcr0();
		out->edx &= (u32)(fpu_host_xcr0() >> 32);
	} else if (leaf == 0x8000000au) {
		*out = (struct cpuid_regs){0, 0, 0, 0};
	}
}
