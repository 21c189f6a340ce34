/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve trace: what traps to neve, how often and what it takes; of a stack that it starts, or of one
 * that runs. The figures come out of the machine's memory by QEMU's monitor: no guest notices.
 */
#include "command.h"
#include "conlog.h"
#include "console.h"
#include "error.h"
#include "format.h"
#include "home.h"
#include "machine.h"
#include "options.h"
#include "qmp.h"
#include "signals.h"
#include "trace_report.h"
#include "versions.h"
#include "vm_tree.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_JOB  "linux"
#define MAX_TIMELINE 16384
#define CONNECT_MS   50
#define CONNECT_S    10
#define LIVE_ROWS    15 /* on something that is no terminal */

/* The options as given. */
struct given {
	char *attach;
	double interval;
	int timeline;
	char *symbols;
	char *l2_symbols;
	char *json;
	char *sort;
	gboolean per_vcpu;
};

struct trace {
	struct run_options options;
	struct given given;
	struct trace_view view;
	struct symbols *symbols[NEVE_TRACE_LEVELS];

	GMainLoop *loop;
	struct signals *signals;
	struct machine *machine; /* NULL: attached */
	struct console *console;
	struct conlog log;
	struct qmp *qmp;
	char *socket, *directory; /* of the stack that this starts; else NULL */
	gint64 start;		  /* us, monotonic */
	gboolean live;		  /* draws over itself on a terminal */

	guint64 ram_size;
	guint64 header; /* 0: not found yet */
	struct trace_sample *now;
	GArray *events;
	gboolean timed_out;
	gboolean ending;
	GError *error;
};

/* ---------------------------------------------------------------- samples */

static gboolean read_memory(void *ctx, guint64 address, void *data, gsize size, GError **error)
{
	return qmp_read_memory(ctx, address, data, size, error);
}

/* Takes a sample in place of the last one; FALSE when there is none to be had, maybe not yet. */
static gboolean sample(struct trace *t, GError **error)
{
	const struct trace_memory memory = {.read = read_memory, .ctx = t->qmp};
	GArray *events = NULL;
	struct trace_sample *s;

	if (!t->ram_size && !qmp_memory_size(t->qmp, &t->ram_size, error))
		return FALSE;
	if (!t->header)
		t->header = trace_find(&memory, VIRT_RAM_BASE, t->ram_size, error);
	if (!t->header)
		return FALSE;
	s = trace_sample_read(&memory, t->header, error);
	if (s && t->given.timeline)
		events = trace_timeline(&memory, s, (guint)t->given.timeline, error);
	if (!s || (t->given.timeline && !events)) {
		trace_sample_free(s);
		return FALSE;
	}
	trace_sample_free(t->now);
	t->now = s;
	if (t->events)
		g_array_unref(t->events);
	t->events = events;
	return TRUE;
}

/* When it cannot be had any more, the one before has to do. */
static void last_sample(struct trace *t)
{
	GError *error = NULL;

	if (!t->qmp || sample(t, &error) || !error)
		return;
	if (t->now || t->error)
		g_error_free(error);
	else
		t->error = error;
}

