/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM_RUN against a scripted guest: the order of its steps, kicks at every moment, halting,
 * requests, what the run page tells, and a VMM that scribbles over the run page.
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
#include "core/time.h"
#include "core/timer.h"
#include "vmm/memslot.h"
#include "vmm/msr.h"

#define IF 0x200ULL

static struct vm *vm;
static struct vcpu *v;
static struct fake_hw *hw;

/* The exits the guest makes, one after the other; `at` runs while it is "in the guest". */
static struct step {
	struct hv_exit exit;
	void (*at)(void);
} script[32];
static u32 steps, step;

static void play(struct hv_vcpu *hv, struct hv_exit *exit)
{
	(void)hv;
	if (step == steps) {
		fail_msg("entered once too often");
	}
	assert_int_equal(v->mode, VCPU_IN_GUEST);
	if (script[step].at) {
		script[step].at();
	}
	*exit = script[step++].exit;
}

static void add(struct hv_exit exit, void (*at)(void))
{
	script[steps++] = (struct step){exit, at};
}

static void start(bool chips)
{
	fake_vmm_start();
	vm = fake_vm(chips);
	v = fake_vcpu(vm);
	hw = fake_hw(v);
	steps = step = 0;
	fake_guest = play;
	v->ev.check = false;
}

static void end(void)
{
	assert_int_equal(step, steps);
	assert_int_equal(v->mode, VCPU_OUTSIDE);
	fake_vm_end(vm);
	fake_vmm_end();
}

static const struct hv_exit intr = {.kind = HV_EXIT_INTR};
static const struct hv_exit hlt = {.kind = HV_EXIT_HLT, .insn_len = 1};
static const struct hv_exit in_port = {
	.kind = HV_EXIT_IO, .insn_len = 2, .io = {0x10, 1, true, false, false}};

static int run(void)
{
	int err = vcpu_run(v);

	assert_true(fake_irqs_on());
	assert_null(fake_cpus[0].cpu.running_s2);
	return err;
}

static void simple_exits(void **state)
{
	(void)state;
	start(false);
	v->hv.regs.rip = 0x100;
	v->run->exit_reason = 0xdead;
	add(intr, NULL);
	add((struct hv_exit){.kind = HV_EXIT_NMI}, NULL);
	add((struct hv_exit){.kind = HV_EXIT_TIMER}, NULL);
	add((struct hv_exit){.kind = HV_EXIT_INIT}, NULL);
	add((struct hv_exit){.kind = HV_EXIT_TPR}, NULL);
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_HLT);
	assert_int_equal(v->hv.regs.rip, 0x101);
	assert_true(v->has_run);
	assert_int_equal(v->exits[HV_EXIT_INTR], 1);
	assert_int_equal(v->exits[HV_EXIT_HLT], 1);
	assert_int_equal(v->run->if_flag, 0);
	assert_int_equal(v->run->ready_for_interrupt_injection, 0);
	assert_int_equal(v->run->apic_base, 0xfee00900);
	v->hv.regs.rflags |= IF;
	add((struct hv_exit){.kind = HV_EXIT_SHUTDOWN}, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_SHUTDOWN);
	assert_int_equal(v->run->if_flag, 1);
	assert_int_equal(v->run->ready_for_interrupt_injection, 1);
	/* Another run goes on with the state as it is. */
	add((struct hv_exit){.kind = HV_EXIT_FAIL_ENTRY, .fail = {0x80000021}}, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	assert_int_equal(v->run->fail_entry.hardware_entry_failure_reason, 0x80000021);
	end();
}

static void unexpected_exits(void **state)
{
	static const u8 kinds[] = {HV_EXIT_UNKNOWN, HV_EXIT_S2_MISCONFIG, HV_EXIT_DT_ACCESS,
				   HV_EXIT_KINDS, 255};

	(void)state;
	start(false);
	for (u32 i = 0; i < sizeof(kinds); i++) {
		add((struct hv_exit){.kind = kinds[i], .raw_reason = 77}, NULL);
		assert_int_equal(run(), 0);
		assert_int_equal(v->run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
		assert_int_equal(v->run->internal.suberror,
				 KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON);
		assert_int_equal(v->run->internal.ndata, 2);
		assert_int_equal(v->run->internal.data[0], 77);
	}
	add((struct hv_exit){.kind = HV_EXIT_TASK_SWITCH}, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	end();
}

static void immediate_exit(void **state)
{
	(void)state;
	start(false);
	v->run->exit_reason = 0xdead;
	v->run->immediate_exit = 1;
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->run->exit_reason, 0xdead);
	assert_false(v->has_run);
	/* A pending IN is completed all the same. */
	v->run->immediate_exit = 0;
	v->hv.regs.rip = 0x1004;
	v->hv.regs.gpr[HV_RAX] = 0x1122334455667788;
	add(in_port, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(v->hv.regs.rip, 0x1004);
	v->run_io[0] = 0x5a;
	v->run->immediate_exit = 1;
	v->hv.regs.rip = 0x1500; /* SET_REGS now is lost: the old instruction ends */
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(v->hv.regs.rip, 0x1006);
	assert_int_equal(v->hv.regs.gpr[HV_RAX], 0x112233445566775a);
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->hv.regs.rip, 0x1006); /* once only */
	/* An error of the call leaves the access pending. */
	v->run->immediate_exit = 0;
	add(in_port, NULL);
	assert_int_equal(run(), 0);
	v->run->kvm_dirty_regs = 8;
	assert_int_equal(run(), -EINVAL);
	assert_int_equal(v->pending, PENDING_IO_IN);
	v->run->kvm_dirty_regs = 0;
	v->run->kvm_valid_regs = 1ULL << 63;
	assert_int_equal(run(), -EINVAL);
	v->run->kvm_valid_regs = 0;
	v->run->cr8 = 16;
	assert_int_equal(run(), -EINVAL);
	v->run->cr8 = 7;
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->hv.regs.rip, 0x1009);
	assert_int_equal(v->cr8, 7);
	assert_int_equal(hw->tpr, 7);
	assert_int_equal(v->run->cr8, 7);
	end();
}

