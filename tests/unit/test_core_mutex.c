/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/sched.c core/runqueue.c core/wake.c core/thread.c core/waitq.c core/mutex.c */
/* LINK: core/timer.c core/time.c tests/fake/fake.c tests/fake/fake_smp.c */
/* LINK: tests/fake/fake_panic.c */
/*
 * Mutexes under hundreds of interleavings: one holder, the longest waiting next, kicks that change
 * nothing, and threads that end while they wait.
 */
#include "tests/unit/wait_kit.h"

static struct mutex mutex;
static volatile bool ready, open_gate;
static struct thread *target;
static volatile u32 inside, order_of[8], passed;

static void locker(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 6; i++) {
		if (i & 1) {
			assert_int_equal(mutex_lock_killable(&mutex), 0);
		} else {
			mutex_lock(&mutex);
		}
		assert_int_equal(++inside, 1);
		assert_true(mutex_held(&mutex));
		fake_pause();
		sched_yield();
		assert_int_equal(inside--, 1);
		mutex_unlock(&mutex);
		assert_false(mutex_held(&mutex));
	}
	finished();
}

static void mutual_exclusion(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= SEEDS; seed++) {
		boot(1 + seed % 4);
		mutex_init(&mutex);
		inside = 0;
		for (u32 i = 0; i < 4; i++) {
			start("locker", locker, NULL);
		}
		if (!fake_run_random(seed, &done, MAX_STEPS)) {
			fail_msg("seed %u: stuck", seed);
		}
		assert_int_equal(mutex.state, 0);
	}
}

static void in_line(void *arg)
{
	order_of[(u64)(uintptr_t)arg] = 0;
	mutex_lock(&mutex);
	order_of[(u64)(uintptr_t)arg] = ++passed;
	mutex_unlock(&mutex);
	finished();
}

/* A kick neither ends its wait nor is it used up; its end does. */
static void dying_waiter(void *arg)
{
	(void)arg;
	assert_int_equal(mutex_lock_killable(&mutex), -EINTR);
	assert_false(mutex_held(&mutex));
	assert_true(kick_test_and_clear());
	finished();
}

/* Keeps its place in the queue, however often it is kicked. */
static void kicked_waiter(void *arg)
{
	assert_int_equal(mutex_lock_killable(&mutex), 0);
	order_of[(u64)(uintptr_t)arg] = ++passed;
	mutex_unlock(&mutex);
	assert_true(kick_test_and_clear());
	finished();
}

static void holder(void *arg)
{
	(void)arg;
	mutex_lock(&mutex);
	ready = true;
	while (!open_gate) {
		fake_pause();
		cond_resched();
	}
	mutex_unlock(&mutex);
	mutex_lock(&mutex); /* who has waited comes first, although nobody of them runs yet */
	order_of[5] = ++passed;
	mutex_unlock(&mutex);
	finished();
}

static void fifo(void **state)
{
	struct thread *kicked;

	(void)state;
	boot(2);
	mutex_init(&mutex);
	open_gate = ready = false;
	passed = 0;
	start("holder", holder, NULL);
	fake_rounds(3, 1000);
	assert_true(ready);
	for (u64 i = 0; i < 3; i++) {
		start("in line", in_line, (void *)(uintptr_t)i);
		fake_rounds(200, 100000);
	}
	target = start("dying", dying_waiter, NULL);
	fake_rounds(200, 100000);
	kicked = start("kicked", kicked_waiter, (void *)3);
	fake_rounds(200, 100000);
	start("in line", in_line, (void *)4);
	fake_rounds(200, 100000);
	for (u32 i = 0; i < 3; i++) {
		thread_kick(target);
		thread_kick(kicked);
		fake_rounds(200, 100000);
		assert_int_equal(alive, 7);
	}
	target->must_exit = true;
	thread_kick(target);
	fake_rounds(200, 100000);
	assert_int_equal(alive, 6);
	open_gate = true;
	fake_rounds(200, 100000);
	assert_true(done);
	for (u32 i = 0; i < 6; i++) {
		assert_int_equal(order_of[i], i + 1);
	}
	assert_int_equal(mutex.state, 0);
}

/* The end of a thread is seen in every window of its wait, and a lock handed to it is not lost. */

enum order { UNLOCK_FIRST, UNLOCK_LAST, UNLOCK_AMID };

static void may_die(void *arg)
{
	(void)arg;
	while (!ready) {
		fake_pause();
		sched_yield();
	}
	if (mutex_lock_killable(&mutex) == 0) {
		passed++;
		mutex_unlock(&mutex);
	}
	assert_false(mutex_held(&mutex));
	finished();
}

static void killer(void *arg)
{
	enum order order = (enum order)(uintptr_t)arg;

	mutex_lock(&mutex);
	ready = true;
	fake_pause();
	if (order == UNLOCK_FIRST) {
		mutex_unlock(&mutex);
	}
	WRITE_ONCE(target->must_exit, true);
	thread_kick(target);
	while (order == UNLOCK_LAST && alive > 1) {
		fake_pause();
		sched_yield();
	}
	if (order != UNLOCK_FIRST) {
		mutex_unlock(&mutex);
	}
	finished();
}

static void death_in_every_window(void **state)
{
	u32 both = 0;

	(void)state;
	for (u32 seed = 1; seed <= SEEDS; seed++) {
		enum order order = seed / 3 % 3;

		boot(1 + seed % 3);
		mutex_init(&mutex);
		ready = false;
		passed = 0;
		target = start("target", may_die, NULL);
		start("killer", killer, (void *)(uintptr_t)order);
		if (!fake_run_random(seed, &done, MAX_STEPS)) {
			fail_msg("seed %u: the end of a thread was lost", seed);
		}
		assert_int_equal(mutex.state, 0);
		assert_true(list_empty(&mutex.waitq.waiters));
		if (order == UNLOCK_AMID) {
			both |= 1u << passed;
		} else {
			assert_int_equal(passed, order == UNLOCK_FIRST);
		}
	}
	assert_int_equal(both, 3);
}

static void wrong_unlock(void **state)
{
	(void)state;
	boot(1);
	mutex_init(&mutex);
	mutex_lock(&mutex);
	assert_true(FAKE_HALTS(mutex_lock(&mutex))); /* twice */
	mutex_unlock(&mutex);
	assert_true(FAKE_HALTS(mutex_unlock(&mutex)));
}

UNIT_MAIN(T(mutual_exclusion), T(fifo), T(death_in_every_window), T(wrong_unlock))
