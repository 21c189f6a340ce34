/* SPDX-License-Identifier: Apache-2.0 */
/* `neve bench` after the machines: results joined, compared, shown. */
#include "bench_cells.h"
#include "bench_plots.h"
#include "bench_xen.h"
#include "plot.h"
#include "published.h"

#include <string.h>

static const char *const some[] = {NATIVE, BASELINE, "nv2-vhe", "nv2-nvhe", NULL};

static struct bench_options options;
static GPtrArray *cells;

static void begin(void)
{
	options = bench_options_of(some);
	cells = bench_cells_new(&options);
}

static void end(void)
{
	g_ptr_array_unref(cells);
	g_ptr_array_unref(options.configs);
}

static void test_cells(void)
{
	begin();
	g_assert_cmpuint(cells->len, ==, 6);
	g_assert_nonnull(cell_named(cells, BASELINE));
	g_assert_null(cell_named(cells, "nv2-vhe@kvm")->unavailable);
	/* Never silently left out. */
	g_assert_nonnull(cell_named(cells, "nv2-nvhe@kvm")->unavailable);
	g_assert_null(bench_config_find("nv3"));
	end();
}

static void test_tables(void)
{
	g_autofree char *text = NULL, *complaints = NULL;
	double ratio;

	begin();
	bench_run_finish(
		run_done(cell_named(cells, "nv2-vhe@neve"), &options, RUN_OPS, 0, 3006, NEVE_TRAPS),
		&options, FALSE);
	run_done(cell_named(cells, BASELINE), &options, RUN_OPS, 0, 1006, NULL);
	g_assert_true(bench_ratio(cells, cell_named(cells, "nv2-vhe@neve"), "hypercall", &ratio));
	g_assert_cmpfloat_with_epsilon(ratio, 3, 1e-9);
	g_assert_false(bench_ratio(cells, cell_named(cells, "nv2-vhe@kvm"), "hypercall", &ratio));
	text = bench_tables(&options, cells);
	g_assert_nonnull(strstr(text, "3,000 (3.0; 37*)"));
	g_assert_nonnull(strstr(text, "2 (15*)"));
	g_assert_nonnull(strstr(text, "published"));
	complaints = bench_complaints(cells, TRUE);
	g_assert_nonnull(strstr(complaints, "not run: nv2-nvhe@kvm: "));
	g_assert_null(strstr(complaints, "failed"));
	end();
}

static void test_problems(void)
{
	struct bench_cell *cell;
	struct bench_run *run;

	begin();
	/* The results of another mode of L1's KVM are not those that were asked for. */
	cell = cell_named(cells, "nv2-nvhe@neve");
	run = run_done(cell, &options, RUN_OPS, 0, 3006, NEVE_TRAPS);
	run_feed(run, "neve-l1: kernel=6.12.1-arm64 kvm=VHE cpus=2");
	bench_run_finish(run, &options, FALSE);
	g_assert_nonnull(strstr(cell->failure, "expected Hyp-nVHE"));
	/* One that was stopped is no failure of its own. */
	cell = cell_named(cells, "nv2-vhe@neve");
	run = bench_run_new(cell, &options, RUN_OPS, 0);
	run->started = TRUE;
	bench_run_finish(run, &options, TRUE);
	g_assert_cmpstr(cell->failure, ==, "interrupted");
	cell = cell_named(cells, "nv2-vhe@kvm");
	run = bench_run_new(cell, &options, RUN_OPS, 0);
	bench_run_finish(run, &options, FALSE);
	g_assert_nonnull(strstr(cell->failure, "host hypervisor did not come up"));
	end();
}

static void test_repeat(void)
{
	struct bench_cell *cell;
	struct bench_run *run;

	begin();
	cell = cell_named(cells, "nv2-vhe@neve");
	run_done(cell, &options, RUN_OPS, 0, 3006, NEVE_TRAPS);
	run = run_done(cell, &options, RUN_OPS, 1, 3006, NEVE_TRAPS);
	bench_run_compare(run);
	g_assert_cmpstr(cell->differences->str, ==, "");
	run = run_done(cell, &options, RUN_OPS, 2, 3007, NEVE_TRAPS);
	bench_run_compare(run);
	g_assert_nonnull(strstr(cell->differences->str, "run 1 and run 3 differ"));
	end();
}

