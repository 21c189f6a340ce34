/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_result.h"
#include "error.h"

#include <string.h>

#define PRECISION 0.00051 /* the payload gives three decimals */

static gint by_value(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return (x > y) - (x < y);
}

/* By nearest rank, as the payload does it (guests/lib/stats.c). */
static double percentile(const GArray *sorted, guint percent)
{
	guint64 rank = ((guint64)sorted->len * percent + 99) / 100;

	return (double)g_array_index(sorted, guint64, rank ? rank - 1 : 0);
}

static void add_causes(const struct intlog_counts *counts, double n, gboolean nested,
		       struct op_result *result)
{
	static const char *const name[2][INTLOG_LEVELS] = {{"host", "VM"}, {"L1", "L2"}};

	for (guint level = 0; level < INTLOG_LEVELS; level++) {
		for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
			char text[33] = {0};
			g_autofree char *full = NULL;

			if (!counts->count[level][cause])
				continue;
			trap_cause_name(cause, text);
			full = g_strdup_printf("%s %s", name[nested][level], text);
			op_cause_add(result, full, (double)counts->count[level][cause] / n);
		}
	}
	op_causes_sort(result);
}

void bench_traps_of_log(const struct intlog_op *op, gboolean nested, struct op_result *result)
{
	const struct intlog_counts *counts = intlog_op_counts(op);
	struct op_stats *s = &result->traps;
	double n = (double)result->iterations;

	if (!op->totals->len || n < 1)
		return;
	g_array_sort(op->totals, by_value);
	s->mean = (double)intlog_total(counts) / n;
	s->min = percentile(op->totals, 0);
	s->p50 = percentile(op->totals, 50);
	s->p99 = percentile(op->totals, 99);
	s->max = percentile(op->totals, 100);
	g_ptr_array_set_size(result->causes, 0);
	add_causes(counts, n, nested, result);
	result->has_traps = TRUE;
}

static const struct op_cause *find_cause(const struct op_result *r, const char *name)
{
	for (guint i = 0; i < r->causes->len; i++) {
		const struct op_cause *c = g_ptr_array_index(r->causes, i);

		if (!strcmp(c->name, name))
			return c;
	}
	return NULL;
}

static double count_of(const struct op_result *r, const char *name)
{
	const struct op_cause *c = find_cause(r, name);

	return c ? c->count : 0;
}

/* Whether neve's count is the log's, or more by what only neve may have seen inside. */
static gboolean agree(double own, double log, double beside)
{
	return own > log - PRECISION && own < log + beside + PRECISION;
}

static void compare_causes(GString *out, const struct op_result *own, const struct op_result *log,
			   const struct op_result *beside, const GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++) {
		const struct op_cause *c = g_ptr_array_index(names, i);
		double x = count_of(own, c->name), y = count_of(log, c->name);

		if (!agree(x, y, count_of(beside, c->name)))
			g_string_append_printf(out, " %s %s: %.3f and %.3f;", own->op, c->name, x,
					       y);
	}
}

/* neve's own counts against those of the log, cause by cause and in total. */
static void check_counts(GString *out, struct bench_cell *cell, struct op_result *own,
			 const struct intlog_op *op)
{
	const struct intlog_beside *b = intlog_op_beside(op);
	guint64 total = intlog_total(intlog_op_counts(op)), beside_total = intlog_total(&b->traps);
	struct op_result log = {
		.iterations = own->iterations,
		.causes = g_ptr_array_new_with_free_func(op_cause_free),
	};
	struct op_result beside = {.causes = g_ptr_array_new_with_free_func(op_cause_free)};

	bench_traps_of_log(op, TRUE, &log);
	add_causes(&b->traps, (double)own->iterations, TRUE, &beside);
	compare_causes(out, own, &log, &beside, own->causes);
	compare_causes(out, own, &log, &beside, log.causes);
	if (own->traps_total < total || own->traps_total > total + beside_total)
		g_string_append_printf(out,
				       " %s, all: %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT ";",
				       own->op, own->traps_total, total);
	if (!intlog_total(&op->samples_beside.traps) &&
	    (own->traps.p50 != log.traps.p50 || own->traps.max != log.traps.max ||
	     own->traps.min != log.traps.min || own->traps.p99 != log.traps.p99))
		g_string_append_printf(out, " %s: the samples' distribution;", own->op);
	cell->traps_equal += own->traps_total;
	cell->traps_beside += beside_total;
	own->latches = (struct op_latches){
		.all = b->latches,
		.disturbed = b->disturbed,
		.traps = beside_total,
	};
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
		own->latches.payload_traps += b->traps.count[INTLOG_PAYLOAD][cause];
	g_ptr_array_unref(log.causes);
	g_ptr_array_unref(beside.causes);
}

