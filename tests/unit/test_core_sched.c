/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/sched.c core/runqueue.c core/wake.c core/thread.c core/waitq.c core/mutex.c */
/* LINK: core/timer.c core/time.c core/quiesce.c tests/fake/fake.c tests/fake/fake_smp.c */
/* LINK: tests/fake/fake_panic.c */
/*
 * The real scheduler on fake CPUs: shares by weight, classes, affinity, pre-emption, slices,
 * balance, life and death.
 */
#include <string.h>

#include "arch/x86/asm/percpu.h"
#include "core/errno.h"
#include "core/quiesce.h"
#include "core/runqueue.h"
#include "core/time.h"
#include "core/waitq.h"
#include "fake.h"
#include "unit.h"

#define STEP 100000ULL /* 100 us a round */

static volatile bool stop;
static u64 steps[16];	  /* per spinner */
static u64 on_cpu[16][4]; /* steps per spinner and CPU */

/* Spins: one step a round, reschedules when asked. */
static void spin(void *arg)
{
	u64 me = (u64)(uintptr_t)arg;

	while (!stop) {
		fake_pause();
		steps[me]++;
		on_cpu[me][this_cpu()->index]++;
		cond_resched();
	}
}

static struct thread *spinner(u64 id)
{
	return fake_thread("spin", spin, (void *)(uintptr_t)id);
}

static void boot(u32 cpus)
{
	fake_smp_boot(cpus);
	stop = false;
	memset(steps, 0, sizeof(steps));
	memset(on_cpu, 0, sizeof(on_cpu));
}

static void fair_by_weight(void **state)
{
	static const u32 weights[] = {1024, 1024, 2048, 512};
	struct thread *t[4];
	u64 total = 0;

	(void)state;
	boot(1);
	for (u64 i = 0; i < 4; i++) {
		t[i] = spinner(i);
		t[i]->weight = weights[i];
		thread_start(t[i]);
	}
	fake_rounds(20000, STEP); /* 2 s */
	for (u32 i = 0; i < 4; i++) {
		total += steps[i];
	}
	assert_true(total >= 19990);
	for (u32 i = 0; i < 4; i++) {
		s64 ideal = (s64)(total * weights[i] / 4608);
		s64 off = (s64)steps[i] - ideal;

		/* Within two slices of the ideal. */
		assert_true(off <= 80 && off >= -80);
	}
	assert_true(t[2]->runtime_ns > t[0]->runtime_ns);
}

static void slice_only_when_needed(void **state)
{
	(void)state;
	boot(1);
	thread_start(spinner(0));
	fake_rounds(10, STEP);
	assert_int_equal(timer_next_deadline(), UINT64_MAX); /* tickless alone */
	thread_start(spinner(1));
	fake_rounds(1, STEP);
	fake_rounds(1, STEP);
	assert_int_not_equal(timer_next_deadline(), UINT64_MAX);
	fake_rounds(400, STEP);
	/* Neither runs for longer than a slice and a bit at a time: both have about half. */
	assert_true(steps[0] > 160 && steps[1] > 160);
}

static void realtime_first(void **state)
{
	struct thread *rt, *rt2;

	(void)state;
	boot(1);
	thread_start(spinner(0));
	fake_rounds(20, STEP);
	assert_true(steps[0] > 15);
	rt = spinner(1);
	rt->realtime = true;
	rt2 = spinner(2);
	rt2->realtime = true;
	thread_start(rt);
	thread_start(rt2);
	steps[0] = 0;
	fake_rounds(200, STEP);
	assert_true(steps[0] <= 1);
	assert_true(steps[1] >= 198); /* first in, first out: no time sharing */
	assert_int_equal(steps[2], 0);
}

