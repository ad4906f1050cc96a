/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs and control registers of the guest: every row read and written, values that must not
 * pass, the clock pages in all the wrong places, the rules of CR0, CR3, CR4 and EFER.
 * LINK: vmm/mce.c
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c vmm/exit_mmio.c vmm/mmio_access.c vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c
 * LINK: vmm/emul/execute.c vmm/emul/move.c vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c
 * LINK: vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c vmm/dirty_log.c vmm/apic_base.c vmm/clock.c vmm/cpuid.c
 * LINK: vmm/cpuid_supported.c vmm/cr.c vmm/emul/insn_len.c vmm/event_raise.c vmm/events.c
 * LINK: vmm/exit.c vmm/exit_cr.c vmm/exit_error.c vmm/exit_insn.c
 * LINK: vmm/exit_io.c vmm/exit_io_string.c vmm/exit_simple.c vmm/fault.c vmm/fetch.c
 * LINK: vmm/guest_mem.c vmm/irq/irqchip.c vmm/irq/lapic.c vmm/irq/lapic_icr.c
 * LINK: vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c vmm/irq/lapic_reg.c
 * LINK: vmm/irq/lapic_state.c vmm/irq/lapic_timer.c vmm/irq/pic.c vmm/irq/pic_io.c
 * LINK: vmm/linear.c vmm/memslot.c vmm/msr.c vmm/msr_table.c vmm/mtrr.c vmm/request.c
 * LINK: vmm/run.c vmm/run_page.c vmm/vcpu.c vmm/vcpu_state.c vmm/vm.c vmm/walk.c
 * LINK: arch/x86/hv/hv_reset.c
 * LINK: arch/x86/hv/hv_thread.c core/fault.c core/quiesce.c core/time.c core/timer.c
 * LINK: mm/aspace.c mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c
 * LINK: mm/backing.c mm/chunks.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c
 * LINK: mm/stage2_flush.c mm/frame.c mm/memmap.c mm/slab.c tests/fake/fake.c
 * LINK: tests/fake/fake_sync.c tests/fake/fake_panic.c tests/fake/fake_log.c
 * LINK: tests/fake/fake_mm.c tests/fake/fake_random.c tests/fake/fake_cpuid.c
 * LINK: tests/fake/fake_vmm.c
 */
#include "fake_vmm.h"

#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/time.h"
#include "fake_cpuid.h"
#include "vmm/clock.h"
#include "vmm/cpuid.h"
#include "vmm/cr.h"
#include "vmm/guest_mem.h"
#include "vmm/mce.h"
#include "vmm/memslot.h"
#include "vmm/msr.h"
#include "vmm/msr_table.h"
#include "vmm/request.h"

#define CANONICAL_EDGE 0x00007fffffffffffULL

static struct vm *vm;
static struct vcpu *v;
static struct fake_hw *hw;

static void start(bool chips)
{
	fake_vmm_start();
	vm = fake_vm(chips);
	v = fake_vcpu(vm);
	hw = fake_hw(v);
}

static void end(void)
{
	fake_vm_end(vm);
	fake_vmm_end();
}

static u64 get(u32 index)
{
	u64 value;

	assert_int_equal(msr_read(v, index, &value, false), 0);
	return value;
}

static int set(u32 index, u64 value)
{
	return msr_write(v, index, value, false);
}

static u32 listed;

static void listed_works(u32 index, void *arg)
{
	u64 value;

	(void)arg;
	listed++;
	/* What GET_MSR_INDEX_LIST names can be saved and restored. */
	if (msr_read(v, index, &value, true) || msr_write(v, index, value, true)) {
		fail_msg("MSR %#x", index);
	}
}

