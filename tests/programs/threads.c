/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads and futexes of glibc in a domain: mutex, condition, barrier, timed waits, malloc from
 * many threads. The output does not depend on the schedule, so it is compared byte by byte with
 * Linux's.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 8
#define ROUNDS 2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long plain_counter;
static atomic_long atomic_counter;
static int turn;
static int order[THREADS];
static __thread int thread_local_sum;

/* Each thread takes its turn in order, so `order` ends as 0..7 whatever the schedule. */
static void take_turn(int me)
{
	pthread_mutex_lock(&lock);
	while (turn != me) {
		pthread_cond_wait(&turned, &lock);
	}
	order[turn++] = me;
	pthread_cond_broadcast(&turned);
	pthread_mutex_unlock(&lock);
}

/* Blocks of many sizes, each filled and checked; returns the number of damaged ones. */
static int churn_heap(int me)
{
	unsigned char *blocks[64] = { NULL };
	int damaged = 0;

	for (int i = 0; i < 1000; i++) {
		int at = (i * 7 + me) % 64;
		size_t size = 16 + (size_t)(i * 37 + me * 11) % 3000;

		if (blocks[at]) {
			damaged += blocks[at][0] != (unsigned char)(at ^ me);
			free(blocks[at]);
		}
		blocks[at] = malloc(size);
		if (!blocks[at]) {
			return -1;
		}
		memset(blocks[at], at ^ me, size);
	}
	for (int at = 0; at < 64; at++) {
		if (blocks[at]) {
			damaged += blocks[at][15] != (unsigned char)(at ^ me);
			free(blocks[at]);
		}
	}
	return damaged;
}

static void *worker(void *arg)
{
	int me = (int)(long)arg;
	long damaged;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		plain_counter++;
		pthread_mutex_unlock(&lock);
		atomic_fetch_add(&atomic_counter, 1);
		thread_local_sum += me;
	}
	pthread_barrier_wait(&barrier);
	take_turn(me);
	pthread_barrier_wait(&barrier);
	damaged = churn_heap(me);
	return (void *)(damaged * 1000000 + thread_local_sum);
}

static int run_workers(void)
{
	pthread_t threads[THREADS];
	void *result;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (long i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, worker, (void *)i)) {
			printf("pthread_create failed\n");
			return 1;
		}
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		printf("thread %d sum %ld\n", i, (long)result);
	}
	printf("mutex counter %ld, atomic counter %ld\n", plain_counter,
	       atomic_load(&atomic_counter));
	printf("turns");
	for (int i = 0; i < THREADS; i++) {
		printf(" %d", order[i]);
	}
	printf("\n");
	return 0;
}

/* A wait that nobody ends: it must time out, and not before the time has come. */
static void time_out(clockid_t clock)
{
	pthread_condattr_t attributes;
	struct timespec start, limit, now;
	pthread_cond_t never;
	int error;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, clock);
	pthread_cond_init(&never, &attributes);
	clock_gettime(clock, &start);
	limit = start;
	limit.tv_nsec += 30000000;
	if (limit.tv_nsec >= 1000000000) {
		limit.tv_sec++;
		limit.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lock);
	error = pthread_cond_timedwait(&never, &lock, &limit);
	pthread_mutex_unlock(&lock);
	clock_gettime(clock, &now);
	printf("timed wait on clock %d: %s, %s\n", (int)clock,
	       error == ETIMEDOUT ? "timed out" : "WRONG",
	       now.tv_sec > limit.tv_sec ||
	       (now.tv_sec == limit.tv_sec && now.tv_nsec >= limit.tv_nsec) ?
	       "not early" : "EARLY");
}

static void *post_later(void *arg)
{
	sem_post(arg);
	return NULL;
}

static void semaphores(void)
{
	pthread_t thread;
	sem_t semaphore;

	sem_init(&semaphore, 0, 0);
	printf("empty semaphore: %s\n",
	       sem_trywait(&semaphore) && errno == EAGAIN ? "EAGAIN" : "WRONG");
	pthread_create(&thread, NULL, post_later, &semaphore);
	while (sem_wait(&semaphore)) {
	}
	pthread_join(thread, NULL);
	printf("semaphore posted\n");
}

int main(void)
{
	if (run_workers()) {
		return 1;
	}
	time_out(CLOCK_MONOTONIC);
	time_out(CLOCK_REALTIME);
	semaphores();
	printf("threads done\n");
	return 0;
}
