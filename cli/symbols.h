/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of a kernel, from its System.map or /proc/kallsyms: lines `ADDRESS TYPE NAME`. Pure but
 * for reading the file.
 */
#ifndef CLI_SYMBOLS_H
#define CLI_SYMBOLS_H

#include <glib.h>

struct symbols;

/* NULL with a message when the file holds no symbols of code (or only hidden addresses, all 0). */
struct symbols *symbols_read(const char *path, GError **error);
/* The same of the text itself; @path for the message. */
struct symbols *symbols_parse(const char *text, const char *path, GError **error);
void symbols_free(struct symbols *s);

/* "name+0x1c", NULL when nothing is known at @address; free with g_free(). @s may be NULL. */
char *symbols_name(const struct symbols *s, guint64 address);

#endif
