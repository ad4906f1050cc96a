/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exit handlers one by one, with and without an instruction length from the hardware: ports,
 * strings, control and debug registers, stage-2 faults, exceptions, and instructions that
 * change under the exit.
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
#include "exit_kit.h"

static void simple(void **state)
{
	struct kvm_cpuid_entry2 e[] = {
		{.function = 1, .eax = 0x111, .ebx = 0x222, .ecx = 0x333, .edx = 0x444},
	};

	(void)state;
	start(false);
	assert_int_equal(cpuid_set(v, e, 1), 0);
	CODE_IS(0x0f, 0xa2);
	gpr[HV_RAX] = 0xffffffff00000001;
	gpr[HV_RBX] = ~0ULL;
	RESUMES(X(.kind = HV_EXIT_CPUID), CODE + 2);
	assert_int_equal(gpr[HV_RAX], 0x111);
	assert_int_equal(gpr[HV_RBX], 0x222);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_CPUID), CODE);
	CODE_IS(0xf4);
	assert_int_equal(do_exit(X(.kind = HV_EXIT_HLT)), EXIT_LEAVE);
	assert_int_equal(v->hv.regs.rip, CODE + 1);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_HLT), CODE);
	CODE_IS(0x0f, 0x30);
	gpr[HV_RAX] = 0x1234;
	gpr[HV_RDX] = 0x56;
	RESUMES(X(.kind = HV_EXIT_MSR, .msr = {0xc0000102, true}), CODE + 2);
	CODE_IS(0x0f, 0x32);
	gpr[HV_RAX] = gpr[HV_RDX] = ~0ULL;
	RESUMES(X(.kind = HV_EXIT_MSR, .msr = {0xc0000102, false}), CODE + 2);
	assert_int_equal(gpr[HV_RAX], 0x1234);
	assert_int_equal(gpr[HV_RDX], 0x56);
	CODE_IS(0x0f, 0x32);
	RAISES(X(.kind = HV_EXIT_MSR, .msr = {0xdeadbeef, false}), VEC_GP);
	CODE_IS(0x0f, 0x30);
	RAISES(X(.kind = HV_EXIT_MSR, .msr = {0xdeadbeef, true}), VEC_GP);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_MSR, .msr = {0x10, false}), CODE);
	CODE_IS(0x0f, 0x01, 0xc1);
	gpr[HV_RAX] = 9;
	RESUMES(X(.kind = HV_EXIT_HYPERCALL), CODE + 3);
	assert_int_equal((s64)gpr[HV_RAX], -KVM_ENOSYS);
	hw->sregs.seg[HV_SS].attr |= 0x60;
	CODE_IS(0x0f, 0x01, 0xd9);
	RESUMES(X(.kind = HV_EXIT_HYPERCALL), CODE + 3);
	assert_int_equal((s64)gpr[HV_RAX], -EPERM);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_HYPERCALL), CODE);
	CODE_IS(0xf3, 0x90);
	RESUMES(X(.kind = HV_EXIT_PAUSE), CODE + 2);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_PAUSE), CODE);
	RAISES(X(.kind = HV_EXIT_MWAIT), VEC_UD);
	RAISES(X(.kind = HV_EXIT_VIRT_INSN), VEC_UD);
	RAISES(X(.kind = HV_EXIT_RDPMC), VEC_GP);
	CODE_IS(0x0f, 0x08);
	RESUMES(X(.kind = HV_EXIT_INVAL, .inval = {.op = HV_INVD}), CODE + 2);
	CODE_IS(0x0f, 0x09);
	RESUMES(X(.kind = HV_EXIT_INVAL, .inval = {.op = HV_WBINVD}), CODE + 2);
	CODE_IS(0x0f, 0x01, 0x38);
	v->hv.s2_seen = 5;
	RESUMES(X(.kind = HV_EXIT_INVAL, .inval = {.op = HV_INVLPG}), CODE + 3);
	assert_int_equal(v->hv.s2_seen, 0);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_INVAL, .inval = {.op = HV_INVD}), CODE);
	RAISES(X(.kind = HV_EXIT_INVAL, .inval = {.op = HV_INVPCID}), VEC_UD);
	end();
}

