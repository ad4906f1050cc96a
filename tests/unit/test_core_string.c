/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/string.c */
/* Every function against libc's, over all small sizes, alignments and overlaps. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

void *own_memcpy(void *dst, const void *src, size_t n);
void *own_memmove(void *dst, const void *src, size_t n);
void *own_memset(void *dst, int c, size_t n);
int own_memcmp(const void *a, const void *b, size_t n);
size_t own_strlen(const char *s);
size_t own_strnlen(const char *s, size_t max);
int own_strcmp(const char *a, const char *b);
int own_strncmp(const char *a, const char *b, size_t n);
char *own_strchr(const char *s, int c);
size_t own_strlcpy(char *dst, const char *src, size_t size);
uint64_t decimal(const char *s);

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void fill(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = (unsigned char)(i * 7 + 3);
	}
}

static void copies(void **state)
{
	unsigned char a[512], b[512], src[512];

	(void)state;
	fill(src, sizeof(src));
	for (size_t n = 0; n < 200; n++) {
		for (size_t off = 0; off < 9; off++) {
			memset(a, 0xee, sizeof(a));
			memcpy(b, a, sizeof(a));
			assert_ptr_equal(own_memcpy(a + off, src + 3, n), a + off);
			memcpy(b + off, src + 3, n);
			assert_memory_equal(a, b, sizeof(a));
			assert_ptr_equal(own_memset(a + off, (int)n + 0x1f0, n), a + off);
			memset(b + off, (int)n + 0x1f0, n);
			assert_memory_equal(a, b, sizeof(a));
		}
	}
}

static void moves(void **state)
{
	unsigned char a[512], b[512];

	(void)state;
	for (size_t n = 0; n < 200; n += 3) {
		for (int shift = -80; shift <= 80; shift++) {
			fill(a, sizeof(a));
			fill(b, sizeof(b));
			own_memmove(a + 200 + shift, a + 200, n);
			memmove(b + 200 + shift, b + 200, n);
			assert_memory_equal(a, b, sizeof(a));
		}
	}
}

static void comparisons(void **state)
{
	static const char *const words[] = {"", "a", "b", "ab", "abc", "abd", "ab\xff", "abcdefgh"};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(own_strlen(words[i]), strlen(words[i]));
		for (size_t n = 0; n < 10; n++) {
			assert_int_equal(own_strnlen(words[i], n), strnlen(words[i], n));
		}
		for (size_t j = 0; j < 8; j++) {
			assert_int_equal(sign(own_strcmp(words[i], words[j])),
					 sign(strcmp(words[i], words[j])));
			for (size_t n = 0; n < 10; n++) {
				assert_int_equal(sign(own_strncmp(words[i], words[j], n)),
						 sign(strncmp(words[i], words[j], n)));
			}
		}
	}
	assert_int_equal(own_memcmp("abc", "abd", 2), 0);
	assert_true(own_memcmp("abc", "abd", 3) < 0);
	assert_true(own_memcmp("\xff", "\x01", 1) > 0);
}

static void strings(void **state)
{
	const char *s = "hello";
	char buf[4] = "xyz";

	(void)state;
	assert_ptr_equal(own_strchr(s, 'l'), s + 2);
	assert_ptr_equal(own_strchr(s, '\0'), s + 5);
	assert_null(own_strchr(s, 'q'));
	assert_int_equal(own_strlcpy(buf, s, sizeof(buf)), 5);
	assert_string_equal(buf, "hel");
	assert_int_equal(decimal("1207x"), 1207);
	assert_int_equal(decimal("-1"), 0);
	assert_int_equal(own_strlcpy(buf, "q", sizeof(buf)), 1);
	assert_string_equal(buf, "q");
	assert_int_equal(own_strlcpy(buf, "zzz", 0), 3);
	assert_string_equal(buf, "q");
}

UNIT_MAIN(T(copies), T(moves), T(comparisons), T(strings))
