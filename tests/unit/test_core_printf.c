/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/printf.c */
/* The formatter against libc's vsnprintf on every conversion it promises, with all flags. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

static int (*libc_vsnprintf)(char *, size_t, const char *, va_list);

static void same(size_t size, const char *fmt, ...)
{
	char a[128], b[128];
	va_list ap, again;
	int x, y;

	memset(a, 'q', sizeof(a));
	memset(b, 'q', sizeof(b));
	va_start(ap, fmt);
	va_copy(again, ap);
	x = vsnprintf(a, size, fmt, ap); /* ours: this program's definition comes first */
	y = libc_vsnprintf(b, size, fmt, again);
	va_end(again);
	va_end(ap);
	if (x != y || memcmp(a, b, sizeof(a)) != 0) {
		fail_msg("'%s': '%.100s' (%d), libc: '%.100s' (%d)", fmt, a, x, b, y);
	}
}

static int setup(void **state)
{
	(void)state;
	*(void **)&libc_vsnprintf = dlsym(RTLD_NEXT, "vsnprintf");
	return libc_vsnprintf == NULL || libc_vsnprintf == vsnprintf;
}

static void integers(void **state)
{
	static const char *const flags[] = {"", "-", "0", "-0"};
	static const char *const widths[] = {"", "1", "7", "20", "25"};
	static const long values[] = {0, 1, -1, 42, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, 255};
	static const char conv[] = "dux";

	(void)state;
	for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
		for (size_t f = 0; f < 3 * 4 * 5; f++) {
			char fmt[32], big[32];
			char c = conv[f % 3];
			const char *flag = flags[f / 3 % 4], *width = widths[f / 12];

			sprintf(fmt, "<%%%s%s%c>", flag, width, c);
			sprintf(big, "<%%%s%sl%c>", flag, width, c);
			same(128, fmt, (int)values[v]);
			same(128, big, values[v]);
			same(5, big, values[v]);
		}
		same(128, "%lld %llx %zu %zd", (long long)values[v], (long long)values[v],
		     (size_t)values[v], (ssize_t)values[v]);
	}
}

static void texts(void **state)
{
	(void)state;
	same(128, "%s|%10s|%-10s|%2s|", "a", "bcd", "efg", "hij");
	same(128, "%c|%3c|%-3c|", 'a', 'b', 'c');
	same(128, "100%% %s", "sure");
	same(3, "%s", "longer");
	same(1, "%s", "longer");
	assert_int_equal(snprintf(NULL, 0, "%d", 12345), 5);
}

static void own_rules(void **state)
{
	char buf[32];
	const char *volatile unknown = "%q %", *volatile none = "%s";

	(void)state;
#pragma GCC diagnostic ignored "-Wformat-security"
	snprintf(buf, sizeof(buf), unknown);
	assert_string_equal(buf, "%q ");
	assert_int_equal(snprintf(buf, sizeof(buf), none, (char *)NULL), 6);
	assert_string_equal(buf, "(null)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {T(integers), T(texts), T(own_rules)};

	return cmocka_run_group_tests(tests, setup, NULL);
}
