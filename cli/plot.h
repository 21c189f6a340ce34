/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plots by gnuplot, as SVG for a page. Colours are the page's own, so that light and dark are its
 * business: PLOT_COLOR(n) becomes var(--cN), PLOT_TEXT var(--text), PLOT_GRID var(--grid).
 */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include <glib.h>

#define PLOT_TEXT "#0b0001"
#define PLOT_GRID "#0b0002"

/* The code of colour @n, below 256, for a script: "rgb PLOT_COLOR" with it. */
#define PLOT_COLOR "\"#0c00%02x\""

/* Whether gnuplot is there; else a message that says how to get it. */
gboolean plot_possible(GError **error);

/*
 * Begins a script: terminal of @width by @height pixels, axes and grid as all plots have them, with
 * room for labels of @margin characters at the left. Free with g_string_free().
 */
GString *plot_new(guint width, guint height, guint margin);

/* Appends @text as a string of gnuplot, whatever is in it. */
void plot_append_string(GString *script, const char *text);

/*
 * Runs @script, which is freed, and returns the SVG element; @label is for who cannot see it. NULL
 * with a message. Free with g_free().
 */
char *plot_svg(GString *script, const char *label, GError **error);

#endif
