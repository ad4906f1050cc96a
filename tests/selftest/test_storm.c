/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storms: a vCPU that is kicked at any moment for some seconds, of which no kick may be lost, and
 * one whose run page is overwritten by another thread all the time, which may harm nobody.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(count);
GUEST_CODE_OF(halt);
GUEST_CODE_OF(steps);

enum { FEWEST = 200, SECONDS = 8, LOST_SECONDS = 10, WINDOW_NS = 300000, SCRIBBLED_RUNS = 3000 };

static struct kvm_run *run_page;
static atomic_int returns, in_guest, stop, wrong; /* in_guest: of the returns */

/* The idiom of VMMs: whether the signal comes before KVM_RUN or in it, KVM_RUN ends. */
static void on_kick(int number)
{
	(void)number;
	run_page->immediate_exit = 1;
}

static void *runner(void *argument)
{
	struct guest *guest = argument;

	while (!atomic_load(&stop)) {
		uint64_t before = guest_word(guest, GUEST_RESULT);

		if (ioctl(guest->vcpu[0], KVM_RUN, 0) != -1 || errno != EINTR) {
			atomic_store(&wrong, 1);
			return NULL;
		}
		run_page->immediate_exit = 0;
		atomic_fetch_add(&in_guest, guest_word(guest, GUEST_RESULT) != before);
		atomic_fetch_add(&returns, 1);
	}
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

/* A random time, in which also a single CPU is the runner's. */
static void pause_shortly(void)
{
	static uint64_t x = 88172645463325252u;
	struct timespec time = { 0 };

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	time.tv_nsec = x % WINDOW_NS;
	nanosleep(&time, NULL);
}

/* Whether one kick ended one KVM_RUN. */
static int kick(pthread_t thread)
{
	int seen = atomic_load(&returns);
	double start = seconds();

	pthread_kill(thread, SIGUSR1);
	do {
		pause_shortly();
		if (atomic_load(&wrong) || seconds() - start > LOST_SECONDS) {
			return 0;
		}
	} while (atomic_load(&returns) == seen);
	return 1;
}

static enum result storm(struct guest *guest, const char *what)
{
	struct kvm_regs regs;
	struct sigaction action = { .sa_handler = on_kick };
	double start = seconds();
	pthread_t thread;
	int rounds = 0, lost = 0;

	run_page = guest->run[0];
	atomic_store(&returns, 0);
	atomic_store(&in_guest, 0);
	atomic_store(&stop, 0);
	atomic_store(&wrong, 0);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_get_regs(guest, 0, &regs));
	regs.rbx = GUEST_RESULT;
	TRY(guest_set_regs(guest, 0, &regs));
	sigaction(SIGUSR1, &action, NULL);
	CHECK(!pthread_create(&thread, NULL, runner, guest), "pthread_create");
	while (!lost && (rounds < FEWEST || seconds() - start < SECONDS)) {
		lost = !kick(thread);
		rounds++;
	}
	CHECK(!atomic_load(&wrong), "KVM_RUN ended by itself in round %d: exit %u", rounds,
	      run_page->exit_reason);
	CHECK(!lost, "kick %d was lost", rounds);
	atomic_store(&stop, 1);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	run_page->immediate_exit = 0;
	printf("storm, %s guest: %d kicks, %d of them while it ran\n", what, rounds,
	       atomic_load(&in_guest));
	return PASSED;
}

static enum result kick_running(struct guest *guest)
{
	LOAD(guest, count);
	TRY(storm(guest, "running") != PASSED);
	CHECK(atomic_load(&in_guest), "no kick came while the guest ran");
	return PASSED;
}

static enum result kick_halted(struct guest *guest)
{
	LOAD(guest, halt);
	return storm(guest, "halted");
}

static void *scribbler(void *argument)
{
	struct guest *guest = argument;
	volatile uint64_t *words = (volatile uint64_t *)guest->run[0];
	uint64_t x = 88172645463325252u;

	while (!atomic_load(&stop)) {
		for (int i = 0; i < guest->run_size / 8; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			/* Mostly zero, so that KVM_RUN often enters. */
			words[i] = x % 8 ? 0 : x;
		}
		sched_yield();
	}
	return NULL;
}

static enum result scribbled(struct guest *guest)
{
	pthread_t thread;
	int ran = 0;

	atomic_store(&stop, 0);
	LOAD(guest, steps);
	TRY(guest_enter_long(guest, 0));
	CHECK(!pthread_create(&thread, NULL, scribbler, guest), "pthread_create");
	for (int i = 0; i < SCRIBBLED_RUNS; i++) {
		int result = ioctl(guest->vcpu[0], KVM_RUN, 0);

		if (result == 0) {
			ran++;
		} else if (errno != EINTR && errno != EINVAL) {
			atomic_store(&stop, 1);
			pthread_join(thread, NULL);
			return failed("KVM_RUN: %s", strerror(errno));
		}
	}
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	CHECK(ran > 0, "no KVM_RUN entered");
	/* The vCPU is as good as before. */
	memset(guest->run[0], 0, guest->run_size);
	ioctl(guest->vcpu[0], KVM_RUN, 0);
	memset(guest->memory + GUEST_RESULT, 0, 0x1000);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	return PASSED;
}

static const struct test rows[] = {
	{ "storm of kicks, running guest", 1, 0, kick_running },
	{ "storm of kicks, halted guest", 1, GUEST_WITH_IRQCHIP, kick_halted },
	{ "run page overwritten by another thread", 1, 0, scribbled },
};

TEST_TABLE(storm_tests, rows);
