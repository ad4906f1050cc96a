/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls of time, dirty logs, feature MSRs and of what a VMM switches on.
 * LINK: vmm/mce.c vmm/exit_mmio.c vmm/mmio_access.c
 * LINK: vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: api/kvm_irqchip.c
 * LINK: api/kvm_pit.c api/kvm_clock.c
 * LINK: vmm/dirty_log.c api/kvm_dirty.c api/kvm_enable_cap.c
 * LINK: api/kvm_ioctl.c api/kvm_caps.c api/kvm_system.c api/kvm_vm.c api/kvm_vcpu.c
 * LINK: api/kvm_vcpu_regs.c api/kvm_vcpu_sregs.c api/kvm_msrs.c api/kvm_vcpu_cpuid.c
 * LINK: api/kvm_vcpu_fpu.c api/kvm_vcpu_events.c vmm/apic_base.c vmm/clock.c vmm/cpuid.c
 * LINK: vmm/cpuid_supported.c vmm/cr.c vmm/emul/insn_len.c vmm/event_raise.c vmm/events.c
 * LINK: vmm/exit.c vmm/exit_cr.c vmm/exit_error.c vmm/exit_insn.c
 * LINK: vmm/exit_io.c vmm/exit_io_string.c vmm/exit_simple.c vmm/fault.c vmm/fetch.c
 * LINK: vmm/guest_mem.c vmm/irq/irqchip.c vmm/irq/lapic.c vmm/irq/lapic_icr.c
 * LINK: vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c vmm/irq/lapic_reg.c
 * LINK: vmm/irq/lapic_state.c vmm/irq/lapic_timer.c vmm/irq/pic.c vmm/irq/pic_io.c vmm/linear.c
 * LINK: vmm/memslot.c vmm/msr.c vmm/msr_table.c vmm/mtrr.c vmm/request.c vmm/run.c
 * LINK: vmm/run_page.c vmm/vcpu.c vmm/vcpu_state.c vmm/vm.c vmm/walk.c
 * LINK: arch/x86/hv/hv_reset.c
 * LINK: arch/x86/hv/hv_thread.c core/fault.c core/quiesce.c core/time.c core/timer.c mm/aspace.c
 * LINK: mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c mm/backing.c
 * LINK: mm/chunks.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c mm/frame.c
 * LINK: mm/memmap.c mm/slab.c tests/fake/fake.c tests/fake/fake_sync.c tests/fake/fake_panic.c
 * LINK: tests/fake/fake_log.c tests/fake/fake_mm.c tests/fake/fake_random.c
 * LINK: tests/fake/fake_cpuid.c tests/fake/fake_vmm.c
 */
#include "kvm_kit.h"

#include "core/time.h"
#include "vmm/clock.h"
#include "vmm/guest_mem.h"
#include "vmm/msr.h"

#define KIB64 0x10000ULL
#define LOG KVM_MEM_LOG_DIRTY_PAGES

static s64 set_slot(u32 flags, u64 size)
{
	struct kvm_userspace_memory_region r = {1, flags, 0, size, FAKE_RAM_AT};

	return on_vm(KVM_SET_USER_MEMORY_REGION, PTR(&r));
}

static s64 get_log(u32 slot, u64 *bitmap)
{
	struct kvm_dirty_log log = {.slot = slot, .dirty_bitmap = PTR(bitmap)};

	return on_vm(KVM_GET_DIRTY_LOG, PTR(&log));
}

static u32 rights_at(u64 gpa, u32 *order)
{
	u32 rights;
	hpa_t hpa;

	return s2_lookup(&vm->s2, GPA(gpa), &hpa, &rights, order) ? 0 : rights;
}

