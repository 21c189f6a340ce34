/* SPDX-License-Identifier: Apache-2.0 */
/* The formatter, against the C library's on all that both know. */
#include "lib/printf.h"

#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The format warnings would also see what is wrong on purpose. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wformat-invalid-specifier"
#else
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#endif

#define SAME(...)                                                                                  \
	do {                                                                                       \
		char a_[200], b_[200];                                                             \
		int n_ = snprintf(a_, sizeof(a_), __VA_ARGS__);                                    \
		g_assert_cmpuint(fmt_snprintf(b_, sizeof(b_), __VA_ARGS__), ==, (size_t)n_);       \
		g_assert_cmpstr(b_, ==, a_);                                                       \
	} while (0)

static void test_numbers(void)
{
	static const long long values[] = {0,	      1,	 -1,	       9,
					   10,	      12345,	 INT_MAX,      INT_MIN,
					   LLONG_MAX, LLONG_MIN, 0x80000000ll, 0xdeadbeefcafell};

	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		long long v = values[i];

		SAME("%d|%i|%u|%x", (int)v, (int)v, (unsigned)v, (unsigned)v);
		SAME("%ld %lu %lx", (long)v, (unsigned long)v, (unsigned long)v);
		SAME("%lld %llu %llx", v, (unsigned long long)v, (unsigned long long)v);
		SAME("%zu %zx", (size_t)v, (size_t)v);
		SAME("%12d|%-12d|%012d", (int)v, (int)v, (int)v);
		SAME("%3ld|%-3ld|%03ld", (long)v, (long)v, (long)v);
		SAME("%016llx|%20llx|%-20llx|", (unsigned long long)v, (unsigned long long)v,
		     (unsigned long long)v);
		SAME("%-05d|", (int)v);
	}
	SAME("%p", (void *)0x1234);
	SAME("%100d|%0100d", 5, -5);
}

static void test_strings(void)
{
	char unterminated[4] = {'a', 'b', 'c', 'd'};

	SAME("%s and %s", "one", "");
	SAME("%10s|%-10s|%2s", "abc", "abc", "abc");
	SAME("%.2s|%.0s|%.10s|%5.1s", "abc", "abc", "abc", "abc");
	SAME("%.4s", unterminated);
	SAME("%.*s|%.*s", 2, "abcdef", 10, "abc");
	SAME("%c%c%c|%3c|%-3c|", 'x', '\n', 'z', 'q', 'q');
	SAME("100%% %d%%", 7);
	SAME("plain");
}

static void test_null_string(void)
{
	const char *volatile none = NULL; /* hidden from gcc's warning */
	char buf[32];

	fmt_snprintf(buf, sizeof(buf), "%s", none);
	g_assert_cmpstr(buf, ==, "(null)");
}

static void test_zero_width(void)
{
	char buf[200];

	/* wider than any buffer */
	g_assert_cmpuint(fmt_snprintf(buf, sizeof(buf), "%0500d", -1), ==, 500);
	g_assert_cmpuint(strlen(buf), ==, sizeof(buf) - 1);
	g_assert_cmpint(buf[0], ==, '-');
	g_assert_cmpint(buf[1], ==, '0');
}

static void test_cut(void)
{
	/* never a byte too many, always a NUL, always the whole length as result */
	for (size_t n = 0; n < 20; n++) {
		char *buf = g_malloc(n + 1);

		memset(buf, 0x55, n + 1);
		g_assert_cmpuint(fmt_snprintf(buf, n, "%s-%05d", "hello", 42), ==, 11);
		g_assert_cmpint(buf[n], ==, 0x55);
		if (n)
			g_assert_cmpuint(strlen(buf), ==, n - 1 < 11 ? n - 1 : 11);
		g_free(buf);
	}
	g_assert_cmpuint(fmt_snprintf(NULL, 0, "%s", "abc"), ==, 3);
}

static void test_unknown(void)
{
	char buf[64];

	/* no argument is taken for what is not understood */
	fmt_snprintf(buf, sizeof(buf), "a %q %s b", "x");
	g_assert_cmpstr(buf, ==, "a %q %s b");
	fmt_snprintf(buf, sizeof(buf), "%d %", 5);
	g_assert_cmpstr(buf, ==, "5 %");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/printf/numbers", test_numbers);
	g_test_add_func("/printf/strings", test_strings);
	g_test_add_func("/printf/null-string", test_null_string);
	g_test_add_func("/printf/zero-width", test_zero_width);
	g_test_add_func("/printf/cut", test_cut);
	g_test_add_func("/printf/unknown", test_unknown);
	return g_test_run();
}
