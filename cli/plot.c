/* SPDX-License-Identifier: Apache-2.0 */
#include "plot.h"
#include "error.h"

#include <gio/gio.h>
#include <string.h>

gboolean plot_possible(GError **error)
{
	g_autofree char *gnuplot = g_find_program_in_path("gnuplot");

	if (!gnuplot)
		g_set_error_literal(error, CLI_ERROR, CLI_ERROR_INPUT,
				    "--html needs gnuplot, which is not there; run: make setup");
	return gnuplot != NULL;
}

GString *plot_new(guint width, guint height, guint margin)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(
		s,
		"set terminal svg size %u,%u dynamic noenhanced font \"sans-serif,12\"\n"
		"set border 1 linecolor rgb \"" PLOT_GRID "\"\n"
		"set xtics nomirror scale 0.5,0 textcolor rgb \"" PLOT_TEXT "\"\n"
		"set grid xtics linetype 1 linewidth 1 linecolor rgb \"" PLOT_GRID "\"\n"
		"set ytics nomirror scale 0 textcolor rgb \"" PLOT_TEXT "\"\n"
		"set lmargin %u\nset rmargin 2\nset tmargin 0.5\nset bmargin 2\nunset key\n",
		width, height, margin);
	return s;
}

void plot_append_string(GString *script, const char *text)
{
	g_string_append_c(script, '"');
	for (; *text; text++)
		g_string_append_c(script,
				  g_ascii_isprint(*text) && !strchr("\"\\`$", *text) ? *text : '?');
	g_string_append_c(script, '"');
}

static char *replace(char *text, const char *regex, const char *with)
{
	g_autofree char *before = text;
	g_autoptr(GRegex) r =
		g_regex_new(regex, G_REGEX_DOTALL | G_REGEX_MULTILINE | G_REGEX_OPTIMIZE, 0, NULL);

	return g_regex_replace(r, before, -1, 0, with, 0, NULL);
}

/* Only the drawing: no prologue, no titles and ids, which would not be unique in the page. */
static char *clean(const char *svg, const char *label)
{
	const char *at = strstr(svg, "<svg");
	g_autofree char *escaped = g_markup_escape_text(label, -1);
	g_autofree char *head = g_strdup_printf("<svg role=\"img\" aria-label=\"%s\"", escaped);
	char *text;

	if (!at)
		return NULL;
	text = g_strconcat(head, at + strlen("<svg"), NULL);
	text = replace(text, "<(title|desc|defs)>.*?</\\1>\\s*", "");
	text = replace(text, " id=\"[^\"]*\"| xmlns:xlink=\"[^\"]*\"", "");
	text = replace(text, "rgb\\( *12, *0, *(\\d+)\\)", "var(--c\\1)");
	text = replace(text, "rgb\\( *11, *0, *1\\)", "var(--text)");
	text = replace(text, "rgb\\( *11, *0, *2\\)", "var(--grid)");
	text = replace(text, "<g [^>]*>\\s*</g>\\s*", "");
	text = replace(text, "\\n\\s*", "\n");
	return text;
}

char *plot_svg(GString *script, const char *label, GError **error)
{
	g_autofree char *input = g_string_free(script, FALSE);
	g_autoptr(GSubprocess) process = NULL;
	g_autofree char *out = NULL, *err = NULL;
	char *svg;

	process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
					   G_SUBPROCESS_FLAGS_STDERR_PIPE,
				   error, "gnuplot", "-", NULL);
	if (!process || !g_subprocess_communicate_utf8(process, input, NULL, &out, &err, error))
		return NULL;
	svg = g_subprocess_get_successful(process) ? clean(out, label) : NULL;
	if (!svg)
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "gnuplot failed at the plot \"%s\": %s", label, g_strstrip(err));
	return svg;
}
