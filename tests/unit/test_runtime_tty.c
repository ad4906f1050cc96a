/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: control/runtime/tty.c */
/* The line discipline of a domain's console. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/runtime/tty.h"

static struct tty tty;
static char echoed[8192];
static size_t echoed_len;
static u32 last_signal;

static void type(const char *bytes)
{
	struct tty_effect e;

	for (; *bytes; bytes++) {
		tty_input(&tty, (u8)*bytes, &e);
		memcpy(echoed + echoed_len, e.echo, e.echo_len);
		echoed_len += e.echo_len;
		echoed[echoed_len] = 0;
		last_signal = e.signal ? e.signal : last_signal;
	}
}

static int setup(void **state)
{
	(void)state;
	tty_init(&tty);
	echoed_len = 0;
	echoed[0] = 0;
	last_signal = 0;
	return 0;
}

static void expect_line(const char *line)
{
	char out[TTY_BUFFER];
	long n = tty_take(&tty, (u8 *)out, sizeof(out));

	assert_int_equal(n, strlen(line));
	assert_memory_equal(out, line, (size_t)n);
}

static void lines(void **state)
{
	(void)state;
	type("ab");
	assert_false(tty_readable(&tty));
	assert_int_equal(tty_take(&tty, (u8 *)echoed, 1), -EAGAIN);
	type("c\rsecond\n");
	expect_line("abc\n");
	expect_line("second\n");
	assert_false(tty_readable(&tty));
	assert_string_equal(echoed, "abc\r\nsecond\r\n");
}

static void part_of_a_line(void **state)
{
	u8 out[2];

	(void)state;
	type("abc\n");
	assert_int_equal(tty_take(&tty, out, 2), 2);
	expect_line("c\n");
}

static void editing(void **state)
{
	(void)state;
	type("ax\177b\n");
	expect_line("ab\n");
	assert_string_equal(echoed, "ax\b \bb\r\n");
	type("\177wrong\025right\n");
	expect_line("right\n");
}

static void end_of_file(void **state)
{
	(void)state;
	type("ab\004");
	expect_line("ab");
	type("\004");
	assert_true(tty_readable(&tty));
	expect_line("");
	assert_false(tty_readable(&tty));
}

static void signals(void **state)
{
	(void)state;
	type("abc\003");
	assert_int_equal(last_signal, 2);
	assert_string_equal(echoed, "abc^C");
	type("x\n");
	expect_line("x\n");
	type("\034");
	assert_int_equal(last_signal, 3);
}

static struct termios raw_mode(void)
{
	struct termios raw = tty.mode;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_iflag &= ~(tcflag_t)ICRNL;
	raw.c_oflag &= ~(tcflag_t)OPOST;
	return raw;
}

static void raw(void **state)
{
	struct termios mode = raw_mode();

	(void)state;
	assert_false(tty_reads_raw(&tty));
	assert_false(tty_writes_raw(&tty));
	type("typed ahead");
	tty_set_mode(&tty, &mode, false);
	/* What is there comes first. */
	assert_false(tty_reads_raw(&tty));
	expect_line("typed ahead");
	assert_true(tty_reads_raw(&tty));
	assert_true(tty_writes_raw(&tty));
	type("\003\r");
	expect_line("\003\r");
	assert_int_equal(last_signal, 0);
}

static void flushed(void **state)
{
	struct termios mode = raw_mode();

	(void)state;
	type("lost");
	tty_set_mode(&tty, &mode, true);
	assert_false(tty_readable(&tty));
}

static void full(void **state)
{
	u8 out[TTY_BUFFER];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		type("x");
		echoed_len = 0;
	}
	type("\n");
	assert_int_equal(tty_take(&tty, out, sizeof(out)), TTY_BUFFER);
	assert_int_equal(out[TTY_BUFFER - 1], '\n');
	type("again\n");
	expect_line("again\n");
}

static void output(void **state)
{
	u8 out[32];

	(void)state;
	assert_int_equal(tty_output(&tty, (const u8 *)"a\nb\r", 4, out), 5);
	assert_memory_equal(out, "a\r\nb\r", 5);
	tty.mode.c_oflag = 0;
	assert_int_equal(tty_output(&tty, (const u8 *)"a\n", 2, out), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines, setup),
		cmocka_unit_test_setup(part_of_a_line, setup),
		cmocka_unit_test_setup(editing, setup),
		cmocka_unit_test_setup(end_of_file, setup),
		cmocka_unit_test_setup(signals, setup),
		cmocka_unit_test_setup(raw, setup),
		cmocka_unit_test_setup(flushed, setup),
		cmocka_unit_test_setup(full, setup),
		cmocka_unit_test_setup(output, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
