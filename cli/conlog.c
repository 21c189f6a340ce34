/* SPDX-License-Identifier: Apache-2.0 */
#include "conlog.h"
#include "error.h"
#include "home.h"

#include <errno.h>
#include <glib/gstdio.h>

#define TAIL_LINES 12

gboolean conlog_open(struct conlog *log, const char *directory, const char *name, GError **error)
{
	g_autofree char *dir = home_path(directory, error);

	if (!dir)
		return FALSE;
	log->path = g_build_filename(dir, name, NULL);
	log->file = g_mkdir_with_parents(dir, 0777) ? NULL : g_fopen(log->path, "w");
	if (log->file)
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "%s cannot be written: %s", log->path,
		    g_strerror(errno));
	return FALSE;
}

void conlog_line(struct conlog *log, const char *line)
{
	if (log->file)
		fprintf(log->file, "%s\n", line);
	g_queue_push_tail(&log->tail, g_strdup(line));
	if (g_queue_get_length(&log->tail) > TAIL_LINES)
		g_free(g_queue_pop_head(&log->tail));
}

void conlog_show_tail(const struct conlog *log, const char *title)
{
	fprintf(stderr, "\nThe last lines of the console, %s (all of it: %s):\n", title,
		home_shorten(log->path));
	for (const GList *l = log->tail.head; l; l = l->next)
		fprintf(stderr, "  | %s\n", (const char *)l->data);
}

void conlog_close(struct conlog *log)
{
	if (log->file)
		fclose(log->file);
	log->file = NULL;
	g_queue_clear_full(&log->tail, g_free);
	g_clear_pointer(&log->path, g_free);
}
