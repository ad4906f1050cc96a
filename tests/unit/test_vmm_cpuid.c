/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's CPUID: nothing is offered that the host lacks or that is not on the list, what
 * was set is answered, bits that follow the state, leaves out of range, changes after the first
 * run.
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
#include "fake_cpuid.h"
#include "vmm/cpuid.h"

static struct vm *vm;
static struct vcpu *v;
static struct kvm_cpuid_entry2 all[CPUID_MAX_ENTRIES];

static void start(void)
{
	fake_vmm_start();
	vm = fake_vm(true);
	v = fake_vcpu(vm);
}

static void end(void)
{
	fake_vm_end(vm);
	fake_vmm_end();
}

static struct kvm_cpuid_entry2 *offered(u32 count, u32 leaf, u32 index)
{
	for (u32 i = 0; i < count; i++) {
		if (all[i].function == leaf && all[i].index == index) {
			return &all[i];
		}
	}
	return NULL;
}

static void supported(void **state)
{
	struct kvm_cpuid_entry2 *e;
	u32 n;

	(void)state;
	start();
	n = cpuid_supported(all);
	assert_true(n > 20 && n < CPUID_MAX_ENTRIES);
	for (u32 i = 0; i < n; i++) {
		for (u32 j = 0; j < i; j++) {
			assert_false(all[i].function == all[j].function &&
				     all[i].index == all[j].index);
		}
		assert_int_equal(all[i].padding[0] | all[i].padding[1] | all[i].padding[2], 0);
	}
	e = offered(n, 0, 0);
	assert_int_equal(e->eax, 0xd);
	assert_int_equal(e->ebx, 0x68747541);
	e = offered(n, 1, 0);
	assert_true(e->ecx & BIT(21) && e->ecx & BIT(31)); /* x2APIC, hypervisor */
	assert_false(e->ecx & (BIT(3) | BIT(5) | BIT(24) |
			       BIT(27))); /* MONITOR, virtualization, deadline, OSXSAVE */
	assert_true(e->edx & BIT(9) && e->edx & BIT(0));
	assert_false(e->edx & (BIT(28) | BIT(21)));
	e = offered(n, 7, 0);
	assert_int_equal(e->flags, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	assert_false(e->ebx & (BIT(4) | BIT(10) | BIT(11) | BIT(14)));
	assert_false(e->ecx & (BIT(3) | BIT(16))); /* PKU, LA57 */
	assert_int_equal(offered(n, 6, 0)->eax, 4);
	assert_int_equal(offered(n, 0xa, 0)->eax, 0); /* no counters */
	e = offered(n, 0x40000000, 0);
	assert_int_equal(e->eax, 0x40000001);
	assert_memory_equal(&e->ebx, "KVMKVMKVM\0\0\0", 12);
	assert_int_equal(offered(n, 0x40000001, 0)->eax, BIT(0) | BIT(3) | BIT(24));
	assert_int_equal(offered(n, 0x80000000, 0)->eax, 0x80000008);
	e = offered(n, 0x80000001, 0);
	assert_false(e->ecx & BIT(2));
	assert_true(e->edx & BIT(29) && e->edx & BIT(20));
	assert_false(e->edx & BIT(27));
	assert_int_equal(offered(n, 0x80000007, 0)->edx, BIT(8));
	assert_int_equal(offered(n, 0x80000008, 0)->eax, 0x3028);
	assert_int_equal(offered(n, 0xd, 0)->eax, 7);
	assert_int_equal(offered(n, 0xd, 0)->ebx, 832);
	assert_int_equal(offered(n, 0xd, 1)->eax, 7); /* without XSAVES */
	assert_int_equal(offered(n, 0xd, 2)->ebx, 576);
	assert_int_equal(offered(n, 4, 0)->eax, 0x121);
	assert_non_null(offered(n, 4, 1));
	assert_null(offered(n, 0x8000001e, 0));
	end();
}

/* A small machine: what the host lacks does not appear. */
static void small_host(void **state)
{
	u32 n;

	(void)state;
	start();
	fake_cpuid_set(1, 0, 0x663, 0, 0, 0x078bfbff);
	fake_cpuid_set(7, 0, 0, 0, 0, 0);
	fake_cpuid_set(0x80000007, 0, 0, 0, 0, 0);
	fake_xcr0 = 0;
	n = cpuid_supported(all);
	assert_int_equal(offered(n, 1, 0)->ecx, BIT(21) | BIT(31));
	assert_int_equal(offered(n, 1, 0)->edx, 0x078bfbff);
	assert_int_equal(offered(n, 7, 0)->ebx, BIT(1));
	assert_int_equal(offered(n, 0x80000007, 0)->edx, 0);
	assert_null(offered(n, 0xd, 0));
	assert_int_equal(cpuid_supported_xcr0(), 1);
	fake_cpuid_set(0, 0, 1, 0x68747541, 0x444d4163, 0x69746e65);
	n = cpuid_supported(all);
	assert_null(offered(n, 7, 0));
	assert_null(offered(n, 4, 0));
	fake_xcr0 = 3; /* no AVX state: no AVX either */
	fake_cpuid_set(1, 0, 0x663, 0, 0xffffffff, 0);
	n = cpuid_supported(all);
	assert_false(offered(n, 1, 0)->ecx & (BIT(12) | BIT(28) | BIT(29)));
	assert_true(offered(n, 1, 0)->ecx & BIT(26));
	end();
}

static struct cpuid_regs query(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r = {1, 1, 1, 1};

	cpuid_query(v, leaf, subleaf, &r);
	return r;
}

static void answers(void **state)
{
	struct kvm_cpuid_entry2 e[] = {
		{.function = 0, .eax = 7, .ebx = 0x68747541},
		{.function = 2, .eax = 0x22},
		{.function = 4, .index = 0, .flags = 1, .eax = 0x40},
		{.function = 4, .index = 1, .flags = 1, .eax = 0x41},
		{.function = 2, .eax = 0x33}, /* a duplicate: the first one counts */
		{.function = 0x40000000, .eax = 0x40000001, .ebx = 5},
		{.function = 0x80000000, .eax = 0x80000008},
		{.function = 0x80000008, .eax = 0x3028},
		{.function = 0xc0000000, .eax = 0xc},
	};

	(void)state;
	start();
	assert_int_equal(query(0, 0).eax, 0); /* none set */
	assert_int_equal(cpuid_set(v, e, ARRAY_SIZE(e)), 0);
	assert_int_equal(query(0, 99).eax, 7);
	assert_int_equal(query(2, 0).eax, 0x22);
	assert_int_equal(query(4, 0).eax, 0x40);
	assert_int_equal(query(4, 1).eax, 0x41);
	assert_int_equal(query(4, 2).eax, 0);
	assert_int_equal(query(3, 0).eax, 0);
	assert_int_equal(query(0x40000000, 0).ebx, 5);
	assert_int_equal(query(0x80000000, 0).eax, 0x80000008);
	assert_int_equal(query(0xc0000000, 0).eax, 0xc);
	assert_int_equal(query(0x23, 0).eax, 0); /* out of range: zeros */
	assert_int_equal(query(0x80000009, 0).eax, 0);
	assert_int_equal(query(0x40000005, 0).eax, 0);
	assert_int_equal(v->phys_bits, 0x28);
	/* The other vendor repeats the highest basic leaf. */
	e[0].ebx = 0x756e6547;
	e[0].eax = 4;
	assert_int_equal(cpuid_set(v, e, ARRAY_SIZE(e)), 0);
	assert_int_equal(query(0x23, 1).eax, 0x41);
	assert_int_equal(query(3, 0).eax, 0); /* in range and absent: zeros */
	assert_int_equal(query(0x80000009, 1).eax, 0x41);
	assert_int_equal(query(0x80000007, 1).eax, 0);
	assert_int_equal(query(0x23, 9).eax, 0);
	assert_true(cpuid_guest_has(v, 0, 1, 0));
	assert_false(cpuid_guest_has(v, 0, 1, 3));
	assert_false(cpuid_guest_has(v, 1, 0, 0));
	end();
}

static void follows_state(void **state)
{
	struct kvm_cpuid_entry2 e[] = {
		{.function = 1, .edx = BIT(9)},
		{.function = 7, .flags = 1, .ecx = BIT(4)},
		{.function = 0xd, .index = 0, .flags = 1, .ebx = 999},
		{.function = 0xd, .index = 1, .flags = 1, .eax = 2, .ebx = 999},
	};
	struct kvm_cpuid_entry2 got;

	(void)state;
	start();
	assert_int_equal(cpuid_set(v, e, ARRAY_SIZE(e)), 0);
	assert_false(query(1, 0).ecx & BIT(27));
	fake_hw(v)->sregs.cr4 = CR4_OSXSAVE;
	assert_true(query(1, 0).ecx & BIT(27));
	assert_true(query(1, 0).edx & BIT(9));
	v->apic_base &= ~BIT(11);
	assert_false(query(1, 0).edx & BIT(9));
	assert_int_equal(query(7, 0).ecx, 0);
	assert_int_equal(query(0xd, 0).ebx, 576);
	v->xcr0 = 7;
	assert_int_equal(query(0xd, 0).ebx, 832);
	assert_int_equal(query(0xd, 1).ebx, 832);
	cpuid_get(v, 0, &got);
	assert_true(got.ecx & BIT(27));
	assert_false(got.edx & BIT(9));
	end();
}

static void setting(void **state)
{
	struct kvm_cpuid_entry2 e[2] = {{.function = 0, .eax = 1},
					{.function = 0x80000008, .eax = 0x2828}};

	(void)state;
	start();
	assert_int_equal(cpuid_set(v, e, 2), -EINVAL); /* 40 bits of linear address do not exist */
	e[1].eax = 0x3930;
	assert_int_equal(cpuid_set(v, e, 2), 0);
	assert_int_equal(v->phys_bits, 40); /* not more than the host */
	e[1].eax = 0x24;
	assert_int_equal(cpuid_set(v, e, 2), 0);
	assert_int_equal(v->phys_bits, 36);
	assert_int_equal(cpuid_set(v, e, 0), 0);
	assert_int_equal(cpuid_set(v, e, 1), 0);
	v->has_run = true;
	assert_int_equal(cpuid_set(v, e, 1), 0);
	assert_int_equal(cpuid_set(v, e, 2), -EINVAL);
	assert_int_equal(cpuid_set(v, e, 0), -EINVAL);
	e[0].eax = 2;
	assert_int_equal(cpuid_set(v, e, 1), -EINVAL);
	assert_int_equal(query(0, 0).eax, 1);
	/* Bits that follow the state may differ. */
	v->has_run = false;
	e[0] = (struct kvm_cpuid_entry2){.function = 1};
	assert_int_equal(cpuid_set(v, e, 1), 0);
	v->has_run = true;
	e[0].ecx = BIT(27);
	assert_int_equal(cpuid_set(v, e, 1), 0);
	e[0].ecx = BIT(26);
	assert_int_equal(cpuid_set(v, e, 1), -EINVAL);
	end();
}

UNIT_MAIN(T(supported), T(small_host), T(answers), T(follows_state), T(setting))