static void kick(void)
{
	thread_kick(current_thread());
}

static void request_nmi(void)
{
	u32 before = fake_cpus[0].kicks;

	vcpu_request(v, REQ_NMI);
	assert_int_equal(fake_cpus[0].kicks, before + 1); /* in the guest: an IPI */
}

static void kicks(void **state)
{
	(void)state;
	start(false);
	kick();
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTR);
	assert_false(current_thread()->kicked);
	add(intr, kick);
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTR);
	/* An exit for the VMM comes first, the kick with the next call. */
	add(hlt, kick);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_HLT);
	assert_int_equal(run(), -EINTR);
	current_thread()->must_exit = true;
	assert_int_equal(run(), -EINTR);
	assert_int_equal(run(), -EINTR);
	current_thread()->must_exit = false;
	add(intr, request_nmi);
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	assert_false(v->ev.nmi_pending); /* was injected with the second entry */
	end();
}

static void other_cpu(void)
{
	fake_cpus[0].cpu.need_resched = true;
}

static void reschedules(void **state)
{
	(void)state;
	start(false);
	add(intr, NULL);
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	/*
	 * The fake never clears need_resched: the loop gives way instead of entering, until the
	 * kick.
	 */
	other_cpu();
	assert_int_equal(fake_entries, 2);
	kick();
	assert_int_equal(run(), -EINTR);
	assert_int_equal(fake_entries, 2);
	fake_cpus[0].cpu.need_resched = false;
	/* Taken off the CPU by a sleep: loaded again before the entry. */
	vcpu_put(v);
	vcpu_load(v);
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	end();
}

static void stage2_generation(void **state)
{
	u32 flushes;

	(void)state;
	start(false);
	v->hv.s2_seen = vm->s2.gen;
	add(intr, NULL);
	add(hlt, NULL);
	flushes = hw->flushes;
	assert_int_equal(run(), 0);
	assert_int_equal(hw->flushes, flushes);
	vm->s2.gen++;
	add(intr, NULL);
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(hw->flushes, flushes + 1);
	end();
}

static void halts(void **state)
{
	struct kvm_lapic_state regs;

	(void)state;
	start(true);
	v->hv.regs.rflags |= IF;
	/* Asleep with a kick pending: EINTR, and still halted. */
	add(hlt, kick);
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTR);
	assert_int_equal(v->mp_state, KVM_MP_STATE_HALTED);
	/* An NMI ends it. */
	vcpu_request(v, REQ_NMI);
	add((struct hv_exit){.kind = HV_EXIT_SHUTDOWN}, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->mp_state, KVM_MP_STATE_RUNNABLE);
	/* An interrupt that comes while it goes to sleep. */
	assert_int_equal(apic_base_set(v, 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC, true),
			 0);
	lapic_get_state(v->lapic, &regs);
	*(u32 *)&regs.regs[0xf0] = 0x1ff;
	assert_int_equal(lapic_set_state(v->lapic, &regs), 0);
	add(hlt, NULL);
	add((struct hv_exit){.kind = HV_EXIT_SHUTDOWN}, NULL);
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_FIXED, 0x99, false), 1);
	v->hv.regs.rflags &= ~IF; /* not deliverable before the HLT */
	script[step].at = NULL;
	v->hv.regs.rflags |= IF;
	hw->intr.sti_shadow = true; /* sti; hlt: the shadow ends with the HLT */
	assert_int_equal(run(), 0);
	assert_false(hw->intr.sti_shadow);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_SHUTDOWN);
	/* HLT with interrupts off does not wake for one. */
	v->hv.regs.rflags &= ~IF;
	assert_int_equal(lapic_msr_write(v->lapic, 0x80b, 0), 0);
	assert_int_equal(lapic_deliver(v->lapic, LAPIC_FIXED, 0x99, false), 1);
	add(hlt, kick);
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->mp_state, KVM_MP_STATE_HALTED);
	end();
}