static guint terminal_rows(void)
{
	struct winsize size;

	/* Less the heading, the sum, and the vCPUs' table. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 24)
		return 8;
	return size.ws_row - 16u;
}

static void show_interval(struct trace *t, const struct trace_sample *before)
{
	struct trace_view view = t->view;
	g_autofree char *table = NULL;

	view.now = t->now;
	view.before = before;
	view.max_rows = t->live ? terminal_rows() : LIVE_ROWS;
	view.per_vcpu = FALSE;
	table = trace_table(&view);
	if (t->live)
		fputs("\033[H\033[2J", stdout);
	if (before)
		printf("neve trace: the last %g s", t->given.interval);
	else
		printf("neve trace: from neve's start on");
	printf("; since %.0f s\n%s\n", (double)(g_get_monotonic_time() - t->start) / G_USEC_PER_SEC,
	       table);
	fflush(stdout);
}

static gboolean on_interval(gpointer data)
{
	struct trace *t = data;
	struct trace_sample *before = g_steal_pointer(&t->now);
	GError *error = NULL;

	if (t->qmp && !t->ending && sample(t, &error))
		show_interval(t, before);
	else
		t->now = g_steal_pointer(&before);
	trace_sample_free(before);
	if (error && !t->ending) {
		t->error = error;
		t->ending = TRUE;
		if (t->machine)
			machine_stop(t->machine);
		else
			g_main_loop_quit(t->loop);
	} else {
		g_clear_error(&error);
	}
	return G_SOURCE_CONTINUE;
}

/* ---------------------------------------------------------------- the stack's life */

static void finish(struct trace *t)
{
	if (t->ending)
		return;
	t->ending = TRUE;
	last_sample(t);
	if (!t->machine)
		g_main_loop_quit(t->loop);
}

static void on_event(const char *event, void *data)
{
	struct trace *t = data;

	if (!event) { /* closed: what was read last has to do */
		if (!t->machine) {
			t->ending = TRUE;
			g_main_loop_quit(t->loop);
		}
		return;
	}
	if (strcmp(event, "SHUTDOWN") != 0)
		return;
	finish(t);
	if (t->machine && t->qmp) {
		g_autoptr(JsonNode) answer = qmp_call(t->qmp, "quit", NULL, NULL);

		if (!answer)
			machine_stop(t->machine);
	}
}

/* Before machine.c's own, which stops QEMU, and its memory is gone. */
static void on_signal(int number, void *data)
{
	(void)number;
	finish(data);
}

static gboolean on_timeout(gpointer data)
{
	struct trace *t = data;

	t->timed_out = TRUE;
	finish(t);
	if (t->machine)
		machine_stop(t->machine);
	return G_SOURCE_REMOVE;
}

static void on_line(struct machine *m, const char *line, void *data)
{
	struct trace *t = data;
	g_autofree char *said = console_feed(t->console, line);

	(void)m;
	conlog_line(&t->log, line);
	if (!said || t->live)
		return;
	printf("[%3" G_GINT64_FORMAT "s] %s\n",
	       (g_get_monotonic_time() - t->start) / G_USEC_PER_SEC, said);
	fflush(stdout);
}

static void on_end(struct machine *m, void *data)
{
	struct trace *t = data;

	(void)m;
	g_main_loop_quit(t->loop);
}

/* Its guests may have been done before anybody listened. */
static gboolean is_over(struct qmp *q)
{
	g_autoptr(JsonNode) answer = qmp_call(q, "query-status", NULL, NULL);

	return answer && JSON_NODE_HOLDS_OBJECT(answer) &&
	       !g_strcmp0(json_object_get_string_member_with_default(json_node_get_object(answer),
								     "status", NULL),
			  "shutdown");
}

/* QEMU opens its socket a moment after it has started. */
static gboolean on_connect(gpointer data)
{
	struct trace *t = data;
	g_autoptr(GError) error = NULL;

	if (t->ending)
		return G_SOURCE_REMOVE;
	if (g_file_test(t->socket, G_FILE_TEST_EXISTS))
		t->qmp = qmp_connect(t->socket, on_event, t, &error);
	if (t->qmp && is_over(t->qmp))
		on_event("SHUTDOWN", t);
	if (t->qmp)
		return G_SOURCE_REMOVE;
	if (g_get_monotonic_time() - t->start < CONNECT_S * G_USEC_PER_SEC)
		return G_SOURCE_CONTINUE;
	g_set_error(&t->error, CLI_ERROR, CLI_ERROR_RUN,
		    "QEMU does not open its QMP socket within %d s%s%s", CONNECT_S,
		    error ? ": " : "", error ? error->message : "");
	machine_stop(t->machine);
	return G_SOURCE_REMOVE;
}

static gboolean on_second(gpointer data)
{
	struct trace *t = data;

	/* So that something is there when QEMU dies. */
	if (t->qmp && !t->ending && !t->given.interval)
		sample(t, NULL);
	return G_SOURCE_CONTINUE;
}

/* ---------------------------------------------------------------- results */

static gboolean write_json(struct trace *t, GError **error)
{
	JsonNode *versions =
		t->machine ? versions_json(t->options.stack.qemu, t->options.stack.cpu, NULL)
			   : NULL;
	g_autoptr(JsonNode) root = trace_json(&t->view, t->events, versions);
	g_autofree char *text = format_json(root);

	return home_write(t->given.json, text, error);
}

static gboolean report(struct trace *t, GError **error)
{
	g_autofree char *table = NULL;

	if (t->error) {
		g_propagate_error(error, g_steal_pointer(&t->error));
		return FALSE;
	}
	if (!t->now) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "no neve in the machine's memory: it did not get as far as to start a "
			    "guest, or is one without a trace");
		return FALSE;
	}
	t->view.now = t->now;
	table = trace_table(&t->view);
	printf("%s%s", t->live ? "\033[H\033[2J" : "\n", table);
	if (t->events) {
		g_autofree char *timeline = trace_timeline_table(&t->view, t->events);

		printf("\nThe last %u traps\n%s", t->events->len, timeline);
	}
	fflush(stdout);
	return !t->given.json || write_json(t, error);
}

