/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "error.h"

#include <stdio.h>
#include <string.h>

static gboolean split_rest(int *argc, char **argv, char ***rest, GError **error)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (!rest) {
			g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
				    "nothing may follow \"--\" here");
			return FALSE;
		}
		*rest = g_strdupv(argv + i + 1);
		*argc = i;
		argv[i] = NULL;
		break;
	}
	return TRUE;
}

/* Whether the option of this letter takes a value. */
static gboolean takes_value(const GOptionEntry *entries, char letter)
{
	for (; entries->long_name; entries++)
		if (entries->short_name == letter)
			return entries->arg != G_OPTION_ARG_NONE;
	return FALSE;
}

/* Whether what follows @arg, an option, is its value. */
static gboolean value_follows(const GOptionEntry *entries, const char *arg)
{
	if (arg[0] != '-' || !arg[1])
		return FALSE;
	if (arg[1] != '-') {
		/* of several letters the first with a value takes the rest, or what follows */
		for (arg++; *arg && !takes_value(entries, *arg); arg++)
			;
		return *arg && !arg[1];
	}
	for (; entries->long_name; entries++)
		if (!strcmp(entries->long_name, arg + 2))
			return entries->arg != G_OPTION_ARG_NONE;
	return FALSE;
}

/* "-j2" as "-j", "2": GOption knows only the latter. An option's value stays as it is. */
static char **split_short(int argc, char **argv, const GOptionEntry *entries)
{
	GPtrArray *out = g_ptr_array_new();
	gboolean is_value = TRUE; /* as the program's name is */

	for (int i = 0; i < argc; i++) {
		const char *arg = argv[i];

		if (!is_value && arg[0] == '-' && arg[1] && arg[2] &&
		    takes_value(entries, arg[1])) {
			g_ptr_array_add(out, g_strndup(arg, 2));
			g_ptr_array_add(out, g_strdup(arg + 2));
			continue;
		}
		g_ptr_array_add(out, g_strdup(arg));
		is_value = !is_value && value_follows(entries, arg);
	}
	g_ptr_array_add(out, NULL);
	return (char **)g_ptr_array_free(out, FALSE);
}

gboolean command_parse(int argc, char **argv, const char *synopsis, const char *description,
		       const GOptionEntry *entries, char ***rest, int *status, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(synopsis);
	g_auto(GStrv) words = NULL;
	gboolean help = FALSE;
	GOptionEntry own[] = {
		{"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	*status = -1;
	if (!split_rest(&argc, argv, rest, error))
		return FALSE;
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, own, NULL);
	g_option_context_set_description(context, description);
	words = split_short(argc, argv, entries);
	if (!g_option_context_parse_strv(context, &words, error))
		return FALSE;
	if (help) {
		g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);

		fputs(text, stdout);
		*status = 0;
		return FALSE;
	}
	if (words[1]) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "unexpected argument \"%s\"; see --help", words[1]);
		return FALSE;
	}
	return TRUE;
}
