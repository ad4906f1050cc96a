/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest may be offered: the host's leaves through a whitelist, plus what the hypervisor
 * itself provides. A bit is listed only if nothing else is needed for it, or that is
 * implemented (MSRs, control-register bits, state switching).
 */
#include "arch/x86/fpu.h"
#include "vmm/cpuid.h"

#define ALL UINT32_MAX

#define MAX_BASIC 0xd
#define MAX_EXTENDED 0x80000008u
#define XSTATE_LEAF 0xd
#define XSTATE_OFFERED 0xe7ULL /* x87 SSE AVX AVX-512 */

/* Leaf 1 ECX: SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND */
#define LEAF1_ECX                                                                                  \
	(BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | BIT(23) |    \
	 BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30))
/* Provided here: x2APIC, hypervisor */
#define LEAF1_ECX_OURS (BIT(21) | BIT(31))
/*
 * FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFLUSH MMX FXSR SSE
 * SSE2
 */
#define LEAF1_EDX 0x078bfbffULL
/*
 * FSGSBASE BMI1 AVX2 SMEP BMI2 ERMS AVX512F AVX512DQ RDSEED ADX SMAP AVX512IFMA CLFLUSHOPT CLWB
 * AVX512CD SHA AVX512BW AVX512VL
 */
#define LEAF7_EBX                                                                                  \
	(BIT(0) | BIT(3) | BIT(5) | BIT(7) | BIT(8) | BIT(9) | BIT(16) | BIT(17) | BIT(18) |       \
	 BIT(19) | BIT(20) | BIT(21) | BIT(23) | BIT(24) | BIT(28) | BIT(29) | BIT(30) | BIT(31))
#define LEAF7_EBX_OURS BIT(1) /* TSC_ADJUST */
/* AVX512_VBMI UMIP VBMI2 GFNI VAES VPCLMULQDQ VNNI BITALG VPOPCNTDQ */
#define LEAF7_ECX                                                                                  \
	(BIT(1) | BIT(2) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14))
#define LEAF7_EDX BIT(4) /* FSRM */
#define LEAF6_EAX_ARAT BIT(2)
/* LAHF CR8_LEGACY LZCNT SSE4A MISALIGNSSE PREFETCHW XOP FMA4 TBM */
#define EXT1_ECX (BIT(0) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(11) | BIT(16) | BIT(21))
/* The leaf-1 bits and SYSCALL NX MMXEXT FXSR_OPT PDPE1GB LM 3DNOWEXT 3DNOW */
#define EXT1_EDX                                                                                   \
	(0x0183f3ffULL | BIT(11) | BIT(20) | BIT(22) | BIT(25) | BIT(26) | BIT(29) | BIT(30) |     \
	 BIT(31))
#define EXT7_EDX BIT(8)		   /* invariant TSC */
#define EXT8_EAX 0xffffULL	   /* address widths */
#define EXT8_EBX (BIT(0) | BIT(2)) /* CLZERO, XSAVEERPTR */
#define XSTATE1_EAX 7ULL	   /* XSAVEOPT XSAVEC XGETBV1 */
#define XSTATE_ALIGNED BIT(1)	   /* ECX: 64-byte aligned in the compacted format */

/* mask: bits taken from the host; ours: bits set in any case. Registers EAX EBX ECX EDX. */
struct row {
	u32 leaf;
	u32 mask[4], ours[4];
};

static const struct row rows[] = {
	{0, {0, ALL, ALL, ALL}, {MAX_BASIC}},
	{1, {ALL, 0x0000ff00, LEAF1_ECX, LEAF1_EDX}, {0, 0, LEAF1_ECX_OURS}},
	{2, {ALL, ALL, ALL, ALL}, {0}},
	{6, {0}, {LEAF6_EAX_ARAT}},
	{7, {0, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX}, {0, LEAF7_EBX_OURS}},
	{0xa, {0}, {0}},
	/* "KVMKVMKVM" */
	{KVM_CPUID_SIGNATURE, {0}, {KVM_CPUID_FEATURES, 0x4b4d564b, 0x564b4d56, 0x4d}},
	{KVM_CPUID_FEATURES, {0},
	 {BIT(KVM_FEATURE_CLOCKSOURCE) | BIT(KVM_FEATURE_CLOCKSOURCE2) |
	  BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT)}},
	{0x80000000, {0, ALL, ALL, ALL}, {MAX_EXTENDED}},
	{0x80000001, {ALL, 0, EXT1_ECX, EXT1_EDX}, {0}},
	{0x80000002, {ALL, ALL, ALL, ALL}, {0}},
	{0x80000003, {ALL, ALL, ALL, ALL}, {0}},
	{0x80000004, {ALL, ALL, ALL, ALL}, {0}},
	{0x80000005, {ALL, ALL, ALL, ALL}, {0}},
	{0x80000006, {ALL, ALL, ALL, ALL}, {0}},
	{0x80000007, {0, 0, 0, EXT7_EDX}, {0}},
	{0x80000008, {EXT8_EAX, EXT8_EBX, 0, 0}, {0}},
};