static void join_log(struct bench_run *run)
{
	const GPtrArray *logged = intlog_ops(run->intlog);
	struct bench_cell *cell = run->cell;
	g_autoptr(GString) wrong = g_string_new(NULL);

	/* The payload marks an operation before it prints its line. */
	if (logged->len < run->console->ops->len) {
		g_string_append_printf(
			cell->differences,
			"%s: the console shows %u operations, QEMU's log of exceptions %u\n",
			cell->name, run->console->ops->len, logged->len);
		return;
	}
	for (guint i = 0; i < run->console->ops->len; i++) {
		struct op_result *r = g_ptr_array_index(run->console->ops, i);
		const struct intlog_op *op = g_ptr_array_index(logged, i);

		if (r->error)
			continue;
		if (cell->l0 != L0_NEVE)
			bench_traps_of_log(op, cell->l0 != L0_NONE, r);
		else if (r->has_traps)
			check_counts(wrong, cell, r, op);
		else
			g_string_append_printf(wrong, " %s: neve counted nothing;", r->op);
	}
	if (wrong->len)
		g_string_append_printf(cell->differences,
				       "%s: traps, neve's counts and QEMU's log:%s\n", cell->name,
				       wrong->str);
}

/* The first of L1's jobs that failed, or that did not end; NULL when none. */
static const char *failed_job(const struct bench_run *run, const struct bench_options *options)
{
	const struct console *c = run->console;

	if (bench_config_is_xen(run->cell->config))
		return NULL;
	if (run->kind == RUN_PROGRAMS) {
		const char *job = run->cell->config->l1_kvm ? "linux" : "overhead";

		return console_job_status(c, job) ? job : NULL;
	}
	if (options->has_ops && console_job_status(c, "bench"))
		return "bench";
	if (options->switches && console_job_status(c, "context-switch"))
		return "context-switch";
	return NULL;
}

/* Why the run has no results, or not all; NULL when it has. Free with g_free(). */
static char *problem(const struct bench_run *run, const struct bench_options *options)
{
	const struct console *c = run->console;
	const struct bench_cell *cell = run->cell;
	const char *kvm = cell->config->l1_kvm, *job = failed_job(run, options);

	if (run->status == EXIT_TIMEOUT)
		return g_strdup("stopped: its time was up (--timeout)");
	if (cell->l0 == L0_KVM && !c->l0_kernel)
		return g_strdup("the host hypervisor did not come up");
	if (!c->l1_kernel)
		return g_strdup("the guest hypervisor did not come up");
	if (kvm && strcmp(c->l1_kvm, kvm) != 0)
		return g_strdup_printf("the guest hypervisor is %s, expected %s", c->l1_kvm, kvm);
	if (c->bench_error)
		return g_strdup_printf("the payload gave up: %s", c->bench_error);
	if (run->kind == RUN_PROGRAMS ? !c->programs->len : !c->bench_done)
		return g_strdup("the payload did not finish");
	if (run->kind == RUN_OPS && cell->l0 == L0_NEVE && g_strcmp0(c->counters, "on") != 0)
		return g_strdup_printf("no trap counts: %s", c->counters);
	if (c->malformed)
		return g_strdup_printf("%u lines of the payload cannot be read", c->malformed);
	if (job)
		return g_strdup_printf("the job %s of the guest hypervisor did not end well", job);
	if (run->status)
		return g_strdup_printf("QEMU ended with status %d", run->status);
	return NULL;
}

