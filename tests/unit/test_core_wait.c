/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/sched.c core/runqueue.c core/wake.c core/thread.c core/waitq.c */
/* LINK: core/timer.c core/time.c tests/fake/fake.c tests/fake/fake_smp.c */
/* LINK: tests/fake/fake_panic.c */
/*
 * Sleeping and waking under hundreds of interleavings: nothing is lost, nothing runs twice;
 * deadlines, kicks.
 */
#include <string.h>

#include "tests/unit/wait_kit.h"

/* ---- one slot, producers and consumers: a lost wake-up would leave everybody asleep ---- */

static struct waitq not_full, not_empty;
static struct irqlock slot_lock;
static u32 slot; /* 0: empty */
static u32 received[64];

static bool put_slot(void *arg)
{
	bool irqs = irqlock_acquire(&slot_lock);
	bool ok = slot == 0;

	if (ok) {
		slot = *(u32 *)arg;
	}
	irqlock_release(&slot_lock, irqs);
	return ok;
}

static bool get_slot(void *arg)
{
	bool irqs = irqlock_acquire(&slot_lock);
	bool ok = slot != 0;

	if (ok) {
		*(u32 *)arg = slot;
		slot = 0;
	}
	irqlock_release(&slot_lock, irqs);
	return ok;
}

static void producer(void *arg)
{
	u32 base = *(u32 *)arg;

	for (u32 i = 0; i < 10; i++) {
		u32 value = base + i;

		assert_int_equal(waitq_wait(&not_full, put_slot, &value, WAIT_FOREVER,
					    WAIT_UNINTERRUPTIBLE), 0);
		waitq_wake(&not_empty, 1);
	}
	finished();
}

static void consumer(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 10; i++) {
		u32 value = 0;

		assert_int_equal(waitq_wait(&not_empty, get_slot, &value, WAIT_FOREVER,
					    (enum wait_kind)(i % 3)), 0);
		received[value]++;
		waitq_wake(&not_full, 1);
	}
	finished();
}

static void no_lost_wakeup(void **state)
{
	static u32 base[] = {1, 11, 21};

	(void)state;
	for (u32 seed = 1; seed <= SEEDS; seed++) {
		boot(1 + seed % 4);
		waitq_init(&not_full);
		waitq_init(&not_empty);
		slot = 0;
		memset(received, 0, sizeof(received));
		for (u32 i = 0; i < 3; i++) {
			start("producer", producer, &base[i]);
			start("consumer", consumer, NULL);
		}
		if (!fake_run_random(seed, &done, MAX_STEPS)) {
			fail_msg("seed %u: stuck with %u alive", seed, alive);
		}
		for (u32 i = 1; i <= 30; i++) {
			assert_int_equal(received[i], 1);
		}
	}
}

/* ---- kicks: one kick ends exactly one interruptible wait, whenever it comes ---- */

static struct waitq never;
static volatile u32 interrupted;
static volatile bool ready;
static struct thread *target;

static bool is_false(void *arg)
{
	(void)arg;
	return false;
}

static int wait_for_nothing(u64 deadline_ns, enum wait_kind kind)
{
	return waitq_wait(&never, is_false, NULL, deadline_ns, kind);
}

static void kicked_thread(void *arg)
{
	(void)arg;
	ready = true;
	for (u32 i = 0; i < 5; i++) {
		assert_int_equal(wait_for_nothing(WAIT_FOREVER, WAIT_INTERRUPTIBLE), -EINTR);
		assert_false(kick_pending());
		interrupted++;
	}
	finished();
}

static void kicker(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 5; i++) {
		while (interrupted != i || !ready) {
			sched_yield();
			fake_pause();
		}
		thread_kick(target);
	}
	finished();
}

static void kick_in_every_window(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= SEEDS; seed++) {
		boot(1 + seed % 3);
		waitq_init(&never);
		interrupted = 0;
		ready = false;
		alive = 2;
		target = fake_thread("target", kicked_thread, NULL);
		thread_start(target);
		thread_start(fake_thread("kicker", kicker, NULL));
		if (!fake_run_random(seed, &done, MAX_STEPS)) {
			fail_msg("seed %u: a kick was lost after %u", seed, interrupted);
		}
		assert_true(list_empty(&never.waiters));
	}
}

