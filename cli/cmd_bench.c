/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve bench: the papers' tables in one command, for neve and for Linux KVM as host, on the same
 * guests.
 */
#include "bench_html.h"
#include "bench_report.h"
#include "bench_run.h"
#include "bench_sched.h"
#include "bench_xen.h"
#include "command.h"
#include "error.h"
#include "format.h"
#include "home.h"
#include "stack.h"
#include "versions.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIGS	   "native,baseline,nv2-vhe,nv2-nvhe,nv-vhe,nv-nvhe"
#define DEFAULT_ITERATIONS 512
#define MAX_ITERATIONS	   16384 /* guests/bench: BENCH_MAX_ITERATIONS */
#define DEFAULT_TIMEOUT_S  900
#define DEFAULT_ROUNDS	   3
#define MAX_RUNS	   100
#define MAX_JOBS	   4

/* The options as given. */
struct given {
	char *configs, *l0, *ops, *l1, *qemu, *json, *html;
	int iterations, repeat, rounds, jobs, timeout;
	gboolean check_traps, wall;
};

struct bench {
	struct bench_options options;
	GPtrArray *cells;
	char *command; /* that makes the same again */
	char *json, *html;
	int signal;
	gboolean save_failed; /* said so */
};

static void given_clear(struct given *g)
{
	char *const strings[] = {g->configs, g->l0, g->ops, g->l1, g->qemu, g->json, g->html};

	for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
}

static void bench_clear(struct bench *b)
{
	if (b->cells)
		g_ptr_array_unref(b->cells);
	if (b->options.configs)
		g_ptr_array_unref(b->options.configs);
	g_free(b->options.ops);
	g_free(b->options.l1);
	g_free(b->options.qemu);
	g_free(b->command);
	g_free(b->json);
	g_free(b->html);
}

/* ---------------------------------------------------------------- options */