static void class_changes(void **state)
{
	struct thread *a, *b;

	(void)state;
	boot(1);
	a = spinner(0);
	b = spinner(1);
	thread_start(a);
	thread_start(b);
	fake_rounds(10, STEP);
	sched_set_class(b, true, WEIGHT_DEFAULT); /* queued or running: it has the CPU soon */
	steps[1] = 0;
	fake_rounds(100, STEP);
	assert_true(steps[1] >= 98);
	sched_set_class(b, false, 3 * WEIGHT_DEFAULT);
	b->vruntime_ns = a->vruntime_ns;
	steps[0] = steps[1] = 0;
	fake_rounds(4000, STEP);
	assert_in_range(steps[1], 2800, 3200);
	assert_int_equal(steps[0] + steps[1], 4000);
}

static void yielding(void *arg)
{
	u64 me = (u64)(uintptr_t)arg;

	while (!stop) {
		fake_pause();
		steps[me]++;
		sched_yield();
	}
}

static void yield_alternates(void **state)
{
	(void)state;
	boot(1);
	for (u64 i = 0; i < 3; i++) {
		thread_start(fake_thread("yield", yielding, (void *)(uintptr_t)i));
	}
	fake_rounds(300, STEP);
	for (u32 i = 0; i < 3; i++) {
		assert_in_range(steps[i], 95, 105);
	}
}

static void realtime_yield(void **state)
{
	(void)state;
	boot(1);
	for (u64 i = 0; i < 3; i++) {
		struct thread *t = fake_thread("yield", yielding, (void *)(uintptr_t)i);

		t->realtime = i < 2;
		thread_start(t);
	}
	fake_rounds(100, STEP);
	assert_in_range(steps[0], 48, 52);
	assert_in_range(steps[1], 48, 52);
	assert_int_equal(steps[2], 0); /* a fair thread gets nothing from a real-time one's yield */
}

static void spreads(void **state)
{
	(void)state;
	boot(4);
	for (u64 i = 0; i < 8; i++) {
		thread_start(spinner(i));
	}
	fake_rounds(1000, STEP);
	for (u32 i = 0; i < 8; i++) {
		assert_in_range(steps[i], 440, 560);
	}
}

static void idle_cpu_steals(void **state)
{
	(void)state;
	boot(2);
	fake_cpus[1].cpu.online = false;
	thread_start(spinner(0));
	thread_start(spinner(1));
	fake_rounds(100, STEP);
	assert_in_range(steps[0] + steps[1], 98, 101);
	fake_cpus[1].cpu.online = true; /* nobody wakes: it has to look around by itself */
	arch_kick_cpu(1);
	fake_rounds(100, STEP);
	assert_true(steps[0] + steps[1] > 290);
}

static void affinity(void **state)
{
	struct thread *a, *b;

	(void)state;
	boot(4);
	a = spinner(0);
	b = spinner(1);
	assert_int_equal(sched_set_affinity(a, 1ULL << 20), -EINVAL);
	assert_int_equal(sched_set_affinity(a, 0), -EINVAL);
	assert_int_equal(sched_set_affinity(a, BIT(2)), 0);
	assert_int_equal(sched_set_affinity(b, BIT(2) | BIT(40)),
			 0); /* the offline part is dropped */
	thread_start(a);
	thread_start(b);
	fake_rounds(400, STEP);
	assert_int_equal(steps[0] + steps[1], on_cpu[0][2] + on_cpu[1][2]);
	assert_in_range(steps[0], 150, 250);

	/* The running one and the queued one are both moved off. */
	memset(on_cpu, 0, sizeof(on_cpu));
	assert_int_equal(sched_set_affinity(a, BIT(0) | BIT(1)), 0);
	assert_int_equal(sched_set_affinity(b, BIT(3)), 0);
	fake_rounds(100, STEP);
	assert_true(on_cpu[0][2] <= 1 && on_cpu[1][2] <= 1);
	assert_true(on_cpu[0][0] + on_cpu[0][1] >= 95);
	assert_true(on_cpu[1][3] >= 95);
	assert_int_equal(on_cpu[0][3] + on_cpu[1][0] + on_cpu[1][1], 0);
}

