/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory and string functions that the compiler expects or the hypervisor needs, with C's
 * meaning.
 */
#pragma once

#include "core/types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
/* The number that s begins with; 0 if it begins with none. */
u64 decimal(const char *s);
/* Copies at most size - 1 characters and terminates; returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);

/*
 * Copies of a few bytes whose number the compiler knows become loads and stores, as in a hosted
 * environment; the rest are calls of the functions above.
 */
#define memcpy(dst, src, n) __builtin_memcpy(dst, src, n)
#define memset(dst, c, n) __builtin_memset(dst, c, n)
