/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MSR table and the small functions behind its rows. The two rows that a running guest
 * writes most stand first. Values are checked before anything changes; addresses must be
 * canonical, or the hypervisor itself would fault.
 */
#include "vmm/msr_table.h"

#include "arch/x86/asm/msr.h"
#include "arch/x86/asm/tsc.h"
#include "vmm/clock.h"
#include "vmm/cr.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define MSR_PLATFORM_ID 0x17
#define MSR_EBL_CR_POWERON 0x2a
#define DEBUGCTL_ACCEPTED 3ULL	    /* LBR (ignored), BTF */
#define HWCR_ACCEPTED 0x01000148ULL /* TscFreqSel and bits that guests set without effect here */
#define DE_CFG_ACCEPTED BIT(1)	    /* LFENCE serialises */
#define MCG_STATUS_ACCEPTED 7ULL

static int read_hw(struct vcpu *v, u32 index, u64 *value, bool host __unused)
{
	return hv_get_msr(&v->hv, index, value) ? -EINVAL : 0;
}

static int write_hw(struct vcpu *v, u32 index, u64 value, bool host __unused)
{
	return hv_set_msr(&v->hv, index, value) ? -EINVAL : 0;
}

static int write_hw_address(struct vcpu *v, u32 index, u64 value, bool host)
{
	return canonical(value) ? write_hw(v, index, value, host) : -EINVAL;
}

static int write_sfmask(struct vcpu *v, u32 index, u64 value, bool host)
{
	return value >> 32 ? -EINVAL : write_hw(v, index, value, host);
}

static int write_pat(struct vcpu *v, u32 index, u64 value, bool host)
{
	return pat_valid(value) ? write_hw(v, index, value, host) : -EINVAL;
}

static int read_efer(struct vcpu *v, u32 index __unused, u64 *value, bool host __unused)
{
	struct hv_sregs s;

	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	*value = s.efer;
	return 0;
}

static int write_efer(struct vcpu *v, u32 index __unused, u64 value, bool host)
{
	return efer_write(v, value, host);
}

static int read_tsc(struct vcpu *v, u32 index __unused, u64 *value, bool host __unused)
{
	*value = rdtsc() + v->tsc_offset;
	return 0;
}

/*
 * The VMM that moves a guest sets one vCPU's counter after the other. As in KVM, what lies within a
 * second of the last one means the same counter, or the guest's vCPUs would disagree ever after.
 */
static u64 agreed_offset(struct vm *vm, u64 offset)
{
	u64 last = READ_ONCE(vm->tsc_set), second = vm->tsc_khz * 1000;

	if (last && offset - last + second < 2 * second) {
		return last;
	}
	WRITE_ONCE(vm->tsc_set, offset);
	return offset;
}

/* A guest's write moves TSC_ADJUST along, as the architecture says; the VMM's does not. */
static int write_tsc(struct vcpu *v, u32 index __unused, u64 value, bool host)
{
	u64 offset = value - rdtsc();

	if (host) {
		offset = agreed_offset(v->vm, offset);
	} else {
		v->msrs->tsc_adjust += offset - v->tsc_offset;
	}
	vcpu_set_tsc_offset(v, offset);
	return 0;
}

static int write_adjust(struct vcpu *v, u32 index __unused, u64 value, bool host)
{
	if (!host) {
		vcpu_set_tsc_offset(v, v->tsc_offset + (value - v->msrs->tsc_adjust));
	}
	v->msrs->tsc_adjust = value;
	return 0;
}

static int read_deadline(struct vcpu *v, u32 index __unused, u64 *value, bool host __unused)
{
	*value = v->lapic ? lapic_get_tsc_deadline(v->lapic) : 0;
	return 0;
}

static int write_deadline(struct vcpu *v, u32 index __unused, u64 value, bool host __unused)
{
	if (v->lapic) {
		lapic_set_tsc_deadline(v->lapic, value);
	}
	return 0;
}