static void extended_state(void **state)
{
	(void)state;
	start(false);
	CODE_IS(0x0f, 0x01, 0xd1);
	gpr[HV_RCX] = gpr[HV_RDX] = 0;
	gpr[HV_RAX] = 7;
	RESUMES(X(.kind = HV_EXIT_XCR), CODE + 3);
	assert_int_equal(v->xcr0, 7);
	assert_int_equal(v->hv.guest_xcr0, 7);
	for (u64 value = 0; value < 16; value++) {
		bool good = value == 1 || value == 3 || value == 7;

		CODE_IS(0x0f, 0x01, 0xd1);
		gpr[HV_RAX] = value;
		if (good) {
			RESUMES(X(.kind = HV_EXIT_XCR), CODE + 3);
			assert_int_equal(v->xcr0, value);
		} else {
			RAISES(X(.kind = HV_EXIT_XCR), VEC_GP);
		}
	}
	gpr[HV_RAX] = 7;
	hw->sregs.seg[HV_SS].attr |= 0x60; /* ring 3 */
	RAISES(X(.kind = HV_EXIT_XCR), VEC_GP);
	hw->sregs.seg[HV_SS].attr &= ~0x60u;
	fake_xcr0 = 0xe7;
	gpr[HV_RAX] = 0x27; /* a part of AVX-512 */
	RAISES(X(.kind = HV_EXIT_XCR), VEC_GP);
	gpr[HV_RAX] = 0xe3;
	RAISES(X(.kind = HV_EXIT_XCR), VEC_GP);
	gpr[HV_RAX] = 0xe7;
	RESUMES(X(.kind = HV_EXIT_XCR), CODE + 3);
	CODE_IS(0x0f, 0x01, 0xd1);
	gpr[HV_RCX] = 1;
	RAISES(X(.kind = HV_EXIT_XCR), VEC_GP);
	gpr[HV_RCX] = 0;
	gpr[HV_RDX] = 0x80000000;
	RAISES(X(.kind = HV_EXIT_XCR), VEC_GP);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_XCR), CODE);
	end();
}

static struct hv_exit cr_exit(u8 nr, bool write)
{
	return X(.kind = HV_EXIT_CR, .cr = {.nr = nr, .write = write});
}

static void control_registers(void **state)
{
	(void)state;
	start(false);
	CODE_IS(0x0f, 0x22, 0xc3);	  /* mov cr0, ebx */
	gpr[HV_RBX] = 0xffffffff00000033; /* 32-bit code: the lower half counts */
	RESUMES(cr_exit(0, true), CODE + 3);
	assert_int_equal(hw->sregs.cr0, 0x33);
	gpr[HV_RBX] = CR0_PG; /* PG without PE */
	CODE_IS(0x0f, 0x22, 0xc3);
	RAISES(cr_exit(0, true), VEC_GP);
	CODE_IS(0x0f, 0x20, 0xc1); /* mov ecx, cr0 */
	gpr[HV_RCX] = ~0ULL;
	RESUMES(cr_exit(0, false), CODE + 3);
	assert_int_equal(gpr[HV_RCX], 0x33);
	CODE_IS(0x0f, 0x01, 0xf0); /* lmsw ax: PE stays */
	gpr[HV_RAX] = 0xe;
	RESUMES(cr_exit(0, true), CODE + 3);
	assert_int_equal(hw->sregs.cr0, 0x3f);
	CODE_IS(0x0f, 0x06); /* clts */
	RESUMES(cr_exit(0, true), CODE + 2);
	assert_int_equal(hw->sregs.cr0, 0x37);
	CODE_IS(0x0f, 0x01, 0xe2); /* smsw edx */
	RESUMES(cr_exit(0, false), CODE + 3);
	assert_int_equal(gpr[HV_RDX], 0x37);
	CODE_IS(0x0f, 0x01, 0x30); /* lmsw [eax] */
	assert_int_equal(do_exit(cr_exit(0, true)), EXIT_LEAVE);
	assert_int_equal(v->run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	assert_int_equal(v->run->emulation_failure.ndata, 8);
	assert_int_equal(v->run->emulation_failure.insn_bytes[2], 0x30);
	end();
}

static void other_control_registers(void **state)
{
	(void)state;
	start(false);
	CODE_IS(0x0f, 0x20, 0xd6); /* mov esi, cr2 */
	hw->sregs.cr2 = 0x777;
	RESUMES(cr_exit(2, false), CODE + 3);
	assert_int_equal(gpr[HV_RSI], 0x777);
	CODE_IS(0x0f, 0x22, 0xd8); /* mov cr3, eax */
	gpr[HV_RAX] = 0x5000;
	v->hv.s2_seen = 9;
	RESUMES(cr_exit(3, true), CODE + 3);
	assert_int_equal(hw->sregs.cr3, 0x5000);
	assert_int_equal(v->hv.s2_seen, 0);
	CODE_IS(0x0f, 0x20, 0xdf);
	RESUMES(cr_exit(3, false), CODE + 3);
	assert_int_equal(gpr[HV_RDI], 0x5000);
	CODE_IS(0x0f, 0x22, 0xe0); /* mov cr4, eax */
	gpr[HV_RAX] = CR4_PAE | CR4_PGE;
	v->hv.s2_seen = 9;
	RESUMES(cr_exit(4, true), CODE + 3);
	assert_int_equal(hw->sregs.cr4, CR4_PAE | CR4_PGE);
	assert_int_equal(v->hv.s2_seen, 0);
	gpr[HV_RAX] = CR4_VMXE;
	CODE_IS(0x0f, 0x22, 0xe0);
	RAISES(cr_exit(4, true), VEC_GP);
	CODE_IS(0xf0, 0x0f, 0x22, 0xc0); /* lock mov cr0 = cr8 */
	gpr[HV_RAX] = 9;
	RESUMES(cr_exit(8, true), CODE + 4);
	assert_int_equal(v->cr8, 9);
	CODE_IS(0xf0, 0x0f, 0x20, 0xc2);
	RESUMES(cr_exit(8, false), CODE + 4);
	assert_int_equal(gpr[HV_RDX], 9);
	CODE_IS(0xf0, 0x0f, 0x22, 0xc0);
	gpr[HV_RAX] = 16;
	RAISES(cr_exit(8, true), VEC_GP);
	CODE_IS(0x0f, 0x22, 0xc8); /* cr1 */
	RAISES(cr_exit(1, true), VEC_GP);
	CODE_IS(0x90);
	RESUMES(cr_exit(0, true), CODE);
	/* As decoded by the hardware. */
	gpr[HV_RBP] = 0x31;
	RESUMES(X(.kind = HV_EXIT_CR, .insn_len = 3,
		  .cr = {.nr = 0, .write = true, .decoded = true, .gpr = HV_RBP}),
		CODE + 3);
	assert_int_equal(hw->sregs.cr0, 0x31);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_CR, .insn_len = 2,
		  .cr = {.write = true, .clts = true, .decoded = true}),
		CODE + 2);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_CR, .insn_len = 4,
		  .cr = {.write = true, .lmsw = true, .decoded = true, .lmsw_value = 8}),
		CODE + 4);
	assert_int_equal(hw->sregs.cr0, 0x39);
	end();
}

