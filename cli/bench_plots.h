/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plots of `neve bench --html`. Each returns an SVG element, to be freed with g_free(), or NULL
 * with a message; NULL without one when there is nothing to draw.
 */
#ifndef CLI_BENCH_PLOTS_H
#define CLI_BENCH_PLOTS_H

#include "bench.h"

/* The colour of a cell, for var(--cN); the baseline is 0. */
guint bench_cell_color(const GPtrArray *cells, const struct bench_cell *cell);

/* Groups of causes have the colours from here on. */
#define TRAP_GROUP_COLOR 20

/* What a cause of traps belongs to; below nr_trap_groups. */
guint bench_trap_group(const char *cause);

extern const char *const trap_groups[];
extern const guint nr_trap_groups;

/* Ratios to the baseline on a log scale, published ones as hollow bars. */
char *bench_plot_ratios(const GPtrArray *cells, guint width, GError **error);

/* Traps of all operations of a cell, stacked by group of causes. */
char *bench_plot_traps(const GPtrArray *cells, const struct bench_cell *cell, GError **error);

/* The samples of one operation in all cells. */
char *bench_plot_samples(const GPtrArray *cells, const char *op, GError **error);

#endif
