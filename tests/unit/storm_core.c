/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A storm against threads and their sleep: players who pass tokens by wait queues, with and
 * without a time limit, a mutex that all take, and somebody who kicks them all the time; more
 * threads than CPUs, free to be moved. No token, kick or mutex may be lost, nor be seen twice.
 * LINK: core/sched.c core/runqueue.c core/wake.c core/thread.c core/waitq.c core/mutex.c
 * LINK: core/timer.c core/time.c tests/fake/fake_host.c tests/fake/host.c
 * LINK: tests/fake/fake_panic.c
 */
#include <stdio.h>

#include "arch/x86/asm/irq.h"
#include "core/errno.h"
#include "core/mutex.h"
#include "core/sched.h"
#include "core/time.h"
#include "core/waitq.h"
#include "fake_host.h"

enum { CPUS = 3, PLAYERS = 5, TOKENS = 2, PASSES = 150000, KICKS = 2000, TIMEOUTS = 2000 };

static struct player {
	struct waitq q;
	struct thread *thread;
	u32 tokens;	/* [a] */
	u64 kicks;	/* [a] kicks that ended a wait */
} players[PLAYERS];
static struct mutex mutex;
static u64 passes, last_pass;	/* mutex */
static u64 timeouts, kicks_sent;	/* [a] */
static u32 alive = PLAYERS + 1;
static bool over;
static volatile bool done;

static void leave(void)
{
	if (__atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST) == 0) {
		done = true;
	}
}

static bool take_token(void *arg)
{
	struct player *p = arg;
	u32 seen = READ_ONCE(p->tokens);

	if (READ_ONCE(over)) {
		return true;
	}
	while (seen && !__atomic_compare_exchange_n(&p->tokens, &seen, seen - 1, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
	}
	return seen;
}

static void give_token(struct player *p)
{
	__atomic_fetch_add(&p->tokens, 1, __ATOMIC_SEQ_CST);
	waitq_wake(&p->q, 1);
}

/* A token, or the end of all. */
static void wait_for_token(struct player *p)
{
	for (;;) {
		u64 deadline = fake_draw(4) ? WAIT_FOREVER : now_ns() + fake_draw(5000);
		int err = waitq_wait(&p->q, take_token, p, deadline, WAIT_INTERRUPTIBLE);

		if (!err) {
			return;
		}
		if (err == -EINTR) {
			__atomic_fetch_add(&p->kicks, 1, __ATOMIC_SEQ_CST);
		} else {
			fake_check(err == -ETIMEDOUT, "waitq_wait");
			__atomic_fetch_add(&timeouts, 1, __ATOMIC_SEQ_CST);
		}
	}
}

static void count_pass(void)
{
	u64 seen;

	mutex_lock(&mutex);
	seen = passes;
	fake_delay(fake_draw(100));
	passes = seen + 1;
	WRITE_ONCE(fake_beats, passes);
	/* However busy the host is: it goes on until there were enough of all kinds. */
	if (!over && passes >= PASSES && READ_ONCE(kicks_sent) >= KICKS &&
	    READ_ONCE(timeouts) >= TIMEOUTS) {
		last_pass = passes;
		WRITE_ONCE(over, true);
	}
	mutex_unlock(&mutex);
}

static void player_main(void *arg)
{
	struct player *p = arg;

	for (;;) {
		wait_for_token(p);
		if (READ_ONCE(over)) {
			break;
		}
		count_pass();
		give_token(&players[fake_draw(PLAYERS)]);
	}
	for (u32 i = 0; i < PLAYERS; i++) {
		waitq_wake(&players[i].q, UINT32_MAX);
	}
	leave();
}

/* Each kick has to end a wait before the next one, while the game is on. */
static void kicker_main(void *unused)
{
	(void)unused;
	while (!READ_ONCE(over)) {
		struct player *p = &players[fake_draw(PLAYERS)];
		u64 seen = READ_ONCE(p->kicks);

		thread_kick(p->thread);
		WRITE_ONCE(kicks_sent, kicks_sent + 1);
		while (READ_ONCE(p->kicks) == seen && !READ_ONCE(over)) {
			fake_pause();
			sched_yield();
		}
		fake_delay(fake_draw(2000));
	}
	leave();
}

int main(void)
{
	u64 answered = 0;

	fake_smp_boot(CPUS);
	mutex_init(&mutex);
	for (u32 i = 0; i < PLAYERS; i++) {
		waitq_init(&players[i].q);
		players[i].thread = fake_thread("player", player_main, &players[i]);
		thread_start(players[i].thread);
	}
	thread_start(fake_thread("kicker", kicker_main, NULL));
	arch_kick_cpu(0);
	for (u32 i = 0; i < TOKENS; i++) {
		players[i].tokens++;
	}
	fake_check(fake_run_random(0, &done, 0), "a token, a kick or the mutex was lost");
	for (u32 i = 0; i < PLAYERS; i++) {
		answered += players[i].kicks;
	}
	printf("storm: %lu tokens passed, %lu kicks, %lu time-outs\n", passes, answered, timeouts);
	fake_check(passes >= PASSES && passes < last_pass + TOKENS, "tokens");
	fake_check(answered == kicks_sent || answered + 1 == kicks_sent, "kicks");
	fake_check(answered >= KICKS - 1 && timeouts >= TIMEOUTS, "too few of a kind");
	return 0;
}
