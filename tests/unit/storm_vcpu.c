/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A storm against KVM_RUN: one host thread kicks or interrupts, another runs a vCPU, and no kick
 * and no interrupt may be lost, wherever it comes: on the way into the guest, in it, on the way
 * out, in HLT's sleep, while the vCPU's thread is moved to another CPU.
 * LINK: vmm/mce.c vmm/exit_mmio.c vmm/mmio_access.c vmm/emul_fpu.c vmm/emul/alu.c vmm/emul/bit.c
 * LINK: vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c vmm/emul/op_table.c
 * LINK: vmm/emul/operand.c vmm/emul/mul.c vmm/emul/stack.c vmm/emul/vector.c vmm/emul/string.c
 * LINK: api/kvm_irqchip.c api/kvm_pit.c api/kvm_clock.c vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c
 * LINK: vmm/irq/pit.c vmm/irq/pit_count.c vmm/irq/pit_io.c vmm/irq/routing.c vmm/dirty_log.c
 * LINK: api/kvm_dirty.c api/kvm_enable_cap.c api/kvm_ioctl.c api/kvm_caps.c api/kvm_system.c
 * LINK: api/kvm_vm.c api/kvm_vcpu.c api/kvm_vcpu_regs.c api/kvm_vcpu_sregs.c api/kvm_msrs.c
 * LINK: api/kvm_vcpu_cpuid.c api/kvm_vcpu_fpu.c api/kvm_vcpu_events.c vmm/apic_base.c
 * LINK: vmm/clock.c vmm/cpuid.c vmm/cpuid_supported.c vmm/cr.c vmm/emul/insn_len.c
 * LINK: vmm/event_raise.c vmm/events.c vmm/exit.c vmm/exit_cr.c vmm/exit_error.c
 * LINK: vmm/exit_insn.c vmm/exit_io.c vmm/exit_io_string.c vmm/exit_simple.c vmm/fault.c
 * LINK: vmm/fetch.c vmm/guest_mem.c vmm/irq/irqchip.c vmm/irq/lapic.c vmm/irq/lapic_icr.c
 * LINK: vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c vmm/irq/lapic_reg.c vmm/irq/lapic_state.c
 * LINK: vmm/irq/lapic_timer.c vmm/irq/pic.c vmm/irq/pic_io.c vmm/linear.c vmm/memslot.c
 * LINK: vmm/msr.c vmm/msr_table.c vmm/mtrr.c vmm/request.c vmm/run.c vmm/run_page.c vmm/vcpu.c
 * LINK: vmm/vcpu_state.c vmm/vm.c vmm/walk.c arch/x86/hv/hv_thread.c core/fault.c
 * LINK: core/quiesce.c core/time.c core/timer.c core/thread.c core/sched.c core/runqueue.c
 * LINK: core/wake.c core/waitq.c core/mutex.c mm/aspace.c mm/aspace_change.c mm/aspace_remap.c
 * LINK: mm/aspace_fault.c mm/region.c mm/backing.c mm/chunks.c mm/stage2.c mm/stage2_map.c
 * LINK: mm/stage2_change.c mm/stage2_flush.c mm/frame.c mm/memmap.c mm/slab.c
 * LINK: tests/fake/fake_host.c tests/fake/host.c tests/fake/fake_panic.c
 * LINK: tests/fake/fake_log.c
 * LINK: tests/fake/fake_mm.c tests/fake/fake_random.c tests/fake/fake_cpuid.c
 * LINK: tests/fake/fake_vmm.c
 * LINK: arch/x86/hv/hv_reset.c
 */
#include "fake_vmm.h"

#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/percpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv_thread.h"
#include "core/sched.h"
#include "storm_kit.h"
#include "vmm/irq/lapic.h"

#define VECTOR 0x40
#define REG_EOI 0xb0
#define REG_SVR 0xf0
#define SVR_ON 0x1ff
#define IF 0x200ULL

enum { CPUS = 3 };

/* What a storm consists of. */
static const struct storm {
	const char *what;
	u64 rounds;
	u32 halts;	/* of 100 entries so many end in HLT */
	u32 irqs;	/* of 100 rounds so many are interrupts */
	bool moved;	/* the runner changes its CPU */
	u64 least[MOMENTS];	/* what a busy host reaches, too */
} storms[] = {
	{"KVM_RUN, guest that runs", 1000000, 0, 0, false, {200, 200, 1000, 200, 0}},
	{"KVM_RUN, guest that halts", 200000, 70, 0, false, {0, 0, 100, 0, 1000}},
	{"KVM_RUN, interrupts and kicks", 200000, 50, 60, false, {0, 0, 100, 0, 1000}},
	{"KVM_RUN, thread that is moved", 60000, 30, 40, true, {0, 0, 100, 0, 1000}},
};

static const struct storm *storm;
static struct vcpu *v;
static struct thread *runner;
static struct hv_thread owner;
static struct moments seen;
static u64 returns, interrupts;	/* [a] told by the runner */
static bool entered, kicked_at_entry, kicked_in_guest; /* the runner's */
static bool stop, stopped;
static volatile bool done;

/*
 * Runs until an interrupt of the host comes, for ever if none does, or a short while: then it
 * leaves by an exit of its own.
 */