static struct hv_exit dr_exit(bool write)
{
	return X(.kind = HV_EXIT_DR, .dr = {.write = write});
}

static void debug_registers(void **state)
{
	(void)state;
	start(false);
	CODE_IS(0x0f, 0x23, 0xd8); /* mov dr3, eax */
	gpr[HV_RAX] = 0x1234;
	RESUMES(dr_exit(true), CODE + 3);
	assert_int_equal(hw->debug.dr[3], 0x1234);
	CODE_IS(0x0f, 0x21, 0xda);
	RESUMES(dr_exit(false), CODE + 3);
	assert_int_equal(gpr[HV_RDX], 0x1234);
	CODE_IS(0x0f, 0x23, 0xe0); /* dr4 = dr6 */
	gpr[HV_RAX] = 0xffffffff;
	RESUMES(dr_exit(true), CODE + 3);
	assert_int_equal(hw->debug.dr6, 0xffffefff);
	CODE_IS(0x0f, 0x23, 0xe8); /* dr5 = dr7 */
	RESUMES(dr_exit(true), CODE + 3);
	assert_int_equal(hw->debug.dr7, 0xffff2fff);
	CODE_IS(0x0f, 0x21, 0xf1); /* dr6 */
	RESUMES(dr_exit(false), CODE + 3);
	assert_int_equal(gpr[HV_RCX], 0xffffefff);
	CODE_IS(0x0f, 0x21, 0xf9);
	RESUMES(dr_exit(false), CODE + 3);
	assert_int_equal(gpr[HV_RCX], 0xffff2fff);
	hw->sregs.cr4 = CR4_DE;
	CODE_IS(0x0f, 0x23, 0xe0);
	RAISES(dr_exit(true), VEC_UD);
	hw->sregs.seg[HV_CS].attr = 0x9b | HV_ATTR_L;
	CODE_IS(0x0f, 0x23, 0xf8);
	gpr[HV_RAX] = 1ULL << 32;
	RAISES(dr_exit(true), VEC_GP);
	CODE_IS(0x44, 0x0f, 0x23, 0xc0); /* dr8 */
	RAISES(dr_exit(true), VEC_UD);
	CODE_IS(0x90);
	RESUMES(dr_exit(true), CODE);
	gpr[HV_R9] = 0x55;
	RESUMES(X(.kind = HV_EXIT_DR, .insn_len = 4,
		  .dr = {.nr = 1, .write = true, .decoded = true, .gpr = HV_R9}),
		CODE + 4);
	assert_int_equal(hw->debug.dr[1], 0x55);
	end();
}

