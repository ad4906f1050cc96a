/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/timer.c core/time.c tests/fake/fake.c */
/* The deadline queues: order, re-arming, taking out, many against a sorted model, two CPUs. */
#include <stdlib.h>
#include <string.h>

#include "arch/x86/asm/percpu.h"
#include "core/time.h"
#include "core/timer.h"
#include "fake.h"
#include "unit.h"

static u32 fired;

static int setup(void **state)
{
	(void)state;
	fake_reset(2);
	time_init(FAKE_KHZ, 0);
	fake_hooks.timer = timer_interrupt;
	for (u32 i = 0; i < 2; i++) {
		timer_queue_init(&fake_cpus[i].cpu.timers);
	}
	fired = 0;
	return 0;
}

struct probe {
	struct timer timer;
	u32 order; /* the how-many-th to fire; 0: not yet */
	u64 at;
};

static void note(struct timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);

	assert_true(fake_this_cpu()->irq_depth == 1);
	assert_null(t->cpu);
	p->order = ++fired;
	p->at = now_ns();
}

static void order(void **state)
{
	struct probe p[3] = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		timer_init(&p[i].timer, note);
	}
	timer_arm(&p[0].timer, 300);
	assert_int_equal(fake_cpus[0].armed, 300);
	timer_arm(&p[1].timer, 100);
	timer_arm(&p[2].timer, 200);
	assert_int_equal(fake_cpus[0].armed, 100);
	assert_int_equal(timer_next_deadline(), 100);
	fake_advance(99);
	assert_int_equal(fired, 0);
	fake_advance(1);
	assert_int_equal(p[1].order, 1);
	assert_int_equal(fake_cpus[0].armed, 200);
	fake_advance(1000);
	assert_int_equal(p[2].order, 2);
	assert_int_equal(p[0].order, 3);
	assert_int_equal(fake_cpus[0].armed, UINT64_MAX);
	assert_int_equal(timer_next_deadline(), UINT64_MAX);
	/* A past deadline fires at the next interrupt window. */
	timer_arm(&p[0].timer, 5);
	fake_advance(0);
	assert_int_equal(p[0].order, 4);
}

static void cancel_and_rearm(void **state)
{
	struct probe p = {0}, q = {0};

	(void)state;
	timer_init(&p.timer, note);
	timer_init(&q.timer, note);
	assert_false(timer_cancel(&p.timer));
	timer_arm(&p.timer, 100);
	timer_arm(&q.timer, 100);
	assert_true(timer_cancel(&p.timer));
	assert_false(timer_disarm(&p.timer));
	timer_arm(&q.timer, 500); /* later */
	fake_advance(200);
	assert_int_equal(fired, 0);
	timer_arm(&q.timer, 250); /* earlier */
	assert_int_equal(fake_cpus[0].armed, 250);
	fake_advance(50);
	assert_int_equal(q.at, 250);
}

static u32 ticks;

static void periodic(struct timer *t)
{
	if (++ticks < 5) {
		timer_arm(t, t->deadline_ns + 10);
	}
}

static void storm(struct timer *t)
{
	ticks++;
	timer_arm(t, 0); /* always due */
}

static void rearm_in_callback(void **state)
{
	struct timer t, s;

	(void)state;
	ticks = 0;
	timer_init(&t, periodic);
	timer_arm(&t, 10);
	fake_advance(30); /* three are due: caught up at once */
	assert_int_equal(ticks, 3);
	fake_advance(10);
	fake_advance(10);
	assert_int_equal(ticks, 5);
	assert_int_equal(timer_next_deadline(), UINT64_MAX);

	/* One that is always due ends the interrupt at some time, and the hardware fires again. */
	ticks = 0;
	timer_init(&s, storm);
	fake_cpus[0].irqs = false;
	timer_arm(&s, 0);
	timer_interrupt();
	assert_true(ticks > 1 && ticks < 1000);
	assert_int_equal(fake_cpus[0].armed, 0);
	assert_true(timer_disarm(&s));
	fake_cpus[0].irqs = true;
}

