/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_sched.h"
#include "bench_result.h"
#include "bench_run.h"
#include "error.h"
#include "signals.h"

#include <stdio.h>
#include <string.h>

#define HEARTBEAT_S 15
#define NAME_WIDTH  18

struct sched {
	const struct bench_options *options;
	GPtrArray *cells;
	GPtrArray *queue; /* struct bench_run, in the order of their start */
	guint next;	  /* of the queue */
	guint running;
	GMainLoop *loop;
	gint64 start_us, spoke_us;
	int signal;    /* that ended it; 0: none */
	GError *error; /* of the user's options */
	bench_save_fn *save;
	void *data;
};

/* ---------------------------------------------------------------- how far it is */

/*
 * Seconds left, from what runs usually take and how long those that ended took; -1 when nothing
 * ended yet and a guess would be one about an unknown machine.
 */
static double seconds_left(const struct sched *s)
{
	gint64 now = g_get_monotonic_time();
	double took = 0, usual = 0, left = 0, longest = 0, wall = 0;

	for (guint i = 0; i < s->queue->len; i++) {
		const struct bench_run *run = g_ptr_array_index(s->queue, i);

		if (!run->ended)
			continue;
		took += (double)(run->end_us - run->start_us) / G_USEC_PER_SEC;
		usual += run->nominal_s;
	}
	if (usual <= 0)
		return -1;
	for (guint i = 0; i < s->queue->len; i++) {
		const struct bench_run *run = g_ptr_array_index(s->queue, i);
		double rest = run->nominal_s * took / usual;

		if (run->ended)
			continue;
		if (run->started) /* one that takes longer than usual is not at its end */
			rest = MAX(rest / 10,
				   rest - (double)(now - run->start_us) / G_USEC_PER_SEC);
		if (run->kind == RUN_WALL)
			wall += rest;
		else
			left += rest;
		longest = MAX(longest, rest);
	}
	return MAX(longest, left / s->options->jobs + wall);
}

static void progress(struct sched *s, const char *name, const char *text)
{
	double left = seconds_left(s);

	s->spoke_us = g_get_monotonic_time();
	printf("[%4" G_GINT64_FORMAT "s", (s->spoke_us - s->start_us) / G_USEC_PER_SEC);
	if (left >= 90)
		printf(", %3.0f min left", left / 60);
	else if (left >= 0)
		printf(", %3.0f s left  ", left);
	else
		printf("%14s", "");
	printf("] %-*s %s\n", NAME_WIDTH, name, text);
	fflush(stdout);
}

static gboolean on_heartbeat(gpointer data)
{
	struct sched *s = data;
	g_autoptr(GString) names = g_string_new(NULL);

	if (g_get_monotonic_time() - s->spoke_us < HEARTBEAT_S * G_USEC_PER_SEC)
		return G_SOURCE_CONTINUE;
	for (guint i = 0; i < s->queue->len; i++) {
		const struct bench_run *run = g_ptr_array_index(s->queue, i);

		if (run->started && !run->ended)
			g_string_append_printf(names, "%s%s", names->len ? ", " : "",
					       run->cell->name);
	}
	g_string_append(names, " at work");
	progress(s, "", names->str);
	return G_SOURCE_CONTINUE;
}

/* ---------------------------------------------------------------- one after the other */

static void start_next(struct sched *s);

static void stop_all(struct sched *s)
{
	for (guint i = 0; i < s->queue->len; i++) {
		struct bench_run *run = g_ptr_array_index(s->queue, i);

		if (run->started && !run->ended)
			bench_run_stop(run);
	}
	s->next = s->queue->len;
	if (!s->running)
		g_main_loop_quit(s->loop);
}

static void on_said(struct bench_run *run, const char *text, void *data)
{
	struct sched *s = data;
	const char *why = run->console->bench_error;

	progress(s, run->cell->name, text);
	/* It is the same for all. */
	if (why && g_str_has_prefix(why, "bootargs ops=") && !s->error) {
		g_set_error(&s->error, CLI_ERROR, CLI_ERROR_INPUT, "--ops %s: there are%s",
			    s->options->ops,
			    run->console->op_names ? run->console->op_names : " others");
		stop_all(s);
	}
}