static void stage2_faults(void **state)
{
	struct kvm_userspace_memory_region ro = {1, KVM_MEM_READONLY, 0x10000000, 0x1000,
						 FAKE_RAM_AT};
	struct kvm_userspace_memory_region none = {2, 0, 0x20000000, 0x1000, 0x10000};

	(void)state;
	start(false);
	assert_int_equal(memslot_set(vm, &ro), 0);
	assert_int_equal(memslot_set(vm, &none), 0);
	CODE_IS(0x90);
	RESUMES(X(.kind = HV_EXIT_S2_FAULT, .s2 = {.gpa = GPA(0x5123), .access = S2_W}), CODE);
	RESUMES(X(.kind = HV_EXIT_S2_FAULT, .s2 = {.gpa = GPA(0x10000000), .access = S2_R}), CODE);
	assert_int_equal(
		do_exit(X(.kind = HV_EXIT_S2_FAULT, .raw_reason = 48, .raw_qualification = 3,
			  .s2 = {.gpa = GPA(0x10000000), .access = S2_W})),
		EXIT_LEAVE);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	assert_int_equal(v->run->emulation_failure.suberror, KVM_INTERNAL_ERROR_EMULATION);
	assert_int_equal(v->run->emulation_failure.flags, 1);
	assert_int_equal(v->run->emulation_failure.insn_size, 15);
	assert_int_equal(v->run->emulation_failure.insn_bytes[0], 0x90);
	assert_int_equal(v->run->internal.data[3], 48);
	assert_int_equal(v->run->internal.data[4], 3);
	assert_int_equal(v->run->emulation_failure.ndata, 10);
	assert_int_equal(v->run->internal.data[8], 0x10000000);
	assert_int_equal(v->run->internal.data[9], S2_W);
	/* Bytes given by the hardware. */
	assert_int_equal(
		do_exit(X(.kind = HV_EXIT_S2_FAULT, .insn_bytes_len = 2, .insn_bytes = {0x88, 0x07},
			  .s2 = {.gpa = GPA(0x40000000), .access = S2_W})),
		EXIT_LEAVE);
	assert_int_equal(v->run->emulation_failure.insn_size, 2);
	assert_int_equal(v->run->emulation_failure.insn_bytes[0], 0x88);
	/* Code where no memory is: no bytes. */
	v->hv.regs.rip = 0x40000000;
	assert_int_equal(do_exit(X(.kind = HV_EXIT_S2_FAULT,
				   .s2 = {.gpa = GPA(0x40000000), .access = S2_X})),
			 EXIT_LEAVE);
	assert_int_equal(v->run->emulation_failure.flags, 0);
	assert_int_equal(v->run->emulation_failure.ndata, 8);
	assert_int_equal(v->run->internal.data[6], 0x40000000);
	assert_int_equal(v->run->internal.data[7], S2_X);
	assert_int_equal(do_exit(X(.kind = HV_EXIT_S2_FAULT, .reinject = {.type = HV_EVENT_EXTINT},
				   .s2 = {.gpa = GPA(0x40000000), .access = S2_W})),
			 EXIT_LEAVE);
	assert_int_equal(v->run->internal.suberror, KVM_INTERNAL_ERROR_DELIVERY_EV);
	assert_int_equal(v->run_error, 0);
	assert_int_equal(do_exit(X(.kind = HV_EXIT_S2_FAULT,
				   .s2 = {.gpa = GPA(0x20000123), .access = S2_R})),
			 EXIT_LEAVE);
	assert_int_equal(v->run_error, -EFAULT);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_MEMORY_FAULT);
	assert_int_equal(v->run->memory_fault.gpa, 0x20000000);
	assert_int_equal(v->run->memory_fault.size, 0x1000);
	v->run_error = 0;
	fake_dom.as.quota.limit = fake_dom.as.quota.used;
	assert_int_equal(
		do_exit(X(.kind = HV_EXIT_S2_FAULT, .s2 = {.gpa = GPA(0x3ff000), .access = S2_W})),
		EXIT_LEAVE);
	assert_int_equal(v->run_error, -ENOMEM);
	end();
}

