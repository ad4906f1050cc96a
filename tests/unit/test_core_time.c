/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/time.c tests/fake/fake.c */
/* The clock at real rates, and that a deadline's tick is never before the deadline. */
#include "core/time.h"
#include "fake.h"
#include "unit.h"

static const u64 rates[] = {25000, 200000, 999999, 1000000, 1000001, 2400003, 3500000, 7000000};

static void rate(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		u64 week = 7 * 86400 * rates[i] * 1000;

		fake_tsc = 123456;
		time_init(rates[i], 1000);
		assert_int_equal(now_ns(), 0);
		assert_int_equal(time_wall_ns(), 1000);
		fake_tsc += week;
		/* A week is right to 2^-29. */
		assert_true(now_ns() <= 7 * 86400 * NSEC_PER_SEC);
		assert_true(7 * 86400 * NSEC_PER_SEC - now_ns() < (604800 * NSEC_PER_SEC >> 29));
		assert_int_equal(time_tsc_to_ns(0), 0); /* before the base */
	}
}

static void inverse(void **state)
{
	u64 x = 1;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		fake_tsc = 999;
		time_init(rates[i], 0);
		for (u32 n = 0; n < 2000; n++) {
			u64 ns, tsc;

			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			ns = x >> (8 + n % 50);
			tsc = time_ns_to_tsc(ns);
			assert_true(time_tsc_to_ns(tsc) >= ns);
			assert_true(tsc == 999 || time_tsc_to_ns(tsc - 1) < ns);
		}
		assert_true(time_ns_to_tsc(UINT64_MAX) > 1ULL << 58);
	}
	fake_tsc = 999;
	time_init(7000000, 0);
	assert_int_equal(time_ns_to_tsc(UINT64_MAX), UINT64_MAX);
	assert_int_equal(time_ns_to_tsc(UINT64_MAX / 7 + 1000), UINT64_MAX);
}

UNIT_MAIN(T(rate), T(inverse))
