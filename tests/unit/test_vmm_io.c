/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port exits: single accesses, strings in every mode, ports of the hypervisor's own chips, memory
 * that faults or goes away.
 * LINK: vmm/mce.c vmm/exit_mmio.c vmm/mmio_access.c
 * LINK: vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/dirty_log.c
 * LINK: vmm/apic_base.c vmm/clock.c vmm/cpuid.c vmm/cpuid_supported.c vmm/cr.c
 * LINK: vmm/emul/insn_len.c vmm/event_raise.c vmm/events.c vmm/exit.c vmm/exit_cr.c
 * LINK: vmm/exit_error.c vmm/exit_insn.c vmm/exit_io.c vmm/exit_io_string.c
 * LINK: vmm/exit_simple.c vmm/fault.c vmm/fetch.c vmm/guest_mem.c vmm/irq/irqchip.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/pic.c vmm/irq/pic_io.c vmm/linear.c vmm/memslot.c vmm/msr.c vmm/msr_table.c
 * LINK: vmm/mtrr.c vmm/request.c vmm/run.c vmm/run_page.c vmm/vcpu.c vmm/vcpu_state.c vmm/vm.c
 * LINK: arch/x86/hv/hv_reset.c
 * LINK: vmm/walk.c arch/x86/hv/hv_thread.c core/fault.c core/quiesce.c core/time.c
 * LINK: core/timer.c mm/aspace.c mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c
 * LINK: mm/region.c mm/backing.c mm/chunks.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c
 * LINK: mm/stage2_flush.c mm/frame.c mm/memmap.c mm/slab.c tests/fake/fake.c
 * LINK: tests/fake/fake_sync.c tests/fake/fake_panic.c tests/fake/fake_log.c
 * LINK: tests/fake/fake_mm.c tests/fake/fake_random.c tests/fake/fake_cpuid.c
 * LINK: tests/fake/fake_vmm.c
 */
#include "exit_kit.h"

static void ports(void **state)
{
	(void)state;
	start(true);
	CODE_IS(0xe6, 0x80);
	gpr[HV_RAX] = 0x11223344;
	assert_int_equal(do_exit(X(.kind = HV_EXIT_IO, .io = {.port = 0x80, .size = 1})),
			 EXIT_LEAVE);
	assert_int_equal(v->hv.regs.rip, CODE + 2);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(v->run->io.direction, KVM_EXIT_IO_OUT);
	assert_int_equal(v->run->io.size, 1);
	assert_int_equal(v->run->io.port, 0x80);
	assert_int_equal(v->run->io.count, 1);
	assert_int_equal(v->run_io[0], 0x44);
	assert_int_equal(v->pending, PENDING_NONE);
	for (u32 size = 1; size <= 4; size *= 2) {
		static const u64 expected[] = {0, 0x11223344556677ef, 0x112233445566cdef, 0,
					       0x89abcdef};

		CODE_IS(0x66, 0xed);
		gpr[HV_RAX] = 0x1122334455667788;
		assert_int_equal(do_exit(X(.kind = HV_EXIT_IO,
					   .io = {.port = 0x70, .size = size, .in = true})),
				 EXIT_LEAVE);
		assert_int_equal(v->hv.regs.rip, CODE);
		memcpy(v->run_io, (u8[]){0xef, 0xcd, 0xab, 0x89}, 4);
		pio_complete(v);
		assert_int_equal(gpr[HV_RAX], expected[size]);
		assert_int_equal(v->hv.regs.rip, CODE + 2);
	}
	/* The PIC answers without the VMM. */
	CODE_IS(0xe6, 0x21);
	gpr[HV_RAX] = 0xa5;
	RESUMES(X(.kind = HV_EXIT_IO, .io = {.port = 0x21, .size = 1}), CODE + 2);
	CODE_IS(0xe4, 0x21);
	gpr[HV_RAX] = 0x7700;
	RESUMES(X(.kind = HV_EXIT_IO, .io = {.port = 0x21, .size = 1, .in = true}), CODE + 2);
	assert_int_equal(gpr[HV_RAX], 0x77a5);
	/* Not the instruction that exited: as if nothing had happened. */
	CODE_IS(0x0f, 0xa2);
	RESUMES(X(.kind = HV_EXIT_IO, .io = {.port = 0x21, .size = 1}), CODE);
	assert_int_equal(v->ev.exception.type, HV_EVENT_NONE);
	end();
}

