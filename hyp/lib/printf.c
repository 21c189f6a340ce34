/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/printf.h"

#include <string.h>

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also what did not fit */
};

struct spec {
	bool left, zero;
	unsigned int width;
	unsigned int precision; /* of %s */
	bool precision_arg;	/* as an argument, which comes first */
	unsigned int longs;	/* 0 int, 1 and more 64 bits */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const struct spec *s, const char *text, size_t n)
{
	size_t pad = s->width > n ? s->width - n : 0;

	for (; !s->left && pad; pad--)
		put(o, ' ');
	for (size_t i = 0; i < n; i++)
		put(o, text[i]);
	for (; pad; pad--)
		put(o, ' ');
}

static void put_times(struct out *o, char c, size_t n)
{
	for (; n; n--)
		put(o, c);
}

static void put_number(struct out *o, const struct spec *s, u64 val, unsigned int base,
		       const char *prefix)
{
	char text[20]; /* 2^64 in decimal */
	size_t pos = sizeof(text), n, pad;

	do {
		text[--pos] = "0123456789abcdef"[val % base];
		val /= base;
	} while (val);
	n = sizeof(text) - pos + strlen(prefix);
	pad = s->width > n ? s->width - n : 0;
	if (!s->left && !s->zero)
		put_times(o, ' ', pad);
	for (; *prefix; prefix++)
		put(o, *prefix);
	if (!s->left && s->zero)
		put_times(o, '0', pad);
	for (; pos < sizeof(text); pos++)
		put(o, text[pos]);
	if (s->left)
		put_times(o, ' ', pad);
}

static const char *parse_spec(const char *f, struct spec *s)
{
	*s = (struct spec){.precision = ~0u};
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else
			break;
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		if (s->width < 1000)
			s->width = s->width * 10 + (unsigned int)(*f - '0');
	}
	if (*f == '.') {
		s->precision = 0;
		s->precision_arg = f[1] == '*';
		for (f += 1 + s->precision_arg; *f >= '0' && *f <= '9'; f++) {
			if (s->precision < 100000)
				s->precision = s->precision * 10 + (unsigned int)(*f - '0');
		}
	}
	for (; *f == 'l' || *f == 'z'; f++)
		s->longs++;
	return f;
}

static void put_signed(struct out *o, const struct spec *s, s64 val)
{
	/* 0 - x in unsigned arithmetic: the most negative value has no positive counterpart */
	put_number(o, s, val < 0 ? 0 - (u64)val : (u64)val, 10, val < 0 ? "-" : "");
}

size_t fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = {.buf = buf, .size = size};

	for (const char *f = fmt; *f; f++) {
		const char *start = f;
		struct spec s;
		char c;

		if (*f != '%') {
			put(&o, *f);
			continue;
		}
		f = parse_spec(f + 1, &s);
		if (s.precision_arg)
			s.precision = va_arg(ap, unsigned int);
		switch (*f) {
		case 'd':
		case 'i':
			put_signed(&o, &s, s.longs ? va_arg(ap, s64) : va_arg(ap, int));
			break;
		case 'u':
		case 'x':
			put_number(&o, &s, s.longs ? va_arg(ap, u64) : va_arg(ap, unsigned int),
				   *f == 'u' ? 10 : 16, "");
			break;
		case 'p':
			put_number(&o, &s, (uintptr_t)va_arg(ap, void *), 16, "0x");
			break;
		case 'c':
			c = (char)va_arg(ap, int);
			put_padded(&o, &s, &c, 1);
			break;
		case 's': {
			const char *str = va_arg(ap, const char *);

			str = str ? str : "(null)";
			put_padded(&o, &s, str, strnlen(str, s.precision));
			break;
		}
		case '%':
			put(&o, '%');
			break;
		default:
			/* arguments can no longer be matched: the rest is text */
			for (f = start; *f; f++)
				put(&o, *f);
			f--;
		}
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

size_t fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