static void every_row(void **state)
{
	const struct msr_row *rows;
	u32 count;

	(void)state;
	start(true);
	assert_int_equal(mce_setup(v, MCG_CTL_P | MCE_BANKS_MAX), 0);
	rows = msr_rows(&count);
	for (u32 i = 0; i < count; i++) {
		assert_true(rows[i].first <= rows[i].last);
		assert_non_null(rows[i].read);
		for (u32 j = 0; j < i; j++) {
			assert_true(rows[i].last < rows[j].first || rows[i].first > rows[j].last);
		}
		for (u32 index = rows[i].first; index <= rows[i].last; index++) {
			u64 value, again;

			if (msr_read(v, index, &value, false)) {
				assert_true(index - 0x800 < 0x100); /* x2APIC mode is off */
				assert_int_equal(set(index, 0), -EINVAL);
				continue;
			}
			if (!rows[i].write || index == MSR_PLATFORM_INFO) {
				assert_int_equal(set(index, value), -EINVAL);
			} else if (index != MSR_TSC) {
				assert_int_equal(set(index, value), 0);
				assert_int_equal(msr_read(v, index, &again, false), 0);
				assert_int_equal(again, value);
			}
		}
	}
	msr_for_each_listed(listed_works, NULL);
	assert_true(listed > 40);
	end();
}

static void unknown(void **state)
{
	static const u32 indices[] = {0,	  0x3a,	      0x48,	  0x10a,      0x1d8,
				      0x210,	  0x251,      0x267,	  0x400,      0x480,
				      0x7ff,	  0x900,      0xda0,	  0xc0000079, 0xc0000085,
				      0xc0000103, 0xc0010114, 0xdeadbeef, 0xffffffff};
	u64 value;

	(void)state;
	start(true);
	for (u32 i = 0; i < ARRAY_SIZE(indices); i++) {
		value = 1;
		assert_int_equal(msr_read(v, indices[i], &value, false), -EINVAL);
		assert_int_equal(value, 0);
		assert_int_equal(set(indices[i], 0), -EINVAL);
		assert_int_equal(msr_write(v, indices[i], 0, true), -EINVAL);
	}
	end();
}

static void values(void **state)
{
	static const struct {
		u32 index;
		u64 good, bad;
	} rows[] = {
		{MSR_KERNEL_GS_BASE, 0xffff800000000000, 0x800000000000},
		{MSR_FS_BASE, CANONICAL_EDGE, 1ULL << 63},
		{MSR_GS_BASE, 1, 0x8000ffffffffffff},
		{MSR_LSTAR, ~0ULL, 0xffff7fffffffffff},
		{MSR_CSTAR, 0, 1ULL << 47},
		{MSR_SYSENTER_ESP, 5, 1ULL << 48},
		{MSR_SYSENTER_EIP, 5, 1ULL << 62},
		{MSR_SFMASK, 0xffffffff, 1ULL << 32},
		{MSR_PAT, 0x0706050400010406, 0x02},
		{MSR_PAT, 0, 3ULL << 56},
		{MSR_PAT, 0x0007040600070406, 8},
		{MSR_MTRR_DEF_TYPE, 0xc06, 0xc02},
		{MSR_MTRR_DEF_TYPE, 0, 1 << 8},
		{0x200, 0xff00000006, 0x7},
		{0x200, 0, 1ULL << 40},
		{0x201, 0xff00000800, 1ULL << 40},
		{0x201, 0x800, 1},
		{0x20f, 0xfffff800, 0x400},
		{0x250, 0x0606060606060606, 0x0606060606060602},
		{0x26f, 0, ~0ULL},
		{MSR_MCG_STATUS, 7, 8},
		{MSR_DEBUGCTL, 3, 4},
		{MSR_HWCR, 0x01000000, 1ULL << 63},
		{MSR_DE_CFG, 2, 1},
		{MSR_MISC_ENABLE, 0x1850089, 0},
		{MSR_STAR, ~0ULL, 0},
		{MSR_SYSENTER_CS, 0x10, 0},
		{MSR_TSC_ADJUST, ~0ULL, 0},
	};

	(void)state;
	start(true);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (set(rows[i].index, rows[i].good)) {
			fail_msg("MSR %#x", rows[i].index);
		}
		assert_int_equal(get(rows[i].index), rows[i].good);
		if (rows[i].bad) {
			assert_int_equal(set(rows[i].index, rows[i].bad), -EINVAL);
			assert_int_equal(get(rows[i].index), rows[i].good);
		}
	}
	assert_int_equal(get(MSR_MTRRCAP), 0x508);
	assert_int_equal(get(MSR_PLATFORM_INFO), BIT(31));
	assert_int_equal(set(MSR_PATCH_LEVEL, 5), 0); /* the guest's write does nothing */
	assert_int_equal(get(MSR_PATCH_LEVEL), 0);
	assert_int_equal(msr_write(v, MSR_PATCH_LEVEL, 5, true), 0);
	assert_int_equal(get(MSR_PATCH_LEVEL), 5);
	fake_no_msrs = true;
	assert_int_equal(set(MSR_STAR, 0), -EINVAL);
	fake_no_msrs = false;
	end();
}

