/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands: one file each, cmd_NAME.c, and one line in the table of main.c.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <glib.h>

struct command {
	const char *name;
	const char *summary;
	/*
	 * @argv[0] is the name; may be changed, not kept. Returns the exit status, or -1 with
	 * @error set: the caller prints it and chooses the status.
	 */
	int (*run)(int argc, char **argv, GError **error);
};

extern const struct command cmd_bench, cmd_demo, cmd_doctor, cmd_run, cmd_trace;

/*
 * Parses @entries. Prints the help and sets *@status to 0 when it is asked for; FALSE then, and on
 * an error. What follows "--" goes to *@rest (NULL: not allowed), other words are errors.
 */
gboolean command_parse(int argc, char **argv, const char *synopsis, const char *description,
		       const GOptionEntry *entries, char ***rest, int *status, GError **error);

#endif
