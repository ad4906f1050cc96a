/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls: every row with the wrong size, on the wrong object and with a bad pointer; the
 * answers that KVM gives to bad input; state that is set and read back.
 * LINK: vmm/mce.c
 * LINK: api/kvm_irqchip.c api/kvm_pit.c api/kvm_clock.c vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c
 * LINK: vmm/irq/pit.c vmm/irq/pit_count.c vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/exit_mmio.c vmm/mmio_access.c vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c
 * LINK: vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c vmm/dirty_log.c
 * LINK: api/kvm_dirty.c api/kvm_enable_cap.c
 * LINK: api/kvm_ioctl.c api/kvm_caps.c api/kvm_system.c api/kvm_vm.c api/kvm_vcpu.c
 * LINK: api/kvm_vcpu_regs.c api/kvm_vcpu_sregs.c api/kvm_msrs.c api/kvm_vcpu_cpuid.c
 * LINK: api/kvm_vcpu_fpu.c api/kvm_vcpu_events.c vmm/apic_base.c vmm/clock.c vmm/cpuid.c
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
#include "kvm_kit.h"

static const struct {
	const struct kvm_ioctl_table *table;
	s64 (*call)(u32 cmd, u64 arg);
	s64 unknown;
} objects[] = {
	{&kvm_system_table, on_kvm, -EINVAL},
	{&kvm_vm_table, on_vm, -ENOTTY},
	{&kvm_vcpu_table, on_vcpu, -EINVAL},
};

static bool has(const struct kvm_ioctl_table *t, u32 cmd)
{
	for (u32 i = 0; i < t->count; i++) {
		if (t->rows[i].cmd == cmd) {
			return true;
		}
	}
	return false;
}

static void every_row(void **state)
{
	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_CREATE_PIT, 0), 0);
	for (u32 o = 0; o < 3; o++) {
		for (u32 i = 0; i < objects[o].table->count; i++) {
			const struct kvm_ioctl_row *row = &objects[o].table->rows[i];

			assert_non_null(row->fn);
			assert_non_null(row->name);
			for (u32 j = 0; j < i; j++) {
				assert_int_not_equal(row->cmd, objects[o].table->rows[j].cmd);
			}
			/* Another size, another direction, another type byte. */
			assert_int_equal(objects[o].call(row->cmd ^ 4 << 16, 0x10000),
					 objects[o].unknown);
			assert_int_equal(objects[o].call(row->cmd ^ 1u << 30, 0x10000),
					 objects[o].unknown);
			assert_int_equal(objects[o].call(row->cmd ^ 0x100, 0x10000),
					 objects[o].unknown);
			/* The other objects do not know it. */
			for (u32 other = 0; other < 3; other++) {
				if (!has(objects[other].table, row->cmd)) {
					assert_int_equal(objects[other].call(row->cmd, 0),
							 objects[other].unknown);
				}
			}
			if (row->policy & KVM_COPY_IN) {
				assert_int_equal(objects[o].call(row->cmd, 0), -EFAULT);
				assert_int_equal(objects[o].call(row->cmd, ~0ULL), -EFAULT);
			} else if (row->policy & KVM_COPY_OUT) {
				assert_int_equal(objects[o].call(row->cmd, 0), -EFAULT);
			}
			if (row->policy & KVM_ARG_ZERO) {
				assert_int_equal(objects[o].call(row->cmd, 1), -EINVAL);
			}
			/* Only one lock, and only of an object that is there. */
			assert_true((row->policy & (KVM_LOCK_VM | KVM_LOCK_VCPU)) !=
				    (KVM_LOCK_VM | KVM_LOCK_VCPU));
			assert_true(o == 2 || !(row->policy & KVM_LOCK_VCPU));
		}
	}
	for (u32 nr = 0; nr < 256; nr++) {
		u32 cmd = KVM_IOC_NONE(nr);

		for (u32 o = 0; o < 3; o++) {
			if (!has(objects[o].table, cmd)) {
				assert_int_equal(objects[o].call(cmd, 0), objects[o].unknown);
			}
		}
	}
	end();
}

static void owners(void **state)
{
	struct domain other = fake_dom;
	struct kvm_regs regs;

	(void)state;
	start(false);
	assert_int_equal(kvm_vm_ops.ioctl(&vm->obj, &other, KVM_CHECK_EXTENSION, 0), -EIO);
	assert_int_equal(kvm_vm_ops.ioctl(&vm->obj, &other, 0x1234, 0), -EIO);
	assert_int_equal(kvm_vcpu_ops.ioctl(&v->obj, &other, KVM_GET_REGS, PTR(&regs)), -EIO);
	assert_int_equal(on_vcpu(KVM_GET_REGS, PTR(&regs)), 0);
	vm_kill(vm, "test");
	assert_int_equal(on_vcpu(KVM_GET_REGS, PTR(&regs)), -EIO);
	assert_int_equal(on_vcpu(KVM_RUN, 0), -EIO);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 1), -EIO);
	end();
}