static void time_stamps(void **state)
{
	(void)state;
	start(true);
	fake_tsc += 1000;
	assert_int_equal(get(MSR_TSC), fake_tsc + vm->tsc_offset);
	assert_int_equal(set(MSR_TSC, 5000), 0);
	assert_int_equal(get(MSR_TSC), 5000);
	assert_int_equal(hw->tsc_offset, 5000 - fake_tsc);
	assert_int_equal(get(MSR_TSC_ADJUST), 5000 - fake_tsc - vm->tsc_offset);
	assert_int_equal(set(MSR_TSC_ADJUST, get(MSR_TSC_ADJUST) + 7), 0);
	assert_int_equal(get(MSR_TSC), 5007);
	assert_int_equal(msr_write(v, MSR_TSC, 100, true),
			 0); /* the VMM's write leaves ADJUST alone */
	assert_int_equal(get(MSR_TSC_ADJUST), 5007 - (s64)fake_tsc - vm->tsc_offset);
	assert_int_equal(msr_write(v, MSR_TSC_ADJUST, 0, true), 0);
	assert_int_equal(get(MSR_TSC), 100);
	/* Within a second of what the VMM set last: the same counter. Beyond: another one. */
	fake_tsc += 700;
	assert_int_equal(msr_write(v, MSR_TSC, vm->tsc_khz * 1000 + 799, true), 0);
	assert_int_equal(get(MSR_TSC), 800);
	assert_int_equal(msr_write(v, MSR_TSC, vm->tsc_khz * 1000 + 800, true), 0);
	assert_int_equal(get(MSR_TSC), vm->tsc_khz * 1000 + 800);
	assert_int_equal(msr_write(v, MSR_TSC, 800, true), 0);
	assert_int_equal(get(MSR_TSC), vm->tsc_khz * 1000 + 800);
	assert_int_equal(msr_write(v, MSR_TSC, 799, true), 0);
	assert_int_equal(get(MSR_TSC), 799);
	end();
	start(false);
	assert_int_equal(set(MSR_TSC_DEADLINE, 1), 0); /* without local APIC: nothing is armed */
	assert_int_equal(get(MSR_TSC_DEADLINE), 0);
	assert_int_equal(msr_read(v, 0x802, &(u64){0}, false), -EINVAL);
	assert_int_equal(set(0x80b, 0), -EINVAL);
	end();
}

static void apic_base(void **state)
{
	const u64 at = 0xfee00000, on = APIC_BASE_ENABLE, x2 = APIC_BASE_X2APIC;

	(void)state;
	start(true);
	assert_int_equal(get(MSR_APIC_BASE), at | on | APIC_BASE_BSP);
	assert_int_equal(set(MSR_APIC_BASE, at | x2), -EINVAL);
	assert_int_equal(set(MSR_APIC_BASE, at | on | 1), -EINVAL);
	assert_int_equal(set(MSR_APIC_BASE, at | on | 1ULL << 40), -EINVAL);
	assert_int_equal(set(MSR_APIC_BASE, at | on | x2), 0);
	assert_int_equal(set(MSR_APIC_BASE, at | on), -EINVAL); /* x2APIC leads to off only */
	assert_int_equal(msr_write(v, MSR_APIC_BASE, at | on, true), 0); /* the VMM may */
	assert_int_equal(set(MSR_APIC_BASE, at), 0);
	assert_int_equal(set(MSR_APIC_BASE, at | on | x2), -EINVAL); /* off leads to xAPIC only */
	assert_int_equal(set(MSR_APIC_BASE, at | on), 0);
	assert_int_equal(set(MSR_APIC_BASE, at | on | x2), 0);
	assert_int_equal(get(0x802), 0);
	assert_int_equal(set(MSR_X2APIC_TPR, 0x57), 0); /* the hardware's CR8 follows */
	assert_int_equal(hw->tpr, 5);
	assert_int_equal(set(MSR_X2APIC_TPR, 0x100), -EINVAL);
	assert_int_equal(hw->tpr, 5);
	end();
}

