/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

#include <math.h>
#include <string.h>

/* 2^53: a double beyond has no digits after it. */
#define WHOLE_BELOW 9007199254740992.0

char *format_thousands(double x)
{
	g_autofree char *digits = g_strdup_printf("%.0f", x);
	GString *s = g_string_new(digits);

	for (gssize at = (gssize)s->len - 3; at > 0; at -= 3)
		g_string_insert_c(s, at, ',');
	return g_string_free(s, FALSE);
}

void format_count(GString *s, double x)
{
	char buffer[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(s, g_ascii_formatd(buffer, sizeof(buffer),
					   fabs(x - round(x)) < COUNT_SHOWN_FROM ? "%.0f" : "%.1f",
					   x));
}

char *format_printable(const char *text)
{
	g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
	GString *s;

	if (!valid)
		return NULL;
	s = g_string_new(NULL);
	for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
		gunichar u = g_utf8_get_char(c);

		g_string_append_unichar(s, g_unichar_iscntrl(u) && u != '\t' ? '?' : u);
	}
	return g_string_free(s, FALSE);
}

void format_json_number(JsonBuilder *b, const char *member, double x)
{
	json_builder_set_member_name(b, member);
	if (!isfinite(x))
		json_builder_add_null_value(b);
	else if (x == floor(x) && fabs(x) < WHOLE_BELOW)
		json_builder_add_int_value(b, (gint64)x);
	else
		json_builder_add_double_value(b, x);
}

void format_json_string(JsonBuilder *b, const char *member, const char *text)
{
	json_builder_set_member_name(b, member);
	if (text)
		json_builder_add_string_value(b, text);
	else
		json_builder_add_null_value(b);
}

static gboolean shorten_number(const GMatchInfo *match, GString *out, gpointer data)
{
	g_autofree char *text = g_match_info_fetch(match, 0);
	double x = fabs(g_ascii_strtod(text, NULL));
	/* Below 0.0001 json-glib has an exponent, and this is what stands before it. */
	const char *format = x >= 0.1 || !x ? "%.3f"
			     : x >= 0.01    ? "%.4f"
			     : x >= 0.001   ? "%.5f"
					    : "%.6f";
	char buffer[G_ASCII_DTOSTR_BUF_SIZE];
	gsize len;

	(void)data;
	g_ascii_formatd(buffer, sizeof(buffer), format, g_ascii_strtod(text, NULL));
	len = strlen(buffer);
	while (buffer[len - 1] == '0' && buffer[len - 2] != '.')
		buffer[--len] = '\0';
	g_string_append(out, buffer);
	return FALSE;
}

char *format_json(JsonNode *root)
{
	/* A number as a member's value; in a string a quote would stand before it. */
	g_autoptr(GRegex) number = g_regex_new("(?<=\" : )-?\\d+\\.\\d{4,}", 0, 0, NULL);
	g_autofree char *text = json_to_string(root, TRUE);
	g_autofree char *shorter =
		g_regex_replace_eval(number, text, -1, 0, 0, shorten_number, NULL, NULL);

	return g_strconcat(shorter, "\n", NULL);
}