static void exceptions(void **state)
{
	(void)state;
	start(false);
	CODE_IS(0x90);
	RAISES(X(.kind = HV_EXIT_EXCEPTION, .exception = {.vector = VEC_AC, .has_error = true}),
	       VEC_AC);
	assert_true(v->ev.exception.has_error);
	RAISES(X(.kind = HV_EXIT_EXCEPTION, .exception = {.vector = VEC_DB, .info = 0x4001}),
	       VEC_DB);
	/* INT1 in the shadow of MOV SS returns behind itself, and the shadow is over. */
	hw->intr.movss_shadow = true;
	RESUMES(X(.kind = HV_EXIT_EXCEPTION, .insn_len = 1, .exception = {.vector = VEC_DB}),
		CODE + 1);
	assert_false(hw->intr.movss_shadow);
	assert_int_equal(v->ev.exception.vector, VEC_DB);
	v->hv.regs.rip = CODE;
	assert_int_equal(hw->debug.dr6 & 0xf00f, 0x4001);
	RAISES(X(.kind = HV_EXIT_EXCEPTION,
		 .exception = {.vector = VEC_PF, .has_error = true, .error = 6, .info = 0x9000}),
	       VEC_PF);
	assert_int_equal(hw->sregs.cr2, 0x9000);
	assert_int_equal(v->ev.exception.error, 6);
	end();
}

/* Stepping over an instruction. */
static void skipping(void **state)
{
	(void)state;
	start(false);
	v->hv.regs.rip = 0xffffffff;
	v->hv.regs.rflags |= BIT(16);
	hw->intr.sti_shadow = hw->intr.movss_shadow = hw->intr.nmi_blocked = true;
	skip_insn(v, 2);
	assert_int_equal(v->hv.regs.rip, 1); /* EIP wraps */
	assert_int_equal(v->hv.regs.rflags, 2);
	assert_false(hw->intr.sti_shadow || hw->intr.movss_shadow);
	assert_true(hw->intr.nmi_blocked);
	hw->sregs.seg[HV_CS].attr = 0x9b | HV_ATTR_L;
	v->hv.regs.rip = 0xffffffff;
	skip_insn(v, 2);
	assert_int_equal(v->hv.regs.rip, 0x100000001);
	v->hv.regs.rflags |= TF;
	skip_insn(v, 2);
	assert_int_equal(v->ev.exception.vector, VEC_DB);
	assert_true(hw->debug.dr6 & BIT(14));
	end();
}

/*
 * An instruction that crosses into another page, one that is too long, and the memory of the
 * last one.
 */
static void fetching(void **state)
{
	u8 prefixes[16];

	(void)state;
	start(false);
	memset(prefixes, 0x66, sizeof(prefixes));
	fake_ram_write(vm, CODE + 0xffd, (u8[]){0x66, 0x66, 0x0f, 0xa2}, 4);
	v->hv.regs.rip = CODE + 0xffd;
	RESUMES(X(.kind = HV_EXIT_CPUID), CODE + 0x1001);
	fake_ram_write(vm, CODE, prefixes, 16);
	v->hv.regs.rip = CODE;
	RAISES(X(.kind = HV_EXIT_CPUID), VEC_GP);
	/* The last page of the RAM: what follows is no memory. */
	fake_ram_write(vm, 0x3ffffe, (u8[]){0x66, 0x0f}, 2);
	v->hv.regs.rip = 0x3ffffe;
	v->ev.exception.type = HV_EVENT_NONE;
	RESUMES(X(.kind = HV_EXIT_CPUID), 0x3ffffe);
	assert_int_equal(v->ev.exception.type, HV_EVENT_NONE);
	for (u32 i = 0; i < 3; i++) { /* the second time from memory */
		CODE_IS(0x0f, 0xa2);
		RESUMES(X(.kind = HV_EXIT_CPUID), CODE + 2);
		RESUMES(X(.kind = HV_EXIT_CPUID), CODE + 2);
		v->hv.regs.rip = CODE;
		RESUMES(X(.kind = HV_EXIT_HLT), CODE);
	}
	end();
}

UNIT_MAIN(T(simple), T(extended_state), T(control_registers), T(other_control_registers),
	  T(debug_registers), T(stage2_faults), T(exceptions), T(skipping), T(fetching))