void bench_run_finish(struct bench_run *run, const struct bench_options *options,
		      gboolean interrupted)
{
	struct bench_cell *cell = run->cell;
	g_autofree char *wrong = problem(run, options);

	if (run->intlog)
		join_log(run);
	if (!wrong || cell->failure)
		return;
	if (interrupted)
		g_free(g_steal_pointer(&wrong));
	cell->failure = wrong ? g_steal_pointer(&wrong) : g_strdup("interrupted");
}

static void append_traps(GString *s, const struct console *c)
{
	for (guint i = 0; i < c->ops->len; i++) {
		const struct op_result *r = g_ptr_array_index(c->ops, i);

		g_string_append_printf(s, "%s %.6f %.0f %.0f %.0f %.0f", r->op, r->traps.mean,
				       r->traps.min, r->traps.p50, r->traps.p99, r->traps.max);
		for (guint k = 0; k < r->causes->len; k++) {
			const struct op_cause *cause = g_ptr_array_index(r->causes, k);

			g_string_append_printf(s, " %s %.6f", cause->name, cause->count);
		}
		g_string_append_c(s, '\n');
	}
}

/* The first line in which two texts differ, as "A, then B"; free with g_free(). */
static char *first_difference(const char *a, const char *b)
{
	g_auto(GStrv) x = g_strsplit(a, "\n", -1);
	g_auto(GStrv) y = g_strsplit(b, "\n", -1);
	guint i = 0;

	while (x[i] && y[i] && !strcmp(x[i], y[i]))
		i++;
	return g_strdup_printf("%s, then %s", x[i] ? x[i] : "nothing", y[i] ? y[i] : "nothing");
}

void bench_run_compare(struct bench_run *run)
{
	const struct bench_run *first = bench_cell_run(run->cell, run->kind);
	g_autoptr(GString) a = NULL, b = NULL;
	g_autofree char *line = NULL;

	if (!first || first == run || run->kind == RUN_WALL)
		return;
	a = g_string_new(first->raw->str);
	b = g_string_new(run->raw->str);
	append_traps(a, first->console);
	append_traps(b, run->console);
	if (!strcmp(a->str, b->str))
		return;
	line = first_difference(a->str, b->str);
	g_string_append_printf(run->cell->differences, "%s: run 1 and run %u differ: %s\n",
			       run->cell->name, run->number + 1, line);
}

static const struct op_result *wall_op(const struct bench_cell *cell, guint round, const char *op)
{
	for (guint i = 0; i < cell->runs->len; i++) {
		const struct bench_run *run = g_ptr_array_index(cell->runs, i);
		const struct op_result *r;

		if (run->kind != RUN_WALL || run->number != round)
			continue;
		r = console_op(run->console, op);
		return r && !r->error ? r : NULL;
	}
	return NULL;
}

gboolean bench_wall_ratio(const struct bench_cell *cell, const struct bench_cell *base,
			  const char *op, double *median, double *min, double *max)
{
	g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));

	for (guint round = 0; round < cell->runs->len; round++) {
		const struct op_result *x = wall_op(cell, round, op), *y = wall_op(base, round, op);
		double ratio;
		guint at = 0;

		if (!x || !y || y->instructions.p50 <= 0)
			continue;
		ratio = x->instructions.p50 / y->instructions.p50;
		while (at < ratios->len && g_array_index(ratios, double, at) < ratio)
			at++;
		g_array_insert_val(ratios, at, ratio);
	}
	if (!ratios->len)
		return FALSE;
	*min = g_array_index(ratios, double, 0);
	*max = g_array_index(ratios, double, ratios->len - 1);
	*median = g_array_index(ratios, double, ratios->len / 2);
	if (ratios->len % 2 == 0)
		*median = (*median + g_array_index(ratios, double, ratios->len / 2 - 1)) / 2;
	return TRUE;
}
