/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine's console, kept in a file below build/, and its last lines, for when something fails.
 */
#ifndef CLI_CONLOG_H
#define CLI_CONLOG_H

#include <glib.h>
#include <stdio.h>

/* Zeroed: no file yet. */
struct conlog {
	FILE *file;
	char *path;
	GQueue tail; /* char * */
};

/* Opens DIRECTORY/NAME below the checkout. FALSE with a message; conlog_close() in any case. */
gboolean conlog_open(struct conlog *log, const char *directory, const char *name, GError **error);

void conlog_line(struct conlog *log, const char *line);

/* The last lines on the error output; @title says whose they are. */
void conlog_show_tail(const struct conlog *log, const char *title);

void conlog_close(struct conlog *log);

#endif
