/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of the runtime: fixed-width integers, small macros, and what the compiler may call.
 * Included by all of it. Numbers and structs of Linux come from the system's own ABI headers (asm/,
 * linux/).
 */
#pragma once

#include <asm/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define PAGE 4096ull
#define ROUND_UP(x, a) (((x) + ((a) - 1)) & ~((a) - 1))
#define ROUND_DOWN(x, a) ((x) & ~((a) - 1))
#define BIT(n) (1ull << (n))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int value, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);

/* The rest of every file is one image: addresses are relative to RIP, never through a table. */
#pragma GCC visibility push(hidden)