static void system_calls(void **state)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 e[300];
	} cpuid;
	static struct {
		struct kvm_msr_list head;
		u32 index[200];
	} list;
	struct object *o;
	u32 n;

	(void)state;
	start(false);
	assert_int_equal(on_kvm(KVM_GET_API_VERSION, 0), 12);
	assert_int_equal(on_kvm(KVM_GET_VCPU_MMAP_SIZE, 0), 12288);
	for (u64 type = 1; type < 7; type++) {
		assert_int_equal(on_kvm(KVM_CREATE_VM, type), -EINVAL);
	}
	assert_int_equal(on_kvm(KVM_CREATE_VM, 1ULL << 40), -EINVAL);
	fake_install_error = -EMFILE;
	assert_int_equal(on_kvm(KVM_CREATE_VM, 0), -EMFILE);
	fake_install_error = 0;
	fault_arm(1);
	assert_int_equal(on_kvm(KVM_CREATE_VM, 0), -ENOMEM);
	cpuid.head.nent = 100;
	fault_arm(1);
	assert_int_equal(on_kvm(KVM_GET_SUPPORTED_CPUID, PTR(&cpuid)), -ENOMEM);
	fault_arm(0);
	cpuid.head.nent = 300;
	assert_int_equal(on_kvm(KVM_GET_SUPPORTED_CPUID, PTR(&cpuid)), 0);
	n = cpuid.head.nent;
	assert_true(n > 20 && n < 100);
	assert_int_equal(cpuid.e[0].eax, 0xd);
	cpuid.head.nent = n - 1;
	assert_int_equal(on_kvm(KVM_GET_SUPPORTED_CPUID, PTR(&cpuid)), -E2BIG);
	assert_int_equal(cpuid.head.nent, n - 1);
	cpuid.head.nent = n;
	assert_int_equal(on_kvm(KVM_GET_SUPPORTED_CPUID, PTR(&cpuid)), 0);
	assert_int_equal(on_kvm(KVM_GET_SUPPORTED_CPUID, 0), -EFAULT);
	list.head.nmsrs = 0;
	assert_int_equal(on_kvm(KVM_GET_MSR_INDEX_LIST, PTR(&list)), -E2BIG);
	n = list.head.nmsrs;
	assert_int_equal(on_kvm(KVM_GET_MSR_INDEX_LIST, PTR(&list)), 0);
	assert_int_equal(list.head.nmsrs, n);
	assert_int_not_equal(list.index[n - 1], 0);
	assert_int_equal(list.index[n], 0);
	assert_int_equal(on_kvm(KVM_GET_MSR_INDEX_LIST, 0), -EFAULT);
	o = kvm_system_object();
	object_put(o);
	end();
}

static void capabilities(void **state)
{
	static const u32 present[] = {
		KVM_CAP_IRQCHIP,	KVM_CAP_HLT,	   KVM_CAP_USER_MEMORY,
		KVM_CAP_SET_TSS_ADDR,	KVM_CAP_EXT_CPUID, KVM_CAP_TSC_DEADLINE_TIMER,
		KVM_CAP_IMMEDIATE_EXIT, KVM_CAP_MP_STATE,  KVM_CAP_READONLY_MEM,
		KVM_CAP_XSAVE,
	};
	/* Not served yet: coalesced ports, irqfd, ioeventfd, dirty ring, split chips. */
	static const u32 absent[] = {15, 32, 36, 121, 192, 74, 9999, ~0u};

	(void)state;
	start(false);
	for (u32 i = 0; i < ARRAY_SIZE(present); i++) {
		assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, present[i]), 1);
		assert_int_equal(on_vm(KVM_CHECK_EXTENSION, present[i]), 1);
	}
	for (u32 i = 0; i < ARRAY_SIZE(absent); i++) {
		assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, absent[i]), 0);
	}
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, ~0ULL), 0);
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, 1ULL << 32), 0);
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS), 32764);
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, KVM_CAP_NR_VCPUS), 2);
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS), 64);
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPU_ID), 4096);
	fake_xcr0 = 0;
	assert_int_equal(on_kvm(KVM_CHECK_EXTENSION, KVM_CAP_XSAVE), 0);
	assert_int_equal(on_vcpu(KVM_CHECK_EXTENSION, KVM_CAP_IRQCHIP), -EINVAL);
	end();
}

