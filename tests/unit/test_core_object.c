/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/sched.c core/runqueue.c core/wake.c core/thread.c core/waitq.c core/mutex.c */
/* LINK: core/object.c core/timer.c core/time.c tests/fake/fake.c tests/fake/fake_smp.c */
/* LINK: tests/fake/fake_panic.c */
/* References and the reaper: destroyed once, in thread context, before a flush returns. */
#include <string.h>

#include "arch/x86/asm/irq.h"
#include "core/object.h"
#include "core/sched.h"
#include "core/thread.h"
#include "fake.h"
#include "unit.h"

static volatile bool done;
static volatile u32 alive;

static struct object objects[40];
static u32 destroyed[40];

static void destroy(struct object *o)
{
	assert_true(irqs_on());
	assert_int_equal(o->refs, 0);
	destroyed[o - objects]++;
	sched_yield();
}

static const struct object_type type = {.name = "test", .destroy = destroy};

static void user(void *arg)
{
	u64 me = (u64)(uintptr_t)arg;

	for (u32 i = 0; i < 20; i++) {
		object_get(&objects[me * 20 + i]);
		object_put(&objects[me * 20 + i]);
		assert_int_equal(destroyed[me * 20 + i], 0);
		object_put(&objects[me * 20 + i]);
	}
	reaper_flush();
	for (u32 i = 0; i < 20; i++) {
		assert_int_equal(destroyed[me * 20 + i], 1);
	}
	if (--alive == 0) {
		done = true;
	}
}

static void reaping(void **state)
{
	(void)state;
	fake_smp_boot(3); /* once: the reaper never ends */
	thread_start(fake_thread("reaper", reaper_main, NULL));
	for (u32 seed = 1; seed <= 50; seed++) {
		done = false;
		alive = 2;
		memset(destroyed, 0, sizeof(destroyed));
		for (u32 i = 0; i < 40; i++) {
			object_init(&objects[i], &type);
		}
		thread_start(fake_thread("user", user, (void *)0));
		thread_start(fake_thread("user", user, (void *)1));
		if (!fake_run_random(seed, &done, 400000)) {
			fail_msg("seed %u: stuck", seed);
		}
	}
}

static void put_too_often(void **state)
{
	static struct object o;

	(void)state;
	fake_smp_boot(1);
	object_init(&o, &type);
	o.refs = 0;
	assert_true(FAKE_HALTS(object_put(&o)));
	o.refs = 0;
	assert_true(FAKE_HALTS(object_get(&o)));
}

UNIT_MAIN(T(reaping), T(put_too_often))