static void other_cpu(void **state)
{
	struct probe p = {0};

	(void)state;
	timer_init(&p.timer, note);
	timer_arm(&p.timer, 100);
	fake_set_cpu(1);
	assert_ptr_equal(p.timer.cpu, &fake_cpus[0].cpu);
	timer_arm(&p.timer, 200); /* moves here */
	assert_ptr_equal(p.timer.cpu, &fake_cpus[1].cpu);
	assert_int_equal(fake_cpus[1].armed, 200);
	fake_set_cpu(0);
	fake_advance(150); /* CPU 0 still gets its interrupt, with nothing to do */
	assert_int_equal(fired, 0);
	assert_int_equal(fake_cpus[0].armed, UINT64_MAX);
	assert_true(timer_cancel(&p.timer)); /* from afar */
	fake_set_cpu(1);
	fake_advance(100);
	assert_int_equal(fired, 0);
}

static struct timer moving;

static void rearm_elsewhere(struct timer *t)
{
	ticks++;
	if (ticks == 1) { /* while it runs on CPU 0, CPU 1 arms it */
		assert_int_equal(t->running, 1);
		fake_set_cpu(1);
		timer_arm(t, now_ns());
		timer_interrupt();
		assert_int_equal(t->running, 1);
		fake_set_cpu(0);
	} else {
		assert_int_equal(t->running, 2);
	}
}

static void runs_on_two(void **state)
{
	(void)state;
	ticks = 0;
	timer_init(&moving, rearm_elsewhere);
	timer_arm(&moving, 10);
	fake_advance(10);
	assert_int_equal(ticks, 2);
	assert_int_equal(moving.running, 0);
}

static u32 relaxed;

static void end_callback(void)
{
	relaxed++;
	moving.running = 0;
}

static void cancel_waits(void **state)
{
	(void)state;
	timer_init(&moving, note);
	moving.running = 1; /* as if CPU 1 were in its callback */
	fake_hooks.relax = end_callback;
	relaxed = 0;
	assert_false(timer_disarm(&moving));
	assert_int_equal(relaxed, 0);
	assert_false(timer_cancel(&moving));
	assert_int_equal(relaxed, 1);
}

#define MANY 4000

static void against_model(void **state)
{
	struct probe *p = calloc(MANY, sizeof(*p));
	u64 *model = calloc(MANY, sizeof(*model)); /* deadline; 0: not armed */
	u64 x = 12345;
	u32 expect = 0;

	(void)state;
	for (u32 i = 0; i < MANY; i++) {
		timer_init(&p[i].timer, note);
	}
	for (u32 step = 0; step < 20000; step++) {
		u32 i;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (u32)(x >> 33) % MANY;
		if (x >> 62 == 0) {
			assert_int_equal(timer_cancel(&p[i].timer), model[i] != 0);
			model[i] = 0;
		} else {
			model[i] = now_ns() + 1 + (x >> 40) % 5000;
			timer_arm(&p[i].timer, model[i]);
		}
		if (step % 16 == 0) {
			u64 earliest = UINT64_MAX;

			for (u32 k = 0; k < MANY; k++) {
				p[k].order = 0;
				earliest = model[k] && model[k] < earliest ? model[k] : earliest;
			}
			assert_int_equal(timer_next_deadline(), earliest);
			fired = 0;
			fake_advance((x >> 20) % 100);
			expect = 0;
			for (u32 k = 0; k < MANY; k++) {
				bool due = model[k] && model[k] <= now_ns();

				assert_int_equal(p[k].order != 0, due);
				expect += due;
				model[k] = due ? 0 : model[k];
			}
			assert_int_equal(fired, expect);
		}
	}
	free(p);
	free(model);
}

/* Fired in one go: deadlines never decrease along the order of firing. */
static void sorted(void **state)
{
	struct probe *p = calloc(MANY, sizeof(*p));
	u64 *by_order = calloc(MANY + 1, sizeof(*by_order));
	u64 x = 99;

	(void)state;
	for (u32 i = 0; i < MANY; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		timer_init(&p[i].timer, note);
		timer_arm(&p[i].timer, 1 + (x >> 34) % 1000);
	}
	fake_tsc = 1000;
	while (fired < MANY) { /* a bounded number per interrupt */
		u32 before = fired;

		fake_advance(0);
		assert_true(fired > before);
	}
	for (u32 i = 0; i < MANY; i++) {
		by_order[p[i].order] = p[i].timer.deadline_ns;
	}
	for (u32 i = 2; i <= MANY; i++) {
		assert_true(by_order[i - 1] <= by_order[i]);
	}
	free(p);
	free(by_order);
}

#define TS(name) cmocka_unit_test_setup(name, setup)
UNIT_MAIN(TS(order), TS(cancel_and_rearm), TS(rearm_in_callback), TS(other_cpu), TS(runs_on_two),
	  TS(cancel_waits), TS(against_model), TS(sorted))