static void vm_calls(void **state)
{
	struct kvm_userspace_memory_region r = {0, 0, 0, 0x10000, FAKE_RAM_AT};
	struct kvm_irq_level line = {.irq = 4, .level = 1};
	u64 address = 0xfffbc000;
	struct kvm_irqchip chip = {.chip_id = 0};

	(void)state;
	start(false);
	assert_int_equal(on_vm(KVM_SET_USER_MEMORY_REGION, PTR(&r)), 0);
	r.slot = 1;
	assert_int_equal(on_vm(KVM_SET_USER_MEMORY_REGION, PTR(&r)), -EEXIST);
	assert_int_equal(on_vm(KVM_SET_TSS_ADDR, 0xffffd000), 0);
	assert_int_equal(on_vm(KVM_SET_TSS_ADDR, 0xffffd001), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_IDENTITY_MAP_ADDR, PTR(&address)),
			 -EINVAL); /* after a vCPU */
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, 0), -EBUSY);
	assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, 0), -EINVAL);
	assert_int_equal(on_vm(KVM_IRQ_LINE, PTR(&line)), -ENXIO);
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), -ENXIO);
	assert_int_equal(on_vm(KVM_SET_IRQCHIP, PTR(&chip)), -ENXIO);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 0), -EEXIST);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 4096), -EINVAL);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 1ULL << 32), -EINVAL);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, ~0ULL), -EINVAL);
	fake_install_error = -EMFILE;
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 7), -EMFILE);
	fake_install_error = 0;
	assert_int_equal(vm->vcpu_count, 1);
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 4095), 5);
	assert_ptr_equal(vm_vcpu_by_id(vm, 4095), container_of(fake_installed, struct vcpu, obj));
	assert_null(vm_vcpu_by_id(vm, 7));
	end();
}

static void chips(void **state)
{
	struct kvm_irqchip chip = {.chip_id = 3};
	struct kvm_irq_level line = {.irq = 1000, .level = 7};
	struct kvm_lapic_state regs;
	struct kvm_interrupt irq = {0x30};

	(void)state;
	start(true);
	assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, 0), -EEXIST);
	assert_int_equal(on_vm(KVM_IRQ_LINE, PTR(&line)), 0);
	assert_int_equal(on_vm(KVM_IRQ_LINE_STATUS, PTR(&line)), 0);
	assert_int_equal(line.status, -1);
	line.irq = 4;
	assert_int_equal(on_vm(KVM_IRQ_LINE_STATUS, PTR(&line)), 0);
	assert_in_range(line.status, 0, 1);
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_IRQCHIP, PTR(&chip)), -EINVAL);
	memset(&chip, 0xff, sizeof(chip));
	chip.chip_id = 1;
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), 0);
	assert_int_equal(chip.pad, 0);
	assert_int_equal(chip.chip.dummy[511], 0);
	chip.chip.pic.irq_base = 0x70;
	assert_int_equal(on_vm(KVM_SET_IRQCHIP, PTR(&chip)), 0);
	chip.chip.pic.irq_base = 0;
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, PTR(&chip)), 0);
	assert_int_equal(chip.chip.pic.irq_base, 0x70);
	assert_int_equal(on_vcpu(KVM_GET_LAPIC, PTR(&regs)), 0);
	*(u32 *)&regs.regs[0x350] = 0x700;
	assert_int_equal(on_vcpu(KVM_SET_LAPIC, PTR(&regs)), 0);
	memset(&regs, 0, sizeof(regs));
	assert_int_equal(on_vcpu(KVM_GET_LAPIC, PTR(&regs)), 0);
	assert_int_equal(*(u32 *)&regs.regs[0x350], 0x700);
	assert_int_equal(on_vcpu(KVM_INTERRUPT, PTR(&irq)), -ENXIO);
	fault_arm(1);
	assert_int_equal(on_vcpu(KVM_GET_LAPIC, PTR(&regs)),
			 -ENOMEM); /* 1 KiB does not lie on the stack */
	fault_arm(0);
	end();
}

static void before_vcpus(void **state)
{
	u64 address = 0;

	(void)state;
	fake_vmm_start();
	assert_int_equal(on_kvm(KVM_CREATE_VM, 0), 5);
	vm = container_of(fake_installed, struct vm, obj);
	assert_int_equal(on_vm(KVM_SET_IDENTITY_MAP_ADDR, PTR(&address)), 0);
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, 4097), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, 4096), 0);
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, 3), 0);
	fault_arm(1);
	assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, 0), -ENOMEM);
	fault_arm(0);
	assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, 0), 0);
	/* A vCPU that cannot be made leaves nothing, whatever fails. */
	for (u32 n = 1; n < 40; n++) {
		u64 slab = slab_bytes_in_use(), frames = frames_free_count();
		s64 ret;

		fault_arm(n);
		ret = on_vm(KVM_CREATE_VCPU, 3);
		fault_arm(0);
		if (ret >= 0) {
			assert_true(n > 6);
			break;
		}
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(slab_bytes_in_use(), slab);
		assert_int_equal(frames_free_count(), frames);
	}
	v = container_of(fake_installed, struct vcpu, obj);
	assert_int_equal(v->mp_state, KVM_MP_STATE_RUNNABLE); /* the boot CPU has id 3 */
	fake_hw_left = 0;
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 4), -ENOMEM);
	fake_hw_left = 1;
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 4), -ENOMEM);
	fake_hw_left = -1;
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 0), 5);
	assert_int_equal(container_of(fake_installed, struct vcpu, obj)->mp_state,
			 KVM_MP_STATE_UNINITIALIZED);
	end();
}

UNIT_MAIN(T(every_row), T(owners), T(system_calls), T(capabilities), T(vm_calls), T(chips),
	  T(before_vcpus))
