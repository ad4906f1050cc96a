/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals as wake-ups, many times: a lost one hangs, a doubled one shows in the sums. Threads that
 * come and go in between use kernel stacks again. The output does not depend on the schedule.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 1000
#define COMERS 300

static pthread_t players[2];
static _Thread_local volatile sig_atomic_t handled;
static atomic_long total;
static sigset_t open_mask;
static unsigned long result_x;
static double result_y;

static void note(int sig)
{
	(void)sig;
	handled++;
	atomic_fetch_add(&total, 1);
}

static void disturb(int sig)
{
	volatile double x = sig;

	x = x * 1.5 + (double)handled;
}

/* Waits for the other's signal, each time in another call, then sends one back. */
static void *play(void *arg)
{
	long me = (long)arg;
	struct timespec ever = {.tv_sec = 1000};

	for (int i = 0; i < ROUNDS; i++) {
		while (handled <= i) {
			if (i % 2) {
				sigsuspend(&open_mask);
			} else {
				ppoll(NULL, 0, &ever, &open_mask);
			}
		}
		pthread_kill(players[!me], SIGUSR1);
	}
	while (me == 0 && handled <= ROUNDS) {
		sigsuspend(&open_mask);
	}
	return (void *)(long)handled;
}

static void *come(void *arg)
{
	return arg;
}

static void *visitors(void *arg)
{
	long sum = 0;

	(void)arg;
	for (long i = 0; i < COMERS; i++) {
		pthread_t t;
		void *result = NULL;

		if (pthread_create(&t, NULL, come, (void *)i) || pthread_join(t, &result)) {
			return (void *)-1;
		}
		sum += (long)result;
	}
	return (void *)sum;
}

/* A thread that spins at ring 3 is interrupted, one that computes loses nothing by it. */
static void *compute(void *arg)
{
	unsigned long x = 1;
	double y = 1;

	(void)arg;
	for (int i = 0; i < 2000000; i++) {
		x = x * 6364136223846793005ul + 1442695040888963407ul;
		y = y * 0.999 + (double)(x >> 60);
	}
	result_x = x;
	result_y = y;
	return NULL;
}

int main(void)
{
	struct sigaction a = {.sa_handler = note, .sa_flags = SA_RESTART};
	struct sigaction other = {.sa_handler = disturb};
	struct timespec pause_time = {.tv_nsec = 200000};
	pthread_t visitor, computer;
	sigset_t block;
	void *result;

	sigemptyset(&open_mask);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &other, NULL);
	pthread_create(&computer, NULL, compute, NULL);
	pthread_sigmask(SIG_BLOCK, &block, NULL);
	for (long i = 0; i < 2; i++) {
		pthread_create(&players[i], NULL, play, (void *)i);
	}
	pthread_create(&visitor, NULL, visitors, NULL);
	pthread_kill(players[0], SIGUSR1);
	for (int i = 0; i < 20; i++) {
		pthread_kill(computer, SIGUSR2);
		nanosleep(&pause_time, NULL);
	}
	for (long i = 0; i < 2; i++) {
		pthread_join(players[i], &result);
		printf("player %ld handled %ld\n", i, (long)result);
	}
	pthread_join(visitor, &result);
	printf("visitors %ld\n", (long)result);
	printf("signals %ld\n", atomic_load(&total));
	pthread_join(computer, NULL);
	printf("computed %lx %.6f\n", result_x, result_y);
	printf("kicks done\n");
	return 0;
}
