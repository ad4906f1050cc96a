/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory slots: the rows of KVM's answers in their order, faults of every kind, translations
 * that go with a slot or with the domain's memory, copies across pages.
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

#include "core/fault.h"
#include "mm/slab.h"
#include "vmm/guest_mem.h"
#include "vmm/memslot.h"

#define MIB (1ULL << 20)
#define HVA FAKE_RAM_AT

static struct vm *vm;

static int set(u32 slot, u32 flags, u64 gpa, u64 size, u64 hva)
{
	struct kvm_userspace_memory_region r = {slot, flags, gpa, size, hva};

	return memslot_set(vm, &r);
}

static void start(void)
{
	fake_vmm_start();
	vm = vm_create(&fake_dom.obj, &fake_dom.as);
	assert_non_null(vm);
}

static void end(void)
{
	object_put(&vm->obj);
	fake_vmm_end();
}

static const struct {
	const char *what;
	u32 slot, flags;
	u64 gpa, size, hva;
	int answer;
} rule_rows[] = {
	{"delete absent", 0, 0, 0, 0, HVA, -EINVAL},
	{"size misaligned", 0, 0, 0, 0x1800, HVA, -EINVAL},
	{"gpa misaligned", 0, 0, 0x800, 0x1000, HVA, -EINVAL},
	{"hva misaligned", 0, 0, 0, 0x1000, HVA + 0x800, -EINVAL},
	{"hva in the kernel's half", 0, 0, 0, 0x1000, 0xffff800000000000, -EINVAL},
	{"hva not canonical", 0, 0, 0, 0x1000, 1ULL << 63, -EINVAL},
	{"hva at the limit", 0, 0, 0, 0x1000, DOM_RUNTIME_BASE, -EINVAL},
	{"hva up to the limit", 3, 0, 0, 0x1000, DOM_RUNTIME_BASE - 0x1000, 0},
	{"and away", 3, 0, 0, 0, HVA, 0},
	{"hva not mapped", 3, 0, 0, 0x1000, 0x10000, 0},
	{"and away", 3, 0, 0, 0, HVA, 0},
	{"hva 0", 3, 0, 0, 0x1000, 0, 0},
	{"and away", 3, 0, 0, 0, HVA, 0},
	{"largest slot id", 32763, 0, 0, 0x1000, HVA, 0},
	{"and away", 32763, 0, 0, 0, HVA, 0},
	{"slot id too large", 32764, 0, 0, 0x1000, HVA, -EINVAL},
	{"slot id 0xffff", 0xffff, 0, 0, 0x1000, HVA, -EINVAL},
	{"address space 1", 1u << 16, 0, 0, 0x1000, HVA, -EINVAL},
	{"address space 2", 2u << 16, 0, 0, 0x1000, HVA, -EINVAL},
	{"unknown flag", 0, 1u << 15, 0, 0x1000, HVA, -EINVAL},
	{"guest_memfd flag", 0, 4, 0, 0x1000, HVA, -EINVAL},
	{"gpa wraps", 0, 0, ~0ULL - 0xfff, 0x2000, HVA, -EINVAL},
	{"gpa ends at 2^64", 0, 0, ~0ULL - 0xfff, 0x1000, HVA, -EINVAL},
	{"gpa above the width", 0, 0, 1ULL << 40, 0x1000, HVA, -EINVAL},
	{"last gpa", 4, 0, (1ULL << 40) - 0x1000, 0x1000, HVA, 0},
	{"2^31 pages", 0, 0, 0, 1ULL << 43, HVA, -EINVAL},
	{"2^63 bytes", 0, 0, 0, 1ULL << 63, HVA, -EINVAL},
	{"size beyond the user's limit", 0, 0, 0, 1ULL << 38, HVA, -EINVAL},
	{"create", 0, 0, 0, MIB, HVA, 0},
	{"the same again", 0, 0, 0, MIB, HVA, 0},
	{"overlap", 1, 0, MIB / 2, MIB, HVA, -EEXIST},
	{"same gpa", 1, 0, 0, MIB, HVA, -EEXIST},
	{"overlap by the last page", 1, 0, MIB - 0x1000, MIB, HVA, -EEXIST},
	{"same hva elsewhere", 1, 0, MIB, MIB, HVA, 0},
	{"grow", 0, 0, 0, 2 * MIB, HVA, -EINVAL},
	{"shrink", 0, 0, 0, MIB / 2, HVA, -EINVAL},
	{"other hva", 0, 0, 0, MIB, HVA + 0x1000, -EINVAL},
	{"make read-only", 0, 2, 0, MIB, HVA, -EINVAL},
	{"log", 0, 1, 0, MIB, HVA, 0},
	{"do not log", 0, 0, 0, MIB, HVA, 0},
	{"move", 0, 0, 512 * MIB, MIB, HVA, 0},
	{"move onto another", 0, 0, MIB, MIB, HVA, -EEXIST},
	{"move over itself", 0, 0, 512 * MIB + 0x1000, MIB, HVA, 0},
	{"move and resize", 0, 0, 0, 2 * MIB, HVA, -EINVAL},
	{"move beyond the width", 0, 0, 1ULL << 40, MIB, HVA, -EINVAL},
	{"read-only", 2, 2, 16 * MIB, MIB, HVA, 0},
	{"read-only and log", 5, 3, 32 * MIB, MIB, HVA, 0},
	{"the APIC's page", 6, 0, 0xfee00000, 0x1000, HVA, 0},
	{"delete", 0, 0, 0x123000, 0, 0, 0},
	{"delete again", 0, 0, 0, 0, 0, -EINVAL},
	{"delete with misaligned gpa", 1, 0, 0x800, 0, 0, -EINVAL},
	{"delete with unknown flag", 1, 8, 0, 0, 0, -EINVAL},
	{"delete with read-only flag", 1, 2, 0, 0, 0, 0},
};

