/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: control/runtime/chacha20.c */
/* The block function against RFC 8439, appendix A.1. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/runtime/chacha20.h"

static void zero_key(void **state)
{
	const u32 key[8] = { 0 };
	u32 out[16];

	(void)state;
	chacha20_block(key, 0, 0, out);
	assert_int_equal(out[0], 0xade0b876);
	assert_int_equal(out[15], 0x8665eeb2);
	chacha20_block(key, 1, 0, out);
	assert_int_equal(out[0], 0xbee7079f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(zero_key) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