/* ---------------------------------------------------------------- running */

static void run_loop(struct trace *t)
{
	if (t->given.interval > 0)
		g_timeout_add((guint)(t->given.interval * 1000), on_interval, t);
	if (t->options.timeout)
		g_timeout_add_seconds(t->options.timeout, on_timeout, t);
	t->signals = signals_watch(G_PRIORITY_HIGH, on_signal, t);
	g_main_loop_run(t->loop);
}

/* What tracing needs of the stack. */
static gboolean prepare_stack(struct trace *t, GError **error)
{
	struct stack *s = &t->options.stack;
	GString *append = g_string_new(s->append), *args = g_string_new(s->neve_args);

	/* Without symbols of its own a kernel may lie anywhere. */
	if (t->given.symbols)
		g_string_append(append, " nokaslr");
	if (t->given.l2_symbols)
		g_string_append(append, " neve.l2append=nokaslr");
	if (!strstr(args->str, "trace="))
		g_string_append_printf(args, "%strace=on", args->len ? " " : "");
	g_free(s->append);
	g_free(s->neve_args);
	s->append = g_string_free(append, FALSE);
	s->neve_args = g_string_free(args, FALSE);
	s->console = FALSE;
	s->hold = TRUE;
	if (!s->l0) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--l0 none: without neve there is nothing to trace");
		return FALSE;
	}
	if (!s->qmp && t->options.dry_run) {
		s->qmp = g_build_filename(g_get_tmp_dir(), "neve-trace.qmp", NULL);
	} else if (!s->qmp) {
		t->directory = g_dir_make_tmp("neve-trace-XXXXXX", error);
		if (!t->directory)
			return FALSE;
		s->qmp = g_build_filename(t->directory, "qmp", NULL);
	}
	t->socket = g_strdup(s->qmp);
	/* One that was left would be taken for QEMU's own; options.c lets only a socket through. */
	if (!t->options.dry_run)
		g_unlink(t->socket);
	return TRUE;
}

static int run_stack(struct trace *t, GError **error)
{
	struct layout layout = {0};
	g_auto(GStrv) argv = NULL;
	int status;

	if (!prepare_stack(t, error) || !stack_layout(&t->options.stack, &layout, error))
		return -1;
	if (t->options.dry_run) {
		g_autofree char *script = vm_tree_script(&t->options.stack, &layout);

		fputs(script, stdout);
		return 0;
	}
	if (!vm_tree_make(&t->options.stack, &layout, error))
		return -1;
	argv = stack_command(&t->options.stack, &layout);
	t->console = console_new();
	if (!conlog_open(&t->log, "build/trace", "console.log", error))
		return -1;
	t->machine = machine_start(argv, 0, on_line, on_end, t, error);
	if (!t->machine)
		return -1;
	g_timeout_add(CONNECT_MS, on_connect, t);
	g_timeout_add_seconds(1, on_second, t);
	run_loop(t);
	/* A signal is how to end it: the result is there. */
	status = t->timed_out		      ? EXIT_TIMEOUT
		 : machine_signal(t->machine) ? 0
					      : machine_status(t->machine);
	if (status && !t->timed_out && !t->ending)
		conlog_show_tail(&t->log, "of the stack that is traced");
	if (!t->now && !t->error && status && !t->timed_out) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "QEMU ends, status %d", status);
		return -1;
	}
	if (!report(t, error))
		return -1;
	if (t->timed_out)
		fprintf(stderr, "neve trace: stopped after %u s (--timeout)\n", t->options.timeout);
	return status;
}

static int run_attached(struct trace *t, GError **error)
{
	g_autoptr(GError) why = NULL;

	t->qmp = qmp_connect(t->given.attach, on_event, t, &why);
	if (!t->qmp) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "%s: %s; it takes the socket of: neve run --qmp SOCKET",
			    t->given.attach, why->message);
		return -1;
	}
	last_sample(t);
	if (t->given.interval > 0 && !t->error)
		run_loop(t);
	return report(t, error) ? 0 : -1;
}

/* ---------------------------------------------------------------- options */

