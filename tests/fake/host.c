/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's clock and threads for fake_host.c: see host.h. */
#include "host.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

unsigned long host_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * 1000000000 + (unsigned long)now.tv_nsec;
}

void host_yield(void)
{
	sched_yield();
}

void host_sleep_us(unsigned int us)
{
	const struct timespec time = {.tv_nsec = us * 1000L};

	nanosleep(&time, NULL);
}

void host_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, arg)) {
		abort();
	}
}