static void dirty_log(void **state)
{
	u64 bits, value = 5;
	u32 order;

	(void)state;
	start(false);
	assert_int_equal(set_slot(0, KIB64), 0);
	assert_int_equal(get_log(1, &bits), -ENOENT);
	assert_int_equal(get_log(2, &bits), -ENOENT);
	assert_int_equal(get_log(32764, &bits), -EINVAL);
	assert_int_equal(get_log(1u << 16, &bits), -EINVAL);
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	/* What was writable before is not any more; reading does not count. */
	assert_int_equal(set_slot(LOG, KIB64), 0);
	assert_int_equal(rights_at(0x3000, &order), 0);
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_R), 0);
	assert_int_equal(rights_at(0x3000, &order), S2_R | S2_X);
	assert_int_equal(get_log(1, &bits), 0);
	assert_int_equal(bits, 0);
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	assert_int_equal(vm_write(vm, GPA(0x5ffc), &value, sizeof(value)), 0);
	assert_int_equal(get_log(1, &bits), 0);
	assert_int_equal(bits, 0x68);
	assert_int_equal(rights_at(0x3000, &order), S2_R | S2_X);
	assert_int_equal(get_log(1, &bits), 0);
	assert_int_equal(bits, 0);
	/* A log that cannot be told is lost, as in KVM. */
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	assert_int_equal(get_log(1, NULL), -EFAULT);
	assert_int_equal(get_log(1, &bits), 0);
	assert_int_equal(bits, 0);
	assert_int_equal(set_slot(0, KIB64), 0);
	assert_int_equal(get_log(1, &bits), -ENOENT);
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	assert_int_equal(rights_at(0x3000, &order), S2_R | S2_W | S2_X);
	end();
}

/* 2 MiB pages are not used for a slot with a log; a VM may end with one. */
static s64 clear_log(u32 slot, u64 first, u32 count, const u64 *bits)
{
	struct kvm_clear_dirty_log log = {
		.slot = slot, .first_page = first, .num_pages = count, .dirty_bitmap = PTR(bits)};

	return on_vm(KVM_CLEAR_DIRTY_LOG, PTR(&log));
}

static s64 clear_by_hand(u64 how)
{
	struct kvm_enable_cap cap = {.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args = {how}};

	return on_vm(KVM_ENABLE_CAP, PTR(&cap));
}

/* Reading leaves the log, clearing takes what was asked for and the right to write. */
static void dirty_log_by_hand(void **state)
{
	u64 bits[2], some[2] = {0x8, 0};
	u32 order;

	(void)state;
	start(false);
	assert_int_equal(clear_by_hand(KVM_DIRTY_LOG_INITIALLY_SET), -EINVAL);
	assert_int_equal(clear_by_hand(8), -EINVAL);
	assert_int_equal(clear_by_hand(KVM_DIRTY_LOG_MANUAL_ALL), 0);
	assert_int_equal(set_slot(LOG, 100 * PAGE_SIZE), 0);
	assert_int_equal(get_log(1, bits), 0);
	assert_true(bits[0] == ~0ULL && bits[1] == (1ULL << 36) - 1);
	assert_int_equal(clear_log(1, 0, 100, bits), 0);
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	assert_int_equal(vm_fault(vm, GPA(0x50000), S2_W), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(get_log(1, bits), 0);
		assert_true(bits[0] == 0x8 && bits[1] == 0x10000);
	}
	assert_int_equal(rights_at(0x3000, &order), S2_R | S2_W | S2_X);
	assert_int_equal(clear_log(1, 0, 64, some), 0);
	assert_int_equal(rights_at(0x3000, &order), S2_R | S2_X);
	assert_int_equal(rights_at(0x50000, &order), S2_R | S2_W | S2_X);
	assert_int_equal(get_log(1, bits), 0);
	assert_true(bits[0] == 0 && bits[1] == 0x10000);
	end();
}

static void dirty_log_refused(void **state)
{
	static const u64 bits[2];

	(void)state;
	start(false);
	assert_int_equal(set_slot(LOG, 100 * PAGE_SIZE), 0);
	assert_int_equal(clear_log(2, 0, 64, bits), -ENOENT);
	assert_int_equal(clear_log(2, 1, 64, bits), -EINVAL);
	assert_int_equal(clear_log(1, 32, 64, bits), -EINVAL);
	assert_int_equal(clear_log(1, 0, 63, bits), -EINVAL);
	assert_int_equal(clear_log(1, 0, 101, bits), -EINVAL);
	assert_int_equal(clear_log(1, 128, 0, bits), -EINVAL);
	assert_int_equal(clear_log(1, ~63ULL, 128, bits), -EINVAL);
	assert_int_equal(clear_log(1, 0, 64, NULL), -EFAULT);
	assert_int_equal(clear_log(1, 64, 36, bits), 0);
	end();
}