static void move_self(void *arg)
{
	(void)arg;
	for (u64 i = 0; i < 30; i++) {
		u32 target = (u32)(i * 7 % 3);

		assert_int_equal(sched_set_affinity(current_thread(), BIT(target)), 0);
		assert_int_equal(this_cpu()->index, target);
		assert_true(irqs_on());
		fake_pause();
	}
	stop = true;
}

static void affinity_of_self(void **state)
{
	(void)state;
	boot(3);
	thread_start(fake_thread("mover", move_self, NULL));
	thread_start(spinner(1));
	fake_rounds(2000, STEP);
	assert_true(stop);
}

static struct waitq event;
static volatile u32 events, taken;
static u64 woken_at;

static bool have_event(void *arg)
{
	(void)arg;
	return events > taken;
}

static void sleeper(void *arg)
{
	(void)arg;
	while (!stop) {
		if (waitq_wait(&event, have_event, NULL, WAIT_FOREVER, WAIT_INTERRUPTIBLE) == 0) {
			taken++;
			woken_at = now_ns();
		}
	}
}

static void wakeup_preempts(void **state)
{
	struct thread *t;
	u64 at;

	(void)state;
	boot(1);
	waitq_init(&event);
	events = taken = 0;
	t = fake_thread("sleeper", sleeper, NULL);
	thread_start(t);
	fake_rounds(2, STEP);
	assert_int_equal(t->state, THREAD_SLEEPING);
	thread_start(spinner(0));
	thread_start(spinner(1));
	fake_rounds(501, STEP); /* the sleeper falls far behind */
	at = now_ns();
	events++;
	assert_int_equal(waitq_wake(&event, 1), 1);
	assert_true(fake_cpus[0].cpu.need_resched);
	assert_true(t->vruntime_ns + WAKEUP_CREDIT_NS >= fake_cpus[0].cpu.rq.min_vruntime_ns);
	fake_rounds(1, STEP);
	fake_rounds(1, STEP);
	assert_int_equal(taken, 1);
	assert_true(woken_at - at <= STEP);
	/* The credit is bounded: it does not keep the CPU for what it slept. */
	assert_true(fake_cpus[0].cpu.current != t);
}

static void kicks_guest_mode(void **state)
{
	struct thread *s;
	u32 before;

	(void)state;
	boot(2);
	s = spinner(0);
	assert_int_equal(sched_set_affinity(s, BIT(1)), 0);
	thread_start(s);
	fake_rounds(50, STEP);
	before = fake_cpus[1].kicks;
	s->in_guest = true; /* now it would not look at need_resched by itself */
	thread_kick(s);
	assert_int_equal(fake_cpus[1].kicks, before + 1);
	assert_true(s->kicked);
	waitq_init(&event);
	events = taken = 0;
	{
		struct thread *t = fake_thread("rt", sleeper, NULL);

		t->realtime = true;
		assert_int_equal(sched_set_affinity(t, BIT(1)), 0);
		thread_start(t);
		assert_int_equal(fake_cpus[1].kicks, before + 2);
		assert_true(fake_cpus[1].cpu.need_resched);
	}
	s->in_guest = false;
	thread_kick(s); /* running, not in guest mode: nobody to interrupt */
	assert_int_equal(fake_cpus[1].kicks, before + 2);
}

static void short_life(void *arg)
{
	fake_pause();
	*(volatile u32 *)arg += 1;
}

static void parent(void *arg)
{
	for (u32 i = 0; i < 20; i++) {
		struct thread *t = fake_thread("child", short_life, arg);

		thread_start(t);
		thread_join(t);
		assert_int_equal(t->state, THREAD_DEAD);
		assert_false(t->on_cpu);
		memset(t, 0xcc, sizeof(*t)); /* its memory is ours again */
	}
	stop = true;
}

