/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run of `neve bench` is worth: the counts of QEMU's log joined to the payload's results,
 * what went wrong, and whether runs that must be equal are. Pure.
 */
#ifndef CLI_BENCH_RESULT_H
#define CLI_BENCH_RESULT_H

#include "bench.h"

/*
 * Called when @run has ended. Gives its operations the traps of the log, or holds neve's own counts
 * against them; writes into the cell what is wrong. @interrupted: an early end is no failure.
 */
void bench_run_finish(struct bench_run *run, const struct bench_options *options,
		      gboolean interrupted);

/* Compares @run with the cell's first one of its kind, to the digit. */
void bench_run_compare(struct bench_run *run);

/* The traps of @op as the log has them, as a result: names, means and the samples' distribution. */
void bench_traps_of_log(const struct intlog_op *op, gboolean nested, struct op_result *result);

/* Median, minimum and maximum of the ratio to @base in the same round; FALSE: no round has both. */
gboolean bench_wall_ratio(const struct bench_cell *cell, const struct bench_cell *base,
			  const char *op, double *median, double *min, double *max);

#endif