static void test_wall(void)
{
	static const guint ticks[3] = {3006, 5006, 2006};
	struct bench_cell *cell, *base;
	double median, min, max;

	begin();
	cell = cell_named(cells, "nv2-vhe@neve");
	base = cell_named(cells, BASELINE);
	g_assert_false(bench_wall_ratio(cell, base, "hypercall", &median, &min, &max));
	for (guint i = 0; i < 3; i++) {
		run_done(cell, &options, RUN_WALL, i, ticks[i], NULL);
		run_done(base, &options, RUN_WALL, i, 1006, NULL);
	}
	/* A round that only one of them has counts for nothing. */
	run_done(cell, &options, RUN_WALL, 3, 1006, NULL);
	g_assert_true(bench_wall_ratio(cell, base, "hypercall", &median, &min, &max));
	g_assert_cmpfloat_with_epsilon(median, 3, 1e-9);
	g_assert_cmpfloat_with_epsilon(min, 2, 1e-9);
	g_assert_cmpfloat_with_epsilon(max, 5, 1e-9);
	g_assert_null(bench_cell_run(cell, RUN_OPS));
	end();
}

static void test_programs(void)
{
	struct bench_cell *native, *base, *nested;
	g_autofree char *text = NULL;

	begin();
	native = cell_named(cells, NATIVE);
	base = cell_named(cells, BASELINE);
	nested = cell_named(cells, "nv2-vhe@neve");
	bench_run_finish(run_programs(native, &options, 100000000), &options, FALSE);
	bench_run_finish(run_programs(base, &options, 110000000), &options, FALSE);
	bench_run_finish(run_programs(nested, &options, 121000000), &options, FALSE);
	g_assert_null(native->failure);
	g_assert_null(nested->failure);
	text = bench_tables(&options, cells);
	g_assert_nonnull(strstr(text, "100.0 "));
	g_assert_nonnull(strstr(text, "110.0 (1.10) "));
	g_assert_nonnull(strstr(text, "121.0 (1.21; 1.10)"));
	g_assert_nonnull(strstr(text, "in relation to no VM, and to the VM"));
	end();
	/* Without programs there is nothing to run in no VM. */
	options = bench_options_of(some);
	options.programs = FALSE;
	cells = bench_cells_new(&options);
	g_assert_nonnull(cell_named(cells, NATIVE)->unavailable);
	end();
}

static void test_programs_without_native(void)
{
	g_autofree char *text = NULL;

	begin();
	run_programs(cell_named(cells, BASELINE), &options, 110000000);
	run_programs(cell_named(cells, "nv2-vhe@neve"), &options, 121000000);
	text = bench_tables(&options, cells);
	g_assert_nonnull(strstr(text, "in brackets in relation to the VM"));
	g_assert_nonnull(strstr(text, "121.0 (1.10)"));
	end();
}

/* A domain of Xen: what can be measured in it, and its ratios. */
static void test_xen(void)
{
	static const char *const with_xen[] = {BASELINE, BASELINE_XEN, "nv2-xen", NULL};
	g_autofree char *words = NULL, *text = NULL, *complaints = NULL;
	struct bench_cell *cell, *base;
	struct bench_run *run;
	double ratio;

	options = bench_options_of(with_xen);
	cells = bench_cells_new(&options);
	cell = cell_named(cells, "nv2-xen@neve");
	base = cell_named(cells, BASELINE_XEN);
	g_assert_nonnull(cell_named(cells, "nv2-xen@kvm")->unavailable);
	g_assert_null(cell->unavailable);
	g_assert_nonnull(strstr(cell->left_out, "page-fault-present: Xen maps"));
	g_assert_nonnull(strstr(cell->left_out, "programs: "));
	run = run_done(cell, &options, RUN_OPS, 0, 2469, NEVE_TRAPS);
	words = bench_xen_words(run, &options);
	g_assert_cmpstr(words, ==,
			"iterations=512 ops=hypercall,intc-trap,virtual-ipi,virtual-ipi-idle,"
			"virtual-eoi,timer counters=1 marks=1");
	/* It does not end by itself, and has no jobs. */
	g_hash_table_remove_all(run->console->jobs);
	run_feed(run, "(XEN) Xen version 4.20.4-pre (Debian 4.20.3) (x@y) (gcc) debug=n Fri");
	bench_run_finish(run, &options, FALSE);
	g_assert_null(cell->failure);
	g_assert_cmpstr(run->console->l1_kernel, ==, "Xen 4.20.4-pre");
	run_done(base, &options, RUN_OPS, 0, 829, NULL);
	run_done(cell_named(cells, BASELINE), &options, RUN_OPS, 0, 1006, NULL);
	/* To Xen's own VM, not to KVM's. */
	g_assert_true(bench_ratio(cells, cell, "hypercall", &ratio));
	g_assert_cmpfloat_with_epsilon(ratio, 2463.0 / 823, 1e-9);
	text = bench_tables(&options, cells);
	g_assert_nonnull(strstr(text, "the VM (baseline, baseline-xen)"));
	complaints = bench_complaints(cells, TRUE);
	g_assert_nonnull(strstr(complaints, "not measured: nv2-xen@neve: device-io, "));
	run_feed(run, "(XEN) Panic on CPU 0:");
	g_assert_cmpstr(run->console->bench_error, ==, "Xen: Panic on CPU 0:");
	end();
}

