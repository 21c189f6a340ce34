/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"
#include "format.h"

#include <string.h>

static void append(struct lines *l, const char *bytes, gsize size)
{
	g_string_append_len(l->line, bytes, (gssize)MIN(size, LINES_MAX - l->line->len));
}

static void emit(struct lines *l, lines_fn *on_line, void *data)
{
	g_autofree char *text = NULL;
	GString *s = l->line;

	/* A guest's terminal ends lines with CR LF, one CR for each level it went through. */
	while (s->len && s->str[s->len - 1] == '\r')
		g_string_truncate(s, s->len - 1);
	for (gsize i = 0; i < s->len; i++)
		if (!s->str[i])
			s->str[i] = '?';
	text = format_printable(s->str);
	g_string_truncate(s, 0);
	on_line(text, data);
}

void lines_feed(struct lines *l, const char *bytes, gsize size, lines_fn *on_line, void *data)
{
	const char *end = bytes + size, *newline;

	if (!l->line)
		l->line = g_string_new(NULL);
	while ((newline = memchr(bytes, '\n', (gsize)(end - bytes)))) {
		append(l, bytes, (gsize)(newline - bytes));
		emit(l, on_line, data);
		bytes = newline + 1;
	}
	append(l, bytes, (gsize)(end - bytes));
}

void lines_end(struct lines *l, lines_fn *on_line, void *data)
{
	if (l->line && l->line->len)
		emit(l, on_line, data);
}

void lines_clear(struct lines *l)
{
	if (l->line)
		g_string_free(l->line, TRUE);
	l->line = NULL;
}
