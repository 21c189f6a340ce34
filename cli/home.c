/* SPDX-License-Identifier: Apache-2.0 */
#include "home.h"
#include "error.h"

#include <gio/gio.h>
#include <string.h>

static char *search_upwards(const char *from)
{
	g_autofree char *dir = g_strdup(from);

	for (;;) {
		g_autofree char *mark = g_build_filename(dir, "tools", "fetch", NULL);
		char *up;

		if (g_file_test(mark, G_FILE_TEST_IS_REGULAR))
			return g_steal_pointer(&dir);
		up = g_path_get_dirname(dir);
		if (!strcmp(up, dir)) {
			g_free(up);
			return NULL;
		}
		g_free(dir);
		dir = up;
	}
}

const char *home_dir(GError **error)
{
	static char *home;
	const char *set = g_getenv("NEVE_HOME");

	if (home)
		return home;
	if (set) {
		g_autofree char *mark = g_build_filename(set, "tools", "fetch", NULL);

		if (!g_file_test(mark, G_FILE_TEST_IS_REGULAR)) {
			g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
				    "NEVE_HOME is \"%s\", which is no checkout of neve "
				    "(no tools/fetch in it); set it right or unset it",
				    set);
			return NULL;
		}
		home = g_strdup(set);
	} else {
		g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
		g_autofree char *cwd = g_get_current_dir();

		if (exe)
			home = search_upwards(exe);
		if (!home)
			home = search_upwards(cwd);
	}
	if (!home)
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "no checkout of neve found; run this in one, or set NEVE_HOME");
	return home;
}

char *home_path(const char *relative, GError **error)
{
	const char *home = home_dir(error);

	return home ? g_build_filename(home, relative, NULL) : NULL;
}

char *home_file(const char *relative, const char *make, GError **error)
{
	g_autofree char *path = home_path(relative, error);

	if (!path || g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return g_steal_pointer(&path);
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "%s is not there; run: make %s", relative,
		    make);
	return NULL;
}

char *home_qemu(const char *given, GError **error)
{
	const char *name = given ? given : "qemu-system-aarch64";
	g_autofree char *own = home_path("artifacts/qemu-host/bin/qemu-system-aarch64", NULL);
	char *qemu;

	if (!given && own && g_file_test(own, G_FILE_TEST_IS_EXECUTABLE))
		return g_strdup(home_shorten(own));
	qemu = g_find_program_in_path(name);
	if (!qemu)
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "%s: no such program; run: make setup (or give --qemu PATH)", name);
	return qemu;
}

const char *home_shorten(const char *path)
{
	g_autofree char *cwd = g_get_current_dir();
	gsize n = strlen(cwd);

	return g_str_has_prefix(path, cwd) && path[n] == '/' ? path + n + 1 : path;
}

gboolean home_write(const char *path, const char *text, GError **error)
{
	g_autoptr(GError) why = NULL;

	if (g_file_set_contents(path, text, -1, &why))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "%s: cannot be written: %s",
		    home_shorten(path), why->message);
	return FALSE;
}

gboolean home_run_tool(const char *const *argv, GError **error)
{
	g_autofree char *path = home_path(argv[0], error);
	g_autoptr(GPtrArray) full = g_ptr_array_new();
	g_autoptr(GSubprocess) process = NULL;

	if (!path)
		return FALSE;
	g_ptr_array_add(full, path);
	for (argv++; *argv; argv++)
		g_ptr_array_add(full, (gpointer)*argv);
	g_ptr_array_add(full, NULL);
	process =
		g_subprocess_newv((const char *const *)full->pdata, G_SUBPROCESS_FLAGS_NONE, error);
	if (!process || !g_subprocess_wait(process, NULL, error))
		return FALSE;
	if (g_subprocess_get_successful(process))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "%s failed (its message is above)",
		    home_shorten(path));
	return FALSE;
}