static void test_xen_ops(void)
{
	static const char *const with_xen[] = {"nv2-xen", NULL};
	struct bench_cell *cell;

	options = bench_options_of(with_xen);
	options.programs = FALSE;
	options.ops = (char *)"timer,page-fault,hyprecall";
	cells = bench_cells_new(&options);
	cell = cell_named(cells, "nv2-xen@neve");
	/* What is no operation at all is the payload's to refuse. */
	g_assert_cmpstr(cell->ops, ==, "timer,hyprecall");
	g_assert_cmpstr(cell->left_out, ==,
			"page-fault: Xen maps a domain's memory before it starts");
	end();
	options = bench_options_of(with_xen);
	options.programs = FALSE;
	options.ops = (char *)"device-io";
	cells = bench_cells_new(&options);
	cell = cell_named(cells, "nv2-xen@neve");
	g_assert_nonnull(strstr(cell->unavailable, "device-io: without a Dom0"));
	g_assert_null(cell->left_out);
	end();
}

/* A log as QEMU would write it of @n hypercalls, each with an ERET more than @erets less one. */
static void feed_log(struct intlog *log, guint n, guint erets)
{
	static const char *const mark = "Taking exception 2 [SVC] on CPU 0\n...from EL1 to EL1\n"
					"...with ESR 0x15/0x56004e0%u\n...with ELR 0x40200434\n"
					"...to EL1 PC 0x40202a00 PSTATE 0x23c5\n";
	static const char *const trap = "Taking exception 11 [x] on CPU 0\n...from EL1 to EL2\n"
					"...with ESR 0x%x/0x%x\n...with ELR 0x%s\n"
					"...to EL2 PC 0x40207c00 PSTATE 0x23c9\n";
	g_autoptr(GString) s = g_string_new(NULL);

	g_string_append_printf(s, mark, 0);
	for (guint kind = 1; kind <= 2; kind++) {
		for (guint i = 0; i < n; i++) {
			if (kind == 2 || i == 0)
				g_string_append_printf(s, mark, kind);
			g_string_append_printf(s, trap, 0x16, 0x5a000000, "40201168");
			if (kind == 2 || i < erets)
				g_string_append_printf(s, trap, 0x1a, 0x6a000000,
						       "ffffc0e9eea99c30");
			if (kind == 2 || i == n - 1)
				g_string_append_printf(s, mark, 3);
		}
	}
	intlog_feed(log, s->str, s->len);
}

static void test_traps_of_log(void)
{
	struct bench_cell *cell;
	struct bench_run *run;
	const struct op_result *r;
	const struct op_cause *c;

	begin();
	cell = cell_named(cells, "nv2-vhe@kvm");
	run = run_done(cell, &options, RUN_OPS, 0, 50006, NULL);
	feed_log(run->intlog, 512, 256);
	bench_run_finish(run, &options, FALSE);
	g_assert_null(cell->failure);
	r = bench_cell_op(cell, "hypercall");
	g_assert_true(r->has_traps);
	g_assert_cmpfloat(r->traps.mean, ==, 1.5);
	g_assert_cmpfloat(r->traps.p50, ==, 2);
	c = g_ptr_array_index(r->causes, 0);
	g_assert_cmpstr(c->name, ==, "L2 HVC");
	g_assert_cmpfloat(c->count, ==, 1);
	/* A console with more operations than the log cannot be joined to it. */
	cell = cell_named(cells, BASELINE);
	run = run_done(cell, &options, RUN_OPS, 0, 1006, NULL);
	bench_run_finish(run, &options, FALSE);
	g_assert_nonnull(strstr(cell->differences->str, "QEMU's log of exceptions 0"));
	end();
}

