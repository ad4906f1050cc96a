/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raising, merging, injecting, collecting: the order of delivery, windows, what comes again,
 * double and triple faults.
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

#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/msr.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/pic.h"
#include "vmm/msr.h"

#define IF 0x200ULL

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

/*
 * Injects, and answers what the hardware got: type * 256 + vector, 0: nothing. It is delivered
 * unless again.
 */
static u32 inject(void)
{
	u32 got;

	hw->injected.type = HV_EVENT_NONE;
	events_inject(v);
	got = hw->injected.type ? hw->injected.type * 256u + hw->injected.vector : 0;
	return got;
}

static void collect(struct hv_event interrupted)
{
	struct hv_exit exit = {.kind = HV_EXIT_INTR, .reinject = interrupted};

	events_collect(v, &exit);
}

static u32 deliver(void)
{
	u32 got = inject();

	collect((struct hv_event){.type = HV_EVENT_NONE});
	return got;
}

#define EXC(vec) (HV_EVENT_EXCEPTION * 256 + (vec))
#define INT(vec) (HV_EVENT_EXTINT * 256 + (vec))
#define NMI (HV_EVENT_NMI * 256 + 2)

static void merging(void **state)
{
	/* first, second -> what comes: a vector, 8 for #DF, 0xff triple fault */
	static const u8 rows[][3] = {
		{VEC_UD, VEC_GP, VEC_GP}, {VEC_GP, VEC_UD, VEC_UD}, {VEC_GP, VEC_GP, 8},
		{VEC_DE, VEC_NP, 8},	  {VEC_TS, VEC_SS, 8},	    {VEC_GP, VEC_PF, VEC_PF},
		{VEC_PF, VEC_PF, 8},	  {VEC_PF, VEC_GP, 8},	    {VEC_PF, VEC_UD, VEC_UD},
		{VEC_DB, VEC_PF, VEC_PF}, {VEC_DF, VEC_GP, 0xff},   {VEC_DF, VEC_PF, 0xff},
		{VEC_DF, VEC_DF, 0xff},	  {VEC_DF, VEC_UD, VEC_UD}, {VEC_AC, VEC_GP, VEC_GP},
	};

	(void)state;
	start(false);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		v->requests = 0;
		v->ev.exception.type = HV_EVENT_NONE;
		event_exception(v, rows[i][0], true, 7);
		event_exception(v, rows[i][1], true, 5);
		if (rows[i][2] == 0xff) {
			assert_true(vcpu_test_request(v, REQ_TRIPLE_FAULT));
			assert_int_equal(inject(), 0);
		} else {
			assert_false(vcpu_test_request(v, REQ_TRIPLE_FAULT));
			assert_int_equal(inject(), EXC(rows[i][2]));
			assert_int_equal(hw->injected.error, rows[i][2] == 8 ? 0 : 5);
		}
		collect((struct hv_event){.type = HV_EVENT_NONE});
	}
	end();
}

static void state_of_exceptions(void **state)
{
	(void)state;
	start(false);
	v->hv.regs.rflags = 2;
	event_page_fault(v, 0xdeadbeef000, 7);
	assert_int_equal(hw->sregs.cr2, 0xdeadbeef000);
	assert_true(v->hv.regs.rflags & BIT(16)); /* RF of a fault */
	assert_int_equal(deliver(), EXC(VEC_PF));
	v->hv.regs.rflags = 2;
	hw->debug.dr7 = 0x2400;
	event_debug(v, BIT(14));
	assert_true(hw->debug.dr6 & BIT(14));
	assert_int_equal(hw->debug.dr7, 0x400);	   /* GD ends */
	assert_false(v->hv.regs.rflags & BIT(16)); /* a trap */
	assert_int_equal(deliver(), EXC(VEC_DB));
	assert_int_equal(deliver(), 0);
	end();
}

static void order(void **state)
{
	(void)state;
	start(false);
	v->hv.regs.rflags = 2 | IF;
	v->ev.user_irq = 0x41;
	v->ev.nmi_pending = true;
	event_gp(v);
	assert_int_equal(deliver(), EXC(VEC_GP));
	assert_true(hw->nmi_window && hw->window && v->ev.check);
	assert_int_equal(deliver(), NMI);
	assert_false(hw->nmi_window);
	assert_int_equal(deliver(), INT(0x41));
	assert_int_equal(v->ev.user_irq, -1);
	assert_false(hw->window);
	assert_int_equal(deliver(), 0);
	assert_false(v->ev.check);
	end();
}

