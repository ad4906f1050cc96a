/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and its family. The compiler itself emits calls to the first four, so they must not be
 * compiled into calls to themselves: loop recognition is off in this file's functions.
 */
#include "core/string.h"

#undef memcpy
#undef memset
#include "arch/x86/asm/rep.h"

#define NO_SELF_CALL __attribute__((optimize("no-tree-loop-distribute-patterns")))
#define BULK 64 /* from here on the string instructions beat a loop */

NO_SELF_CALL void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (n >= BULK) {
		size_t bulk = n & ~7UL;

		rep_movsq(d, s, bulk / 8);
		d += bulk;
		s += bulk;
		n -= bulk;
	}
	while (n--) {
		*d++ = *s++;
	}
	return dst;
}

NO_SELF_CALL void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= n) {
		return memcpy(dst, src, n);
	}
	while (n--) {
		d[n] = s[n];
	}
	return dst;
}

NO_SELF_CALL void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;

	if (n >= BULK) {
		size_t bulk = n & ~7UL;

		rep_stosq(d, 0x0101010101010101ULL * (u8)c, bulk / 8);
		d += bulk;
		n -= bulk;
	}
	while (n--) {
		*d++ = (u8)c;
	}
	return dst;
}

NO_SELF_CALL int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n--; x++, y++) {
		if (*x != *y) {
			return *x - *y;
		}
	}
	return 0;
}

NO_SELF_CALL size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n]) {
		n++;
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b || !*a) {
			return (u8)*a - (u8)*b;
		}
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s) {
			return NULL;
		}
	}
	/* C's signature drops the const; the union keeps -Wcast-qual content. */
	union {
		const char *in;
		char *out;
	} p = {.in = s};

	return p.out;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = MIN(len, size - 1);

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

u64 decimal(const char *s)
{
	u64 n = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (u64)(*s - '0');
	}
	return n;
}