static void guest(struct hv_vcpu *hv, struct hv_exit *exit)
{
	struct fake_hw *hw = hv->hw;
	u32 me = this_cpu()->index, kind = fake_draw(100);
	bool own = kind < storm->halts || kind >= 75;

	entered = true;
	entry_takes_time();
	kicked_at_entry = fake_irq_pending(me);
	if (hw->injected.type == HV_EVENT_EXTINT) {
		fake_check(hw->injected.vector == VECTOR, "a vector that nobody sent");
		fake_check(!lapic_reg_write(v->lapic, REG_EOI, 0), "EOI");
		__atomic_fetch_add(&interrupts, 1, __ATOMIC_SEQ_CST);
	}
	kicked_in_guest = fake_run_guest(me, own ? 1 + fake_draw(300) : 0);
	if (kicked_in_guest || READ_ONCE(stop)) {
		return; /* HV_EXIT_INTR */
	}
	if (kind < storm->halts) {
		*exit = (struct hv_exit){.kind = HV_EXIT_HLT, .insn_len = 1};
	} else if (kind % 2) {
		exit->kind = HV_EXIT_NMI; /* done inside the hypervisor */
	} else {
		*exit = (struct hv_exit){
			.kind = HV_EXIT_IO, .insn_len = 2, .io = {.port = 0x80, .size = 1}};
	}
}

static enum moment moment_of_kick(void)
{
	if (v->mp_state == KVM_MP_STATE_HALTED) {
		return IN_WAIT;
	}
	if (!entered) {
		return BEFORE_ENTRY;
	}
	if (kicked_at_entry) {
		return AT_ENTRY;
	}
	return kicked_in_guest ? IN_GUEST : AFTER_EXIT;
}

static void runner_main(void *unused)
{
	(void)unused;
	owner.fpu_live = fpu_alloc();
	while (!READ_ONCE(stop)) {
		s64 result;

		entered = false;
		result = kvm_vcpu_ops.ioctl(&v->obj, &fake_dom, KVM_RUN, 0);
		if (result == -EINTR) {
			seen.count[moment_of_kick()]++;
			if (fake_draw(2)) {
				v->mp_state = KVM_MP_STATE_RUNNABLE; /* else halted as it was */
			}
			__atomic_fetch_add(&returns, 1, __ATOMIC_SEQ_CST);
		} else {
			fake_check(result == 0 && v->run->exit_reason == KVM_EXIT_IO, "exit");
		}
		if (fake_draw(4) == 0) {
			any_delay();
		}
	}
	hv_thread_fpu(&owner, NULL);
	WRITE_ONCE(stopped, true);
}

static void wait_for(const u64 *count, u64 value)
{
	while (__atomic_load_n(count, __ATOMIC_SEQ_CST) != value) {
		fake_relax();
	}
}

static void raise_interrupt(void)
{
	const struct lapic_message m = {.dest = 0, .mode = LAPIC_FIXED, .vector = VECTOR};

	fake_check(lapic_send_message(v->vm, &m) == 1, "the interrupt is taken");
}

/* A kick, an interrupt, or both at once; what was sent has to arrive before the next round. */
static void play_round(u64 *kicks, u64 *sent)
{
	u32 kind = fake_draw(100);
	bool irq = kind < storm->irqs, kick = !irq || kind % 8 == 0;

	any_delay();
	if (storm->moved && fake_draw(8) == 0) {
		fake_check(!sched_set_affinity(runner, BIT(1 + fake_draw(2))), "affinity");
	}
	if (irq) {
		raise_interrupt();
		(*sent)++;
	}
	if (kick) {
		thread_kick(runner);
		(*kicks)++;
	}
	wait_for(&returns, *kicks);
	wait_for(&interrupts, *sent);
	WRITE_ONCE(fake_beats, fake_beats + 1);
}

static void kicker_main(void *unused)
{
	u64 kicks = 0, sent = 0;

	(void)unused;
	for (u64 i = 0; i < storm->rounds; i++) {
		play_round(&kicks, &sent);
	}
	WRITE_ONCE(stop, true);
	while (!READ_ONCE(stopped)) {
		thread_kick(runner);
		fake_pause();
		sched_yield();
	}
	printf("storm: %lu kicks and %lu interrupts, none lost\n", kicks, sent);
	done = true;
}

static void play(const struct storm *s)
{
	struct thread *kicker = fake_thread("kicker", kicker_main, NULL);

	storm = s;
	returns = interrupts = 0;
	seen = (struct moments){{0}};
	done = stop = stopped = false;
	runner = fake_thread("runner", runner_main, NULL);
	runner->owner = &owner;
	runner->hooks = &hv_thread_hooks;
	runner->affinity = BIT(1);
	kicker->affinity = BIT(0);
	thread_start(runner);
	thread_start(kicker);
	arch_kick_cpu(0);
	fake_check(fake_run_random(0, &done, 0), "a kick or an interrupt was lost");
	moments_tell(s->what, &seen, s->least);
}

int main(void)
{
	struct vm *vm;

	fake_vmm_cpus = CPUS;
	fake_vmm_start();
	fake_guest = guest;
	vm = fake_vm(true);
	v = fake_vcpu(vm);
	v->hv.regs.rflags |= IF;
	v->mp_state = KVM_MP_STATE_RUNNABLE;
	fake_check(!lapic_reg_write(v->lapic, REG_SVR, SVR_ON), "local APIC on");
	vcpu_put(v);
	for (u32 i = 0; i < ARRAY_SIZE(storms); i++) {
		play(&storms[i]);
	}
	return 0;
}
