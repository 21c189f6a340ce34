/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `neve trace` shows: tables for people, an object for machines. Pure.
 */
#ifndef CLI_TRACE_REPORT_H
#define CLI_TRACE_REPORT_H

#include <json-glib/json-glib.h>

#include "symbols.h"
#include "trace_sample.h"

struct trace_view {
	const struct trace_sample *now;
	const struct trace_sample *before; /* the beginning of the interval; NULL: since boot */
	gboolean icount;		   /* a nanosecond is an instruction */
	gboolean per_vcpu;		   /* a table for each vCPU besides */
	enum trace_sort sort;
	guint max_rows; /* of a table, the rest is summed up; 0: all */
	const struct symbols *symbols[NEVE_TRACE_LEVELS]; /* of L1, of L2; may be NULL */
};

/* All free with g_free(). */
char *trace_table(const struct trace_view *view);
char *trace_timeline_table(const struct trace_view *view, const GArray *events);

/* @events may be NULL; takes @versions (may be NULL). */
JsonNode *trace_json(const struct trace_view *view, const GArray *events, JsonNode *versions);

/* "time", "count"...; FALSE when it is none of them. */
gboolean trace_parse_sort(const char *word, enum trace_sort *sort);

#endif