static gboolean bad(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean bad(GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = g_strdup_vprintf(format, ap);
	va_end(ap);
	g_set_error_literal(error, CLI_ERROR, CLI_ERROR_INPUT, text);
	return FALSE;
}

static gboolean parse_configs(struct bench_options *o, const char *list, GError **error)
{
	g_auto(GStrv) names = g_strsplit(list, ",", -1);

	o->configs = g_ptr_array_new();
	if (!strcmp(list, "all")) {
		for (guint i = 0; i < nr_bench_configs; i++)
			g_ptr_array_add(o->configs, (gpointer)&bench_configs[i]);
		return TRUE;
	}
	for (char **name = names; *name; name++) {
		const struct bench_config *config = bench_config_find(*name);

		if (!config) {
			g_autoptr(GString) known = g_string_new(NULL);

			for (guint i = 0; i < nr_bench_configs; i++)
				g_string_append_printf(known, " %s", bench_configs[i].name);
			return bad(error, "--configs: \"%s\" is none; there are%s, or all", *name,
				   known->str);
		}
		if (!g_ptr_array_find(o->configs, config, NULL))
			g_ptr_array_add(o->configs, (gpointer)config);
	}
	return TRUE;
}

static gboolean parse_l0(struct bench_options *o, const char *l0, GError **error)
{
	gboolean all = !strcmp(l0, "all");

	o->l0[L0_NEVE] = all || !strcmp(l0, "neve");
	o->l0[L0_KVM] = all || !strcmp(l0, "kvm");
	if (!o->l0[L0_NEVE] && !o->l0[L0_KVM])
		return bad(error, "--l0 %s: give neve, kvm or all", l0);
	return TRUE;
}

static gboolean parse_number(guint *out, const char *option, int value, int max, GError **error)
{
	if (value < 1 || value > max)
		return bad(error, "--%s %d: give 1 to %d", option, value, max);
	*out = (guint)value;
	return TRUE;
}

/* Which operations there are, the payload knows; two names are for machines of their own. */
static gboolean parse_ops(struct bench_options *o, const char *ops, GError **error)
{
	g_auto(GStrv) names = g_strsplit(ops ? ops : "", ",", -1);
	g_autoptr(GString) payload = g_string_new(NULL);

	o->has_ops = o->switches = o->programs = !ops;
	if (!ops)
		return TRUE;
	if (!*ops || strspn(ops, "abcdefghijklmnopqrstuvwxyz0123456789-,") != strlen(ops))
		return bad(error, "--ops \"%s\": give names of operations with commas between them",
			   ops);
	for (char **name = names; *name; name++) {
		if (!**name)
			return bad(error, "--ops \"%s\": a name is missing at a comma", ops);
		if (!strcmp(*name, "programs"))
			o->programs = TRUE;
		else if (!strcmp(*name, "context-switch"))
			o->switches = TRUE;
		else
			g_string_append_printf(payload, "%s%s", payload->len ? "," : "", *name);
	}
	o->has_ops = payload->len > 0;
	o->ops = o->has_ops ? g_strdup(payload->str) : NULL;
	return TRUE;
}

static gboolean find_files(struct bench_options *o, const struct given *given, GError **error)
{
	static const struct {
		const char *path, *make;
	} needed[] = {
		{"artifacts/kernel/6.12/Image", "setup"},
		{"artifacts/kernel/6.1/Image", "setup"},
		{"artifacts/l1/initramfs.cpio", "image"},
		{"build/hyp/hyp/neve.img", "image"},
	};

	o->qemu = home_qemu(given->qemu, error);
	if (!o->qemu)
		return FALSE;
	for (gsize i = given->l1 ? 1 : 0; i < G_N_ELEMENTS(needed); i++) {
		g_autofree char *path = home_file(needed[i].path, needed[i].make, error);

		if (!path)
			return FALSE;
	}
	if (given->l1 && !g_file_test(given->l1, G_FILE_TEST_IS_REGULAR))
		return bad(error, "--l1 %s: no such file", given->l1);
	o->l1 = given->l1 ? g_strdup(given->l1) : home_path(needed[0].path, error);
	return o->l1 != NULL;
}

/* A run takes minutes: what cannot be written is said before it. */
static gboolean can_write(const char *option, const char *path, GError **error)
{
	g_autofree char *dir = path ? g_path_get_dirname(path) : NULL;

	if (!path || (!g_access(dir, W_OK | X_OK) && !g_file_test(path, G_FILE_TEST_IS_DIR)))
		return TRUE;
	return bad(error, "--%s %s: no file can be written there", option, path);
}

static gboolean fill(struct bench *b, const struct given *g, GError **error)
{
	struct bench_options *o = &b->options;

	o->check_traps = g->check_traps;
	if (!parse_configs(o, g->configs ? g->configs : DEFAULT_CONFIGS, error) ||
	    !parse_l0(o, g->l0 ? g->l0 : "neve", error) || !parse_ops(o, g->ops, error) ||
	    !parse_number(&o->iterations, "iterations", g->iterations, MAX_ITERATIONS, error) ||
	    !parse_number(&o->repeat, "repeat", g->repeat, MAX_RUNS, error) ||
	    !parse_number(&o->jobs, "jobs", g->jobs, 64, error) ||
	    !parse_number(&o->timeout, "timeout", g->timeout, G_MAXINT, error) ||
	    !parse_number(&o->wall, "rounds", g->rounds, MAX_RUNS, error) ||
	    !can_write("json", g->json, error) || !can_write("html", g->html, error) ||
	    !find_files(o, g, error))
		return FALSE;
	if (!g->wall)
		o->wall = 0;
	if (g->html && !bench_html_possible(error))
		return FALSE;
	b->json = g->json ? g_strdup(g->json) : home_path("build/bench.json", error);
	b->html = g_strdup(g->html);
	return b->json != NULL;
}

/* ---------------------------------------------------------------- results */

static gboolean save_json(struct bench *b, GError **error)
{
	JsonNode *versions = versions_json(b->options.qemu, BENCH_CPU, NULL);
	g_autoptr(JsonNode) root =
		bench_json(&b->options, b->cells, versions, b->command, b->signal);
	g_autofree char *text = format_json(root);

	return home_write(b->json, text, error);
}

/* After each run, so that nothing is lost, whatever happens. Where it fails the runs go on. */
static void save_partial(void *data)
{
	struct bench *b = data;
	g_autoptr(GError) error = NULL;

	if (save_json(b, &error) || b->save_failed)
		return;
	b->save_failed = TRUE;
	fprintf(stderr, "neve bench: %s; the runs go on\n", error->message);
}

static gboolean save_html(struct bench *b, GError **error)
{
	g_autoptr(JsonNode) versions = versions_json(b->options.qemu, BENCH_CPU, NULL);
	g_autofree char *text =
		bench_html(&b->options, b->cells, versions, b->command, b->signal, error);

	return text && home_write(b->html, text, error);
}

static guint prepare(struct bench *b)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) xen_error = NULL;
	gboolean prepared = FALSE, xen_prepared = FALSE;
	guint possible = 0;

	for (guint i = 0; i < b->cells->len; i++) {
		struct bench_cell *cell = g_ptr_array_index(b->cells, i);

		if (cell->l0 == L0_KVM && !cell->unavailable && !prepared) {
			prepared = TRUE;
			bench_prepare_kvm(&b->options, &error);
		}
		if (cell->l0 == L0_KVM && !cell->unavailable && error)
			cell->unavailable = g_strdup(error->message);
		if (bench_config_is_xen(cell->config) && !cell->unavailable && !xen_prepared) {
			xen_prepared = TRUE;
			bench_xen_prepare(&xen_error);
		}
		if (bench_config_is_xen(cell->config) && !cell->unavailable && xen_error)
			cell->unavailable = g_strdup(xen_error->message);
		if (cell->left_out)
			printf("not measured: %s: %s\n", cell->name, cell->left_out);
		if (cell->unavailable)
			printf("not run: %s: %s\n", cell->name, cell->unavailable);
		else
			possible++;
	}
	return possible;
}

