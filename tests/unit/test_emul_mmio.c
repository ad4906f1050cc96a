/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exits on device memory through the whole way: fetch, decoding, execution, parts for the VMM, and
 * what an instruction does besides its work: single steps, shadows, flags, giving up. What it must
 * not do is in test_emul_rights.c; tests/fuzz compares the results themselves with a CPU.
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

/* 16 bytes go as two parts, over a page boundary as three. */
static void wide(void **state)
{
	u8 *area;

	(void)state;
	start_long(false);
	area = fpu_area(v->fpu);
	CODE_IS(0x44, 0x0f, 0x10, 0x0b); /* movups (%rbx), %xmm9 */
	gpr[HV_RBX] = 0x400ff7;
	assert_int_equal(do_exit(touch(DEV + 0xff7, S2_R)), EXIT_LEAVE);
	wants_read(DEV + 0xff7, 8);
	assert_true(answer(0x1122334455667788));
	wants_read(DEV + 0xfff, 1);
	assert_true(answer(0x99));
	wants_read(DEV + 0x1000, 7);
	assert_false(answer(0x77aabbccddeeff00));
	assert_int_equal(v->hv.regs.rip, CODE + 4);
	assert_memory_equal(area + 160 + 9 * 16,
			    "\x88\x77\x66\x55\x44\x33\x22\x11\x99\x00\xff\xee\xdd\xcc\xbb\xaa", 16);
	assert_int_equal(area[512], 2);
	CODE_IS(0x66, 0x44, 0x0f, 0xe7, 0x0b); /* movntdq %xmm9, (%rbx) */
	faults(DEV + 0xff7, S2_W, VEC_GP, 0);
	gpr[HV_RBX] = 0x400010;
	assert_int_equal(do_exit(touch(DEV + 0x10, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0x10, 8, 0x1122334455667788);
	assert_true(answer(0));
	wants_write(DEV + 0x18, 8, 0xaabbccddeeff0099);
	assert_false(answer(0));
	assert_int_equal(v->hv.regs.rip, CODE + 5);
	/* In the state of reset a register is 0, whatever the image holds. */
	area[512] = 0;
	CODE_IS(0x44, 0x0f, 0x11, 0x0b); /* movups */
	assert_int_equal(do_exit(touch(DEV + 0x10, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0x10, 8, 0);
	assert_true(answer(0));
	assert_false(answer(0));
	CODE_IS(0xf3, 0x0f, 0x10, 0x03); /* movss (%rbx), %xmm0: the others become 0 */
	assert_int_equal(do_exit(touch(DEV + 0x10, S2_R)), EXIT_LEAVE);
	wants_read(DEV + 0x10, 4);
	assert_false(answer(0x12345678));
	assert_memory_equal(area + 160, "\x78\x56\x34\x12\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(area[160 + 9 * 16], 0);
	CODE_IS(0xf3, 0x0f, 0x10, 0x03);
	hw->sregs.cr0 |= CR0_TS;
	RAISES(touch(DEV + 0x10, S2_R), VEC_NM);
	hw->sregs.cr0 ^= CR0_TS | CR0_EM;
	RAISES(touch(DEV + 0x10, S2_R), VEC_UD);
	end();
}

static void pair(void **state)
{
	(void)state;
	start_long(false);
	CODE_IS(0xf0, 0x48, 0x0f, 0xc7, 0x0f); /* lock cmpxchg16b (%rdi) */
	gpr[HV_RDI] = 0x400020;
	gpr[HV_RAX] = 1;
	gpr[HV_RDX] = 2;
	gpr[HV_RBX] = 3;
	gpr[HV_RCX] = 4;
	for (u32 equal = 0; equal < 2; equal++) {
		assert_int_equal(do_exit(touch(DEV + 0x20, S2_W)), EXIT_LEAVE);
		wants_read(DEV + 0x20, 8);
		assert_true(answer(equal ? 1 : 11));
		wants_read(DEV + 0x28, 8);
		assert_true(answer(2));
		wants_write(DEV + 0x20, 8, equal ? 3 : 11);
		assert_true(answer(0));
		wants_write(DEV + 0x28, 8, equal ? 4 : 2);
		assert_false(answer(0));
		assert_int_equal(gpr[HV_RAX], equal ? 1 : 11);
		assert_int_equal(!!(v->hv.regs.rflags & BIT(6)), equal);
		gpr[HV_RAX] = 1;
		v->hv.regs.rip = CODE;
	}
	gpr[HV_RDI]++;
	faults(DEV + 0x21, S2_W, VEC_GP, 0);
	CODE_IS(0x0f, 0x38, 0xf1, 0x07); /* movbe %eax, (%rdi) */
	gpr[HV_RAX] = 0x11223344;
	assert_int_equal(do_exit(touch(DEV + 0x21, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0x21, 4, 0x44332211);
	assert_false(answer(0));
	CODE_IS(0x0f, 0xae, 0x3f); /* clflush (%rdi): nothing to do */
	RESUMES(touch(DEV + 0x21, S2_R), CODE + 3);
	end();
}

static void single_step(void **state)
{
	(void)state;
	start_long(false);
	CODE_IS(0x89, 0x03);
	gpr[HV_RBX] = 0x400000;
	v->hv.regs.rflags |= TF | RF;
	assert_int_equal(do_exit(touch(DEV, S2_W)), EXIT_LEAVE);
	assert_int_equal(v->ev.exception.vector, VEC_DB);
	assert_int_equal(hw->debug.dr6 & BIT(14), BIT(14));
	assert_int_equal(v->hv.regs.rip, CODE + 2);
	assert_false(v->hv.regs.rflags & RF);
	assert_false(answer(0));
	/* Behind each element of a string. */
	CODE_IS(0xf3, 0xaa);
	gpr[HV_RDI] = 0x400000;
	gpr[HV_RCX] = 2;
	assert_int_equal(do_exit(touch(DEV, S2_W)), EXIT_LEAVE);
	assert_int_equal(v->ev.exception.vector, VEC_DB);
	assert_int_equal(v->hv.regs.rip, CODE);
	assert_false(answer(0));
	/* POPF that sets TF does not trap itself, POPF that clears it does. */
	for (u32 set = 0; set < 2; set++) {
		CODE_IS(0x9d);
		v->hv.regs.rflags = 2 | (set ? 0 : TF);
		gpr[HV_RSP] = 0x400000;
		assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
		wants_read(DEV, 8);
		assert_false(answer(set ? TF : 0));
		assert_int_equal(v->ev.exception.type, set ? HV_EVENT_NONE : HV_EVENT_EXCEPTION);
		assert_int_equal(v->hv.regs.rflags & TF, set ? TF : 0);
		assert_int_equal(v->hv.regs.rip, CODE + 1);
		assert_int_equal(gpr[HV_RSP], 0x400008);
	}
	end();
}

static void shadow(void **state)
{
	(void)state;
	start_long(false);
	for (u32 sti = 0; sti < 2; sti++) {
		CODE_IS(0x89, 0x03);
		gpr[HV_RBX] = 0x400000;
		hw->intr.sti_shadow = sti;
		hw->intr.movss_shadow = !sti;
		hw->intr.nmi_blocked = true;
		assert_int_equal(do_exit(touch(DEV, S2_W)), EXIT_LEAVE);
		assert_false(hw->intr.sti_shadow || hw->intr.movss_shadow);
		assert_true(hw->intr.nmi_blocked);
		assert_false(answer(0));
	}
	/* An instruction that faults or waits for the VMM has not ended it. */
	CODE_IS(0x8b, 0x03);
	hw->intr.sti_shadow = true;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_true(hw->intr.sti_shadow);
	assert_false(answer(0));
	assert_false(hw->intr.sti_shadow);
	end();
}

/* POPF by ring and IOPL; PUSHF shows neither RF nor VM. */
static void flags(void **state)
{
	static const struct {
		u32 cpl, iopl;
		u64 after;
	} cases[] = {
		{0, 0, 0x3202}, {1, 0, 0x0002}, {1, 1, 0x1202}, {3, 3, 0x3202}, {3, 2, 0x2002},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		start_long(false);
		hw->sregs.seg[HV_SS].attr |= cases[i].cpl << 5;
		CODE_IS(0x9d);
		gpr[HV_RSP] = 0x400000;
		v->hv.regs.rflags = 2 | (u64)cases[i].iopl << 12;
		assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
		assert_false(answer(0x33202 | BIT(19) | BIT(20)));
		assert_int_equal(v->hv.regs.rflags, cases[i].after);
		CODE_IS(0x9c);
		gpr[HV_RSP] = 0x400008;
		v->hv.regs.rflags |= RF;
		assert_int_equal(do_exit(touch(DEV, S2_W)), EXIT_LEAVE);
		wants_write(DEV, 8, cases[i].after);
		assert_false(answer(0));
		end();
	}
	start(false);
	hw->sregs.seg[HV_SS].attr |= 0x60;
	CODE_IS(0x9c);
	v->hv.regs.rflags = 2 | BIT(17) | BIT(12); /* virtual-8086 mode, IOPL 1 */
	faults(DEV, S2_W, VEC_GP, 0);
	CODE_IS(0x9d);
	faults(DEV, S2_R, VEC_GP, 0);
	end();
}

/* What cannot be emulated: told to the VMM with its bytes in ring 0, #UD elsewhere. */
static void gives_up(void **state)
{
	(void)state;
	start_long(false);
	for (u32 cpl = 0; cpl < 4; cpl++) {
		CODE_IS(0xd9, 0x03); /* flds (%rbx) */
		gpr[HV_RBX] = 0x400000;
		hw->sregs.seg[HV_SS].attr = 0x93 | cpl << 5;
		if (cpl) {
			RAISES(touch(DEV, S2_R), VEC_UD);
			continue;
		}
		assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
		assert_int_equal(v->run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
		assert_int_equal(v->run->emulation_failure.suberror, KVM_INTERNAL_ERROR_EMULATION);
		assert_int_equal(v->run->emulation_failure.insn_size, 15);
		assert_memory_equal(v->run->emulation_failure.insn_bytes, "\xd9\x03\x90", 3);
		assert_int_equal(v->hv.regs.rip, CODE);
	}
	end();
}

static void odd_fetches(void **state)
{
	u8 long_one[16];

	(void)state;
	start_long(true);
	memset(long_one, 0x66, sizeof(long_one));
	code(long_one, sizeof(long_one));
	faults(DEV, S2_W, VEC_GP, 0); /* longer than 15 bytes */
	/* Over the end of a page. */
	gpr[HV_RBX] = 0x400000;
	fake_ram_write(vm, BUF + 0xffe, "\x89\x83", 2);
	fake_ram_write(vm, BUF + 0x1000, "\x10\x00\x00\x00", 4);
	v->hv.regs.rip = BUF + 0xffe;
	assert_int_equal(do_exit(touch(DEV + 0x10, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0x10, 4, 0);
	assert_false(answer(0));
	assert_int_equal(v->hv.regs.rip, BUF + 0x1004);
	/* The second page is not there. */
	entry(PT, 5, 0);
	v->hv.regs.rip = PAGED + 0x4ffe;
	assert_int_equal(do_exit(touch(DEV + 0x10, S2_W)), EXIT_RESUME);
	assert_int_equal(v->ev.exception.vector, VEC_PF);
	assert_int_equal(hw->sregs.cr2, PAGED + 0x5000);
	assert_int_equal(v->ev.exception.error & ~16u, 4);
	end();
}

static void divide(void **state)
{
	(void)state;
	start_long(false);
	CODE_IS(0xf7, 0x33); /* div (%rbx) */
	gpr[HV_RBX] = 0x400000;
	gpr[HV_RAX] = 100;
	gpr[HV_RDX] = 0;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_false(answer(0));
	assert_int_equal(v->ev.exception.vector, VEC_DE);
	assert_false(v->ev.exception.has_error);
	v->ev.exception.type = HV_EVENT_NONE;
	assert_int_equal(do_exit(touch(DEV, S2_R)), EXIT_LEAVE);
	assert_false(answer(7));
	assert_int_equal(gpr[HV_RAX], 14);
	assert_int_equal(gpr[HV_RDX], 2);
	end();
}

/* 16-bit code: offsets wrap, the segment's base counts, a stack pointer of 16 bits. */
static void real_mode(void **state)
{
	(void)state;
	start(false);
	hw->sregs.cr0 = CR0_ET;
	for (int i = 0; i < HV_SEGS; i++) {
		hw->sregs.seg[i] = (struct hv_segment){0, 0xffff, 0x93, 0};
	}
	hw->sregs.seg[HV_DS].base = DEV;
	hw->sregs.seg[HV_SS].base = DEV;
	CODE_IS(0x66, 0x89, 0x00); /* mov %eax, (%bx,%si) */
	gpr[HV_RBX] = 0xaaaafff0;
	gpr[HV_RSI] = 0xbbbb0020;
	gpr[HV_RAX] = 0x12345678;
	assert_int_equal(do_exit(touch(DEV + 0x10, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0x10, 4, 0x12345678);
	assert_false(answer(0));
	assert_int_equal(v->hv.regs.rip, CODE + 3);
	CODE_IS(0x66, 0x89, 0x00);
	gpr[HV_RSI] = 0x000d;
	faults(DEV + 0xfffd, S2_W, VEC_GP, 0);
	CODE_IS(0x50); /* push %ax */
	gpr[HV_RSP] = 0xcccc0000;
	assert_int_equal(do_exit(touch(DEV + 0xfffe, S2_W)), EXIT_LEAVE);
	wants_write(DEV + 0xfffe, 2, 0x5678);
	assert_false(answer(0));
	assert_int_equal(gpr[HV_RSP], 0xccccfffe);
	end();
}

UNIT_MAIN(T(wide), T(pair), T(single_step), T(shadow), T(flags), T(gives_up), T(odd_fetches),
	  T(divide), T(real_mode))
