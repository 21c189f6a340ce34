/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run says on its console: our guests' lines (guests/l1/init, guests/l2/init, guests/bench)
 * among all that kernels print. Pure: lines in, facts out. A console is not trusted: what cannot be
 * read is counted, never guessed.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <glib.h>

/* Traps of one cause, per operation. */
struct op_cause {
	char *name; /* "L2 HVC": level and cause */
	double count;
};

/* At 0, 1, 5, 10, 25, 50, 75, 90, 95, 99 and 100 per cent. */
#define OP_QUANTILES 11

/* Samples of one quantity of an operation; what is not known is as the mean. */
struct op_stats {
	double mean, min, p50, p99, max;
	double quantile[OP_QUANTILES];
	gboolean has_quantiles;
};

/* One operation of the benchmark payload. */
/*
 * How neve latched its counters for what is counted, as QEMU's log has it. Disturbed: another CPU
 * trapped meanwhile; these traps count on either side.
 */
struct op_latches {
	guint64 all; /* 0: not held against the log */
	guint64 disturbed, traps, payload_traps;
};

struct op_result {
	char *op;
	char *on;    /* what it works on; may be NULL */
	char *error; /* why it has no result; NULL: the rest is valid */
	gint64 iterations;
	struct op_stats instructions; /* when a tick of the counter is one; else nanoseconds */
	gboolean has_traps;
	struct op_stats traps; /* the mean is the sum of the causes */
	guint64 traps_total;   /* of all iterations; 0 when not said */
	struct op_latches latches;
	GPtrArray *causes; /* struct op_cause, most frequent first */
};

/* A program that runs in a Linux, and reads the counter before and after itself. */
struct program_result {
	char *name;
	char *error; /* NULL: the rest is valid */
	double instructions;
};

struct console {
	char *l0_kernel; /* of a Linux as host hypervisor; NULL: there was none */
	char *l0_kvm;
	char *l1_kernel;
	char *l1_kvm; /* "VHE", "nVHE", "none"... */
	char *l2_kernel;
	char *counters;	     /* "on", or why there are no trap counts */
	GPtrArray *ops;	     /* struct op_result, in the order of the run */
	GPtrArray *programs; /* struct program_result, in the order of the run */
	gboolean bench_done; /* the payload said that it was at its end */
	gboolean l2_done;    /* the nested Linux did all its work without a failure */
	GHashTable *jobs;    /* job -> its exit status, as GINT_TO_POINTER */
	gboolean l1_done;
	char *op_names;	   /* the payload's operations; said only when it is asked for others */
	char *bench_error; /* why the payload gave up; NULL when it did not */
	guint malformed;   /* lines of the payload that cannot be read */
};

struct console *console_new(void);
void console_free(struct console *console);

/* Takes one line. Returns what is worth telling the user of it, or NULL; free with g_free(). */
char *console_feed(struct console *console, const char *line);

/* The exit status of a job of L1's, -1 when it did not end. */
int console_job_status(const struct console *console, const char *job);

/* Adds "LEVEL NAME" with @count to the causes of @result; op_causes_sort() when all are there. */
void op_cause_add(struct op_result *result, const char *name, double count);
void op_causes_sort(struct op_result *result);

/* For a GPtrArray of causes. */
void op_cause_free(void *cause);

const struct program_result *console_program(const struct console *console, const char *name);

const struct op_result *console_op(const struct console *console, const char *op);

#endif