static gboolean programs_failed(const struct bench_cell *cell)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_PROGRAMS);

	for (guint i = 0; run && i < run->console->programs->len; i++) {
		const struct program_result *r = g_ptr_array_index(run->console->programs, i);

		if (r->error)
			return TRUE;
	}
	return FALSE;
}

static gboolean has_failed(const struct bench *b)
{
	for (guint i = 0; i < b->cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(b->cells, i);
		const struct bench_run *run = bench_cell_run(cell, RUN_OPS);

		if (cell->failure || cell->differences->len || programs_failed(cell))
			return TRUE;
		for (guint k = 0; run && k < run->console->ops->len; k++) {
			const struct op_result *r = g_ptr_array_index(run->console->ops, k);

			if (r->error)
				return TRUE;
		}
	}
	return FALSE;
}

static void report_checked(const struct bench *b)
{
	guint64 equal = 0, beside = 0;

	for (guint i = 0; i < b->cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(b->cells, i);

		equal += cell->traps_equal;
		beside += cell->traps_beside;
	}
	printf("\nneve's counts of %" G_GUINT64_FORMAT
	       " traps are those of QEMU's log, to the trap.\n",
	       equal);
	if (beside)
		printf("(%" G_GUINT64_FORMAT " traps of another CPU came while neve latched its "
		       "counters, and count on either side.)\n",
		       beside);
}

static int report(struct bench *b, GError **error)
{
	g_autofree char *tables = bench_tables(&b->options, b->cells);
	g_autofree char *complaints = bench_complaints(b->cells, TRUE);

	printf("%s", tables);
	if (b->options.repeat > 1 && !b->signal && !has_failed(b))
		printf("\n%u runs of each gave the same figures, to the digit.\n",
		       b->options.repeat);
	if (b->options.check_traps && !b->signal && !has_failed(b))
		report_checked(b);
	if (*complaints)
		printf("\n%s", complaints);
	if (!save_json(b, error) || (b->html && !save_html(b, error)))
		return -1;
	printf("\nWritten: %s", home_shorten(b->json));
	if (b->html)
		printf(", %s", home_shorten(b->html));
	puts("");
	if (b->signal)
		return 128 + b->signal;
	return has_failed(b) ? EXIT_RUN : 0;
}

