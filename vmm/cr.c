/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks of control-register writes and their effect on the mode. The hardware would check
 * some of them only at the next entry, when it is too late for a #GP. Called by exit_cr.c,
 * exit_simple.c, msr_table.c, api/kvm_vcpu_sregs.c and api/kvm_vcpu_fpu.c.
 */
#include "vmm/cr.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "vmm/cpuid.h"
#include "vmm/vcpu.h"

#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)
#define CR4_ALWAYS                                                                                 \
	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_PCE |  \
	 CR4_OSFXSR | CR4_OSXMMEXCPT)
#define CR4_TRANSLATION (CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP | CR4_SMAP)
#define CR3_NO_FLUSH BIT(63)

/* CR4 bits that exist only with a feature: register of leaf 7 or leaf 1, and bit. */
static const struct {
	u64 cr4;
	u32 leaf, reg, bit;
} conditional[] = {
	{CR4_UMIP, 7, 2, 2},  {CR4_FSGSBASE, 7, 1, 0}, {CR4_SMEP, 7, 1, 7},
	{CR4_SMAP, 7, 1, 20}, {CR4_OSXSAVE, 1, 2, 26},
};

static bool host_has(u32 leaf, u32 reg, u32 bit)
{
	struct cpuid_regs r = cpuid_or_zero(leaf, 0);
	u32 values[4] = {r.eax, r.ebx, r.ecx, r.edx};

	return values[reg] >> bit & 1;
}

/* The bits a write may set: guest: by what it was told; else by what the machine has. */
static u64 cr4_allowed(struct vcpu *v, bool guest)
{
	u64 bits = CR4_ALWAYS;

	for (u32 i = 0; i < ARRAY_SIZE(conditional); i++) {
		u32 leaf = conditional[i].leaf, reg = conditional[i].reg, bit = conditional[i].bit;

		if (guest ? cpuid_guest_has(v, leaf, reg, bit) : host_has(leaf, reg, bit)) {
			bits |= conditional[i].cr4;
		}
	}
	return bits;
}

static bool cr0_valid(u64 cr0)
{
	return !(cr0 >> 32) && !(cr0 & CR0_PG && !(cr0 & CR0_PE)) &&
	       !(cr0 & CR0_NW && !(cr0 & CR0_CD));
}

u64 cr0_present(u64 cr0)
{
	return (cr0 & CR0_DEFINED) | CR0_ET;
}

static u64 efer_allowed(void)
{
	u64 bits = EFER_SCE | EFER_LME | EFER_LMA;

	bits |= host_has(0x80000001u, 3, 20) ? EFER_NXE : 0;
	bits |= host_has(0x80000001u, 3, 25) ? EFER_FFXSR : 0;
	return bits;
}

int cr_check_state(struct vcpu *v, const struct hv_sregs *s, bool cs_l)
{
	if (!cr0_valid(s->cr0) || s->cr4 & ~cr4_allowed(v, false) || s->efer & ~efer_allowed()) {
		return -EINVAL;
	}
	if (s->efer & EFER_LME && s->cr0 & CR0_PG) {
		if (!(s->cr4 & CR4_PAE) || !(s->efer & EFER_LMA) || s->cr3 >> v->phys_bits) {
			return -EINVAL;
		}
		return 0;
	}
	return s->efer & EFER_LMA || cs_l ? -EINVAL : 0;
}

/* Writes the group back; old translations go if the rules of translation changed. */
static void set_crs(struct vcpu *v, struct hv_sregs *s, bool flush)
{
	hv_set_sregs(&v->hv, s, HV_SREG_CR);
	if (flush) {
		v->hv.s2_seen = 0;
	}
}

int cr0_write(struct vcpu *v, u64 value)
{
	struct hv_sregs s;
	u64 changed;

	if (!cr0_valid(value)) {
		return -EINVAL;
	}
	hv_get_sregs(&v->hv, &s, HV_SREG_CR | HV_SREG_CS);
	value = cr0_present(value);
	changed = s.cr0 ^ value;
	if (changed & CR0_PG && s.efer & EFER_LME) {
		if (value & CR0_PG && (!(s.cr4 & CR4_PAE) || s.seg[HV_CS].attr & HV_ATTR_L)) {
			return -EINVAL;
		}
		s.efer ^= EFER_LMA;
	}
	s.cr0 = value;
	set_crs(v, &s, changed & (CR0_PG | CR0_WP));
	return 0;
}

int cr3_write(struct vcpu *v, u64 value)
{
	struct hv_sregs s;

	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	if (s.efer & EFER_LMA) {
		value &= s.cr4 & CR4_PCIDE ? ~CR3_NO_FLUSH : ~0ULL;
		if (value >> v->phys_bits) {
			return -EINVAL;
		}
	}
	s.cr3 = value;
	set_crs(v, &s, true);
	return 0;
}

int cr4_write(struct vcpu *v, u64 value)
{
	struct hv_sregs s;
	u64 changed;

	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	if (value & ~cr4_allowed(v, true) || (s.efer & EFER_LMA && !(value & CR4_PAE))) {
		return -EINVAL;
	}
	changed = s.cr4 ^ value;
	s.cr4 = value;
	set_crs(v, &s, changed & CR4_TRANSLATION);
	return 0;
}

int efer_write(struct vcpu *v, u64 value, bool host)
{
	struct hv_sregs s;
	u64 changed;

	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	if (value & ~efer_allowed()) {
		return -EINVAL;
	}
	if (!host) {
		value = (value & ~EFER_LMA) | (s.efer & EFER_LMA);
	}
	changed = s.efer ^ value;
	if ((changed & EFER_LME && s.cr0 & CR0_PG) ||
	    (value & EFER_LMA && !(value & EFER_LME && s.cr0 & CR0_PG))) {
		return -EINVAL;
	}
	s.efer = value;
	set_crs(v, &s, changed & EFER_NXE);
	return 0;
}

int xcr0_set(struct vcpu *v, u64 value)
{
	if (!xcr0_valid(value, cpuid_supported_xcr0())) {
		return -EINVAL;
	}
	v->xcr0 = value;
	v->hv.guest_xcr0 = fpu_host_xcr0() ? value : 0;
	return 0;
}
