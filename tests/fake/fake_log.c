/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log for tests that do not link core/log.c: to stderr if FAKE_LOG is set in the environment.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"

void log_console(bool on)
{
	(void)on;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	if (!getenv("FAKE_LOG")) {
		return;
	}
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
