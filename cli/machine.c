/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"
#include "error.h"
#include "lines.h"
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define KILL_AFTER_S 5

struct machine {
	GSubprocess *process;
	GInputStream *output; /* the process's; NULL: the console is the terminal */
	struct lines lines;
	char buffer[4096];
	GCancellable *cancel;
	machine_line_fn *on_line;
	machine_end_fn *on_end;
	void *data;
	guint timeout_source;
	guint kill_source;
	struct signals *signals;
	gboolean exited;
	gboolean drained;
	gboolean timed_out;
	int signal; /* the first that came; 0: none */
};

static void remove_source(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static gboolean on_kill(gpointer data)
{
	struct machine *m = data;

	m->kill_source = 0;
	g_subprocess_force_exit(m->process);
	return G_SOURCE_REMOVE;
}

void machine_stop(struct machine *m)
{
	if (m->exited)
		return;
	g_subprocess_send_signal(m->process, SIGTERM);
	if (!m->kill_source)
		m->kill_source = g_timeout_add_seconds(KILL_AFTER_S, on_kill, m);
}

static gboolean on_timeout(gpointer data)
{
	struct machine *m = data;

	m->timeout_source = 0;
	m->timed_out = TRUE;
	machine_stop(m);
	return G_SOURCE_REMOVE;
}

static void on_signal(int number, void *data)
{
	struct machine *m = data;

	if (!m->signal)
		m->signal = number;
	machine_stop(m);
}

static void maybe_end(struct machine *m)
{
	if (!m->exited || !m->drained)
		return;
	remove_source(&m->timeout_source);
	remove_source(&m->kill_source);
	g_clear_pointer(&m->signals, signals_free);
	if (m->on_end)
		m->on_end(m, m->data);
}

static void on_exited(GObject *source, GAsyncResult *result, gpointer data)
{
	struct machine *m = data;

	if (!g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL))
		return; /* cancelled: m is gone */
	m->exited = TRUE;
	maybe_end(m);
}

static void read_next(struct machine *m);

static void on_line(const char *line, void *data)
{
	struct machine *m = data;

	m->on_line(m, line, m->data);
}

static void on_read(GObject *source, GAsyncResult *result, gpointer data)
{
	struct machine *m = data;
	g_autoptr(GError) error = NULL;
	gssize size = g_input_stream_read_finish(G_INPUT_STREAM(source), result, &error);

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return; /* m is gone */
	if (size <= 0) {
		lines_end(&m->lines, on_line, m);
		m->drained = TRUE;
		maybe_end(m);
		return;
	}
	lines_feed(&m->lines, m->buffer, (gsize)size, on_line, m);
	read_next(m);
}

static void read_next(struct machine *m)
{
	g_input_stream_read_async(m->output, m->buffer, sizeof(m->buffer), G_PRIORITY_DEFAULT,
				  m->cancel, on_read, m);
}

static void in_child(gpointer data)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Without the terminal it needs no Ctrl-C of the terminal's: this process passes it on. */
	if (!GPOINTER_TO_INT(data))
		setpgid(0, 0);
}

struct machine *machine_start(char *const *argv, guint timeout, machine_line_fn *on_line,
			      machine_end_fn *on_end, void *data, GError **error)
{
	GSubprocessFlags flags =
		on_line ? G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE
			: G_SUBPROCESS_FLAGS_STDIN_INHERIT;
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(flags);
	struct machine *m;
	GSubprocess *process;

	g_subprocess_launcher_set_child_setup(launcher, in_child, GINT_TO_POINTER(!on_line), NULL);
	process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv, error);
	if (!process)
		return NULL;
	m = g_new0(struct machine, 1);
	m->process = process;
	m->cancel = g_cancellable_new();
	m->on_line = on_line;
	m->on_end = on_end;
	m->data = data;
	m->drained = !on_line;
	if (on_line) {
		m->output = g_subprocess_get_stdout_pipe(process);
		read_next(m);
	}
	g_subprocess_wait_async(process, m->cancel, on_exited, m);
	if (timeout)
		m->timeout_source = g_timeout_add_seconds(timeout, on_timeout, m);
	m->signals = signals_watch(G_PRIORITY_DEFAULT, on_signal, m);
	return m;
}

int machine_status(const struct machine *m)
{
	if (m->timed_out)
		return EXIT_TIMEOUT;
	if (m->signal)
		return 128 + m->signal;
	if (g_subprocess_get_if_exited(m->process))
		return g_subprocess_get_exit_status(m->process);
	return 128 + g_subprocess_get_term_sig(m->process);
}

int machine_signal(const struct machine *m)
{
	return m->signal;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	if (!m->exited) {
		g_cancellable_cancel(m->cancel);
		g_subprocess_force_exit(m->process);
		g_subprocess_wait(m->process, NULL, NULL);
		/* The cancelled operations still call back; let them, while m is there. */
		while (g_main_context_iteration(NULL, FALSE))
			;
	}
	remove_source(&m->timeout_source);
	remove_source(&m->kill_source);
	signals_free(m->signals);
	lines_clear(&m->lines);
	g_object_unref(m->cancel);
	g_object_unref(m->process);
	g_free(m);
}

char *machine_first_line(const char *const *argv)
{
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
	g_autofree char *out = NULL;

	if (!process || !g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, NULL) ||
	    !g_subprocess_get_successful(process) || !out)
		return NULL;
	out[strcspn(out, "\n")] = '\0';
	return g_steal_pointer(&out);
}
