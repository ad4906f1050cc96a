/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic and fatal for tests that do not link core/panic.c: the text is kept, FAKE_HALTS() catches
 * it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core/panic.h"
#include "fake.h"

bool panicking;

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_panic_text, sizeof(fake_panic_text), fmt, ap);
	va_end(ap);
	fake_halt();
}

void fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_panic_text, sizeof(fake_panic_text), fmt, ap);
	va_end(ap);
	fake_halt();
}