/*
 * The run loop's protocol: in_guest = true, barrier, look; a kick while in guest mode must
 * interrupt.
 */
static void guest_thread(void *arg)
{
	(void)arg;
	ready = true;
	for (u32 i = 0; i < 5; i++) {
		for (;;) {
			u32 before;

			cond_resched();
			irq_disable();
			before = fake_cpus[this_cpu()->index].kicks;
			WRITE_ONCE(current_thread()->in_guest, true);
			smp_mb();
			if (kick_pending() || this_cpu()->need_resched) {
				WRITE_ONCE(current_thread()->in_guest, false);
				irq_enable();
				if (kick_test_and_clear()) {
					break;
				}
				continue;
			}
			/* Inside, until an interrupt that somebody sent. */
			while (fake_cpus[this_cpu()->index].kicks == before) {
				fake_pause();
			}
			WRITE_ONCE(current_thread()->in_guest, false);
			irq_enable();
		}
		interrupted++;
	}
	finished();
}

static void kick_guest_mode(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= SEEDS; seed++) {
		boot(2 + seed % 2);
		interrupted = 0;
		ready = false;
		alive = 2;
		target = fake_thread("guest", guest_thread, NULL);
		thread_start(target);
		thread_start(fake_thread("kicker", kicker, NULL));
		if (!fake_run_random(seed, &done, MAX_STEPS)) {
			fail_msg("seed %u: a kick was lost after %u", seed, interrupted);
		}
	}
}

static void before_sleep(void *arg)
{
	(void)arg;
	thread_kick(current_thread()); /* pending before anything */
	assert_true(kick_pending());
	assert_int_equal(wait_for_nothing(WAIT_FOREVER, WAIT_INTERRUPTIBLE), -EINTR);
	assert_false(kick_pending());

	sleep_prepare(); /* between prepare and sleep */
	thread_kick(current_thread());
	assert_int_equal(sleep_until(WAIT_FOREVER), -EINTR);

	sleep_prepare(); /* woken before it sleeps */
	assert_true(thread_wake(current_thread()));
	assert_int_equal(sleep_until(WAIT_FOREVER), 0);
	sleep_prepare();
	sleep_cancel();
	assert_false(thread_wake(current_thread()));

	/* A kick does not end, nor is it used up by, a wait that may not be interrupted. */
	thread_kick(current_thread());
	assert_int_equal(wait_for_nothing(now_ns() + 5000, WAIT_UNINTERRUPTIBLE), -ETIMEDOUT);
	assert_int_equal(wait_for_nothing(now_ns() + 5000, WAIT_KILLABLE), -ETIMEDOUT);
	assert_true(kick_test_and_clear());

	/* must_exit ends the others, stays, and leaves the kick of a killable one. */
	current_thread()->must_exit = true;
	thread_kick(current_thread());
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(wait_for_nothing(WAIT_FOREVER, WAIT_KILLABLE), -EINTR);
	}
	assert_true(current_thread()->kicked);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(wait_for_nothing(WAIT_FOREVER, WAIT_INTERRUPTIBLE), -EINTR);
		assert_false(current_thread()->kicked);
	}
	assert_int_equal(wait_for_nothing(now_ns() + 5000, WAIT_UNINTERRUPTIBLE), -ETIMEDOUT);
	current_thread()->must_exit = false;
	finished();
}

static void kick_before_sleep(void **state)
{
	(void)state;
	boot(1);
	waitq_init(&never);
	start("t", before_sleep, NULL);
	assert_true(fake_run_random(1, &done, 10000));
}

/* ---- deadlines ---- */

static u64 woke_at[8];

static void timed(void *arg)
{
	u64 i = (u64)(uintptr_t)arg;
	int err = waitq_wait(&never, is_false, NULL, 10000 * (i + 1), (enum wait_kind)(i % 3));

	assert_int_equal(err, -ETIMEDOUT);
	woke_at[i] = now_ns();
	assert_true(woke_at[i] >= 10000 * (i + 1));
	sleep_prepare();
	assert_int_equal(sleep_until(200000 + 1000 * i), -ETIMEDOUT);
	sleep_prepare();
	assert_int_equal(sleep_until(now_ns()), -ETIMEDOUT); /* already past */
	finished();
}