static void rules(void **state)
{
	(void)state;
	start();
	for (u32 i = 0; i < ARRAY_SIZE(rule_rows); i++) {
		int answer = set(rule_rows[i].slot, rule_rows[i].flags, rule_rows[i].gpa,
				 rule_rows[i].size, rule_rows[i].hva);

		if (answer != rule_rows[i].answer) {
			fail_msg("%s: %d", rule_rows[i].what, answer);
		}
	}
	end();
}

/* Any set of slots stays sorted and is found by every frame and no other. */
static void look_up(void **state)
{
	u32 used = 0;

	(void)state;
	start();
	for (u32 round = 0; round < 400; round++) {
		u32 id = fake_random(16);

		if (used >> id & 1) {
			assert_int_equal(set(id, 0, 0, 0, 0), 0);
			used &= ~(1u << id);
		} else {
			u64 order = (id * 7) % 16;

			assert_int_equal(set(id, 0, order * 4 * PAGE_SIZE, 3 * PAGE_SIZE, HVA), 0);
			used |= 1u << id;
		}
		for (u64 gfn = 0; gfn < 70; gfn++) {
			const struct slot *s = slots_find(vm->slots, gfn);
			bool expected = false;

			for (u32 i = 0; i < 16; i++) {
				expected |= used >> i & 1 && gfn / 4 == (i * 7) % 16 && gfn % 4 < 3;
			}
			assert_int_equal(s != NULL, expected);
			assert_true(!s || (gfn >= s->gfn && gfn < s->gfn + s->pages));
		}
	}
	end();
}

static u32 rights_at(u64 gpa, u32 *order)
{
	u32 rights = 0;
	hpa_t hpa;

	return s2_lookup(&vm->s2, GPA(gpa), &hpa, &rights, order) ? 0 : rights;
}

static void faults(void **state)
{
	u32 order;

	(void)state;
	start();
	assert_int_equal(vm_fault(vm, GPA(0), S2_R), -ENOENT);
	assert_int_equal(set(0, 0, 0, 4 * MIB, HVA), 0);
	assert_int_equal(set(1, KVM_MEM_READONLY, 64 * MIB, 0x3000, HVA), 0);
	assert_int_equal(set(2, 0, 128 * MIB, 0x3000, 0x10000), 0);
	assert_int_equal(vm_fault(vm, GPA(4 * MIB), S2_R), -ENOENT);
	assert_int_equal(vm_fault(vm, GPA(2 * MIB + 0x1234), S2_W), 0);
	assert_int_equal(rights_at(2 * MIB, &order), S2_R | S2_W | S2_X);
	assert_int_equal(order, 9); /* a whole large page: gpa and domain address are congruent */
	assert_int_equal(vm_fault(vm, GPA(64 * MIB + 0x2fff), S2_R), 0);
	assert_int_equal(rights_at(64 * MIB + 0x2000, &order), S2_R | S2_X);
	assert_int_equal(order, 0);
	assert_int_equal(vm_fault(vm, GPA(64 * MIB), S2_W), -EROFS);
	assert_int_equal(vm_fault(vm, GPA(128 * MIB), S2_R), -EFAULT);
	assert_int_equal(vm_fault(vm, GPA(2 * MIB + 0x1234), S2_W),
			 0); /* again: it is there already */
	end();
}

/* Large pages only where both addresses allow it. */
static void large_pages(void **state)
{
	u32 order;

	(void)state;
	start();
	assert_int_equal(set(0, 0, 0x1000, 3 * MIB, HVA), 0); /* not congruent */
	assert_int_equal(vm_fault(vm, GPA(0x3000), S2_W), 0);
	assert_int_equal(rights_at(0x3000, &order), 7);
	assert_int_equal(order, 0);
	assert_int_equal(set(1, 0, 16 * MIB, MIB, HVA), 0); /* congruent, too short */
	assert_int_equal(vm_fault(vm, GPA(16 * MIB), S2_W), 0);
	assert_int_equal(rights_at(16 * MIB, &order), 7);
	assert_int_equal(order, 0);
	assert_int_equal(set(1, 0, 0, 0, 0), 0);
	/* A small page is there: the large one has to stay away. */
	assert_int_equal(set(1, KVM_MEM_LOG_DIRTY_PAGES, 16 * MIB, 2 * MIB, HVA), 0);
	assert_int_equal(s2_map(&vm->s2, GPA(16 * MIB), HPA(0x5000), 0, S2_R), 0);
	assert_int_equal(vm_fault(vm, GPA(16 * MIB + 0x8000), S2_W), 0);
	assert_int_equal(rights_at(16 * MIB + 0x8000, &order), 7);
	assert_int_equal(order, 0);
	/* And what stands there in error is replaced. */
	assert_int_equal(vm_fault(vm, GPA(16 * MIB), S2_W), 0);
	assert_int_equal(rights_at(16 * MIB, &order), 7);
	end();
}