static gboolean check(struct trace *t, GError **error)
{
	struct given *g = &t->given;

	if (g->interval < 0 || g->interval > 86400 || (g->interval > 0 && g->interval < 0.1)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--interval %g: give seconds, at least 0.1", g->interval);
		return FALSE;
	}
	if (g->timeline < 0 || g->timeline > MAX_TIMELINE) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "--timeline %d: give 1 to %d",
			    g->timeline, MAX_TIMELINE);
		return FALSE;
	}
	if (g->sort && !trace_parse_sort(g->sort, &t->view.sort)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--sort %s: give time, count, mean, max or name", g->sort);
		return FALSE;
	}
	if (g->symbols && !(t->symbols[0] = symbols_read(g->symbols, error)))
		return FALSE;
	if (g->l2_symbols && !(t->symbols[1] = symbols_read(g->l2_symbols, error)))
		return FALSE;
	t->view.symbols[0] = t->symbols[0];
	t->view.symbols[1] = t->symbols[1];
	t->view.per_vcpu = g->per_vcpu;
	t->view.icount = t->options.stack.icount;
	t->live = g->interval > 0 && isatty(STDOUT_FILENO);
	return TRUE;
}

static gboolean attaches(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--attach") || g_str_has_prefix(argv[i], "--attach="))
			return TRUE;
	return FALSE;
}

static const char description[] =
	"Starts a stack as neve run does, its console in build/trace/console.log, or looks at one "
	"that runs\nwith --attach (without --interval: once). The result is printed when all is "
	"done, or at Ctrl-C.";

static gboolean parse(struct trace *t, int argc, char **argv, int *status, GError **error)
{
	struct given *g = &t->given;
	const GOptionEntry entries[] = {
		{"attach", 0, 0, G_OPTION_ARG_FILENAME, &g->attach,
		 "look at a running machine: the socket of neve run --qmp", "SOCKET"},
		{"interval", 0, 0, G_OPTION_ARG_DOUBLE, &g->interval,
		 "show what happens, every so many seconds", "S"},
		{"timeline", 0, 0, G_OPTION_ARG_INT, &g->timeline, "show the last N traps", "N"},
		{"symbols", 0, 0, G_OPTION_ARG_FILENAME, &g->symbols,
		 "System.map or kallsyms of L1's kernel", "FILE"},
		{"l2-symbols", 0, 0, G_OPTION_ARG_FILENAME, &g->l2_symbols, "of L2's kernel",
		 "FILE"},
		{"sort", 0, 0, G_OPTION_ARG_STRING, &g->sort,
		 "by time, count, mean, max or name (time)", "WHAT"},
		{"per-vcpu", 0, 0, G_OPTION_ARG_NONE, &g->per_vcpu, "a table for each vCPU too",
		 NULL},
		{"json", 0, 0, G_OPTION_ARG_FILENAME, &g->json, "write the result there as well",
		 "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	const GOptionEntry icount[] = {
		{"icount", 0, 0, G_OPTION_ARG_NONE, &t->options.stack.icount,
		 "the machine was started so: call nanoseconds instructions", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	if (attaches(argc, argv)) {
		g_autoptr(GArray) all = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));

		g_array_append_vals(all, entries, G_N_ELEMENTS(entries) - 1);
		g_array_append_vals(all, icount, 1);
		if (!command_parse(argc, argv, NULL, description, (const GOptionEntry *)all->data,
				   NULL, status, error))
			return FALSE;
	} else {
		t->options.more = entries;
		t->options.job = DEFAULT_JOB;
		t->options.description = description;
		if (!run_options_parse(&t->options, argc, argv, status, error))
			return FALSE;
	}
	return check(t, error);
}

static void clear(struct trace *t)
{
	t->ending = TRUE;
	g_clear_pointer(&t->qmp, qmp_free);
	machine_free(t->machine);
	console_free(t->console);
	conlog_close(&t->log);
	if (!t->options.dry_run)
		vm_tree_remove(&t->options.stack);
	stack_clear(&t->options.stack);
	trace_sample_free(t->now);
	if (t->events)
		g_array_unref(t->events);
	symbols_free(t->symbols[0]);
	symbols_free(t->symbols[1]);
	if (t->directory) {
		g_unlink(t->socket);
		g_rmdir(t->directory);
	}
	g_free(t->directory);
	g_free(t->socket);
	g_free(t->given.attach);
	g_free(t->given.symbols);
	g_free(t->given.l2_symbols);
	g_free(t->given.json);
	g_free(t->given.sort);
	g_clear_error(&t->error);
	signals_free(t->signals); /* only now: one more does not cut off the report */
	g_main_loop_unref(t->loop);
}

static int run(int argc, char **argv, GError **error)
{
	struct trace t = {.start = g_get_monotonic_time()};
	int status = -1;

	t.loop = g_main_loop_new(NULL, FALSE);
	if (parse(&t, argc, argv, &status, error))
		status = t.given.attach ? run_attached(&t, error) : run_stack(&t, error);
	clear(&t);
	return status;
}

const struct command cmd_trace = {
	.name = "trace",
	.summary = "show what traps to neve and what it takes, live or at the end",
	.run = run,
};