static void serve(void)
{
	v->mp_state = KVM_MP_STATE_RUNNABLE;
	assert_int_equal(requests_handle(v), EXIT_RESUME);
}

static struct pvclock_vcpu_time_info page_at(u64 gpa)
{
	struct pvclock_vcpu_time_info info;

	assert_int_equal(vm_read(vm, GPA(gpa), &info, sizeof(info)), 0);
	return info;
}

static void clock_page(void **state)
{
	struct pvclock_vcpu_time_info info;
	u64 ns;

	(void)state;
	start(true);
	fake_tsc += 123456;
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME_NEW, 0x5001), 0);
	assert_int_equal(get(MSR_KVM_SYSTEM_TIME), 0x5001);
	assert_true(vcpu_test_request(v, REQ_CLOCK));
	serve();
	info = page_at(0x5000);
	assert_int_equal(info.version, 2);
	assert_int_equal(info.flags, PVCLOCK_TSC_STABLE_BIT);
	assert_int_equal(info.tsc_timestamp, fake_tsc + v->tsc_offset);
	assert_int_equal(info.system_time, now_ns() + vm->clock_base_ns);
	/* What the guest computes later is what the clock says. */
	fake_tsc += 1000000007;
	ns = get(MSR_TSC) - info.tsc_timestamp;
	ns = info.tsc_shift >= 0 ? ns << info.tsc_shift : ns >> -info.tsc_shift;
	ns = info.system_time + (u64)((unsigned __int128)ns * info.tsc_to_system_mul >> 32);
	assert_in_range(ns, now_ns() + vm->clock_base_ns - 2, now_ns() + vm->clock_base_ns + 2);
	/* A new offset, a new page: the version goes on and is even. */
	assert_int_equal(set(MSR_TSC, 1), 0);
	serve();
	info = page_at(0x5000);
	assert_int_equal(info.version, 4);
	assert_int_equal(info.tsc_timestamp, 1);
	/* So it does in the memory of another machine, and after a torn write. */
	info.version = 0x87;
	assert_int_equal(vm_write(vm, GPA(0x5000), &info, sizeof(info)), 0);
	vcpu_request(v, REQ_CLOCK);
	serve();
	assert_int_equal(page_at(0x5000).version, 0x8a);
	/*
	 * Crossing a page, outside every slot, read-only, gone: nothing is written, nothing
	 * breaks.
	 */
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME, 0x6ff1), 0);
	serve();
	assert_int_equal(*fake_ram(vm, 0x7000), *fake_ram(vm, 0x7001));
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME, 0x6fe1), 0);
	serve();
	assert_int_equal(page_at(0x6fe0).flags, PVCLOCK_TSC_STABLE_BIT);
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME, 0x7000000001), 0);
	serve();
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME, ~0ULL), 0);
	serve();
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME, 0x5001), 0);
	assert_int_equal(memslot_set(vm, &(struct kvm_userspace_memory_region){.slot = 0}), 0);
	serve();
	assert_int_equal(set(MSR_KVM_SYSTEM_TIME, 0), 0);
	vcpu_request(v, REQ_CLOCK);
	serve();
	end();
}