static void deadlines(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= 100; seed++) {
		boot(1 + seed % 4);
		waitq_init(&never);
		for (u64 i = 0; i < 8; i++) {
			start("timed", timed, (void *)(uintptr_t)i);
		}
		assert_true(fake_run_random(seed, &done, MAX_STEPS));
		assert_true(list_empty(&never.waiters));
		for (u32 i = 0; i < arch_cpu_count(); i++) {
			struct timer *left = fake_cpus[i].cpu.timers.root;

			assert_true(!left || left == &fake_cpus[i].cpu.rq.slice);
		}
	}
}

/* ---- several queues, and waiters that are functions ---- */

static struct waitq queues[3];
static volatile bool flags[3];
static u32 notified;

static void on_notify(struct waiter *w)
{
	(void)w;
	notified++;
}

static void poller(void *arg)
{
	u32 rounds = 0;

	(void)arg;
	while (rounds < 9) {
		struct waiter w[3] = {0};
		bool any = false;

		for (u32 i = 0; i < 3; i++) {
			waitq_add(&queues[i], &w[i]);
		}
		sleep_prepare();
		for (u32 i = 0; i < 3; i++) {
			if (flags[i]) {
				flags[i] = false;
				any = true;
				rounds++;
			}
		}
		if (any) {
			sleep_cancel();
		} else {
			assert_int_equal(sleep_until(WAIT_FOREVER), 0);
		}
		for (u32 i = 0; i < 3; i++) {
			waitq_del(&queues[i], &w[i]);
		}
	}
	finished();
}

static void setter(void *arg)
{
	u64 i = (u64)(uintptr_t)arg;

	for (u32 n = 0; n < 3; n++) {
		while (flags[i]) {
			sched_yield();
			fake_pause();
		}
		flags[i] = true;
		waitq_wake(&queues[i], UINT32_MAX);
	}
	finished();
}

static void several_queues(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= SEEDS; seed++) {
		struct waiter hook = {.notify = on_notify};

		boot(1 + seed % 4);
		memset((void *)(uintptr_t)flags, 0, sizeof(flags));
		notified = 0;
		for (u64 i = 0; i < 3; i++) {
			waitq_init(&queues[i]);
			start("setter", setter, (void *)(uintptr_t)i);
		}
		waitq_add(&queues[0], &hook);
		start("poller", poller, NULL);
		if (!fake_run_random(seed, &done, MAX_STEPS)) {
			fail_msg("seed %u: stuck", seed);
		}
		assert_int_equal(notified, 3); /* called at every wake, stays */
		waitq_del(&queues[0], &hook);
		assert_true(list_empty(&queues[0].waiters));
	}
}

static volatile u32 arrived;
static volatile bool open_gate;

static bool is_open(void *arg)
{
	(void)arg;
	return open_gate;
}

static void at_gate(void *arg)
{
	(void)arg;
	arrived++;
	assert_int_equal(waitq_wait(&never, is_open, NULL, WAIT_FOREVER,
				    WAIT_UNINTERRUPTIBLE), 0);
	finished();
}

static void wake_counts(void **state)
{
	(void)state;
	boot(2);
	waitq_init(&never);
	arrived = 0;
	open_gate = false;
	for (u32 i = 0; i < 5; i++) {
		start("gate", at_gate, NULL);
	}
	fake_rounds(20, 1000);
	assert_int_equal(arrived, 5);
	assert_int_equal(waitq_wake(&never, 0), 0);
	open_gate = true;
	assert_int_equal(waitq_wake(&never, 2), 2);
	fake_rounds(20, 1000);
	assert_int_equal(alive, 3);
	assert_int_equal(waitq_wake(&never, 10), 3);
	assert_int_equal(waitq_wake(&never, 10), 0);
	fake_rounds(20, 1000);
	assert_true(done);
}

UNIT_MAIN(T(no_lost_wakeup), T(kick_in_every_window), T(kick_guest_mode), T(kick_before_sleep),
	  T(deadlines), T(several_queues), T(wake_counts))
