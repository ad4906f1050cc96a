/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A storm against a domain: kicks by tgkill of a control vCPU that runs, halts, keeps interrupts
 * off for a while or waits in a call, each of which must become one interrupt or one EINTR; and
 * a futex that is changed and woken while the waiter is kicked and its time runs out.
 * LINK: core/thread.c core/sched.c core/runqueue.c core/wake.c core/waitq.c core/mutex.c
 * LINK: core/timer.c core/time.c core/quiesce.c core/object.c core/fault.c mm/aspace.c
 * LINK: mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c mm/backing.c
 * LINK: mm/chunks.c mm/copy.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c
 * LINK: mm/frame.c mm/memmap.c mm/slab.c arch/x86/hv/hv_thread.c drivers/console.c api/bootfile.c
 * LINK: api/call.c api/calls_domain.c api/calls_file.c api/calls_memory.c api/calls_power.c
 * LINK: api/calls_sched.c api/calls_thread.c api/calls_time.c api/console_handle.c api/domain.c
 * LINK: api/domain_boot.c api/domain_cpuid.c api/domain_crash.c api/domain_exit.c
 * LINK: api/domain_image.c api/domain_run.c api/domain_thread.c api/domain_vcpu.c api/eventfd.c
 * LINK: api/filled.c api/futex.c api/handle.c api/handle_ops.c api/memfd.c api/openat.c
 * LINK: api/ppoll.c api/supervise.c api/text.c api/time_page.c api/timespec.c
 * LINK: tests/fake/fake_host.c tests/fake/host.c tests/fake/fake_panic.c tests/fake/fake_mm.c
 * LINK: tests/fake/fake_random.c tests/fake/fake_hv.c tests/fake/fake_domain.c
 * LINK: tests/fake/fake_runtime.c
 * LINK: arch/x86/hv/hv_reset.c
 */
#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/percpu.h"
#include "core/sched.h"
#include "core/thread.h"
#include "fake_runtime.h"
#include "storm_kit.h"

#define IF 0x200ULL
#define KICK_ROUNDS 300000
#define FUTEX_ROUNDS 150000
#define OUTCOMES_LEAST 1000
/* A word of the runtime's data that nobody changes. */
#define WORD (CORBEL_RUNTIME_BASE + 0x1014)
#define WORD_VALUE 0xdddddddd

static const u64 least_kicks[MOMENTS] = {0, 100, 1000, 100, 1000};

static struct domain_thread *runner;	/* [a] once its first entry has come */
static struct moments seen;
static u64 answers;	/* [a] kicks that the runner has seen */
static bool stop;
static enum moment end_of_guest;	/* how it was left the last time */
static bool waiting;			/* by a call that only a kick ends */

static void wait_for(const u64 *count, u64 value)
{
	while (__atomic_load_n(count, __ATOMIC_SEQ_CST) != value) {
		fake_relax();
	}
}

/* ---- kicks of a control vCPU ---- */

static void hypercall(struct hv_vcpu *hv, struct hv_exit *exit, u64 number, u64 rdi, u64 rdx)
{
	hv->regs.gpr[HV_RAX] = number | CORBEL_CALL_RUNTIME;
	hv->regs.gpr[HV_RDI] = rdi;
	hv->regs.gpr[HV_RSI] = FUTEX_WAIT;
	hv->regs.gpr[HV_RDX] = rdx;
	hv->regs.gpr[HV_R10] = 0;
	exit->kind = HV_EXIT_HYPERCALL;
	exit->call.kernel64 = true;
}

/* An interrupt, or the end of a wait: a kick has been answered. */
static void look_for_kick(struct hv_vcpu *hv)
{
	bool interrupt = fake_hw(hv)->injected.type == HV_EVENT_EXTINT;
	bool ended = waiting && (s64)hv->regs.gpr[HV_RAX] == -EINTR;

	fake_check(!waiting || ended, "a wait that nobody ended");
	fake_check(!interrupt || hv->regs.rflags & IF, "an interrupt while they are off");
	waiting = false;
	if (interrupt || ended) {
		seen.count[end_of_guest]++;
		__atomic_fetch_add(&answers, interrupt + ended, __ATOMIC_SEQ_CST);
	}
}

/* The guest leaves by itself. */
static void leave(struct hv_vcpu *hv, struct hv_exit *exit)
{
	u32 kind = fake_draw(8);

	end_of_guest = kind < 4 ? IN_WAIT : AFTER_EXIT;
	if (kind < 2) {
		exit->kind = HV_EXIT_HLT;
	} else if (kind < 4) {
		hypercall(hv, exit, NR_futex, WORD, WORD_VALUE);
		waiting = true;
	} else if (kind < 5) {
		hv->regs.rflags &= ~IF;
		exit->kind = HV_EXIT_CPUID;
	} else if (kind < 6) {
		hypercall(hv, exit, NR_sched_yield, 0, 0);
	} else {
		exit->kind = HV_EXIT_NMI;
	}
}

