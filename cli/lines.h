/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A console's bytes as lines that can be shown. Pure. A guest writes what it likes: no line is
 * longer than LINES_MAX, and none has control characters.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <glib.h>

/* Bytes of a line; the rest of a longer one is dropped. */
#define LINES_MAX (64u << 10)

/* Zeroed: nothing yet. */
struct lines {
	GString *line;
};

/* @line: format_printable()'s, without its end of line. */
typedef void lines_fn(const char *line, void *data);

/* Takes @size bytes, calls @on_line for each line that ends in them. */
void lines_feed(struct lines *lines, const char *bytes, gsize size, lines_fn *on_line, void *data);

/* No more comes: what is there is a line, if it is not empty. */
void lines_end(struct lines *lines, lines_fn *on_line, void *data);

void lines_clear(struct lines *lines);

#endif
