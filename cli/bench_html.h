/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results of `neve bench` as one self-contained page; plots by gnuplot, as SVG in the page.
 */
#ifndef CLI_BENCH_HTML_H
#define CLI_BENCH_HTML_H

#include "bench.h"

#include <json-glib/json-glib.h>

/* Whether gnuplot is there; else a message that says how to get it. */
gboolean bench_html_possible(GError **error);

/* The page; free with g_free(). NULL with a message when a plot fails. */
char *bench_html(const struct bench_options *options, const GPtrArray *cells, JsonNode *versions,
		 const char *command, int signal, GError **error);

#endif
