/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results of `neve bench`, as tables for a terminal and as JSON (docs/bench.schema.json). Pure.
 */
#ifndef CLI_BENCH_REPORT_H
#define CLI_BENCH_REPORT_H

#include "bench.h"

#include <json-glib/json-glib.h>

/* The operations of all cells, in the order of the runs; free with g_ptr_array_unref(). */
GPtrArray *bench_op_names(const GPtrArray *cells);

/* The same of the overhead programs. */
GPtrArray *bench_program_names(const GPtrArray *cells);

/* The cell of a configuration that has no host; NULL when it was not asked for. */
const struct bench_cell *bench_cell_find(const GPtrArray *cells, const char *config);

/* The cell that the ratios of @cell refer to, or itself; NULL when it was not asked for. */
const struct bench_cell *bench_base_of(const GPtrArray *cells, const struct bench_cell *cell);

/* "baseline, baseline-xen": those that ratios refer to here, "" when none; free with g_free(). */
char *bench_base_names(const GPtrArray *cells);

/* The ratio of @cell to that one; FALSE when one of the two has no result. */
gboolean bench_ratio(const GPtrArray *cells, const struct bench_cell *cell, const char *op,
		     double *ratio);

/* A program's ratio to that of the configuration @base, BASELINE or NATIVE. */
gboolean bench_program_ratio(const GPtrArray *cells, const struct bench_cell *cell,
			     const char *base, const char *program, double *ratio);

/* " (1.21; 1.10)": what there is of both for @cell, "" when nothing; free with g_free(). */
char *bench_program_ratios(const GPtrArray *cells, const struct bench_cell *cell,
			   const char *program);

/* What these brackets are, to follow a text: "; in brackets ..." or "". */
const char *bench_program_ratios_of(const GPtrArray *cells);

/* "nv2-vhe on Linux KVM"; free with g_free(). */
char *bench_cell_title(const struct bench_cell *cell);

/* The tables; free with g_free(). */
char *bench_tables(const struct bench_options *options, const GPtrArray *cells);

/* What could not be run, what failed, what was not equal: one line each; "" when nothing. */
char *bench_complaints(const GPtrArray *cells, gboolean with_unavailable);

/* @versions and @command (the words that make the same again) are taken. */
JsonNode *bench_json(const struct bench_options *options, const GPtrArray *cells,
		     JsonNode *versions, const char *command, int signal);

#endif