static struct hv_exit string_exit(bool in, u8 size, u16 port)
{
	return X(.kind = HV_EXIT_IO,
		 .io = {.port = port, .size = size, .in = in, .string = true, .rep = true});
}

static void strings_out(void **state)
{
	(void)state;
	start(true);
	fake_ram_write(vm, BUF, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
	CODE_IS(0xf3, 0x6e);
	gpr[HV_RSI] = BUF;
	gpr[HV_RCX] = 0xffff00000003; /* 32 bits count */
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(v->hv.regs.rip, CODE);
		assert_int_equal(do_exit(string_exit(false, 1, 0x80)), EXIT_LEAVE);
		assert_int_equal(v->run_io[0], i + 1);
		assert_int_equal(v->run->io.count, 1);
	}
	assert_int_equal(v->hv.regs.rip, CODE + 2);
	assert_int_equal(gpr[HV_RSI], BUF + 3);
	assert_int_equal(gpr[HV_RCX], 0);
	CODE_IS(0xf3, 0x6e);
	RESUMES(string_exit(false, 1, 0x80), CODE + 2); /* count 0 */
	/* Backwards, words, without REP, with an override, by 16-bit addresses. */
	v->hv.regs.rflags |= DF;
	CODE_IS(0x66, 0x6f);
	gpr[HV_RSI] = BUF + 6;
	assert_int_equal(do_exit(string_exit(false, 2, 0x80)), EXIT_LEAVE);
	assert_int_equal(v->run_io[0] | v->run_io[1] << 8, 0x0807);
	assert_int_equal(gpr[HV_RSI], BUF + 4);
	assert_int_equal(v->hv.regs.rip, CODE + 2);
	CODE_IS(0x67, 0x64, 0x6e);
	hw->sregs.seg[HV_FS].base = BUF;
	gpr[HV_RSI] = 0xaaaa0000;
	assert_int_equal(do_exit(string_exit(false, 1, 0x80)), EXIT_LEAVE);
	assert_int_equal(v->run_io[0], 1);
	assert_int_equal(gpr[HV_RSI], 0xaaaaffff); /* the upper half stays */
	/* To a port of ours. */
	v->hv.regs.rflags &= ~DF;
	CODE_IS(0x6e);
	gpr[HV_RSI] = BUF;
	RESUMES(string_exit(false, 1, 0x21), CODE + 1);
	/* Limits. */
	CODE_IS(0x6e);
	hw->sregs.seg[HV_DS].limit = BUF - 1;
	RAISES(string_exit(false, 1, 0x80), VEC_GP);
	CODE_IS(0x36, 0x6e);
	hw->sregs.seg[HV_SS].limit = BUF - 1;
	RAISES(string_exit(false, 1, 0x80), VEC_SS);
	/* Memory that is none. */
	hw->sregs.seg[HV_DS].limit = ~0u;
	CODE_IS(0x6e);
	gpr[HV_RSI] = 0x80000000;
	assert_int_equal(do_exit(string_exit(false, 1, 0x80)), EXIT_LEAVE);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	assert_int_equal(v->run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	end();
}

static void strings_in(void **state)
{
	(void)state;
	start(true);
	CODE_IS(0xf3, 0x6c);
	gpr[HV_RDI] = BUF + 0xfff;
	gpr[HV_RCX] = 2;
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(do_exit(string_exit(true, 1, 0x80)), EXIT_LEAVE);
		assert_int_equal(v->pending, PENDING_IO_INS);
		v->run_io[0] = 0x40 + i;
		pio_complete(v);
		assert_int_equal(v->hv.regs.rip, i ? CODE + 2 : CODE);
	}
	assert_int_equal(*fake_ram(vm, BUF + 0xfff), 0x40);
	assert_int_equal(*fake_ram(vm, BUF + 0x1000), 0x41);
	/* Four bytes across two pages. */
	CODE_IS(0x6d);
	gpr[HV_RDI] = BUF + 0xffe;
	assert_int_equal(do_exit(string_exit(true, 4, 0x80)), EXIT_LEAVE);
	memcpy(v->run_io, "\x11\x22\x33\x44", 4);
	pio_complete(v);
	assert_int_equal(*fake_ram(vm, BUF + 0xffe), 0x11);
	assert_int_equal(*fake_ram(vm, BUF + 0x1001), 0x44);
	assert_int_equal(gpr[HV_RDI], BUF + 0x1002);
	/* From a port of ours. */
	CODE_IS(0x6c);
	gpr[HV_RDI] = BUF;
	*fake_ram(vm, BUF) = 0x77;
	RESUMES(string_exit(true, 1, 0x21), CODE + 1);
	assert_int_not_equal(*fake_ram(vm, BUF), 0x77);
	/* The memory goes while the VMM has the port: nothing moves. */
	CODE_IS(0x6c);
	gpr[HV_RDI] = BUF;
	assert_int_equal(do_exit(string_exit(true, 1, 0x80)), EXIT_LEAVE);
	assert_int_equal(aspace_unmap(&fake_dom.as, FAKE_RAM_AT + BUF, PAGE_SIZE), 0);
	pio_complete(v);
	assert_int_equal(v->hv.regs.rip, CODE);
	assert_int_equal(gpr[HV_RDI], BUF);
	gpr[HV_RDI] = 0x80000000;
	assert_int_equal(do_exit(string_exit(true, 1, 0x80)), EXIT_LEAVE);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	end();
}