static void large_pages(void **state)
{
	u64 bits[8], slab;
	u32 order;

	(void)state;
	start(false);
	assert_int_equal(set_slot(LOG, 2 << 20), 0);
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	rights_at(0x3000, &order);
	assert_int_equal(order, 0);
	assert_int_equal(rights_at(0x4000, &order), 0);
	slab = slab_bytes_in_use();
	fault_arm(1);
	assert_int_equal(get_log(1, bits), -ENOMEM);
	fault_arm(0);
	assert_int_equal(get_log(1, bits), 0);
	assert_int_equal(bits[0], 8);
	assert_int_equal(set_slot(0, 0), 0);
	for (u32 n = 1; n < 3; n++) {
		fault_arm(n);
		assert_int_equal(set_slot(LOG, 2 << 20), -ENOMEM);
	}
	fault_arm(0);
	assert_true(slab_bytes_in_use() <= slab);
	assert_int_equal(set_slot(LOG, 2 << 20), 0);
	end();
}

static void guest_clock(void **state)
{
	struct kvm_clock_data d = {.clock = 5000}, got;

	(void)state;
	start(false);
	assert_int_equal(on_vm(KVM_SET_CLOCK, PTR(&d)), 0);
	assert_int_equal(on_vm(KVM_GET_CLOCK, PTR(&got)), 0);
	assert_in_range(got.clock, 5000, 5000 + NSEC_PER_SEC);
	assert_int_equal(got.flags, 14);
	assert_true(vcpu_test_request(v, REQ_CLOCK));
	/* The VM was away for as long as the wall clock went on. */
	d.flags = KVM_CLOCK_REALTIME;
	d.realtime = time_wall_ns() - 1000000;
	assert_int_equal(on_vm(KVM_SET_CLOCK, PTR(&d)), 0);
	assert_int_equal(on_vm(KVM_GET_CLOCK, PTR(&got)), 0);
	assert_in_range(got.clock, 1005000, 1005000 + NSEC_PER_SEC);
	d.flags = 1;
	assert_int_equal(on_vm(KVM_SET_CLOCK, PTR(&d)), -EINVAL);
	end();
}

static void rate(void **state)
{
	(void)state;
	start(false);
	assert_int_equal(on_vm(KVM_GET_TSC_KHZ, 0), vm->tsc_khz);
	assert_int_equal(on_vcpu(KVM_GET_TSC_KHZ, 0), vm->tsc_khz);
	assert_int_equal(on_vcpu(KVM_SET_TSC_KHZ, vm->tsc_khz), 0);
	assert_int_equal(on_vm(KVM_SET_TSC_KHZ, 0), 0);
	assert_int_equal(on_vm(KVM_SET_TSC_KHZ, vm->tsc_khz + 1), -EINVAL);
	end();
}

static void stopped(void **state)
{
	struct pvclock_vcpu_time_info info;

	(void)state;
	start(false);
	assert_int_equal(set_slot(0, KIB64), 0);
	assert_int_equal(on_vcpu(KVM_KVMCLOCK_CTRL, 0), -EINVAL);
	v->clock_msr = 0x2001;
	assert_int_equal(on_vcpu(KVM_KVMCLOCK_CTRL, 0), 0);
	assert_true(vcpu_take_request(v, REQ_CLOCK));
	clock_update(v);
	assert_int_equal(vm_read(vm, GPA(0x2000), &info, sizeof(info)), 0);
	assert_int_equal(info.flags, PVCLOCK_TSC_STABLE_BIT | PVCLOCK_GUEST_STOPPED);
	clock_update(v);
	assert_int_equal(vm_read(vm, GPA(0x2000), &info, sizeof(info)), 0);
	assert_int_equal(info.flags, PVCLOCK_TSC_STABLE_BIT);
	end();
}

