/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as people and as machines read them, whatever the locale. Pure.
 */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include <json-glib/json-glib.h>

/* A count below this, per operation, is no part of the operation: interrupts that fell into it. */
#define COUNT_SHOWN_FROM 0.05

/* 51588 as "51,588"; free with g_free(). */
char *format_thousands(double x);

/* Appends @x with at most one decimal: "2", "0.3". */
void format_count(GString *s, double x);

/* A member of the object that @b is in; a whole number has no decimals, what is none is null. */
void format_json_number(JsonBuilder *b, const char *member, double x);

/*
 * @text as a terminal may have it: what is no UTF-8 and control characters (but tabs) replaced;
 * free with g_free(). NULL of NULL.
 */
char *format_printable(const char *text);

/* NULL becomes null. */
void format_json_string(JsonBuilder *b, const char *member, const char *text);

/*
 * @root as text, numbers with three decimals (all that the payload gives), or three digits where
 * the first are zeros; free with g_free(). json-glib alone would write 2.2999999999999998.
 */
char *format_json(JsonNode *root);

#endif