static void life(void **state)
{
	u32 count = 0;

	(void)state;
	for (u32 seed = 1; seed < 30; seed++) {
		boot(3);
		count = 0;
		thread_start(fake_thread("parent", parent, &count));
		assert_true(fake_run_random(seed, &stop, 200000));
		assert_int_equal(count, 20);
	}
}

static u32 outs, ins;
static struct thread *hooked;

static void hook_out(struct thread *t)
{
	assert_ptr_equal(t, hooked);
	assert_false(irqs_on());
	assert_ptr_equal(this_cpu()->current, t);
	outs++;
	assert_int_equal(outs, ins + 1);
}

static void hook_in(struct thread *t)
{
	assert_ptr_equal(t, hooked);
	assert_false(irqs_on());
	assert_ptr_equal(this_cpu()->current, t);
	ins++;
	assert_int_equal(outs, ins);
}

static void hooks_pair(void **state)
{
	static const struct thread_hooks hooks = {hook_out, hook_in};

	(void)state;
	boot(1);
	hooked = spinner(0);
	hooked->hooks = &hooks;
	outs = 1; /* a new thread counts as switched out */
	ins = 0;
	thread_start(hooked);
	thread_start(spinner(1));
	fake_rounds(1000, STEP);
	assert_true(outs > 10);
	assert_true(outs - ins <= 1);
}

static volatile bool in_section, section_open;
static volatile u32 quiesced;

static void section_user(void *arg)
{
	(void)arg;
	while (!stop) {
		bool irqs = section_enter();

		in_section = true;
		for (int i = 0; i < 5; i++) {
			fake_pause();
		}
		in_section = false;
		section_leave(irqs);
		fake_pause();
	}
}

static void quiescer(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 20; i++) {
		while (!in_section) {
			fake_pause();
		}
		section_open = true;
		quiesce();
		quiesced++;
		fake_pause();
	}
	stop = true;
}

/* A section that is open when quiesce() begins has ended when it returns. */
static void grace_period(void **state)
{
	struct thread *u, *q;

	(void)state;
	boot(2);
	quiesced = 0;
	in_section = section_open = false;
	u = fake_thread("section", section_user, NULL);
	q = fake_thread("quiescer", quiescer, NULL);
	assert_int_equal(sched_set_affinity(u, BIT(0)), 0);
	assert_int_equal(sched_set_affinity(q, BIT(1)), 0);
	thread_start(u);
	thread_start(q);
	for (u32 i = 0; i < 5000 && !stop; i++) {
		u32 before = quiesced;
		bool was_open = section_open && in_section;

		fake_rounds(1, 1);
		if (quiesced != before) {
			section_open = false;
		}
		/* While the section of the start is still open, no answer. */
		if (was_open && in_section && section_open) {
			assert_int_equal(quiesced, before);
		}
	}
	assert_true(stop);
	assert_int_equal(quiesced, 20);
}

static void contexts(void **state)
{
	(void)state;
	boot(1);
	might_sleep();
	fake_cpus[0].irqs = false;
	assert_true(FAKE_HALTS(might_sleep()));
	fake_cpus[0].irqs = true;
	fake_cpus[0].cpu.irq_depth = 1;
	assert_true(FAKE_HALTS(might_sleep()));
	fake_cpus[0].cpu.irq_depth = 0;
	/* The idle thread may not sleep. */
	fake_cpus[0].cpu.current->state = THREAD_SLEEPING;
	assert_true(FAKE_HALTS(schedule()));
}

UNIT_MAIN(T(fair_by_weight), T(slice_only_when_needed), T(realtime_first), T(class_changes),
	  T(yield_alternates), T(realtime_yield), T(spreads), T(idle_cpu_steals), T(affinity),
	  T(affinity_of_self), T(wakeup_preempts), T(kicks_guest_mode), T(life), T(hooks_pair),
	  T(grace_period), T(contexts))