static void translations_go(void **state)
{
	u8 byte = 0x5a;
	u64 gen;
	u32 order;

	(void)state;
	start();
	assert_int_equal(set(0, 0, 0, 4 * MIB, HVA), 0);
	assert_int_equal(vm_write(vm, GPA(0x5000), &byte, 1), 0);
	assert_int_equal(vm_write(vm, GPA(2 * MIB), &byte, 1), 0);
	gen = vm->s2.gen;
	assert_int_equal(set(0, 0, 8 * MIB, 4 * MIB, HVA), 0); /* moved */
	assert_true(vm->s2.gen > gen);
	assert_int_equal(rights_at(0x5000, &order), 0);
	assert_int_equal(vm_read(vm, GPA(0x5000), &byte, 1), -EFAULT);
	assert_int_equal(vm_read(vm, GPA(8 * MIB + 0x5000), &byte, 1), 0);
	assert_int_equal(byte, 0x5a);
	/* The domain takes one page away, out of the middle of a large one. */
	assert_int_equal(aspace_unmap(&fake_dom.as, HVA + 0x5000, 0x1000), 0);
	assert_int_equal(rights_at(8 * MIB + 0x5000, &order), 0);
	assert_int_equal(vm_read(vm, GPA(8 * MIB + 0x5000), &byte, 1), -EFAULT);
	assert_int_equal(vm_read(vm, GPA(8 * MIB + 0x6000), &byte, 1), 0);
	/* No memory for the table that splitting needs: more goes than had to, nothing stays. */
	assert_int_equal(vm_read(vm, GPA(10 * MIB), &byte, 1), 0);
	fault_arm(1);
	memslot_invalidate(vm, HVA + 2 * MIB + 0x3000, HVA + 2 * MIB + 0x4000);
	fault_arm(0);
	assert_int_equal(rights_at(10 * MIB + 0x3000, &order), 0);
	end();
}

static void copies(void **state)
{
	static u8 out[3 * 4096], in[3 * 4096];

	(void)state;
	start();
	assert_int_equal(set(0, 0, 0x10000, 0x4000, HVA), 0);
	assert_int_equal(set(1, KVM_MEM_READONLY, 0x14000, 0x1000, HVA + 0x8000), 0);
	for (u32 i = 0; i < sizeof(out); i++) {
		out[i] = i * 7 + i / 4096;
	}
	for (u32 off = 0xff0; off < 0x1004; off++) {
		assert_int_equal(vm_write(vm, GPA(0x10000 + off), out, sizeof(out) - 4096), 0);
		memset(in, 0, sizeof(in));
		assert_int_equal(vm_read(vm, GPA(0x10000 + off), in, sizeof(in) - 4096), 0);
		assert_memory_equal(in, out, sizeof(in) - 4096);
	}
	assert_int_equal(vm_read(vm, GPA(0x13fff), in, 2), 0);
	assert_int_equal(vm_write(vm, GPA(0x13fff), in, 2), -EFAULT); /* into the read-only slot */
	assert_int_equal(vm_read(vm, GPA(0x14fff), in, 2), -EFAULT);
	assert_int_equal(vm_read(vm, GPA(0xffff), in, 2), -EFAULT);
	assert_null(vm_peek(vm, GPA(0x15000)));
	assert_non_null(vm_peek(vm, GPA(0x14000)));
	end();
}

static void no_memory(void **state)
{
	u64 before;

	(void)state;
	start();
	before = slab_bytes_in_use();
	for (u32 n = 1; n < 3; n++) {
		fault_arm(n);
		if (set(0, 0, 0, MIB, HVA) == 0) {
			break;
		}
		assert_int_equal(vm->slots->count, 0);
		assert_int_equal(slab_bytes_in_use(), before);
	}
	fault_arm(0);
	assert_int_equal(vm->slots->count, 1);
	/* A VM that does not come into being leaves nothing. */
	before = slab_bytes_in_use();
	for (u32 n = 1; n < 20; n++) {
		struct vm *other;

		fault_arm(n);
		other = vm_create(&fake_dom.obj, &fake_dom.as);
		fault_arm(0);
		if (other) {
			object_put(&other->obj);
			assert_true(n > 1);
			break;
		}
		assert_int_equal(slab_bytes_in_use(), before);
	}
	end();
}

UNIT_MAIN(T(rules), T(look_up), T(faults), T(large_pages), T(translations_go), T(copies),
	  T(no_memory))