static int read_x2apic(struct vcpu *v, u32 index, u64 *value, bool host __unused)
{
	return v->lapic ? lapic_msr_read(v->lapic, index, value) : -EINVAL;
}

static int write_x2apic(struct vcpu *v, u32 index, u64 value, bool host __unused)
{
	int err = v->lapic ? lapic_msr_write(v->lapic, index, value) : -EINVAL;

	if (!err && index == MSR_X2APIC_TPR) { /* the hardware's CR8 follows */
		hv_set_tpr(&v->hv, lapic_get_cr8(v->lapic));
	}
	return err;
}

static int write_apic_base(struct vcpu *v, u32 index __unused, u64 value, bool host)
{
	return apic_base_set(v, value, host);
}

static int write_wall(struct vcpu *v, u32 index __unused, u64 value, bool host __unused)
{
	v->msrs->wall_clock = value;
	clock_write_wall(v, value);
	vcpu_load(v);
	return 0;
}

static int write_clock(struct vcpu *v, u32 index __unused, u64 value, bool host __unused)
{
	clock_set_page(v, value);
	return 0;
}

static int read_constant(struct vcpu *v __unused, u32 index __unused, u64 *value,
			 bool host __unused)
{
	*value = 0;
	return 0;
}

static int read_platform_info(struct vcpu *v, u32 index __unused, u64 *value, bool host)
{
	*value = v->msrs->platform_info;
	return !host && v->vm->no_platform_info ? -EINVAL : 0;
}

/* The VMM may set what it is; the guest cannot. */
static int write_platform_info(struct vcpu *v, u32 index __unused, u64 value, bool host)
{
	if (!host || value & ~PLATFORM_INFO_CPUID_FAULT) {
		return -EINVAL;
	}
	v->msrs->platform_info = value;
	return 0;
}

static int write_ignored(struct vcpu *v __unused, u32 index __unused, u64 value __unused,
			 bool host __unused)
{
	return 0;
}

/* The registers that read as written: where, and for write_kept() which bits may be set. */
static u64 *kept(struct vcpu *v, u32 index, u64 *accepted)
{
	struct msr_state *m = v->msrs;

	*accepted = ~0ULL;
	switch (index) {
	case MSR_TSC_ADJUST: return &m->tsc_adjust;
	case MSR_APIC_BASE: return &v->apic_base;
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW: return &v->clock_msr;
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW: return &m->wall_clock;
	case MSR_MISC_ENABLE: return &m->misc_enable;
	case MSR_MCG_STATUS: *accepted = MCG_STATUS_ACCEPTED; return &m->mcg_status;
	case MSR_DEBUGCTL: *accepted = DEBUGCTL_ACCEPTED; return &m->debugctl;
	case MSR_HWCR: *accepted = HWCR_ACCEPTED; return &m->hwcr;
	case MSR_DE_CFG: *accepted = DE_CFG_ACCEPTED; return &m->de_cfg;
	default: return &m->patch_level;
	}
}

static int read_kept(struct vcpu *v, u32 index, u64 *value, bool host __unused)
{
	u64 accepted;

	*value = *kept(v, index, &accepted);
	return 0;
}

static int write_kept(struct vcpu *v, u32 index, u64 value, bool host __unused)
{
	u64 accepted, *at = kept(v, index, &accepted);

	if (value & ~accepted) {
		return -EINVAL;
	}
	*at = value;
	return 0;
}

/* A microcode revision: the guest "writes" before it reads; the VMM sets it. */
static int write_patch_level(struct vcpu *v, u32 index __unused, u64 value, bool host)
{
	if (host) {
		v->msrs->patch_level = value;
	}
	return 0;
}

