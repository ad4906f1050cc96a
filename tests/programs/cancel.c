/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What threads wait for and how the wait ends: cancellation in blocking calls, read-write locks,
 * barriers, broadcasts, robust mutexes, and futexes by the call itself: time-outs and requeue. The
 * output does not depend on the schedule and is compared with Linux's.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define BAD ((void *)0x1000)
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_REQUEUE 3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_CLOCK_REALTIME 256
#define WAITERS 5

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static atomic_int cleaned, running;
static int event, ends[2];
static sem_t semaphore;

static void clean(void *arg)
{
	cleaned += (int)(intptr_t)arg;
}

static void unlock(void *arg)
{
	pthread_mutex_unlock(arg);
	cleaned++;
}

static void *in_read(void *arg)
{
	uint64_t value;

	pthread_cleanup_push(clean, (void *)1);
	running = 1;
	read(*(int *)arg, &value, sizeof(value));
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_poll(void *arg)
{
	struct pollfd p = {.fd = *(int *)arg, .events = POLLIN};

	pthread_cleanup_push(clean, (void *)1);
	running = 1;
	poll(&p, 1, -1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_sleep(void *arg)
{
	(void)arg;
	pthread_cleanup_push(clean, (void *)1);
	running = 1;
	sleep(100);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_semaphore(void *arg)
{
	(void)arg;
	pthread_cleanup_push(clean, (void *)1);
	running = 1;
	sem_wait(&semaphore);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_condition(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	running = 1;
	pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *in_loop(void *arg)
{
	int old;

	(void)arg;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	pthread_cleanup_push(clean, (void *)1);
	running = 1;
	for (;;) {
	}
	pthread_cleanup_pop(0);
	return NULL;
}

static void *disabled(void *arg)
{
	int old;

	(void)arg;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	running = 1;
	sleep_ms(30);
	cleaned = 100;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	pthread_testcancel();
	cleaned = -1;
	return NULL;
}

static void cancel(const char *what, void *(*start)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	cleaned = running = 0;
	pthread_create(&thread, NULL, start, arg);
	while (!running) {
		sleep_ms(1);
	}
	sleep_ms(20);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("%s: %s, cleaned %d\n", what, result == PTHREAD_CANCELED ? "cancelled" : "ended",
	       (int)cleaned);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int shared_value, wrong;
static atomic_int readers;

static void *read_locked(void *arg)
{
	for (int i = 0; i < 300; i++) {
		pthread_rwlock_rdlock(&rwlock);
		readers++;
		wrong += shared_value % 2;
		readers--;
		pthread_rwlock_unlock(&rwlock);
	}
	return arg;
}

static void *write_locked(void *arg)
{
	for (int i = 0; i < 300; i++) {
		pthread_rwlock_wrlock(&rwlock);
		wrong += readers != 0;
		shared_value++;
		shared_value++;
		pthread_rwlock_unlock(&rwlock);
	}
	return arg;
}

static void read_write_locks(void)
{
	pthread_t threads[6];

	for (int i = 0; i < 6; i++) {
		pthread_create(&threads[i], NULL, i < 4 ? read_locked : write_locked, NULL);
	}
	for (int i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
	}
	printf("value %d, wrong %d\n", shared_value, wrong);
	pthread_rwlock_wrlock(&rwlock);
	printf("try %s\n", errno_name(pthread_rwlock_tryrdlock(&rwlock)));
	pthread_rwlock_unlock(&rwlock);
}

static pthread_barrier_t barrier;
static atomic_int serial, arrived;
static int early;

static void *meet(void *arg)
{
	for (int i = 1; i <= 50; i++) {
		arrived++;
		serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
		early += arrived < i * WAITERS;
		pthread_barrier_wait(&barrier);
	}
	return arg;
}

static void barriers(void)
{
	pthread_t threads[WAITERS];

	pthread_barrier_init(&barrier, NULL, WAITERS);
	for (int i = 0; i < WAITERS; i++) {
		pthread_create(&threads[i], NULL, meet, NULL);
	}
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(threads[i], NULL);
	}
	printf("barrier: %d rounds, early %d\n", (int)serial, early);
	pthread_barrier_destroy(&barrier);
}

static void *die_with_lock(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

static void mutexes(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t robust, checked, recursive;
	pthread_t thread;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	pthread_create(&thread, NULL, die_with_lock, &robust);
	pthread_join(thread, NULL);
	printf("owner died %d\n", pthread_mutex_lock(&robust) == EOWNERDEAD);
	printf("consistent %d\n", pthread_mutex_consistent(&robust));
	printf("unlock %d\n", pthread_mutex_unlock(&robust));
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checked, &attributes);
	pthread_mutex_lock(&checked);
	printf("deadlock %d\n", pthread_mutex_lock(&checked) == EDEADLK);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attributes);
	pthread_mutex_lock(&recursive);
	printf("recursive %d\n", pthread_mutex_lock(&recursive));
}

static atomic_int word, other_word, woken;

static long futex(void *address, int op, int value, void *timeout, void *second, int third)
{
	return syscall(SYS_futex, address, op, value, timeout, second, third);
}

static void *wait_on_word(void *arg)
{
	running++;
	while (futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, arg ? 2 : 1) && errno == EINTR) {
	}
	woken++;
	return NULL;
}

static void start_waiters(pthread_t *threads, int bits)
{
	running = woken = 0;
	for (int i = 0; i < WAITERS; i++) {
		pthread_create(&threads[i], NULL, wait_on_word, (bits >> i) & 1 ? &word : NULL);
	}
	while (running < WAITERS) {
		sleep_ms(1);
	}
	sleep_ms(50);
}

static void join_waiters(pthread_t *threads)
{
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(threads[i], NULL);
	}
	printf("woken %d\n", (int)woken);
}

static void futexes(void)
{
	struct timespec relative = {.tv_nsec = 20000000}, bad = {.tv_nsec = -1}, now;
	long long start = now_ms();
	pthread_t threads[WAITERS];

	SHOW(futex(&word, FUTEX_WAIT, 0, &relative, NULL, 0));
	printf("not early %d\n", now_ms() - start >= 19);
	SHOW(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT, 0, BAD, NULL, 0));
	SHOW(futex((void *)((uintptr_t)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
	SHOW(futex(BAD, FUTEX_WAIT, 0, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	SHOW(futex(&word, 99, 0, NULL, NULL, 0));
	clock_gettime(CLOCK_MONOTONIC, &now);
	SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, &now, NULL, -1));
	clock_gettime(CLOCK_REALTIME, &now);
	start = now_ms();
	now.tv_nsec += 20000000;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	SHOW(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &now, NULL, -1));
	printf("not early %d\n", now_ms() - start >= 18);
	SHOW_VALUE(futex(&word, FUTEX_WAKE, 9, NULL, NULL, 0));
	start_waiters(threads, 0);
	SHOW_VALUE(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2, &other_word, 0));
	SHOW_VALUE(futex(&other_word, FUTEX_WAKE, 9, NULL, NULL, 0));
	SHOW_VALUE(futex(&word, FUTEX_REQUEUE, 0, (void *)9, &other_word, 0));
	SHOW(futex(&word, FUTEX_CMP_REQUEUE, 0, (void *)9, &other_word, 1));
	SHOW_VALUE(futex(&word, FUTEX_WAKE, 9, NULL, NULL, 0));
	SHOW_VALUE(futex(&other_word, FUTEX_WAKE, 9, NULL, NULL, 0));
	join_waiters(threads);
	start_waiters(threads, 3);
	SHOW_VALUE(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 2));
	SHOW_VALUE(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 4));
	SHOW_VALUE(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 1));
	join_waiters(threads);
}