static void on_ended(struct bench_run *run, void *data)
{
	struct sched *s = data;
	gboolean stopped = s->signal || s->error;

	s->running--;
	bench_run_finish(run, s->options, stopped);
	if (run->cell->failure && !stopped) {
		progress(s, run->cell->name, run->cell->failure);
		conlog_show_tail(&run->log, run->cell->name);
	} else if (!stopped) {
		progress(s, run->cell->name, "done");
	}
	if (s->save)
		s->save(s->data);
	start_next(s);
}

static void start_one(struct sched *s, struct bench_run *run)
{
	static const struct bench_run_events events = {.said = on_said, .ended = on_ended};
	g_autoptr(GError) error = NULL;

	if (bench_run_start(run, s->options, &events, s, &error)) {
		s->running++;
		return;
	}
	/* It never ran: neither its time nor its results exist. */
	run->ended = TRUE;
	run->end_us = run->start_us;
	if (!run->cell->failure)
		run->cell->failure = g_strdup(error->message);
	progress(s, run->cell->name, error->message);
}

static void start_next(struct sched *s)
{
	while (s->next < s->queue->len) {
		struct bench_run *run = g_ptr_array_index(s->queue, s->next);
		guint limit = run->kind == RUN_WALL ? 1 : s->options->jobs;

		if (s->running >= limit)
			break;
		s->next++;
		start_one(s, run);
	}
	if (!s->running && s->next >= s->queue->len)
		g_main_loop_quit(s->loop);
}

static gint longest_first(gconstpointer a, gconstpointer b)
{
	const struct bench_run *x = *(struct bench_run *const *)a;
	const struct bench_run *y = *(struct bench_run *const *)b;

	if (x->nominal_s != y->nominal_s)
		return x->nominal_s < y->nominal_s ? 1 : -1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void make_queue(struct sched *s)
{
	const struct bench_options *o = s->options;
	gboolean ops = o->has_ops || o->switches;
	g_autoptr(GPtrArray) wall = g_ptr_array_new();

	for (guint n = 0; n < MAX(o->repeat, o->wall); n++) {
		for (guint i = 0; i < s->cells->len; i++) {
			struct bench_cell *cell = g_ptr_array_index(s->cells, i);
			gboolean has_vm = cell->config->l1_kvm != NULL;

			if (cell->unavailable)
				continue;
			if (n < o->repeat && ops && has_vm)
				g_ptr_array_add(s->queue, bench_run_new(cell, o, RUN_OPS, n));
			if (n < o->repeat && o->programs && !bench_config_is_xen(cell->config))
				g_ptr_array_add(s->queue, bench_run_new(cell, o, RUN_PROGRAMS, n));
			if (n < o->wall && ops && has_vm)
				g_ptr_array_add(wall, bench_run_new(cell, o, RUN_WALL, n));
		}
	}
	/* So that the longest does not run alone at the end; stable, so that runs stay in order. */
	g_ptr_array_sort(s->queue, longest_first);
	g_ptr_array_extend(s->queue, wall, NULL, NULL);
}

/* machine.c's own handlers stop the machines; this one starts no more. */
static void on_signal(int number, void *data)
{
	struct sched *s = data;

	if (!s->signal) {
		s->signal = number;
		progress(s, "", "interrupted; what is there is kept");
	}
	stop_all(s);
}

int bench_run_all(const struct bench_options *options, GPtrArray *cells, bench_save_fn *save,
		  void *data, GError **error)
{
	struct sched s = {
		.options = options,
		.cells = cells,
		.queue = g_ptr_array_new(),
		.loop = g_main_loop_new(NULL, FALSE),
		.start_us = g_get_monotonic_time(),
		.save = save,
		.data = data,
	};
	struct signals *signals = signals_watch(G_PRIORITY_DEFAULT, on_signal, &s);
	guint heartbeat = g_timeout_add_seconds(HEARTBEAT_S, on_heartbeat, &s);

	s.spoke_us = s.start_us;
	make_queue(&s);
	printf("%u machines, up to %u at a time; consoles in build/bench/\n", s.queue->len,
	       options->jobs);
	fflush(stdout);
	start_next(&s);
	if (s.running)
		g_main_loop_run(s.loop);
	g_source_remove(heartbeat);
	signals_free(signals);
	for (guint i = 0; i < s.queue->len && !s.signal && !s.error; i++)
		bench_run_compare(g_ptr_array_index(s.queue, i));
	g_main_loop_unref(s.loop);
	g_ptr_array_unref(s.queue);
	if (s.error) {
		g_propagate_error(error, s.error);
		return -1;
	}
	return s.signal;
}