static void wall_clock(void **state)
{
	struct pvclock_wall_clock wall;

	(void)state;
	start(false);
	fake_tsc += 5000000000ULL;
	assert_int_equal(set(MSR_KVM_WALL_CLOCK_NEW, 0x8004), 0);
	assert_int_equal(get(MSR_KVM_WALL_CLOCK), 0x8004);
	assert_int_equal(vm_read(vm, GPA(0x8004), &wall, sizeof(wall)), 0);
	assert_int_equal(wall.version, 2);
	assert_in_range(wall.sec, 1000000000, 1000000001); /* when the VM began */
	assert_int_equal(set(MSR_KVM_WALL_CLOCK, 0x7000000000), 0);
	assert_int_equal(set(MSR_KVM_WALL_CLOCK, 0), 0);
	end();
}

static void scale(void **state)
{
	static const u64 khz[] = {50,	   1000,    999999,  1000000, 1000001,
				  2000000, 2596098, 3500000, 10000000};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(khz); i++) {
		u64 ticks = khz[i] * 1000; /* one second */
		u32 mul;
		s8 shift;

		clock_scale(khz[i], &mul, &shift);
		assert_true(mul >= 1u << 31);
		ticks = shift >= 0 ? ticks << shift : ticks >> -shift;
		assert_in_range((u64)((unsigned __int128)ticks * mul >> 32), NSEC_PER_SEC - 20,
				NSEC_PER_SEC + 1);
	}
}

/* ---- control registers ---- */

static void guest_features(void)
{
	struct kvm_cpuid_entry2 e[] = {
		{.function = 1, .ecx = BIT(26)},
		{.function = 7, .flags = 1, .ebx = BIT(0) | BIT(7) | BIT(20), .ecx = BIT(2)},
	};

	assert_int_equal(cpuid_set(v, e, 2), 0);
}

static void writing(void **state)
{
	(void)state;
	start(false);
	hw->sregs.cr0 = CR0_PE | CR0_ET;
	assert_int_equal(cr0_write(v, 1ULL << 32), -EINVAL);
	assert_int_equal(cr0_write(v, CR0_PG), -EINVAL);
	assert_int_equal(cr0_write(v, CR0_NW), -EINVAL);
	assert_int_equal(cr0_write(v, CR0_PE | 0x400), 0);
	assert_int_equal(hw->sregs.cr0, CR0_PE | CR0_ET); /* undefined bits fall away, ET stays */
	/* Into long mode and out. */
	assert_int_equal(efer_write(v, EFER_LME | EFER_NXE, false), 0);
	assert_int_equal(cr0_write(v, CR0_PE | CR0_PG), -EINVAL); /* without PAE */
	assert_int_equal(cr4_write(v, CR4_PAE), 0);
	hw->sregs.seg[HV_CS].attr |= HV_ATTR_L;
	assert_int_equal(cr0_write(v, CR0_PE | CR0_PG), -EINVAL); /* with CS.L */
	hw->sregs.seg[HV_CS].attr &= ~HV_ATTR_L;
	v->hv.s2_seen = 3;
	assert_int_equal(cr0_write(v, CR0_PE | CR0_PG), 0);
	assert_int_equal(v->hv.s2_seen, 0);
	assert_int_equal(hw->sregs.efer, EFER_LME | EFER_LMA | EFER_NXE);
	assert_int_equal(cr4_write(v, 0), -EINVAL); /* PAE stays */
	assert_int_equal(cr3_write(v, 1ULL << 40), -EINVAL);
	assert_int_equal(cr3_write(v, 1ULL << 39 | 0x18), 0);
	assert_int_equal(efer_write(v, EFER_NXE, false), -EINVAL); /* LME while paging */
	assert_int_equal(efer_write(v, EFER_LME | EFER_SCE, false), 0);
	assert_int_equal(hw->sregs.efer,
			 EFER_LME | EFER_LMA | EFER_SCE); /* LMA is not the guest's */
	assert_int_equal(cr0_write(v, CR0_PE), 0);
	assert_int_equal(hw->sregs.efer, EFER_LME | EFER_SCE);
	assert_int_equal(cr3_write(v, ~0ULL), 0); /* outside long mode: hardware ignores */
	assert_int_equal(efer_write(v, EFER_SVME, false), -EINVAL);
	assert_int_equal(efer_write(v, 2, false), -EINVAL);
	assert_int_equal(efer_write(v, EFER_LMA, true), -EINVAL);
	assert_int_equal(msr_write(v, MSR_EFER, EFER_SCE, true), 0);
	assert_int_equal(get(MSR_EFER), EFER_SCE);
	end();
}