static s64 enable(u32 cap, u64 value)
{
	struct kvm_enable_cap in = {.cap = cap, .args = {value}};

	return on_vm(KVM_ENABLE_CAP, PTR(&in));
}

static void capabilities(void **state)
{
	struct kvm_enable_cap flagged = {.cap = KVM_CAP_MAX_VCPU_ID, .flags = 1};
	struct kvm_vcpu_events e = {.flags = KVM_VCPUEVENT_VALID_TRIPLE_FAULT};
	u64 value;

	(void)state;
	start(false);
	assert_int_equal(enable(9999, 0), -EINVAL);
	assert_int_equal(on_vm(KVM_ENABLE_CAP, PTR(&flagged)), -EINVAL);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 4097), -EINVAL);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 2), 0);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 2), 0);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 3), -EINVAL);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 2), -EINVAL);
	assert_int_equal(enable(KVM_CAP_MSR_PLATFORM_INFO, 0), 0);
	assert_int_equal(msr_read(v, MSR_PLATFORM_INFO, &value, false), -EINVAL);
	assert_int_equal(msr_read(v, MSR_PLATFORM_INFO, &value, true), 0);
	assert_int_equal(msr_write(v, MSR_PLATFORM_INFO, 1, true), -EINVAL);
	assert_int_equal(msr_write(v, MSR_PLATFORM_INFO, 0, true), 0);
	assert_int_equal(msr_read(v, MSR_PLATFORM_INFO, &value, true), 0);
	assert_int_equal(value, 0);
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), -EINVAL);
	assert_int_equal(enable(KVM_CAP_X86_TRIPLE_FAULT_EVENT, 1), 0);
	e.triple_fault.pending = 1;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(on_vcpu(KVM_GET_VCPU_EVENTS, PTR(&e)), 0);
	assert_true(e.flags & KVM_VCPUEVENT_VALID_TRIPLE_FAULT && e.triple_fault.pending);
	e.triple_fault.pending = 0;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	assert_false(vcpu_test_request(v, REQ_TRIPLE_FAULT));
	end();
}

static void feature_msrs(void **state)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry e[3];
	} m = {{3, 0}, {{MSR_PLATFORM_INFO, 0, 0}, {MSR_PATCH_LEVEL, 0, 7}, {0xdeadbeef, 0, 0}}};
	struct {
		u32 count, indices[8];
	} list = {2, {0}};

	(void)state;
	start(false);
	assert_int_equal(on_kvm(KVM_GET_MSRS, PTR(&m)), 2);
	assert_int_equal(m.e[0].data, BIT(31));
	assert_int_equal(m.e[1].data, 0);
	m.head.nmsrs = 256;
	assert_int_equal(on_kvm(KVM_GET_MSRS, PTR(&m)), -E2BIG);
	m.head.nmsrs = 2;
	assert_int_equal(on_kvm(KVM_GET_MSRS, PTR(&m)), 2);
	assert_int_equal(on_kvm(KVM_GET_MSRS, 8), -EFAULT);
	assert_int_equal(on_kvm(KVM_GET_MSR_FEATURE_INDEX_LIST, 8), -EFAULT);
	assert_int_equal(on_kvm(KVM_GET_MSR_FEATURE_INDEX_LIST, PTR(&list)), -E2BIG);
	assert_int_equal(list.count, 3);
	assert_int_equal(on_kvm(KVM_GET_MSR_FEATURE_INDEX_LIST, PTR(&list)), 0);
	assert_int_equal(list.indices[0], MSR_PATCH_LEVEL);
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2),
			 fpu_host_xcr0() ? 4096 : 0);
	end();
}

UNIT_MAIN(T(dirty_log), T(dirty_log_by_hand), T(dirty_log_refused), T(large_pages), T(guest_clock),
	  T(rate), T(stopped), T(capabilities), T(feature_msrs))
