/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IA32_APIC_BASE: which states and which ways between them exist. Called for WRMSR, SET_MSRS
 * and SET_SREGS.
 */
#include "arch/x86/asm/msr.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define MODE (APIC_BASE_ENABLE | APIC_BASE_X2APIC)
#define LOW_RESERVED 0x2ffULL

int apic_base_check(struct vcpu *v, u64 value, bool host)
{
	u64 old = v->apic_base & MODE, new = value &MODE;

	if (value & (LOW_RESERVED | ~((1ULL << v->phys_bits) - 1)) || new == APIC_BASE_X2APIC) {
		return -EINVAL;
	}
	if (!host && old != new) {
		if (!old && new == MODE) {
			return -EINVAL; /* off to x2APIC skips xAPIC */
		}
		if (old == MODE && new) {
			return -EINVAL; /* out of x2APIC leads only to off */
		}
	}
	return 0;
}

int apic_base_set(struct vcpu *v, u64 value, bool host)
{
	int err = apic_base_check(v, value, host);

	if (err) {
		return err;
	}
	v->apic_base = value;
	if (v->lapic) {
		lapic_set_base(v->lapic, value);
	}
	return 0;
}
