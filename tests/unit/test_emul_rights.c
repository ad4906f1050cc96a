/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stops an emulated instruction: segments, canonical addresses, the ring's rights in the
 * guest's page tables, alignment; each with its vector, error code and CR2, and nothing done. And
 * the tables' accessed and dirty bits.
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
#include "mmio_kit.h"

/* 32-bit code: limits in both directions, rights, and nothing loaded at all. */
static void segments(void **state)
{
	struct hv_segment *ds, *ss;

	(void)state;
	start(false);
	ds = &hw->sregs.seg[HV_DS];
	ss = &hw->sregs.seg[HV_SS];
	CODE_IS(0x89, 0x03); /* mov %eax, (%ebx) */
	gpr[HV_RBX] = 0xffd;
	ds->base = DEV;
	ds->limit = 0xfff;
	faults(DEV + 0xffd, S2_W, VEC_GP, 0);
	gpr[HV_RBX] = 0xffc;
	assert_int_equal(do_exit(touch(DEV + 0xffc, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0xffc, 4, 0);
	assert_false(answer(0));
	CODE_IS(0x89, 0x03);
	ds->attr = 0x97 | HV_ATTR_DB; /* grows down: above the limit */
	faults(DEV + 0xffc, S2_W, VEC_GP, 0);
	gpr[HV_RBX] = 0xfffffffd;
	faults(DEV + 0xffd, S2_W, VEC_GP, 0);
	gpr[HV_RBX] = 0x1000;
	assert_int_equal(do_exit(touch(DEV + 0x1000, S2_W)), EXIT_LEAVE);
	assert_false(answer(0));
	CODE_IS(0x89, 0x03);
	ds->attr = 0x91 | HV_ATTR_DB; /* read-only */
	gpr[HV_RBX] = 0;
	faults(DEV, S2_W, VEC_GP, 0);
	ds->attr = HV_ATTR_UNUSABLE;
	faults(DEV, S2_W, VEC_GP, 0);
	CODE_IS(0x2e, 0x8b, 0x03); /* mov %cs:(%ebx), %eax */
	hw->sregs.seg[HV_CS].attr = 0x99 | HV_ATTR_DB | HV_ATTR_G; /* may only be executed */
	faults(DEV, S2_R, VEC_GP, 0);
	CODE_IS(0x89, 0x45, 0x00); /* mov %eax, (%ebp) */
	gpr[HV_RBP] = 0x2000;
	ss->base = DEV;
	ss->limit = 0x1fff;
	faults(DEV + 0x2000, S2_W, VEC_SS, 0);
	CODE_IS(0x8f, 0x03); /* pop (%ebx): the stack's limit, then the operand's */
	gpr[HV_RSP] = 0x1ffe;
	faults(DEV, S2_W, VEC_SS, 0);
	end();
}

static void strings_stop_at_limits(void **state)
{
	(void)state;
	start(false);
	CODE_IS(0xf3, 0xaa); /* rep stosb */
	gpr[HV_RAX] = 0x5a;
	gpr[HV_RCX] = 3;
	gpr[HV_RDI] = DEV;
	hw->sregs.seg[HV_ES].limit = DEV;
	assert_int_equal(do_exit(touch(DEV, S2_W)), EXIT_LEAVE);
	wants_write(DEV, 1, 0x5a);
	assert_int_equal(v->hv.regs.rip, CODE);
	assert_true(v->hv.regs.rflags & RF); /* a breakpoint on it does not fire again */
	assert_false(answer(0));
	faults(DEV + 1, S2_W, VEC_GP, 0);
	assert_int_equal(gpr[HV_RCX], 2);
	end();
}

static void not_canonical(void **state)
{
	(void)state;
	start_long(false);
	CODE_IS(0x48, 0xa5); /* movsq: the destination is looked at behind the source */
	gpr[HV_RSI] = 0x400000;
	gpr[HV_RDI] = 0x7ffffffffff9;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	wants_read(DEV, 8);
	assert_false(answer(1));
	assert_int_equal(v->ev.exception.vector, VEC_GP);
	assert_int_equal(v->hv.regs.rip, CODE);
	CODE_IS(0xff, 0x33); /* push (%rbx) */
	gpr[HV_RBX] = 0x400000;
	gpr[HV_RSP] = 0xffff800000000004;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_false(answer(1));
	assert_int_equal(v->ev.exception.vector, VEC_SS);
	assert_int_equal(gpr[HV_RSP], 0xffff800000000004);
	/* With 57 bits of addresses the same place is fine, but not mapped. */
	CODE_IS(0x48, 0xa5);
	gpr[HV_RDI] = 0x7ffffffffff9;
	hw->sregs.cr4 |= CR4_LA57;
	entry(PML4, 0, 0x14000 | PRESENT | WRITABLE | USER);
	entry(0x14000, 0, PDPT | PRESENT | WRITABLE | USER);
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_false(answer(1));
	assert_int_equal(v->ev.exception.vector, VEC_PF);
	end();
}

/* The other operand's page tables: who may do what, by ring, with the error codes. */
static void rights(void **state)
{
	for (u32 user = 0; user < 2; user++) {
		u32 u = user ? 4 : 0;

		(void)state;
		start_long(user);
		CODE_IS(0xa4); /* movsb */
		gpr[HV_RSI] = BUF;
		gpr[HV_RDI] = PAGED + 0x1005;
		page_faults(DEV + 5, S2_W, PAGED + 0x1005, 3 | u);
		gpr[HV_RDI] = PAGED + 0x2005;
		page_faults(DEV + 5, S2_W, PAGED + 0x2005, 2 | u);
		gpr[HV_RSI] = PAGED + 0x2007;
		page_faults(DEV + 5, S2_W, PAGED + 0x2007, 0 | u);
		gpr[HV_RSI] = BUF;
		gpr[HV_RDI] = PAGED + 0x3005;
		if (user) {
			page_faults(DEV + 5, S2_W, PAGED + 0x3005, 3 | u);
		} else {
			assert_int_equal(do_exit(touch(DEV + 5, S2_W)), EXIT_LEAVE);
			assert_false(answer(0));
		}
		end();
	}
	start_long(false);
	CODE_IS(0xa4);
	hw->sregs.cr0 &= ~CR0_WP; /* ring 0 writes where it likes */
	gpr[HV_RSI] = BUF;
	gpr[HV_RDI] = PAGED + 0x1005;
	assert_int_equal(do_exit(touch(DEV + 5, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 5, 1, 0);
	assert_false(answer(0));
	CODE_IS(0xa4);
	hw->sregs.cr0 |= CR0_WP;
	hw->sregs.cr4 |= CR4_SMAP;
	entry(PD, 0, LARGE | PRESENT | WRITABLE);
	gpr[HV_RSI] = PAGED + 0x4000;
	gpr[HV_RDI] = PAGED + 0x3005;
	page_faults(DEV + 5, S2_W, PAGED + 0x4000, 1);
	v->hv.regs.rflags |= AC;
	assert_int_equal(do_exit(touch(DEV + 5, S2_W)), EXIT_LEAVE);
	assert_false(answer(0));
	end();
}

static u64 entry_now(u64 table, u32 index)
{
	u64 value;

	memcpy(&value, fake_ram(vm, table + 8 * index), sizeof(value));
	return value & 0x60; /* accessed, dirty */
}

/* The guest's tables say afterwards what was read and written; a fault leaves them alone. */
static void accessed_and_dirty(void **state)
{
	const u64 read_only = PRESENT | USER;

	(void)state;
	start_long(false);
	CODE_IS(0xa4); /* movsb, from the device to RAM */
	gpr[HV_RSI] = PAGED;
	gpr[HV_RDI] = PAGED + 0x4000;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_int_equal(entry_now(PT, 4), 0);
	assert_false(answer(0x77));
	assert_int_equal(*fake_ram(vm, BUF), 0x77);
	assert_int_equal(entry_now(PT, 0), 0x20);
	assert_int_equal(entry_now(PT, 4), 0x60);
	assert_int_equal(entry_now(PD, 3), 0x20);
	assert_int_equal(entry_now(PML4, 0), 0x20);
	entry(PT, 4, BUF | read_only);
	CODE_IS(0xa4);
	gpr[HV_RDI] = PAGED + 0x4000;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_false(answer(0x78));
	assert_int_equal(v->ev.exception.vector, VEC_PF);
	assert_int_equal(entry_now(PT, 4), 0);
	end();
	/* 32-bit tables. */
	start(false);
	fake_ram_write(vm, PML4, (u32[]){PT | 7}, 4);
	fake_ram_write(vm, PT, (u32[]){DEV | 7, CODE | 7, 0, BUF | 7}, 16);
	hw->sregs.cr0 |= CR0_PG;
	hw->sregs.cr3 = PML4;
	CODE_IS(0xa4);
	gpr[HV_RSI] = 0;
	gpr[HV_RDI] = 0x3000;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_false(answer(0x79));
	assert_memory_equal(fake_ram(vm, PT), ((u32[]){DEV | 0x27, CODE | 7, 0, BUF | 0x67}), 16);
	assert_memory_equal(fake_ram(vm, PML4), ((u32[]){PT | 0x27}), 4);
	end();
}

/* An access over two pages, the second of which is not there: nothing happens at all. */
static void second_page(void **state)
{
	(void)state;
	start_long(true);
	CODE_IS(0x89, 0x03);
	gpr[HV_RBX] = PAGED + 0x1ffe;
	entry(PT, 1, DEV | PRESENT | WRITABLE | USER);
	page_faults(DEV + 0xffe, S2_W, PAGED + 0x2000, 6);
	end();
}

static void alignment(void **state)
{
	(void)state;
	start_long(true);
	CODE_IS(0x89, 0x03);
	gpr[HV_RBX] = 0x400002;
	v->hv.regs.rflags |= AC;
	hw->sregs.cr0 |= CR0_AM;
	faults(DEV + 2, S2_W, VEC_AC, 0);
	hw->sregs.seg[HV_SS].attr &= ~0x60u; /* not in ring 0 */
	hw->sregs.seg[HV_CS].attr &= ~0x60u;
	assert_int_equal(do_exit(touch(DEV + 2, S2_W)), EXIT_LEAVE);
	assert_false(answer(0));
	end();
}

UNIT_MAIN(T(segments), T(strings_stop_at_limits), T(not_canonical), T(rights),
	  T(accessed_and_dirty), T(second_page), T(alignment))
