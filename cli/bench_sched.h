/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the cells of `neve bench`: those that count, several at a time; then the rounds of
 * wall-clock time, one after the other, each round through all cells so that what else the machine
 * does meets all alike. Says how far it is and how long it will take. A signal ends it; what is
 * there remains.
 */
#ifndef CLI_BENCH_SCHED_H
#define CLI_BENCH_SCHED_H

#include "bench.h"

/* Called after each run, to keep what there is. */
typedef void bench_save_fn(void *data);

/*
 * Returns 0, or the signal that ended it. FALSE-like -1 with @error when the payload refuses its
 * options (it alone knows its operations).
 */
int bench_run_all(const struct bench_options *options, GPtrArray *cells, bench_save_fn *save,
		  void *data, GError **error);

#endif
