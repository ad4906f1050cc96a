/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x2APIC front end: MSR 800h + offset / 16. The range of MSRs is four times as large as the
 * page of registers; what lies behind the page does not exist (XSA-108).
 */
#include "core/errno.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

#define FIRST_MSR 0x800u
#define LAST_MSR (FIRST_MSR + LAPIC_PAGE / 16 - 1)

static bool valid(const struct lapic *l, u32 index)
{
	return lapic_x2apic(l) && index >= FIRST_MSR && index <= LAST_MSR;
}

int lapic_msr_read(struct lapic *l, u32 index, u64 *value)
{
	u32 reg = (index - FIRST_MSR) * 16, low;
	int err;

	if (!valid(l, index)) {
		return -EINVAL;
	}
	err = lapic_reg_read(l, reg, &low);
	if (err) {
		return err;
	}
	*value = low;
	if (reg == LAPIC_ICR) {
		*value |= (u64)lapic_get(l, LAPIC_ICR2) << 32;
	}
	return 0;
}

/*
 * The bits that must be zero in the lower half; the other registers drop what they do not know, as
 * KVM does.
 */
static u32 reserved(u32 reg)
{
	switch (reg) {
	case LAPIC_TPR:
	case LAPIC_SELF_IPI: return ~0xffu;
	case LAPIC_EOI:
	case LAPIC_ESR: return ~0u;
	case LAPIC_ICR: return ICR_RESERVED;
	default: return 0;
	}
}

int lapic_msr_write(struct lapic *l, u32 index, u64 value)
{
	u32 reg = (index - FIRST_MSR) * 16;

	if (!valid(l, index) || (value & reserved(reg)) || (value >> 32 && reg != LAPIC_ICR)) {
		return -EINVAL;
	}
	if (reg == LAPIC_SELF_IPI) {
		(void)lapic_deliver(l, LAPIC_FIXED, (u8)value, false);
		return 0;
	}
	if (reg == LAPIC_ICR) {
		lapic_put(l, LAPIC_ICR2, (u32)(value >> 32));
	}
	return lapic_reg_write(l, reg, (u32)value);
}
