/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers by their offset: which exist in which mode and what a write does; and the two ways
 * to them, the x2APIC MSRs and the memory-mapped page.
 */
#include "core/string.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/vcpu.h"

/* One bit per register (offset / 16) that exists and can be read in both modes. */
#define R(reg) BIT((reg) / 16)
#define WORDS(reg) (0xffULL << (reg) / 16)
#define READABLE                                                                                   \
	(R(LAPIC_ID) | R(LAPIC_VERSION) | R(LAPIC_TPR) | R(LAPIC_PPR) | R(LAPIC_LDR) |             \
	 R(LAPIC_SVR) | WORDS(LAPIC_ISR) | WORDS(LAPIC_TMR) | WORDS(LAPIC_IRR) | R(LAPIC_ESR) |    \
	 R(LAPIC_ICR) | R(LAPIC_LVT_TIMER) | R(LAPIC_LVT_THERMAL) | R(LAPIC_LVT_PERF) |            \
	 R(LAPIC_LVT_LINT0) | R(LAPIC_LVT_LINT1) | R(LAPIC_LVT_ERROR) | R(LAPIC_TIMER_INIT) |      \
	 R(LAPIC_TIMER_COUNT) | R(LAPIC_TIMER_DIVIDE))
#define READABLE_XAPIC (READABLE | R(LAPIC_APR) | R(LAPIC_DFR) | R(LAPIC_ICR2))

int lapic_reg_read(struct lapic *l, u32 reg, u32 *value)
{
	if (reg >= LAPIC_PAGE || reg % 16 ||
	    !((lapic_x2apic(l) ? READABLE : READABLE_XAPIC) & R(reg))) {
		return -EINVAL;
	}
	switch (reg) {
	case LAPIC_APR:
	case LAPIC_PPR: *value = lapic_ppr(l); break;
	case LAPIC_TIMER_COUNT: *value = lapic_timer_count(l); break;
	default: *value = lapic_get(l, reg); break;
	}
	return 0;
}

/* The registers that x2APIC mode has no or no writable form of. */
static int write_xapic(struct lapic *l, u32 reg, u32 value)
{
	if (lapic_x2apic(l)) {
		return -EINVAL;
	}
	switch (reg) {
	case LAPIC_ID:
	case LAPIC_LDR:
	case LAPIC_ICR2: lapic_put(l, reg, value & 0xff000000); return 0;
	case LAPIC_DFR: lapic_put(l, reg, value | DFR_CLUSTER); return 0;
	default: return -EINVAL;
	}
}

static void write_icr(struct lapic *l, u32 value)
{
	u32 dest = lapic_get(l, LAPIC_ICR2);

	value &= ~(ICR_RESERVED | (u32)ICR_BUSY);
	lapic_put(l, LAPIC_ICR, value);
	lapic_send(l, value, lapic_x2apic(l) ? dest : dest >> 24);
}

int lapic_reg_write(struct lapic *l, u32 reg, u32 value)
{
	switch (reg) {
	case LAPIC_TPR: lapic_set_tpr(l, (u8)value); return 0;
	case LAPIC_EOI: lapic_eoi(l); return 0;
	case LAPIC_SVR: lapic_write_svr(l, value); return 0;
	case LAPIC_ESR: lapic_put(l, LAPIC_ESR, 0); return 0;
	case LAPIC_ICR: write_icr(l, value); return 0;
	case LAPIC_LVT_TIMER:
	case LAPIC_LVT_THERMAL:
	case LAPIC_LVT_PERF:
	case LAPIC_LVT_LINT0:
	case LAPIC_LVT_LINT1:
	case LAPIC_LVT_ERROR: lapic_write_lvt(l, reg, value); return 0;
	case LAPIC_TIMER_INIT: lapic_write_timer_init(l, value); return 0;
	case LAPIC_TIMER_DIVIDE: lapic_write_timer_divide(l, value); return 0;
	default: return write_xapic(l, reg, value);
	}
}

/*
 * The x2APIC front end: MSR 800h + offset / 16. The range of MSRs is four times as large as the
 * page of registers; what lies behind the page does not exist (XSA-108).
 */
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

/*
 * The memory-mapped front end of the local APIC: the page at IA32_APIC_BASE in xAPIC mode. In the
 * other modes the page stays, as on KVM: reads give ones, writes are lost.
 */

/* Registers are 4 bytes at multiples of 16; what goes over one is not there. */
static void read_register(struct lapic *l, u32 offset, u8 *data, u32 len)
{
	u32 at = offset % 16, value;

	if (likely(len == sizeof(value) && !at)) {
		if (!lapic_reg_read(l, offset, &value)) {
			__builtin_memcpy(data, &value, sizeof(value));
		}
	} else if (at + len <= sizeof(value) && !lapic_reg_read(l, offset - at, &value)) {
		value >>= 8 * at;
		memcpy(data, &value, len);
	}
}

/* A write to a register that does not exist is lost. The hardware's CR8 follows the TPR. */
static void write_register(struct vcpu *v, u32 offset, const u8 *data, u32 len)
{
	u32 value;

	if (len != sizeof(value) || offset % 16) {
		return;
	}
	__builtin_memcpy(&value, data, sizeof(value));
	if (!lapic_reg_write(v->lapic, offset, value) && offset == LAPIC_TPR) {
		hv_set_tpr(&v->hv, lapic_get_cr8(v->lapic));
	}
}

bool lapic_mmio(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	u64 mode = v->apic_base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	u32 offset = gpa & ~PAGE_MASK;

	if (!v->lapic || (gpa ^ v->apic_base) & PAGE_MASK) {
		return false;
	}
	if (mode != APIC_BASE_ENABLE) {
		if (!write) {
			memset(data, 0xff, len);
		}
	} else if (write) {
		write_register(v, offset, data, len);
	} else {
		read_register(v->lapic, offset, data, len);
	}
	return true;
}