u64 cpuid_supported_xcr0(void)
{
	return fpu_host_xcr0() ? fpu_host_xcr0() & XSTATE_OFFERED : 1;
}

static struct kvm_cpuid_entry2 *add(struct kvm_cpuid_entry2 *e, u32 leaf, u32 index, u32 flags,
				    struct cpuid_regs r)
{
	*e = (struct kvm_cpuid_entry2){.function = leaf, .index = index, .flags = flags,
				       .eax = r.eax, .ebx = r.ebx, .ecx = r.ecx, .edx = r.edx};
	return e + 1;
}

static bool host_has(u32 leaf)
{
	return (leaf & 0xf0000000u) == KVM_CPUID_SIGNATURE || cpuid_has_leaf(leaf);
}

static struct kvm_cpuid_entry2 *add_row(struct kvm_cpuid_entry2 *e, const struct row *row)
{
	bool synthetic = (row->leaf & 0xf0000000u) == KVM_CPUID_SIGNATURE;
	struct cpuid_regs r =
		synthetic ? (struct cpuid_regs){0, 0, 0, 0} : cpuid_or_zero(row->leaf, 0);

	r.eax = (r.eax & row->mask[0]) | row->ours[0];
	r.ebx = (r.ebx & row->mask[1]) | row->ours[1];
	r.ecx = (r.ecx & row->mask[2]) | row->ours[2];
	r.edx = (r.edx & row->mask[3]) | row->ours[3];
	if (!(fpu_host_xcr0() & BIT(2)) && row->leaf == 1) {
		r.ecx &= ~(BIT(12) | BIT(28) | BIT(29)); /* FMA AVX F16C need AVX state */
	}
	if (!fpu_host_xcr0() && row->leaf == 1) {
		r.ecx &= ~BIT(26);
	}
	return add(e, row->leaf, 0, row->leaf == 7 ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0, r);
}

/* Deterministic cache parameters: the host's, up to the empty one. The VMM sets the sharing. */
static struct kvm_cpuid_entry2 *add_caches(struct kvm_cpuid_entry2 *e)
{
	for (u32 i = 0; cpuid_has_leaf(4) && i < 8; i++) {
		struct cpuid_regs r = cpuid(4, i);

		e = add(e, 4, i, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, r);
		if (!(r.eax & 0x1f)) {
			break;
		}
	}
	return e;
}

static struct kvm_cpuid_entry2 *add_xstate(struct kvm_cpuid_entry2 *e)
{
	u64 xcr0 = cpuid_supported_xcr0();
	struct cpuid_regs r = cpuid_or_zero(XSTATE_LEAF, 0);

	if (!fpu_host_xcr0()) {
		return e;
	}
	r.eax = xcr0;
	r.edx = xcr0 >> 32;
	r.ebx = r.ecx = cpuid_xstate_size(xcr0);
	e = add(e, XSTATE_LEAF, 0, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, r);
	r = cpuid_or_zero(XSTATE_LEAF, 1);
	e = add(e, XSTATE_LEAF, 1, KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		(struct cpuid_regs){r.eax & XSTATE1_EAX, 0, 0, 0});
	for (u32 i = 2; i < 64; i++) {
		if (xcr0 >> i & 1) {
			r = cpuid(XSTATE_LEAF, i);
			r.ecx &= XSTATE_ALIGNED;
			r.edx = 0;
			e = add(e, XSTATE_LEAF, i, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, r);
		}
	}
	return e;
}

u32 cpuid_supported(struct kvm_cpuid_entry2 *entries)
{
	struct kvm_cpuid_entry2 *e = entries;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (host_has(rows[i].leaf)) {
			e = add_row(e, &rows[i]);
		}
		if (rows[i].leaf == 2) {
			e = add_caches(e);
		} else if (rows[i].leaf == 0xa) {
			e = add_xstate(e);
		}
	}
	return e - entries;
}
