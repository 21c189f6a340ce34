/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and string functions for the freestanding build, with the C library's names because the
 * compiler and libfdt call them by these. No access is unaligned, so they work with the MMU off
 * too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Otherwise gcc turns the loop in memset into a call of memset. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* A word type that may alias anything */
typedef uint64_t __attribute__((may_alias)) word_t;

static int words_aligned(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & (sizeof(word_t) - 1)) == 0;
}

/* Words in blocks of eight: a kernel of tens of megabytes may have to be copied. */
static size_t copy_words(unsigned char *d, const unsigned char *s, size_t n)
{
	word_t *dw = (word_t *)d;
	const word_t *sw = (const word_t *)s;
	size_t words = n / sizeof(word_t);

	for (; words >= 8; words -= 8, dw += 8, sw += 8) {
		dw[0] = sw[0];
		dw[1] = sw[1];
		dw[2] = sw[2];
		dw[3] = sw[3];
		dw[4] = sw[4];
		dw[5] = sw[5];
		dw[6] = sw[6];
		dw[7] = sw[7];
	}
	while (words--)
		*dw++ = *sw++;
	return n & ~(sizeof(word_t) - 1);
}

static void copy_forward(unsigned char *d, const unsigned char *s, size_t n)
{
	size_t i = words_aligned(d, s) ? copy_words(d, s, n) : 0;

	for (; i < n; i++)
		d[i] = s[i];
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_forward(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (d == s)
		return dst;
	/* Words are read before they are written, in order: downwards overlap is fine. */
	if ((uintptr_t)d < (uintptr_t)s || (uintptr_t)d - (uintptr_t)s >= n) {
		copy_forward(d, s, n);
		return dst;
	}
	while (n && (!words_aligned(d + n, s + n) || n < sizeof(word_t))) {
		n--;
		d[n] = s[n];
	}
	while (n >= sizeof(word_t)) {
		n -= sizeof(word_t);
		*(word_t *)(d + n) = *(const word_t *)(s + n);
	}
	while (n--)
		d[n] = s[n];
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word_t w = (unsigned char)c * UINT64_C(0x0101010101010101);

	for (; n && (uintptr_t)d % sizeof(w); n--)
		*d++ = (unsigned char)c;
	for (; n >= sizeof(w); n -= sizeof(w), d += sizeof(w))
		*(word_t *)d = w;
	while (n--)
		*d++ = (unsigned char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == (unsigned char)c)
			return (void *)(uintptr_t)(p + i);
	}
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];

		if (x != y)
			return x < y ? -1 : 1;
		if (!x)
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = (char *)(uintptr_t)s;
		if (!*s)
			return last;
	}
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned int)(c - 'A') + 10;
	return 99;
}

/* No sign and no leading space: libfdt reads unit addresses and overlay offsets only. */
unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	unsigned long val = 0;
	unsigned int b = (unsigned int)base;
	int hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;

	if ((b == 0 || b == 16) && hex) {
		s += 2;
		b = 16;
	} else if (b == 0) {
		b = s[0] == '0' ? 8 : 10;
	}
	for (; digit_value(*s) < b; s++) {
		if (__builtin_mul_overflow(val, b, &val) ||
		    __builtin_add_overflow(val, digit_value(*s), &val))
			val = ~0ul;
	}
	if (end)
		*end = (char *)(uintptr_t)s;
	return val;
}