static void features(void **state)
{
	static const u64 conditional[] = {CR4_UMIP, CR4_FSGSBASE, CR4_SMEP, CR4_SMAP, CR4_OSXSAVE};

	(void)state;
	start(false);
	for (u32 i = 0; i < ARRAY_SIZE(conditional); i++) {
		assert_int_equal(cr4_write(v, conditional[i]), -EINVAL);
	}
	guest_features();
	for (u32 i = 0; i < ARRAY_SIZE(conditional); i++) {
		assert_int_equal(cr4_write(v, conditional[i]), 0);
	}
	assert_int_equal(cr4_write(v, CR4_VMXE), -EINVAL);
	assert_int_equal(cr4_write(v, CR4_LA57), -EINVAL);
	assert_int_equal(cr4_write(v, CR4_PKE), -EINVAL);
	assert_int_equal(cr4_write(v, CR4_PCIDE), -EINVAL);
	assert_int_equal(cr4_write(v, 1ULL << 30), -EINVAL);
	assert_int_equal(cr4_write(v, 1ULL << 40), -EINVAL);
	end();
}

static void states(void **state)
{
	static const struct {
		struct hv_sregs s;
		bool cs_l;
		int answer;
	} rows[] = {
#define S(cr0_, cr3_, cr4_, efer_) {.cr0 = (cr0_), .cr3 = (cr3_), .cr4 = (cr4_), .efer = (efer_)}
		{S(CR0_ET, 0, 0, 0), false, 0},
		{S(CR0_PE | CR0_PG, 0, CR4_PAE, EFER_LME | EFER_LMA), true, 0},
		{S(CR0_PE | CR0_PG, 0, 0, EFER_LME | EFER_LMA), false, -EINVAL},
		{S(CR0_PE | CR0_PG, 0, CR4_PAE, EFER_LME), false, -EINVAL},
		{S(CR0_PE | CR0_PG, 1ULL << 40, CR4_PAE, EFER_LME | EFER_LMA), false, -EINVAL},
		{S(CR0_PE, 1ULL << 40, CR4_PAE, EFER_LME), false, 0},
		{S(CR0_PE, 0, CR4_PAE, EFER_LME | EFER_LMA), false, -EINVAL},
		{S(CR0_PE, 0, 0, EFER_LMA), false, -EINVAL},
		{S(CR0_PE, 0, 0, 0), true, -EINVAL},
		{S(CR0_PG, 0, 0, 0), false, -EINVAL},
		{S(CR0_NW, 0, 0, 0), false, -EINVAL},
		{S(1ULL << 32, 0, 0, 0), false, -EINVAL},
		{S(0x400, 0, 0, 0), false, 0},
		{S(0, 0, CR4_VMXE, 0), false, -EINVAL},
		{S(0, 0, 1ULL << 40, 0), false, -EINVAL},
		{S(0, 0, CR4_SMEP, 0), false, 0}, /* the host has it; CPUID need not be set */
		{S(0, 0, 0, EFER_SVME), false, -EINVAL},
		{S(0, 0, 0, EFER_NXE), false, 0},
		{S(0, 0, 0, 1 << 5), false, -EINVAL},
	};

	(void)state;
	start(false);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (cr_check_state(v, &rows[i].s, rows[i].cs_l) != rows[i].answer) {
			fail_msg("row %u", i);
		}
	}
	/* A host without the features. */
	fake_cpuid_set(7, 0, 0, 0, 0, 0);
	fake_cpuid_set(0x80000001, 0, 0, 0, 0, BIT(29));
	assert_int_equal(cr_check_state(v, &(struct hv_sregs)S(0, 0, CR4_SMEP, 0), false), -EINVAL);
	assert_int_equal(cr_check_state(v, &(struct hv_sregs)S(0, 0, 0, EFER_NXE), false), -EINVAL);
	end();
}