/* Runs until an interrupt of the host comes, for ever if none does, or for a while. */
static void guest(struct hv_vcpu *hv, struct hv_exit *exit)
{
	u32 me = this_cpu()->index;

	look_for_kick(hv);
	if (READ_ONCE(stop)) {
		hypercall(hv, exit, NR_exit_group, 0, 0);
		return;
	}
	smp_store_release(&runner, container_of(hv, struct domain_thread, vcpu));
	end_of_guest = AT_ENTRY;
	entry_takes_time();
	if (fake_irq_pending(me)) {
		return; /* HV_EXIT_INTR */
	}
	end_of_guest = IN_GUEST;
	if (!(hv->regs.rflags & IF)) {
		if (fake_run_guest(me, 1 + fake_draw(300))) {
			return;
		}
		hv->regs.rflags |= IF;
		if (fake_hw(hv)->window) {
			exit->kind = HV_EXIT_WINDOW;
			return;
		}
	}
	if (!fake_run_guest(me, fake_draw(2) * (1 + fake_draw(300)))) {
		leave(hv, exit);
	}
}

static void kicks(void)
{
	struct domain_end *end;
	u64 sent = 0;

	fake_check(!sched_set_affinity(current_thread(), BIT(0)), "affinity");
	fake_check(!domain_boot_start("prog", "", &end), "domain_boot_start");
	while (!smp_load_acquire(&runner)) {
		fake_pause();
		sched_yield();
	}
	fake_check(!sched_set_affinity(&runner->thread, BIT(1)), "affinity");
	(void)fake_enlist(runner->domain);
	while (sent < KICK_ROUNDS) {
		any_delay();
		fake_check(!call(NR_tgkill, runner->domain->id, runner->tid, 10), "tgkill");
		wait_for(&answers, ++sent);
		WRITE_ONCE(fake_beats, fake_beats + 1);
	}
	fake_check(answers == sent, "a kick was answered twice");
	fake_retire();
	WRITE_ONCE(stop, true);
	thread_kick(&runner->thread);
	while (!READ_ONCE(end->gone)) {
		fake_pause();
		sched_yield();
	}
	fake_check(!end->crashed, "the domain has crashed");
	object_put(&end->obj);
}

/* ---- a futex ---- */

enum outcome { WOKEN, CHANGED, INTERRUPTED, TIMED_OUT, OUTCOMES };

static struct domain *dom;
static struct thread *waiter;
static u64 word, acked, outcomes[OUTCOMES];

/* A time-out of up to 2 us, or none. */
static u64 some_timeout(void)
{
	const u64 ts[2] = {0, fake_draw(2000)};

	if (fake_draw(2)) {
		return 0;
	}
	fake_poke(word + 128, ts, sizeof(ts));
	return word + 128;
}

static enum outcome outcome_of(s64 result)
{
	switch (result) {
	case 0:
		return WOKEN;
	case -EAGAIN:
		return CHANGED;
	case -EINTR:
		return INTERRUPTED;
	default:
		fake_check(result == -ETIMEDOUT, "futex");
		return TIMED_OUT;
	}
}

static void waiter_main(void *unused)
{
	u32 last = 0;

	(void)unused;
	fake_check(!sched_set_affinity(current_thread(), BIT(1)), "affinity");
	(void)fake_enlist(dom);
	smp_store_release(&waiter, current_thread());
	while (!READ_ONCE(stop)) {
		s64 result = call(NR_futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, last,
				  some_timeout(), 0, 0);

		__atomic_fetch_add(&outcomes[outcome_of(result)], 1, __ATOMIC_SEQ_CST);
		last = (u32)fake_peek64(word);
		__atomic_store_n(&acked, last, __ATOMIC_SEQ_CST);
		if (fake_draw(4) == 0) {
			any_delay();
		}
	}
	fake_retire();
}

static void set_word(u32 value)
{
	fake_poke(word, &value, sizeof(value));
}

/* How busy the host is decides which outcomes are rare. */
static bool enough_of_each(void)
{
	for (u32 i = 0; i < OUTCOMES; i++) {
		if (__atomic_load_n(&outcomes[i], __ATOMIC_SEQ_CST) < OUTCOMES_LEAST) {
			return false;
		}
	}
	return true;
}

static void futex(void)
{
	u64 woken = 0, kicked = 0;

	fake_check(!sched_set_affinity(current_thread(), BIT(0)), "affinity");
	dom = fake_enter(false, 100);
	word = fake_map(PAGE_SIZE);
	stop = false;
	fake_spawn(waiter_main, NULL);
	while (!smp_load_acquire(&waiter)) {
		fake_pause();
		sched_yield();
	}
	for (u32 i = 1; i <= FUTEX_ROUNDS || !enough_of_each(); i++) {
		any_delay();
		set_word(i);
		woken += (u64)call(NR_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
		if (fake_draw(4) == 0) {
			thread_kick(waiter);
			kicked++;
		}
		wait_for(&acked, i);
		wait_for(&outcomes[INTERRUPTED], kicked);
		WRITE_ONCE(fake_beats, fake_beats + 1);
	}
	WRITE_ONCE(stop, true);
	thread_kick(waiter);
	fake_join();
	fake_check(outcomes[WOKEN] == woken, "as many woken as were waked");
	fake_leave(dom);
}

static void tell_futex(void)
{
	printf("storm: futex: %lu woken, %lu changed, %lu kicked, %lu timed out\n",
	       outcomes[WOKEN], outcomes[CHANGED], outcomes[INTERRUPTED], outcomes[TIMED_OUT]);
	fake_check(enough_of_each(), "too few of an outcome");
}

int main(void)
{
	fake_domain_boot(2);
	fake_runtime_register();
	fake_guest = guest;
	fake_domain_run(kicks);
	moments_tell("control vCPU", &seen, least_kicks);
	fake_domain_run(futex);
	tell_futex();
	return 0;
}
