/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the trace of a running neve (neve/trace.h) out of a machine's memory, which is not trusted.
 * Pure: memory comes by a callback. This machine is little endian, as the traced one.
 */
#ifndef CLI_TRACE_SAMPLE_H
#define CLI_TRACE_SAMPLE_H

#include <glib.h>
#include <neve/trace.h>

typedef gboolean trace_read_fn(void *ctx, guint64 address, void *data, gsize size, GError **error);

struct trace_memory {
	trace_read_fn *read;
	void *ctx;
};

/* All statistics, of about one moment. */
struct trace_sample {
	struct neve_trace_header header;
	char (*names)[NEVE_TRACE_NAME]; /* [causes], terminated and printable; NULL: none */
	struct {
		guint64 *counts;	       /* [levels * causes] */
		struct neve_trace_stat *stats; /* the same; NULL: tracing was never on */
		struct neve_trace_cpu head;
	} cpu[NEVE_TRACE_CPUS];
};

/* Traps of one cause from one level. */
struct trace_row {
	guint level; /* 1, 2 */
	guint cause;
	char name[NEVE_TRACE_NAME];
	guint64 count;
	guint64 timed;	       /* of those, the ones that the rest is about */
	guint64 sum, min, max; /* ticks */
};

struct trace_event {
	guint cpu;
	struct neve_trace_entry e;
};

enum trace_sort { TRACE_BY_TIME, TRACE_BY_COUNT, TRACE_BY_MEAN, TRACE_BY_MAX, TRACE_BY_NAME };

/*
 * The address of the header in @ram_size bytes of RAM at @ram. 0 without a message: no neve has
 * started there (yet); 0 with one: memory cannot be read, or neve is of another version.
 */
guint64 trace_find(const struct trace_memory *m, guint64 ram, guint64 ram_size, GError **error);

/* NULL with a message. Free with trace_sample_free(). */
struct trace_sample *trace_sample_read(const struct trace_memory *m, guint64 header,
				       GError **error);
void trace_sample_free(struct trace_sample *s);

/*
 * Rows (struct trace_row) with a count, of one CPU or of all (-1), since boot or since @before (may
 * be NULL). min and max are always those since boot. Free with g_array_unref().
 */
GArray *trace_rows(const struct trace_sample *now, const struct trace_sample *before, int cpu,
		   enum trace_sort sort);

/* The sum of rows. */
struct trace_row trace_total(const GArray *rows);

/* Ticks from the first guest's start to the last trap that ended; 0 when there is no trace. */
guint64 trace_elapsed(const struct trace_sample *s);

/*
 * The last @n traps (struct trace_event) of all CPUs, oldest first. NULL with a message; free with
 * g_array_unref().
 */
GArray *trace_timeline(const struct trace_memory *m, const struct trace_sample *s, guint n,
		       GError **error);

/* The name of a cause, always something. */
const char *trace_cause(const struct trace_sample *s, guint cause);

#endif