/* What a report does depends on its kind, on what is enabled, and on what the bank holds. */
static void machine_checks(void **state)
{
	const u64 valid = BIT(63), over = BIT(62), bad = BIT(61);
	struct kvm_x86_mce e = {.status = valid | 5, .addr = 0x1000, .misc = 7, .bank = 1};
	struct hv_sregs s;
	u64 value;

	(void)state;
	start(false);
	assert_int_equal(get(MSR_MCG_CAP), 0);
	assert_int_equal(msr_read(v, MSR_MC0_CTL, &value, true), -EINVAL);
	assert_int_equal(mce_report(v, &e), -EINVAL);
	assert_int_equal(mce_setup(v, 0), -EINVAL);
	assert_int_equal(mce_setup(v, 33), -EINVAL);
	assert_int_equal(mce_setup(v, BIT(40) | 2), -EINVAL);
	assert_int_equal(mce_setup(v, MCG_CTL_P | 2), 0);
	assert_int_equal(get(MSR_MCG_CAP), MCG_CTL_P | 2);
	assert_true(get(MSR_MCG_CTL) == ~0ULL && get(MSR_MC0_CTL + 4) == ~0ULL);
	assert_int_equal(msr_read(v, MSR_MC0_CTL + 8, &value, true), -EINVAL);
	assert_int_equal(set(MSR_MC0_CTL, 5), -EINVAL);
	assert_int_equal(set(MSR_MC0_CTL, ~BIT(10)), 0);
	assert_int_equal(set(MSR_MC0_CTL + 1, 1), -EINVAL);
	assert_int_equal(set(MSR_MCG_CTL, 1), -EINVAL);
	/* A corrected error is noted; the second says that one was lost; a worse one stays. */
	assert_int_equal(mce_report(v, &e), 0);
	assert_true(get(MSR_MC0_CTL + 5) == (valid | 5) && get(MSR_MC0_CTL + 6) == 0x1000);
	assert_int_equal(mce_report(v, &e), 0);
	assert_true(get(MSR_MC0_CTL + 5) == (valid | over | 5));
	assert_int_equal(v->ev.exception.type, HV_EVENT_NONE);
	/* An uncorrected one is #MC, or the end of a guest that does not take it. */
	e.status = valid | bad;
	e.mcg_status = 4;
	assert_int_equal(mce_report(v, &e), 0);
	assert_true(vcpu_take_request(v, REQ_TRIPLE_FAULT));
	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	s.cr4 |= CR4_MCE;
	hv_set_sregs(&v->hv, &s, HV_SREG_CR);
	assert_int_equal(mce_report(v, &e), 0);
	assert_int_equal(v->ev.exception.vector, VEC_MC);
	assert_int_equal(get(MSR_MCG_STATUS), 4);
	assert_int_equal(mce_report(v, &e), 0);
	assert_true(vcpu_take_request(v, REQ_TRIPLE_FAULT));
	e.status = valid;
	assert_int_equal(mce_report(v, &e), 0);
	assert_true(get(MSR_MC0_CTL + 5) == (valid | over | bad));
	/* A bank that is off says nothing. */
	e.status = valid | bad;
	assert_int_equal(set(MSR_MCG_STATUS, 0), 0);
	assert_int_equal(set(MSR_MC0_CTL + 4, 0), 0);
	assert_int_equal(mce_report(v, &e), 0);
	assert_int_equal(get(MSR_MCG_STATUS), 0);
	end();
}

UNIT_MAIN(T(machine_checks), T(every_row), T(unknown), T(values), T(time_stamps), T(apic_base),
	  T(clock_page), T(wall_clock), T(scale), T(writing), T(features), T(states))