/*
 * In 64-bit mode with paging: addresses must be canonical, rights are the page's, bases only of
 * FS and GS.
 */
static void strings_long(void **state)
{
	u64 entry = 0x10000 | 7;

	(void)state;
	start(false);
	fake_ram_write(vm, 0x11000, &entry,
		       8); /* PML4 -> PDPT -> PD: 2 MiB identity, user, writable */
	entry = 0x12000 | 7;
	fake_ram_write(vm, 0x10000, &entry, 8);
	entry = 0x80 | 7;
	fake_ram_write(vm, 0x12000, &entry, 8);
	entry = 0x200080 | 3;
	fake_ram_write(vm, 0x12008, &entry, 8); /* the next one: supervisor only */
	hw->sregs.cr0 |= CR0_PG | CR0_WP;
	hw->sregs.cr3 = 0x11000;
	hw->sregs.cr4 = CR4_PAE;
	hw->sregs.efer = EFER_LME | EFER_LMA;
	hw->sregs.seg[HV_CS].attr = 0x9b | HV_ATTR_L;
	fake_ram_write(vm, BUF, "\x99", 1);
	hw->sregs.seg[HV_DS].base = 0x5000; /* ignored */
	CODE_IS(0x6e);
	gpr[HV_RSI] = BUF;
	assert_int_equal(do_exit(string_exit(false, 1, 0x80)), EXIT_LEAVE);
	assert_int_equal(v->run_io[0], 0x99);
	hw->sregs.seg[HV_GS].base = 0x1000;
	CODE_IS(0x65, 0x6e);
	gpr[HV_RSI] = BUF - 0x1000;
	assert_int_equal(do_exit(string_exit(false, 1, 0x80)), EXIT_LEAVE);
	assert_int_equal(v->run_io[0], 0x99);
	CODE_IS(0x6e);
	gpr[HV_RSI] = 1ULL << 47;
	RAISES(string_exit(false, 1, 0x80), VEC_GP);
	gpr[HV_RSI] = 0x400000;
	RAISES(string_exit(false, 1, 0x80), VEC_PF);
	assert_int_equal(hw->sregs.cr2, 0x400000);
	assert_int_equal(v->ev.exception.error, 0);
	CODE_IS(0x6c);
	gpr[HV_RDI] = 0x200000;
	hw->sregs.seg[HV_SS].attr |= 0x60; /* ring 3 */
	RAISES(string_exit(true, 1, 0x80), VEC_PF);
	assert_int_equal(v->ev.exception.error, 7);
	/* The code itself cannot be read any more. */
	entry = 0;
	fake_ram_write(vm, 0x12000, &entry, 8);
	RAISES(string_exit(true, 1, 0x80), VEC_PF);
	assert_int_equal(hw->sregs.cr2, CODE);
	end();
}

UNIT_MAIN(T(ports), T(strings_out), T(strings_in), T(strings_long))
