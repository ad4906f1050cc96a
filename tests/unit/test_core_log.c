/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/log.c core/panic.c core/printf.c core/time.c tests/fake/fake.c */
/*
 * The log ring with wrap-around and slow readers; the texts of fatal and panic. Order matters:
 * panic is for ever.
 */
#include <string.h>

#include "core/log.h"
#include "core/panic.h"
#include "core/time.h"
#include "fake.h"
#include "unit.h"

static size_t read_all(u64 *pos, char *buf, size_t size)
{
	size_t n = 0, got;

	while ((got = log_read(pos, buf + n, MIN(size - n, 1000))) > 0) {
		n += got;
	}
	buf[n] = '\0';
	return n;
}

static void lines(void **state)
{
	char buf[512];
	u64 pos = 0;

	(void)state;
	fake_reset(1);
	log_info("before the clock");
	time_init(FAKE_KHZ, 0);
	fake_tsc = 12 * NSEC_PER_SEC + 34567 * NSEC_PER_USEC;
	log_warn("number %d", 7);
	log_err("bad");
	read_all(&pos, buf, sizeof(buf) - 1);
	assert_string_equal(buf, "[    0.000000] before the clock\n"
				 "[   12.034567] warning: number 7\n"
				 "[   12.034567] error: bad\n");
	assert_string_equal(fake_console, buf);
	assert_int_equal(pos, log_end());
	assert_int_equal(log_read(&pos, buf, sizeof(buf)), 0);
}

static void quiet_and_long(void **state)
{
	char buf[512], text[400];
	u64 pos = log_end();

	(void)state;
	fake_reset(1);
	log_console(false);
	memset(text, 'x', sizeof(text));
	text[399] = '\0';
	log_info("%s", text);
	assert_string_equal(fake_console, "");
	assert_int_equal(read_all(&pos, buf, sizeof(buf) - 1), 255);
	assert_int_equal(buf[253], 'x');
	assert_int_equal(buf[254], '\n');
}

static void wraps(void **state)
{
	static char buf[70000];
	u64 pos = 0, future = UINT64_MAX;
	size_t n;

	(void)state;
	fake_reset(1);
	for (int i = 0; i < 5000; i++) {
		log_info("line %d", i);
	}
	n = read_all(&pos, buf, sizeof(buf) - 1);
	assert_int_equal(n, 64 * 1024); /* a reader that fell behind gets what is left */
	assert_non_null(strstr(buf, "line 4999\n"));
	assert_null(strstr(buf, "line 1\n"));
	assert_int_equal(buf[n - 1], '\n');
	assert_true(log_read(&future, buf, 10) > 0); /* a made-up position starts over */
}

static void fatal_text(void **state)
{
	(void)state;
	fake_reset(1);
	assert_true(FAKE_HALTS(fatal("no %s; switch it on", "NX")));
	assert_string_equal(fake_console, "corbel: cannot run: no NX; switch it on\n"
					  "(stopped)\ncorbel: halted\n");
}

static void panic_report(void **state)
{
	char *tail;

	(void)state;
	fake_reset(1);
	for (int i = 0; i < 100; i++) {
		log_info("history %d", i);
	}
	assert_string_equal(fake_console, "");
	assert_true(FAKE_HALTS(ASSERT(1 + 1 == 3)));
	assert_true(panicking);
	assert_ptr_equal(
		strstr(fake_console, "(stopped)\n\ncorbel: panic: assertion failed: 1 + 1 == 3 ("),
		fake_console);
	assert_non_null(strstr(fake_console, "(back-trace)\nlast log lines:\n["));
	tail = strstr(fake_console, "last log lines:\n");
	assert_non_null(strstr(tail, "history 99\ncorbel: halted\n"));
	assert_null(strstr(tail, "history 1\n"));
	assert_int_equal(tail[strlen("last log lines:\n")], '[');
	log_info("still logs, to the console again");
	assert_non_null(strstr(fake_console, "to the console again\n"));

	fake_reset(1);
	assert_true(FAKE_HALTS(panic("again")));
	assert_string_equal(fake_console, "panic in panic: again\n");
	fake_reset(1);
	assert_true(FAKE_HALTS(panic("and again")));
	assert_string_equal(fake_console, "");
}

UNIT_MAIN(T(lines), T(quiet_and_long), T(wraps), T(fatal_text), T(panic_report))
