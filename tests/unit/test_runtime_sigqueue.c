/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: control/runtime/sigqueue.c */
/* Which pending signal comes next, what is queued twice, and that the pool loses nothing. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/runtime/sigqueue.h"

static u64 pending;
static struct signal_info infos[SIGNALS];
static u16 more;
static const struct sigqueue queue = {&pending, infos, &more};

static long add(u32 sig, u64 value)
{
	struct signal_info info = {.code = -1, .value = value};

	return sigqueue_add(&queue, sig, &info);
}

static void takes(u32 sig, u64 value)
{
	struct signal_info info;

	assert_int_equal(sigqueue_take(&queue, ~0ull, &info), sig);
	assert_int_equal(info.value, value);
}

static void empty(void)
{
	struct signal_info info;

	assert_int_equal(sigqueue_take(&queue, ~0ull, &info), 0);
	assert_int_equal(pending, 0);
	assert_int_equal(more, 0);
}

static void order(void **state)
{
	(void)state;
	assert_int_equal(add(40, 1), 1);
	assert_int_equal(add(10, 2), 1);
	assert_int_equal(add(10, 3), 0); /* not queued twice */
	assert_int_equal(add(40, 4), 1);
	assert_int_equal(add(35, 5), 1);
	assert_int_equal(add(40, 6), 1);
	assert_int_equal(add(SIGSEGV, 7), 1); /* before lower numbers */
	takes(SIGSEGV, 7);
	takes(10, 2);
	takes(35, 5);
	takes(40, 1);
	assert_int_equal(add(40, 8), 1);
	takes(40, 4);
	takes(40, 6);
	takes(40, 8);
	empty();
}

static void only_of_the_set(void **state)
{
	struct signal_info info;

	(void)state;
	add(40, 1);
	add(41, 2);
	assert_int_equal(sigqueue_take(&queue, SIGMASK(12), &info), 0);
	assert_int_equal(sigqueue_take(&queue, SIGMASK(41), &info), 41);
	add(40, 3);
	sigqueue_flush(&queue, SIGMASK(40));
	empty();
}

static void the_pool_is_bounded(void **state)
{
	u32 count[2] = {0, 0};

	(void)state;
	for (int round = 0; round < 2; round++) {
		while (add(50, count[round]) == 1) {
			count[round]++;
		}
		assert_int_equal(add(50, 0), -EAGAIN);
		assert_int_equal(add(51, 9), 1); /* the first of its kind needs no entry */
		for (u32 i = 0; i < count[round]; i++) {
			takes(50, i);
		}
		takes(51, 9);
		empty();
	}
	assert_int_equal(count[0], count[1]);
	assert_in_range(count[0], 1000, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(only_of_the_set),
		cmocka_unit_test(the_pool_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
