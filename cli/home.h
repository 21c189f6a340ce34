/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the checkout is: its artifacts/ and build/ hold what is run by default.
 */
#ifndef CLI_HOME_H
#define CLI_HOME_H

#include <glib.h>

/*
 * The checkout's directory: $NEVE_HOME, else the first one upwards from this program that holds
 * tools/fetch, else from the current directory. NULL with a message when there is none. Not to be
 * freed.
 */
const char *home_dir(GError **error);

/* A path below home_dir(); free with g_free(). NULL with a message when there is no checkout. */
char *home_path(const char *relative, GError **error);

/*
 * The same of a file that has to be there; @make is make's target for it. NULL also when it is not,
 * with a message that names both.
 */
char *home_file(const char *relative, const char *make, GError **error);

/*
 * The QEMU to use: @given (a path or a name, may be NULL), else artifacts/qemu-host when it is
 * there, else the machine's. NULL with a message when there is none; free with g_free().
 */
char *home_qemu(const char *given, GError **error);

/* The same path, shorter when it is below the current directory, for what is printed. */
const char *home_shorten(const char *path);

/* Writes a file of results, whole or not at all. FALSE with a message. */
gboolean home_write(const char *path, const char *text, GError **error);

/* Runs a tool of the checkout, @argv[0]; what it says is the user's to see. NULL ends @argv. */
gboolean home_run_tool(const char *const *argv, GError **error);

#endif
