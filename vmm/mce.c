/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine-check banks. What a register accepts is what KVM accepts, which is wider than the SDM:
 * guests with errata leave single bits of a control register clear.
 */
#include "vmm/mce.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define CAP_COUNT 0xffULL
#define CAP_EXTENDED_COUNT 0xff0000ULL
#define MCG_MCIP BIT(2) /* a machine check is in progress */
#define MCI_VAL BIT(63)
#define MCI_OVER BIT(62)
#define MCI_UC BIT(61)
#define CTL_TOLERATED (BIT(10) | BIT(0))

/* The registers of a bank, in the order of their MSRs. */
enum { CTL, STATUS, ADDR, MISC, BANK_REGS };

static u32 bank_count(const struct vcpu *v)
{
	return v->msrs->mcg_cap & CAP_COUNT;
}

int mce_setup(struct vcpu *v, u64 cap)
{
	struct msr_state *m = v->msrs;
	u64 count = cap & CAP_COUNT;

	if (!count || count > MCE_BANKS_MAX ||
	    cap & ~(MCE_CAP_SUPPORTED | CAP_COUNT | CAP_EXTENDED_COUNT)) {
		return -EINVAL;
	}
	m->mcg_cap = cap;
	m->mcg_ctl = cap & MCG_CTL_P ? ~0ULL : m->mcg_ctl;
	for (u32 i = 0; i < count; i++) {
		m->mce_bank[i][CTL] = ~0ULL;
	}
	return 0;
}

static void record(struct vcpu *v, u64 *bank, const struct kvm_x86_mce *mce)
{
	bank[STATUS] = mce->status | (bank[STATUS] & MCI_VAL ? MCI_OVER : 0);
	bank[ADDR] = mce->addr;
	bank[MISC] = mce->misc;
	v->msrs->mcg_status = mce->mcg_status;
}

int mce_report(struct vcpu *v, const struct kvm_x86_mce *mce)
{
	struct msr_state *m = v->msrs;
	struct hv_sregs s;
	u64 *bank;

	if (mce->bank >= bank_count(v) || !(mce->status & MCI_VAL)) {
		return -EINVAL;
	}
	bank = m->mce_bank[mce->bank];
	if (!(mce->status & MCI_UC)) {
		if (bank[STATUS] & MCI_VAL && bank[STATUS] & MCI_UC) {
			bank[STATUS] |= MCI_OVER; /* the worse one stays */
		} else {
			record(v, bank, mce);
		}
		return 0;
	}
	if ((m->mcg_cap & MCG_CTL_P && m->mcg_ctl != ~0ULL) || bank[CTL] != ~0ULL) {
		return 0;
	}
	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	if (m->mcg_status & MCG_MCIP || !(s.cr4 & CR4_MCE)) {
		vcpu_request(v, REQ_TRIPLE_FAULT);
		return 0;
	}
	record(v, bank, mce);
	event_exception(v, VEC_MC, false, 0);
	return 0;
}

/* The register behind an MSR, or NULL: there is none, for a guest at least. */
static u64 *reg_of(struct vcpu *v, u32 index, bool host)
{
	struct msr_state *m = v->msrs;
	u32 at = index - MSR_MC0_CTL;

	switch (index) {
	case MSR_MCG_CAP: return &m->mcg_cap;
	case MSR_MCG_CTL: return m->mcg_cap & MCG_CTL_P || host ? &m->mcg_ctl : NULL;
	default:
		return at < bank_count(v) * BANK_REGS ? &m->mce_bank[at / BANK_REGS][at % BANK_REGS]
						      : NULL;
	}
}

int mce_read(struct vcpu *v, u32 index, u64 *value, bool host)
{
	const u64 *reg = reg_of(v, index, host);

	if (!reg) {
		return -EINVAL;
	}
	*value = *reg;
	return 0;
}

/* What the register accepts; a MCG_CTL that is not there takes 0. */
static bool accepts(const struct vcpu *v, u32 index, u64 value, bool host)
{
	if (index == MSR_MCG_CTL) {
		return !value || (v->msrs->mcg_cap & MCG_CTL_P && value == ~0ULL);
	}
	switch ((index - MSR_MC0_CTL) % BANK_REGS) {
	case CTL: return !value || (value | CTL_TOLERATED) == ~0ULL;
	case STATUS: return !value || host;
	default: return true;
	}
}

int mce_write(struct vcpu *v, u32 index, u64 value, bool host)
{
	u64 *reg = reg_of(v, index, host);

	if (!reg || !accepts(v, index, value, host)) {
		return -EINVAL;
	}
	*reg = value;
	return 0;
}