static int measure(struct bench *b, GError **error)
{
	guint possible;

	b->cells = bench_cells_new(&b->options);
	possible = prepare(b);
	if (!possible) {
		g_set_error_literal(error, CLI_ERROR, CLI_ERROR_RUN,
				    "nothing of this can be run here (the reasons are above)");
		return -1;
	}
	b->signal = bench_run_all(&b->options, b->cells, save_partial, b, error);
	if (b->signal < 0)
		return -1;
	return report(b, error);
}

static char *describe(void)
{
	GString *s = g_string_new(
		"Counts instructions and traps of a nested VM's operations, beside those of a "
		"plain VM and\nof what was published. Interrupted, it keeps what is there. Exit "
		"status: 0 when all that can\nbe run was, 1 when something failed or was not "
		"equal.\n\nConfigurations (without --configs all but those of Xen and "
		"baseline-nvhe):\n");

	for (guint i = 0; i < nr_bench_configs; i++)
		g_string_append_printf(s, "  %-14s %s\n", bench_configs[i].name,
				       bench_configs[i].title);
	return g_string_free(s, FALSE);
}

static int run(int argc, char **argv, GError **error)
{
	struct given given = {
		.iterations = DEFAULT_ITERATIONS,
		.repeat = 1,
		.rounds = DEFAULT_ROUNDS,
		.jobs = (int)MIN(g_get_num_processors(), MAX_JOBS),
		.timeout = DEFAULT_TIMEOUT_S,
	};
	struct bench b = {0};
	g_autofree char *words = stack_quote(argv), *description = describe();
	int status;
	const GOptionEntry entries[] = {
		{"configs", 'c', 0, G_OPTION_ARG_STRING, &given.configs,
		 "what to measure, see below, or all", "LIST"},
		{"l0", 0, 0, G_OPTION_ARG_STRING, &given.l0,
		 "host hypervisor of nested VMs: neve, kvm (Linux 7.2), or all (neve)", "HOST"},
		{"ops", 0, 0, G_OPTION_ARG_STRING, &given.ops,
		 "operations, context-switch, programs (all)", "LIST"},
		{"iterations", 'n', 0, G_OPTION_ARG_INT, &given.iterations,
		 "samples of each operation (512)", "N"},
		{"l1", 0, 0, G_OPTION_ARG_FILENAME, &given.l1,
		 "guest hypervisor (artifacts/kernel/6.12/Image)", "IMAGE"},
		{"json", 0, 0, G_OPTION_ARG_FILENAME, &given.json,
		 "where the results go (build/bench.json)", "FILE"},
		{"html", 0, 0, G_OPTION_ARG_FILENAME, &given.html,
		 "a page with the results and plots", "FILE"},
		{"repeat", 0, 0, G_OPTION_ARG_INT, &given.repeat,
		 "run all so often; figures must be equal to the digit (1)", "N"},
		{"wall", 0, 0, G_OPTION_ARG_NONE, &given.wall,
		 "wall-clock ratios too, of --rounds rounds", NULL},
		{"rounds", 0, 0, G_OPTION_ARG_INT, &given.rounds, "rounds of --wall (3)", "N"},
		{"check-traps", 0, 0, G_OPTION_ARG_NONE, &given.check_traps,
		 "hold neve's trap counts against QEMU's log of exceptions", NULL},
		{"jobs", 'j', 0, G_OPTION_ARG_INT, &given.jobs,
		 "machines at a time (as many as CPUs, at most 4)", "N"},
		{"qemu", 0, 0, G_OPTION_ARG_FILENAME, &given.qemu, "QEMU to use", "PATH"},
		{"timeout", 0, 0, G_OPTION_ARG_INT, &given.timeout,
		 "seconds each machine may take (900)", "SECONDS"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	b.command = g_strdup_printf("neve %s", words);
	if (command_parse(argc, argv, NULL, description, entries, NULL, &status, error))
		status = fill(&b, &given, error) ? measure(&b, error) : -1;
	given_clear(&given);
	bench_clear(&b);
	return status;
}

const struct command cmd_bench = {
	.name = "bench",
	.summary = "measure operations of nested VMs, on neve and on Linux KVM",
	.run = run,
};