static void other_processors(void **state)
{
	struct vcpu *ap;

	(void)state;
	start(true);
	vcpu_put(v);
	ap = fake_vcpu(vm);
	assert_int_equal(ap->mp_state, KVM_MP_STATE_UNINITIALIZED);
	v = ap;
	hw = fake_hw(v);
	v->run->immediate_exit = 1;
	assert_int_equal(run(), -EINTR);
	v->run->immediate_exit = 0;
	kick();
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTR);
	/* A SIPI without INIT is ignored, then the INIT answers EAGAIN, the SIPI starts it. */
	vcpu_request(v, REQ_TRIPLE_FAULT);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_SHUTDOWN);
	v->sipi_vector = 0x12;
	vcpu_request(v, REQ_SIPI);
	kick();
	assert_int_equal(run(), -EINTR);
	assert_int_equal(v->mp_state, KVM_MP_STATE_UNINITIALIZED);
	v->hv.regs.gpr[HV_RBX] = 5;
	vcpu_request(v, REQ_INIT);
	assert_int_equal(run(), -EAGAIN);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_UNKNOWN);
	assert_int_equal(v->mp_state, KVM_MP_STATE_INIT_RECEIVED);
	assert_int_equal(v->hv.regs.gpr[HV_RBX], 0);
	vcpu_request(v, REQ_SIPI);
	add(hlt, kick);
	assert_int_equal(run(), -EINTR);
	assert_int_equal(hw->sregs.seg[HV_CS].base, 0x12000);
	assert_int_equal(hw->sregs.seg[HV_CS].selector, 0x1200);
	assert_int_equal(v->hv.regs.rip, 1);
	vcpu_load(vm->vcpus[0]);
	end();
}

static void window_for_the_vmm(void **state)
{
	(void)state;
	start(false);
	v->run->request_interrupt_window = 1;
	v->hv.regs.rflags |= IF;
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_IRQ_WINDOW_OPEN);
	assert_int_equal(v->run->ready_for_interrupt_injection, 1);
	assert_int_equal(fake_entries, 0);
	v->hv.regs.rflags &= ~IF;
	add(intr, NULL);
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	assert_true(hw->window);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_HLT);
	v->run->request_interrupt_window = 0;
	add(hlt, NULL);
	assert_int_equal(run(), 0);
	assert_false(hw->window);
	/* With an interrupt waiting itself the window is not the VMM's yet. */
	v->run->request_interrupt_window = 1;
	v->hv.regs.rflags |= IF;
	v->ev.user_irq = 0x31;
	v->ev.check = true;
	add(intr, NULL);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_IRQ_WINDOW_OPEN);
	assert_int_equal(v->ev.user_irq, -1);
	end();
}

static void ends_of_a_vm(void **state)
{
	(void)state;
	start(false);
	event_exception(v, VEC_DF, true, 0);
	event_gp(v);
	v->ev.check = false;
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_SHUTDOWN);
	add((struct hv_exit){.kind = HV_EXIT_EXCEPTION, .exception = {.vector = VEC_MC}}, NULL);
	assert_int_equal(run(), -EIO);
	assert_true(vm->dead);
	v->requests |= 1u << REQ_KILL;
	assert_int_equal(run(), -EIO);
	vm_kill(vm, "twice");
	end();
}

/* Whatever the VMM writes into the run page while the guest runs has no effect on what happens. */
static void scribble(void)
{
	memset(v->run, 0xff, PAGE_SIZE);
	memset(v->run_io, 0xff, PAGE_SIZE);
}

static void run_page_is_read_once(void **state)
{
	(void)state;
	start(false);
	add(in_port, scribble);
	assert_int_equal(run(), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(v->run->io.port, 0x10);
	assert_int_equal(v->run->io.count, 1);
	assert_int_equal(v->run->io.data_offset, 0x1000);
	memset(v->run, 0, PAGE_SIZE);
	v->run->io.size = 77; /* of no interest to the completion */
	v->run->io.port = 99;
	add((struct hv_exit){.kind = HV_EXIT_SHUTDOWN}, scribble);
	assert_int_equal(run(), 0);
	assert_int_equal(v->hv.regs.gpr[HV_RAX] & 0xff, 0xff);
	end();
}

UNIT_MAIN(T(simple_exits), T(unexpected_exits), T(immediate_exit), T(kicks), T(reschedules),
	  T(stage2_generation), T(halts), T(other_processors), T(window_for_the_vmm),
	  T(ends_of_a_vm), T(run_page_is_read_once))
