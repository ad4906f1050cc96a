/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of ioctls with bad or unusual input, and what Linux answers. */
#ifndef TESTS_SELFTEST_CALLS_H
#define TESTS_SELFTEST_CALLS_H

#include <stdint.h>

#include "tests/selftest/test.h"

enum call_object { ON_KVM, ON_VM, ON_VCPU, ON_CLOSED, ON_STDOUT };

struct call {
	const char *what;
	enum call_object object;
	unsigned long number;
	uintptr_t argument;
	int result;		/* what ioctl returns; -1: errno must be `error` */
	int error;
};

/* Makes the calls in order; the first with another answer fails the test and is named. */
enum result calls_check(struct guest *guest, const struct call *calls, int count);

#define CALLS_CHECK(guest, calls) \
	calls_check(guest, calls, sizeof(calls) / sizeof((calls)[0]))

/* Shorthand for rows. */
#define BAD(error) -1, error
#define GOOD(result) result, 0
#define AT(thing) (uintptr_t)&(thing)

#endif
