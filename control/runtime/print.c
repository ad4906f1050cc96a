/* SPDX-License-Identifier: BSD-2-Clause */
/* A formatter of four conversions: the runtime speaks only when something is wrong. */
#include "control/runtime/print.h"

#include <asm/unistd.h>
#include <stdarg.h>

#include "control/runtime/hypercall.h"

#define LINE 200
#define STDERR 2

struct line {
	char text[LINE];
	u32 len;
};

static void put(struct line *l, char c)
{
	if (c == '\n' && l->len < LINE) {
		l->text[l->len++] = '\r';
	}
	if (l->len < LINE) {
		l->text[l->len++] = c;
	}
}

static void put_string(struct line *l, const char *s)
{
	while (*s) {
		put(l, *s++);
	}
}

static void put_decimal(struct line *l, u64 value)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n) {
		put(l, digits[--n]);
	}
}

static void put_hex(struct line *l, u64 value)
{
	for (int shift = 60; shift >= 0; shift -= 4) {
		put(l, "0123456789abcdef"[value >> shift & 15]);
	}
}

static void put_number(struct line *l, int value)
{
	if (value < 0) {
		put(l, '-');
	}
	put_decimal(l, value < 0 ? 0 - (u64)value : (u64)value);
}

static void format_line(struct line *l, const char *format, va_list args)
{
	for (const char *f = format; *f; f++) {
		if (*f != '%') {
			put(l, *f);
		} else if (f[1] == 's') {
			put_string(l, va_arg(args, const char *));
			f++;
		} else if (f[1] == 'd') {
			put_number(l, va_arg(args, int));
			f++;
		} else if (f[1] == 'l' && f[2] == 'u') {
			put_decimal(l, va_arg(args, u64));
			f += 2;
		} else if (f[1] == 'l' && f[2] == 'x') {
			put_hex(l, va_arg(args, u64));
			f += 2;
		}
	}
}

static void write_line(const struct line *l)
{
	call_own(__NR_write, STDERR, l->text, l->len);
}

void print(const char *format, ...)
{
	struct line l = { .len = 0 };
	va_list args;

	va_start(args, format);
	format_line(&l, format, args);
	va_end(args);
	write_line(&l);
}

void die(const char *format, ...)
{
	struct line l = { .len = 0 };
	va_list args;

	put_string(&l, "corbel runtime: ");
	va_start(args, format);
	format_line(&l, format, args);
	va_end(args);
	put(&l, '\n');
	write_line(&l);
	for (;;) {
		call_own(__NR_exit_group, 127);
	}
}