static const struct msr_row rows[] = {
	{MSR_TSC_DEADLINE, MSR_TSC_DEADLINE, true, read_deadline, write_deadline},
	{MSR_X2APIC_BASE, MSR_X2APIC_BASE + 0xff, false, read_x2apic, write_x2apic},
	{MSR_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE, true, read_hw, write_hw_address},
	{MSR_FS_BASE, MSR_GS_BASE, false, read_hw, write_hw_address},
	{MSR_STAR, MSR_STAR, true, read_hw, write_hw},
	{MSR_LSTAR, MSR_CSTAR, true, read_hw, write_hw_address},
	{MSR_SFMASK, MSR_SFMASK, true, read_hw, write_sfmask},
	{MSR_SYSENTER_CS, MSR_SYSENTER_CS, true, read_hw, write_hw},
	{MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, true, read_hw, write_hw_address},
	{MSR_PAT, MSR_PAT, true, read_hw, write_pat},
	{MSR_EFER, MSR_EFER, false, read_efer, write_efer},
	{MSR_TSC, MSR_TSC, true, read_tsc, write_tsc},
	{MSR_TSC_ADJUST, MSR_TSC_ADJUST, true, read_kept, write_adjust},
	{MSR_APIC_BASE, MSR_APIC_BASE, false, read_kept, write_apic_base},
	{MSR_KVM_SYSTEM_TIME, MSR_KVM_SYSTEM_TIME, true, read_kept, write_clock},
	{MSR_KVM_SYSTEM_TIME_NEW, MSR_KVM_SYSTEM_TIME_NEW, true, read_kept, write_clock},
	{MSR_KVM_WALL_CLOCK, MSR_KVM_WALL_CLOCK, true, read_kept, write_wall},
	{MSR_KVM_WALL_CLOCK_NEW, MSR_KVM_WALL_CLOCK_NEW, true, read_kept, write_wall},
	{MSR_MISC_ENABLE, MSR_MISC_ENABLE, true, read_kept, write_kept},
	{MSR_MCG_CAP, MSR_MCG_CAP, false, mce_read, NULL},
	{MSR_MCG_CTL, MSR_MCG_CTL, false, mce_read, mce_write},
	{MSR_MC0_CTL, MSR_MC0_CTL + 4 * MCE_BANKS_MAX - 1, false, mce_read, mce_write},
	{MSR_MCG_STATUS, MSR_MCG_STATUS, true, read_kept, write_kept},
	{MSR_DEBUGCTL, MSR_DEBUGCTL, false, read_kept, write_kept},
	{MSR_MTRRCAP, MSR_MTRRCAP, false, mtrr_read, NULL},
	{MSR_MTRR_PHYSBASE0, MSR_MTRR_PHYSBASE0 + 2 * MTRR_VARIABLE - 1, true, mtrr_read,
	 mtrr_write},
	{0x250, 0x250, true, mtrr_read, mtrr_write},
	{0x258, 0x259, true, mtrr_read, mtrr_write},
	{0x268, 0x26f, true, mtrr_read, mtrr_write},
	{MSR_MTRR_DEF_TYPE, MSR_MTRR_DEF_TYPE, true, mtrr_read, mtrr_write},
	{MSR_PATCH_LEVEL, MSR_PATCH_LEVEL, true, read_kept, write_patch_level},
	{MSR_PLATFORM_INFO, MSR_PLATFORM_INFO, false, read_platform_info, write_platform_info},
	{MSR_PLATFORM_ID, MSR_PLATFORM_ID, false, read_constant, NULL},
	{MSR_EBL_CR_POWERON, MSR_EBL_CR_POWERON, false, read_constant, write_ignored},
	{MSR_SYSCFG, MSR_SYSCFG, false, read_constant, NULL},
	{MSR_HWCR, MSR_HWCR, true, read_kept, write_kept},
	{MSR_DE_CFG, MSR_DE_CFG, true, read_kept, write_kept},
};

const struct msr_row *msr_rows(u32 *count)
{
	*count = ARRAY_SIZE(rows);
	return rows;
}