static void must_wait(void **state)
{
	(void)state;
	start(false);
	v->ev.user_irq = 0x30;
	v->hv.regs.rflags = 2;
	assert_int_equal(deliver(), 0);
	assert_true(hw->window && v->ev.check);
	assert_false(events_can_interrupt(v));
	v->hv.regs.rflags |= IF;
	hw->intr.sti_shadow = true;
	assert_int_equal(deliver(), 0);
	assert_false(events_can_interrupt(v));
	hw->intr.sti_shadow = false;
	hw->intr.movss_shadow = true;
	v->ev.nmi_pending = true;
	assert_int_equal(deliver(), 0);
	assert_true(hw->nmi_window);
	hw->intr.movss_shadow = false;
	hw->intr.nmi_blocked = true;
	assert_true(events_can_interrupt(v));
	assert_int_equal(deliver(), INT(0x30));
	assert_true(hw->nmi_window);
	hw->intr.nmi_blocked = false;
	assert_int_equal(deliver(), NMI);
	assert_false(hw->nmi_window || hw->window);
	end();
}

/* An exit in the middle of a delivery: the same event comes first next time. */
static void comes_again(void **state)
{
	struct hv_event soft = {.type = HV_EVENT_SOFT_INT, .vector = 0x80, .insn_len = 2};

	(void)state;
	start(false);
	v->hv.regs.rflags = 2 | IF;
	v->ev.user_irq = 0x55;
	assert_int_equal(inject(), INT(0x55));
	collect((struct hv_event){.type = HV_EVENT_EXTINT, .vector = 0x55});
	assert_false(events_can_interrupt(v));
	v->ev.user_irq = 0x66;
	assert_int_equal(deliver(), INT(0x55));
	assert_int_equal(deliver(), INT(0x66));
	/* The guest's own INT n was interrupted by an exit. */
	(void)inject();
	collect(soft);
	assert_int_equal(inject(), HV_EVENT_SOFT_INT * 256 + 0x80);
	assert_int_equal(hw->injected.insn_len, 2);
	collect(soft);
	/* Now its delivery faults: the fault is delivered, the INT runs again by itself. */
	event_page_fault(v, 0x1000, 2);
	assert_int_equal(deliver(), EXC(VEC_PF));
	assert_int_equal(deliver(), 0);
	/* An exception whose delivery was interrupted merges with one that is raised meanwhile. */
	(void)inject();
	collect((struct hv_event){.type = HV_EVENT_EXCEPTION, .vector = VEC_PF, .has_error = true});
	event_gp(v);
	assert_int_equal(deliver(), EXC(VEC_DF));
	/* An interrupt whose delivery faults comes after the fault. */
	v->ev.user_irq = 0x77;
	(void)inject();
	collect((struct hv_event){.type = HV_EVENT_EXTINT, .vector = 0x77});
	event_gp(v);
	assert_int_equal(deliver(), EXC(VEC_GP));
	assert_int_equal(deliver(), INT(0x77));
	end();
}

static void chips(void **state)
{
	struct kvm_lapic_state regs;

	(void)state;
	start(true);
	v->hv.regs.rflags = 2 | IF;
	assert_int_equal(
		apic_base_set(v, 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP,
			      true),
		0);
	lapic_get_state(v->lapic, &regs);
	*(u32 *)&regs.regs[0xf0] = 0x1ff;  /* enabled by software */
	*(u32 *)&regs.regs[0x350] = 0x700; /* LINT0 = ExtINT */
	assert_int_equal(lapic_set_state(v->lapic, &regs), 0);
	assert_false(events_has_interrupt(v));
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_FIXED, 0x91, false), 1);
	assert_true(vcpu_test_request(v, REQ_EVENT));
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_FIXED, 0x71, false), 1);
	assert_true(events_has_interrupt(v));
	assert_int_equal(deliver(), INT(0x91));
	assert_int_equal(deliver(), 0); /* lower priority than the one in service */
	assert_int_equal(lapic_msr_write(v->lapic, 0x80b, 0), 0); /* EOI */
	assert_int_equal(deliver(), INT(0x71));
	assert_int_equal(lapic_msr_write(v->lapic, 0x80b, 0), 0);
	/* The PIC comes before the local APIC. */
	pic_write(vm->irqchip->pic, 0x20, 0x11);
	pic_write(vm->irqchip->pic, 0x21, 0x30);
	pic_write(vm->irqchip->pic, 0x21, 4);
	pic_write(vm->irqchip->pic, 0x21, 1);
	pic_write(vm->irqchip->pic, 0x21, 0);
	assert_int_equal(irqchip_set_line(vm->irqchip, 0, 4, true), 1);
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_FIXED, 0x71, false), 1);
	assert_int_equal(deliver(), INT(0x34));
	assert_int_equal(deliver(), INT(0x71));
	end();
}

/* The VMM asks for a window: one is requested, and stays until it is open. */
static void vmm_window(void **state)
{
	(void)state;
	start(false);
	v->want_window = true;
	v->hv.regs.rflags = 2;
	assert_int_equal(deliver(), 0);
	assert_true(hw->window);
	v->want_window = false;
	assert_int_equal(deliver(), 0);
	assert_false(hw->window);
	end();
}

UNIT_MAIN(T(merging), T(state_of_exceptions), T(order), T(must_wait), T(comes_again), T(chips),
	  T(vmm_window))
