/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler may call and the runtime copies with; string instructions are the fastest short
 * code.
 */
#include "control/runtime/types.h"

void *memcpy(void *dst, const void *src, size_t len)
{
	void *to = dst;

	asm volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(len) : : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t len)
{
	u8 *to = dst;
	const u8 *from = src;

	if (to <= from || to >= from + len) {
		return memcpy(dst, src, len);
	}
	while (len--) {
		to[len] = from[len];
	}
	return dst;
}

void *memset(void *dst, int value, size_t len)
{
	void *to = dst;

	asm volatile("rep stosb" : "+D"(to), "+c"(len) : "a"(value) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < len; i++) {
		if (x[i] != y[i]) {
			return x[i] - y[i];
		}
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len]) {
		len++;
	}
	return len;
}
