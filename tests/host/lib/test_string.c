/* SPDX-License-Identifier: Apache-2.0 */
/* neve's string functions against the C library's. */
#include <glib.h>
#include <string.h>
#include <stdlib.h>

void *neve_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *neve_memmove(void *dst, const void *src, size_t n);
void *neve_memset(void *dst, int c, size_t n);
int neve_memcmp(const void *a, const void *b, size_t n);
void *neve_memchr(const void *s, int c, size_t n);
size_t neve_strlen(const char *s);
size_t neve_strnlen(const char *s, size_t max);
int neve_strcmp(const char *a, const char *b);
int neve_strncmp(const char *a, const char *b, size_t n);
char *neve_strchr(const char *s, int c);
char *neve_strrchr(const char *s, int c);
unsigned long neve_strtoul(const char *restrict s, char **restrict end, int base);

#define SIZE 256

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void fill(unsigned char *p)
{
	for (unsigned int i = 0; i < SIZE; i++)
		p[i] = (unsigned char)(i * 37 + 11);
}

/* All alignments of both ends, lengths around the word loops, with guards on both sides. */
static void test_copy(void)
{
	_Alignas(8) unsigned char a[SIZE], b[SIZE], c[SIZE];

	for (unsigned int d = 0; d < 9; d++) {
		for (unsigned int s = 0; s < 9; s++) {
			for (unsigned int n = 0; n < 150; n++) {
				fill(a);
				memset(b, 0xee, SIZE);
				memset(c, 0xee, SIZE);
				g_assert_true(neve_memcpy(b + d, a + s, n) == b + d);
				memcpy(c + d, a + s, n);
				g_assert_cmpmem(b, SIZE, c, SIZE);
				g_assert_true(neve_memset(b + d, 0x1a5, n) == b + d);
				memset(c + d, 0xa5, n);
				g_assert_cmpmem(b, SIZE, c, SIZE);
			}
		}
	}
}

static void test_move(void)
{
	_Alignas(8) unsigned char a[SIZE], b[SIZE];

	for (unsigned int d = 0; d < 40; d++) {
		for (unsigned int s = 0; s < 40; s++) {
			for (unsigned int n = 0; n < 120; n += 1 + n / 20) {
				fill(a);
				fill(b);
				g_assert_true(neve_memmove(a + d, a + s, n) == a + d);
				memmove(b + d, b + s, n);
				g_assert_cmpmem(a, SIZE, b, SIZE);
			}
		}
	}
}

static void test_compare(void)
{
	static const char *const s[] = {
		"", "a", "b", "ab", "aB", "abc", "\xff", "abcdefghijkl", "abcdefghijkm"};

	for (size_t i = 0; i < G_N_ELEMENTS(s); i++) {
		g_assert_cmpuint(neve_strlen(s[i]), ==, strlen(s[i]));
		for (size_t n = 0; n < 14; n++)
			g_assert_cmpuint(neve_strnlen(s[i], n), ==, strnlen(s[i], n));
		for (size_t j = 0; j < G_N_ELEMENTS(s); j++) {
			size_t len = MIN(strlen(s[i]), strlen(s[j])) + 1;

			g_assert_cmpint(sign(neve_strcmp(s[i], s[j])), ==,
					sign(strcmp(s[i], s[j])));
			g_assert_cmpint(sign(neve_memcmp(s[i], s[j], len)), ==,
					sign(memcmp(s[i], s[j], len)));
			for (size_t n = 0; n < 14; n++)
				g_assert_cmpint(sign(neve_strncmp(s[i], s[j], n)), ==,
						sign(strncmp(s[i], s[j], n)));
		}
	}
}

static void test_search(void)
{
	static const char text[] = "/soc/bus@0/serial@9000";

	for (int c = 0; c < 256; c++) {
		g_assert_true(neve_strchr(text, c) == strchr(text, c));
		g_assert_true(neve_strrchr(text, c) == strrchr(text, c));
		for (size_t n = 0; n <= sizeof(text); n += 5)
			g_assert_true(neve_memchr(text, c, n) == memchr(text, c, n));
	}
}

static void test_number(void)
{
	static const char *const s[] = {"0",
					"12",
					"0x1f",
					"0X1Fg",
					"017",
					"08",
					"0x",
					"0xg",
					"",
					"abc",
					"9z",
					"18446744073709551615",
					"18446744073709551616",
					"0xfffffffffffffffff1"};
	static const int bases[] = {0, 8, 10, 16, 36};

	for (size_t i = 0; i < G_N_ELEMENTS(s); i++) {
		for (size_t b = 0; b < G_N_ELEMENTS(bases); b++) {
			char *end, *neve_end;
			unsigned long expected = strtoul(s[i], &end, bases[b]);

			g_assert_cmphex(neve_strtoul(s[i], &neve_end, bases[b]), ==, expected);
			g_assert_true(end == neve_end);
		}
	}
	g_assert_cmphex(neve_strtoul("42", NULL, 10), ==, 42);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/string/copy", test_copy);
	g_test_add_func("/string/move", test_move);
	g_test_add_func("/string/compare", test_compare);
	g_test_add_func("/string/search", test_search);
	g_test_add_func("/string/number", test_number);
	return g_test_run();
}
