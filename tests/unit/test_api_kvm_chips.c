/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls of chips, routes, messages, timer and clock.
 * LINK: vmm/mce.c
 * LINK: vmm/dirty_log.c api/kvm_dirty.c api/kvm_enable_cap.c
 * LINK: vmm/exit_mmio.c vmm/mmio_access.c vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c
 * LINK: api/kvm_irqchip.c api/kvm_pit.c api/kvm_clock.c
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
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
#include "tests/unit/kvm_kit.h"

#include "arch/x86/asm/tsc.h"
#include "core/time.h"
#include "vmm/irq/routing.h"

static void capabilities(void **state)
{
	static const struct {
		u32 cap;
		s64 value;
	} rows[] = {{11, 1}, {24, 1}, {25, 4096}, {33, 1}, {35, 1}, {39, 14}, {77, 1}};

	(void)state;
	start(false);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(on_vm(KVM_CHECK_EXTENSION, rows[i].cap), rows[i].value);
	}
	end();
}

/* The split chip, irqfd and ioeventfd: absent, and said so everywhere. */
static void absent(void **state)
{
	static const u32 capabilities_absent[] = {32, 36, 82, 100, 121, 122};
	struct kvm_enable_cap split = {.cap = 121, .args = {24}};
	u64 data[8] = {0};

	(void)state;
	start(false);
	for (u32 i = 0; i < ARRAY_SIZE(capabilities_absent); i++) {
		assert_int_equal(on_vm(KVM_CHECK_EXTENSION, capabilities_absent[i]), 0);
	}
	assert_int_equal(on_vm(KVM_ENABLE_CAP, PTR(&split)), -EINVAL);
	assert_int_equal(on_vm(0x4020ae76, PTR(data)), -ENOTTY); /* KVM_IRQFD */
	assert_int_equal(on_vm(0x4040ae79, PTR(data)), -ENOTTY); /* KVM_IOEVENTFD */
	end();
}

static void without_chips(void **state)
{
	struct kvm_irq_routing none = {0, 0};
	struct kvm_msi msi = {.address_lo = 0xfee00000, .data = 0x4030};
	struct kvm_pit_config config = {0};
	struct kvm_pit_state2 pit;

	(void)state;
	start(false);
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&none)), -EINVAL);
	assert_int_equal(on_vm(KVM_SIGNAL_MSI, PTR(&msi)), -EINVAL);
	assert_int_equal(on_vm(KVM_GET_PIT2, 0), -ENXIO);
	assert_int_equal(on_vm(KVM_CREATE_PIT2, 0), -EFAULT);
	assert_int_equal(on_vm(KVM_CREATE_PIT2, PTR(&config)), 0);
	assert_int_equal(on_vm(KVM_CREATE_PIT, 0), -EEXIST);
	assert_int_equal(on_vm(KVM_GET_PIT2, PTR(&pit)), 0);
	assert_int_equal(pit.channels[0].count, 65536);
	end();
}

static void routes(void **state)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2];
	} r = {{2, 0}, {{.gsi = 1, .type = 1, .u.irqchip = {0, 1}}, {.gsi = 1, .type = 2}}};
	struct kvm_irq_level line = {.irq = 1, .level = 1};

	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&r)), -EINVAL);
	assert_int_equal(on_vm(KVM_IRQ_LINE_STATUS, PTR(&line)), 0);
	assert_int_equal(line.status, 1); /* the old table stands */
	r.head.nr = 4097;
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&r)), -EINVAL);
	r.head = (struct kvm_irq_routing){1, 1};
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&r)), -EINVAL);
	r.head.flags = 0;
	fault_arm(1);
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&r)), -ENOMEM);
	fault_arm(0);
	r.e[0].gsi = 33;
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&r)), 0);
	line = (struct kvm_irq_level){.irq = 1, .level = 1};
	assert_int_equal(on_vm(KVM_IRQ_LINE_STATUS, PTR(&line)), 0);
	assert_int_equal(line.status, -1);
	r.head.nr = 0;
	assert_int_equal(on_vm(KVM_SET_GSI_ROUTING, PTR(&r)), 0);
	end();
}

static void messages(void **state)
{
	struct kvm_msi msi = {.address_lo = 0xfee00000, .data = 0x4030};

	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_SIGNAL_MSI, PTR(&msi)), 0); /* disabled by software */
	assert_int_equal(lapic_reg_write(v->lapic, 0xf0, 0x1ff), 0);
	assert_int_equal(on_vm(KVM_SIGNAL_MSI, PTR(&msi)), 1);
	msi.flags = 1;
	assert_int_equal(on_vm(KVM_SIGNAL_MSI, PTR(&msi)), -EINVAL);
	msi = (struct kvm_msi){.address_lo = 0xfee05000, .data = 0x4030};
	assert_int_equal(on_vm(KVM_SIGNAL_MSI, PTR(&msi)), -1);
	end();
}

static void chip_states(void **state)
{
	struct kvm_irqchip chip = {.chip_id = KVM_IRQCHIP_IOAPIC};

	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), 0);
	assert_int_equal(chip.chip.ioapic.base_address, 0xfec00000);
	assert_int_equal(chip.chip.ioapic.redirtbl[23].bits, 0x10000);
	chip.chip.ioapic.redirtbl[23].bits = 0x10077;
	assert_int_equal(on_vm(KVM_SET_IRQCHIP, PTR(&chip)), 0);
	memset(&chip, 0xff, sizeof(chip));
	chip.chip_id = KVM_IRQCHIP_IOAPIC;
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), 0);
	assert_int_equal(chip.chip.ioapic.redirtbl[23].bits, 0x10077);
	assert_int_equal(chip.chip.dummy[511], 0);
	chip.chip_id = 3;
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_IRQCHIP, PTR(&chip)), -EINVAL);
	end();
}

