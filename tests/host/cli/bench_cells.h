/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of `neve bench` as if they had run, for its tests. */
#ifndef TEST_BENCH_CELLS_H
#define TEST_BENCH_CELLS_H

#include "bench_report.h"
#include "bench_result.h"
#include "bench_run.h"

static inline struct bench_options bench_options_of(const char *const *configs)
{
	struct bench_options o = {
		.configs = g_ptr_array_new(),
		.l0 = {[L0_NEVE] = TRUE, [L0_KVM] = TRUE},
		.iterations = 512,
		.repeat = 1,
		.jobs = 2,
		.has_ops = TRUE,
		.programs = TRUE,
		.timeout = 60,
	};

	for (; *configs; configs++)
		g_ptr_array_add(o.configs, (gpointer)bench_config_find(*configs));
	return o;
}

static inline void run_feed(struct bench_run *run, const char *line)
{
	g_free(console_feed(run->console, line));
	if (g_str_has_prefix(line, "neve-bench: {"))
		g_string_append_printf(run->raw, "%s\n", line);
}

/* A run of @cell that came to its end with one operation; @traps: neve's counts, may be NULL. */
static inline struct bench_run *run_done(struct bench_cell *cell, const struct bench_options *o,
					 enum bench_kind kind, guint number, guint ticks,
					 const char *traps)
{
	struct bench_run *run = bench_run_new(cell, o, kind, number);
	g_autofree char *up =
		g_strdup_printf("neve-l1: kernel=6.12.1-arm64 kvm=%s cpus=2", cell->config->l1_kvm);
	g_autofree char *op = g_strdup_printf(
		"neve-bench: {\"op\":\"hypercall\",\"iterations\":512,\"unit_hz\":1000000000,"
		"\"ticks\":{\"mean\":%u.0,\"min\":%u,\"p50\":%u,\"p99\":%u,\"max\":%u,\"quantiles\":"
		"[%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u]},\"overhead\":6%s%s}",
		ticks, ticks, ticks, ticks, ticks, ticks, ticks, ticks, ticks, ticks, ticks, ticks,
		ticks, ticks, ticks, ticks, traps ? "," : "", traps ? traps : "");

	if (cell->l0 == L0_KVM)
		run_feed(run, "neve-l0: kernel=7.2.1-arm64 kvm=VHE+NV2 cpus=2");
	run_feed(run, up);
	run_feed(run, "neve-bench: {\"start\":true,\"cpus\":2,\"unit_hz\":1000000000,\"counters\":"
		      "\"on\"}");
	run_feed(run, op);
	run_feed(run, "neve-bench: {\"done\":true,\"ops\":1,\"failed\":0}");
	run_feed(run, "neve-job: end bench status=0 seconds=1");
	run->started = run->ended = TRUE;
	run->status = 0;
	return run;
}

/* The same with one overhead program. */
static inline struct bench_run *run_programs(struct bench_cell *cell, const struct bench_options *o,
					     guint64 ticks)
{
	struct bench_run *run = bench_run_new(cell, o, RUN_PROGRAMS, 0);
	g_autofree char *up = g_strdup_printf("neve-l1: kernel=6.12.1-arm64 kvm=%s cpus=2",
					      cell->config->l1_kvm ? cell->config->l1_kvm : "VHE");
	g_autofree char *fib = g_strdup_printf(
		"neve-overhead: {\"program\":\"fib\",\"n\":32,\"ticks\":%" G_GUINT64_FORMAT
		",\"unit_hz\":1000000000}",
		ticks);
	g_autofree char *end = g_strdup_printf("neve-job: end %s status=0 seconds=1",
					       cell->config->l1_kvm ? "linux" : "overhead");

	run_feed(run, up);
	run_feed(run, fib);
	run_feed(run, end);
	run->started = run->ended = TRUE;
	run->status = 0;
	return run;
}

static inline struct bench_cell *cell_named(const GPtrArray *cells, const char *name)
{
	for (guint i = 0; i < cells->len; i++) {
		struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (g_str_equal(cell->name, name))
			return cell;
	}
	return NULL;
}

#define NEVE_TRAPS                                                                                 \
	"\"traps\":{\"mean\":2.0,\"min\":2,\"p50\":2,\"p99\":2,\"max\":2,\"total\":1024,"          \
	"\"by_cause\":{\"L1 ERET\":1.0,\"L2 HVC\":1.0}}"

#endif