static int tickets;

static void *wait_ticket(void *arg)
{
	pthread_mutex_lock(&mutex);
	running++;
	while (!tickets) {
		pthread_cond_wait(&cond, &mutex);
	}
	tickets--;
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void conditions(void)
{
	pthread_t threads[WAITERS];

	running = 0;
	for (int i = 0; i < WAITERS; i++) {
		pthread_create(&threads[i], NULL, wait_ticket, NULL);
	}
	while (running < WAITERS) {
		sleep_ms(1);
	}
	for (int i = 0; i < WAITERS; i++) {
		pthread_mutex_lock(&mutex);
		tickets++;
		if (i == 0) {
			pthread_cond_signal(&cond);
		} else {
			pthread_cond_broadcast(&cond);
		}
		pthread_mutex_unlock(&mutex);
	}
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(threads[i], NULL);
	}
	printf("tickets left %d\n", tickets);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	event = eventfd(0, 0);
	pipe(ends);
	sem_init(&semaphore, 0, 0);
	cancel("read of an eventfd", in_read, &event);
	cancel("read of a pipe", in_read, &ends[0]);
	cancel("poll", in_poll, &ends[0]);
	cancel("sleep", in_sleep, NULL);
	cancel("sem_wait", in_semaphore, NULL);
	cancel("cond_wait", in_condition, NULL);
	printf("mutex is free %d\n", pthread_mutex_trylock(&mutex));
	pthread_mutex_unlock(&mutex);
	cancel("a loop", in_loop, NULL);
	cancel("disabled", disabled, NULL);
	read_write_locks();
	barriers();
	mutexes();
	conditions();
	futexes();
	printf("cancel done\n");
	return 0;
}
