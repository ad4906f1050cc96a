/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of broken state and the refusal to run. Both write straight to the consoles: no lock
 * is taken, for whoever holds one has been stopped.
 */
#include "core/panic.h"

#include <stdarg.h>

#include "core/arch.h"
#include "core/log.h"
#include "core/printf.h"
#include "core/string.h"

#define TAIL_SIZE 1536 /* bytes of log in the report: about 20 lines */

bool panicking;
static u32 depth; /* atomic; entries into panic on all CPUs */

static void say(const char *s)
{
	arch_console_write(s, strlen(s));
}

static void say_line(const char *prefix, const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	say(prefix);
	say(text);
	say("\n");
}

/* The newest lines of the log, beginning with a whole one. */
static void say_log_tail(void)
{
	u64 newest = log_end();
	u64 pos = newest > TAIL_SIZE ? newest - TAIL_SIZE : 0;
	bool line_start = pos == 0;
	char buf[128];
	size_t n;

	say("last log lines:\n");
	while ((n = log_read(&pos, buf, sizeof(buf))) > 0) {
		const char *from = buf;

		if (!line_start) {
			while (from < buf + n && *from != '\n') {
				from++;
			}
			if (from == buf + n) {
				continue;
			}
			from++;
			line_start = true;
		}
		arch_console_write(from, (size_t)(buf + n - from));
	}
}

void panic(const char *fmt, ...)
{
	u32 before = __atomic_fetch_add(&depth, 1, __ATOMIC_SEQ_CST);
	va_list ap;

	WRITE_ONCE(panicking, true);
	va_start(ap, fmt);
	if (before == 0) {
		arch_stop_others();
		say_line("\ncorbel: panic: ", fmt, ap);
		arch_backtrace((u64)(uintptr_t)__builtin_frame_address(0));
		say_log_tail();
		say("corbel: halted\n");
	} else if (before == 1) { /* the report itself went wrong, or a second CPU was as quick */
		say_line("panic in panic: ", fmt, ap);
	}
	va_end(ap);
	arch_halt_forever();
}

void fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("corbel: cannot run: ", fmt, ap);
	va_end(ap);
	arch_stop_others();
	say("corbel: halted\n");
	arch_halt_forever();
}
