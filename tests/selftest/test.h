/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test of the self test is: a row in a table, a function, and how it tells its result. */
#ifndef TESTS_SELFTEST_TEST_H
#define TESTS_SELFTEST_TEST_H

#include "tests/selftest/guest.h"

enum result { PASSED, FAILED, SKIPPED };

struct test {
	const char *name;
	int vcpus;		/* of the guest that is made for it; 0: none */
	unsigned int flags;	/* GUEST_... */
	enum result (*run)(struct guest *guest);
};

struct test_table {
	const struct test *tests;
	int count;
};

extern const struct test_table mode_tests, io_tests, cpu_tests, event_tests, apic_tests,
	chip_tests, chip_error_tests,
	memory_tests, run_tests, vcpu_error_tests, vm_error_tests, system_error_tests,
	memory_tests, mmio_tests, run_tests, vcpu_error_tests, vm_error_tests, system_error_tests,
	memory_tests, run_tests, storm_tests, vcpu_error_tests, vm_error_tests, system_error_tests,
	program_tests;

/* Stores the reason, which is printed behind the name, and gives the result to return. */
enum result failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum result skipped(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Leaves the test as failed if the condition does not hold. */
#define CHECK(condition, ...) \
	do { \
		if (!(condition)) { \
			return failed(__VA_ARGS__); \
		} \
	} while (0)

/* Leaves the test if a helper, which has stored the reason, did not return 0. */
#define TRY(call) \
	do { \
		if (call) { \
			return FAILED; \
		} \
	} while (0)

#define TEST_TABLE(name, rows) \
	const struct test_table name = { rows, sizeof(rows) / sizeof((rows)[0]) }

#endif