static void timer(void **state)
{
	struct kvm_pit_config config = {.flags = ~1u};
	struct kvm_reinject_control control = {.pit_reinject = 0};
	struct kvm_pit_state2 s;
	struct kvm_pit_state old;

	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_GET_PIT, PTR(&old)), -ENXIO);
	assert_int_equal(on_vm(KVM_SET_PIT, PTR(&old)), -ENXIO);
	assert_int_equal(on_vm(KVM_SET_PIT2, PTR(&s)), -ENXIO);
	assert_int_equal(on_vm(KVM_REINJECT_CONTROL, 0), -EFAULT);
	assert_int_equal(on_vm(KVM_REINJECT_CONTROL, PTR(&control)), -ENXIO);
	fault_arm(1);
	assert_int_equal(on_vm(KVM_CREATE_PIT2, PTR(&config)), -ENOMEM);
	fault_arm(0);
	assert_int_equal(on_vm(KVM_CREATE_PIT2, PTR(&config)), 0);
	assert_int_equal(on_vm(KVM_CREATE_PIT2, PTR(&config)), -EEXIST);
	assert_int_equal(on_vm(KVM_CREATE_PIT, 0), -EEXIST);
	assert_int_equal(on_vm(KVM_GET_PIT2, PTR(&s)), 0);
	assert_int_equal(s.channels[0].count, 65536);
	s.channels[0].count = 0;
	s.channels[0].mode = 2;
	s.flags = KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	assert_int_equal(on_vm(KVM_SET_PIT2, PTR(&s)), 0);
	assert_int_equal(on_vm(KVM_GET_PIT, PTR(&old)), 0);
	assert_int_equal(old.channels[0].mode, 2);
	assert_int_equal(old.channels[0].count, 65536);
	old.channels[0].mode = 3;
	assert_int_equal(on_vm(KVM_SET_PIT, PTR(&old)), 0);
	assert_int_equal(on_vm(KVM_GET_PIT2, PTR(&s)), 0);
	assert_int_equal(s.channels[0].mode, 3);
	assert_int_equal(s.flags, KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	assert_int_equal(on_vm(KVM_REINJECT_CONTROL, PTR(&control)), 0);
	end(); /* with the timer running */
}

static void clock_calls(void **state)
{
	struct kvm_clock_data c = {.clock = 123456789, .pad0 = 7};

	(void)state;
	start(false);
	assert_int_equal(on_vm(KVM_SET_CLOCK, PTR(&c)), 0);
	assert_true(vcpu_test_request(v, REQ_CLOCK));
	assert_int_equal(on_vm(KVM_GET_CLOCK, PTR(&c)), 0);
	assert_in_range(c.clock, 123456789, 123456789 + 1000000);
	assert_int_equal(c.flags, 14);
	assert_int_equal(c.pad0, 0);
	assert_in_range(c.realtime, time_wall_ns() - 1000000, time_wall_ns());
	assert_true(c.host_tsc <= rdtsc());
	/* Read a second ago: it has gone on. */
	c = (struct kvm_clock_data){.clock = 5, .flags = KVM_CLOCK_REALTIME};
	fake_advance(3 * NSEC_PER_SEC);
	c.realtime = time_wall_ns() - NSEC_PER_SEC;
	assert_int_equal(on_vm(KVM_SET_CLOCK, PTR(&c)), 0);
	assert_int_equal(on_vm(KVM_GET_CLOCK, PTR(&c)), 0);
	assert_in_range(c.clock, NSEC_PER_SEC + 5, NSEC_PER_SEC + 1000000);
	for (u32 bit = 0; bit < 32; bit++) {
		c = (struct kvm_clock_data){.flags = 1u << bit};
		assert_int_equal(on_vm(KVM_SET_CLOCK, PTR(&c)), bit && bit < 4 ? 0 : -EINVAL);
	}
	end();
}

/* INIT and SIPI that wait are taken into account when the state is read. */
static void mp_state_is_current(void **state)
{
	struct kvm_mp_state m;

	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 1), 5);
	v = container_of(fake_installed, struct vcpu, obj);
	assert_int_equal(on_vcpu(KVM_GET_MP_STATE, PTR(&m)), 0);
	assert_int_equal(m.mp_state, KVM_MP_STATE_UNINITIALIZED);
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_INIT, 0, false), 1);
	assert_int_equal(on_vcpu(KVM_GET_MP_STATE, PTR(&m)), 0);
	assert_int_equal(m.mp_state, KVM_MP_STATE_INIT_RECEIVED);
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_SIPI, 0x9a, false), 1);
	assert_int_equal(on_vcpu(KVM_GET_MP_STATE, PTR(&m)), 0);
	assert_int_equal(m.mp_state, KVM_MP_STATE_RUNNABLE);
	assert_int_equal(v->hv.regs.rip, 0);
	end();
}

UNIT_MAIN(T(capabilities), T(absent), T(without_chips), T(routes), T(messages), T(chip_states),
	  T(timer), T(clock_calls), T(mp_state_is_current))
