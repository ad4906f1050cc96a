/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The self test: runs every test of the tables, prints a line for each and the sums at the end.
 * The same file runs on Linux, which says what is right, and on Corbel. Arguments select tests by
 * a part of their name. A test that hangs fails after a while and ends the program.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/selftest/test.h"

#define TIME_LIMIT 120		/* seconds for one test */

static const struct test_table *const tables[] = {
	&mode_tests, &io_tests, &cpu_tests, &event_tests, &apic_tests,
	&chip_tests, &chip_error_tests, &memory_tests, &run_tests,
	&mode_tests, &io_tests, &cpu_tests, &event_tests, &apic_tests, &memory_tests,
	&mmio_tests, &run_tests,
	&system_error_tests, &vm_error_tests, &vcpu_error_tests, &program_tests,
	&mode_tests, &io_tests, &cpu_tests, &event_tests, &apic_tests, &memory_tests, &run_tests,
	&storm_tests, &system_error_tests, &vm_error_tests, &vcpu_error_tests, &program_tests,
};

static char reason[512];
static int counts[3];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static const char *running;	/* under lock */
static unsigned int generation;	/* counts tests, under lock */

enum result failed(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return FAILED;
}

enum result skipped(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return SKIPPED;
}

static void print_result(const char *name, enum result result)
{
	static const char *const words[] = { "ok", "FAIL", "skip" };

	counts[result]++;
	if (result == PASSED) {
		printf("ok %s\n", name);
	} else {
		printf("%s %s: %s\n", words[result], name, reason);
	}
	fflush(stdout);
}

static void print_sums(void)
{
	printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED],
	       counts[SKIPPED]);
	fflush(stdout);
}

/* Ends the program if one test runs for too long: a hang must not look like a slow machine. */
static void *watch(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&lock);
	for (;;) {
		unsigned int seen = generation;
		struct timespec limit;
		int error = 0;

		clock_gettime(CLOCK_REALTIME, &limit);
		limit.tv_sec += TIME_LIMIT;
		while (generation == seen && error != ETIMEDOUT) {
			error = pthread_cond_timedwait(&changed, &lock, &limit);
		}
		if (generation == seen && running) {
			failed("no end after %d s", TIME_LIMIT);
			print_result(running, FAILED);
			print_sums();
			_exit(1);
		}
	}
	return NULL;
}

static void set_running(const char *name)
{
	pthread_mutex_lock(&lock);
	running = name;
	generation++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static void run_test(const struct test *test)
{
	struct guest guest;
	enum result result = FAILED;

	set_running(test->name);
	strcpy(reason, "no reason given");
	if (!test->vcpus) {
		result = test->run(NULL);
	} else {
		if (!guest_create(&guest, test->vcpus, test->flags)) {
			result = test->run(&guest);
		}
		guest_destroy(&guest);
	}
	print_result(test->name, result);
	set_running(NULL);
}

static int is_selected(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strstr(name, argv[i])) {
			return 1;
		}
	}
	return argc < 2;
}

int main(int argc, char **argv)
{
	pthread_t watcher;

	if (pthread_create(&watcher, NULL, watch, NULL)) {
		printf("FAIL watchdog: pthread_create\n");
		return 1;
	}
	for (unsigned int i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (int j = 0; j < tables[i]->count; j++) {
			if (is_selected(tables[i]->tests[j].name, argc, argv)) {
				run_test(&tables[i]->tests[j]);
			}
		}
	}
	print_sums();
	return counts[FAILED] != 0;
}