static void test_check_traps(void)
{
	struct bench_cell *cell;
	struct bench_run *run;

	begin();
	options.check_traps = TRUE;
	cell = cell_named(cells, "nv2-vhe@neve");
	run = run_done(cell, &options, RUN_OPS, 0, 3006, NEVE_TRAPS);
	feed_log(run->intlog, 512, 512);
	bench_run_finish(run, &options, FALSE);
	g_assert_cmpstr(cell->differences->str, ==, "");
	g_assert_cmpuint(cell->traps_equal, ==, 1024);
	/* One trap less in the log. */
	run = run_done(cell, &options, RUN_OPS, 1, 3006, NEVE_TRAPS);
	feed_log(run->intlog, 512, 511);
	bench_run_finish(run, &options, FALSE);
	g_assert_nonnull(strstr(cell->differences->str, "hypercall L1 ERET: 1.000 and 0.998"));
	g_assert_nonnull(strstr(cell->differences->str, "hypercall, all: 1024 and 1023"));
	end();
}

static void test_groups(void)
{
	static const char *const same[][2] = {
		{"L2 HVC", "L2 MDSCR_EL1"},
		{"L1 ICC_SRE_EL2", "L1 ICH_LR0_EL2"},
		{"L1 CNTHCTL_EL2", "L1 CNTV_CTL_EL02"},
		{"L1 TCR_EL12", "L1 CPACR_EL1"},
		{"L1 HCR_EL2", "L1 VTTBR_EL2"},
		{"L1 MDCR_EL2", "L1 PMUSERENR_EL0"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(same); i++) {
		g_assert_cmpuint(bench_trap_group(same[i][0]), ==, bench_trap_group(same[i][1]));
		g_assert_cmpuint(bench_trap_group(same[i][0]), <, nr_trap_groups);
		for (gsize k = 0; k < i; k++)
			g_assert_cmpuint(bench_trap_group(same[i][0]), !=,
					 bench_trap_group(same[k][0]));
	}
	g_assert_cmpuint(bench_trap_group("nothing known"), <, nr_trap_groups);
}

static void test_published(void)
{
	g_assert_cmpfloat(published_find("neve-vhe", "hypercall")->cycles, ==, 100895);
	g_assert_null(published_find("neve-vhe", "timer"));
	for (guint i = 0; i < nr_published_figures; i++)
		g_assert_nonnull(published_column_find(published_figures[i].column));
	for (guint i = 0; i < nr_bench_configs; i++)
		g_assert_true(!bench_configs[i].published ||
			      published_column_find(bench_configs[i].published));
}

/* What a console says becomes part of a script: nothing of it may end the string. */
static void test_plot_string(void)
{
	g_autoptr(GString) s = g_string_new(NULL);

	plot_append_string(s, "a\"b\\c`d$e\n-f\xff");
	g_assert_cmpstr(s->str, ==, "\"a?b?c?d?e?-f?\"");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bench/cells", test_cells);
	g_test_add_func("/bench/tables", test_tables);
	g_test_add_func("/bench/problems", test_problems);
	g_test_add_func("/bench/repeat", test_repeat);
	g_test_add_func("/bench/wall", test_wall);
	g_test_add_func("/bench/programs", test_programs);
	g_test_add_func("/bench/programs-without-native", test_programs_without_native);
	g_test_add_func("/bench/xen", test_xen);
	g_test_add_func("/bench/xen-ops", test_xen_ops);
	g_test_add_func("/bench/traps-of-log", test_traps_of_log);
	g_test_add_func("/bench/check-traps", test_check_traps);
	g_test_add_func("/bench/groups", test_groups);
	g_test_add_func("/bench/published", test_published);
	g_test_add_func("/bench/plot-string", test_plot_string);
	return g_test_run();
}
