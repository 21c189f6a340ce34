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

/* One operation of the benchmark payload. */
struct op_result {
	char *op;
	char *error; /* why it has no result; NULL: the rest is valid */
	gint64 iterations;
	double instructions; /* mean; valid when a tick of the counter is an instruction */
	double instructions_p50;
	gboolean has_traps;
	double traps; /* mean, the sum of the causes */
	double traps_p50;
	GPtrArray *causes; /* struct op_cause, most frequent first */
};

struct console {
	char *l1_kernel;
	char *l1_kvm; /* "VHE", "nVHE", "none"... */
	char *l2_kernel;
	char *counters;	     /* "on", or why there are no trap counts */
	GPtrArray *ops;	     /* struct op_result, in the order of the run */
	gboolean bench_done; /* the payload said that it was at its end */
	gboolean l2_done;    /* the nested Linux did all its work without a failure */
	GHashTable *jobs;    /* job -> its exit status, as GINT_TO_POINTER */
	gboolean l1_done;
	guint malformed; /* lines of the payload that cannot be read */
};

struct console *console_new(void);
void console_free(struct console *console);

/* Takes one line. Returns what is worth telling the user of it, or NULL; free with g_free(). */
char *console_feed(struct console *console, const char *line);

/* The exit status of a job of L1's, -1 when it did not end. */
int console_job_status(const struct console *console, const char *job);

const struct op_result *console_op(const struct console *console, const char *op);

#endif
