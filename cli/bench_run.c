/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_run.h"
#include "bench_xen.h"
#include "error.h"
#include "home.h"
#include "machine.h"
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "build/bench"

/* Linux 7.2 as host, an L1 of 1.5 GiB, and both their initramfs in RAM. */
#define MEMORY_KVM (G_GUINT64_CONSTANT(4) << 30)
#define MEMORY	   (G_GUINT64_CONSTANT(2) << 30)

struct bench_machine {
	struct machine *machine;
	const struct bench_run_events *events;
	void *data;
	char *fifo; /* NULL: none */
	int fifo_fd;
	guint fifo_source;
	gboolean stopping;
};

/* ---------------------------------------------------------------- QEMU's log of exceptions */

/* Reads what is there; FALSE at the end. */
static gboolean read_fifo(struct bench_run *run)
{
	static char buffer[1 << 16];

	for (guint i = 0; i < 16; i++) {
		ssize_t n = read(run->machine->fifo_fd, buffer, sizeof(buffer));

		if (n > 0)
			intlog_feed(run->intlog, buffer, (gsize)n);
		else if (n == 0)
			return FALSE;
		else
			return errno == EAGAIN || errno == EINTR;
	}
	return TRUE;
}

static gboolean on_fifo(gint fd, GIOCondition condition, gpointer data)
{
	struct bench_run *run = data;

	(void)fd;
	(void)condition;
	if (read_fifo(run))
		return G_SOURCE_CONTINUE;
	run->machine->fifo_source = 0;
	return G_SOURCE_REMOVE;
}

/* The log is gigabytes for some hosts: it goes through a pipe, not into a file. */
static gboolean open_fifo(struct bench_run *run, GError **error)
{
	struct bench_machine *m = run->machine;
	g_autofree char *name =
		g_strdup_printf(DIRECTORY "/%s-%u.int", run->cell->name, run->number);

	m->fifo = home_path(name, error);
	if (!m->fifo)
		return FALSE;
	g_unlink(m->fifo);
	if (mkfifo(m->fifo, 0600) == 0)
		m->fifo_fd = g_open(m->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	if (m->fifo_fd < 0) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "%s cannot be made: %s", m->fifo,
			    g_strerror(errno));
		return FALSE;
	}
	m->fifo_source = g_unix_fd_add(m->fifo_fd, G_IO_IN | G_IO_HUP, on_fifo, run);
	return TRUE;
}

/* QEMU has ended, so what is in the pipe is all there will be. */
static void close_fifo(struct bench_run *run)
{
	struct bench_machine *m = run->machine;
	gsize before;

	if (m->fifo_source)
		g_source_remove(m->fifo_source);
	m->fifo_source = 0;
	if (m->fifo_fd >= 0) {
		for (before = 0; before < 64 && read_fifo(run); before++)
			;
		close(m->fifo_fd);
		m->fifo_fd = -1;
	}
	if (m->fifo)
		g_unlink(m->fifo);
	g_clear_pointer(&m->fifo, g_free);
}

/* ---------------------------------------------------------------- the machine */

static void on_line(struct machine *machine, const char *line, void *data)
{
	struct bench_run *run = data;
	const char *at = strstr(line, "neve-bench: {");
	g_autofree char *said = console_feed(run->console, line);

	conlog_line(&run->log, line);
	if (!at)
		at = strstr(line, "neve-overhead: {");
	if (at)
		g_string_append_printf(run->raw, "%s\n", at);
	if (said)
		run->machine->events->said(run, said, run->machine->data);
	/* Xen does not power off when its last domain does. */
	if (bench_config_is_xen(run->cell->config) && !run->machine->stopping &&
	    (run->console->bench_done || run->console->bench_error)) {
		run->machine->stopping = TRUE;
		machine_stop(machine);
	}
}

static void on_end(struct machine *machine, void *data)
{
	struct bench_run *run = data;

	run->status = machine_status(machine);
	run->end_us = g_get_monotonic_time();
	run->ended = TRUE;
	close_fifo(run);
	run->machine->events->ended(run, run->machine->data);
}

/* What the guest hypervisor is told: its job, and the payload's options word by word. */
static char *l1_words(const struct bench_run *run, const struct bench_options *options)
{
	GString *s = g_string_new("console=ttyAMA0 quiet neve.settle=1");

	if (run->kind == RUN_PROGRAMS) {
		g_string_append(s, run->cell->config->l1_kvm
					   ? " neve.job=linux neve.l2append=neve.overhead=1"
					   : " neve.job=overhead");
	} else {
		g_string_append_printf(s, " neve.job=%s%s%s neve.payload=iterations=%u",
				       options->has_ops ? "bench" : "",
				       options->has_ops && options->switches ? "," : "",
				       options->switches ? "context-switch" : "",
				       options->iterations);
		if (options->ops)
			g_string_append_printf(s, " neve.payload=ops=%s", options->ops);
	}
	if (run->kind == RUN_OPS)
		g_string_append(s, " neve.payload=counters=1 neve.payload=marks=1");
	if (*run->cell->config->l1_append)
		g_string_append_printf(s, " %s", run->cell->config->l1_append);
	return g_string_free(s, FALSE);
}

static gboolean fill_stack(const struct bench_run *run, const struct bench_options *options,
			   struct stack *stack, GError **error)
{
	gboolean xen = bench_config_is_xen(run->cell->config);
	g_autofree char *words = xen ? NULL : l1_words(run, options);

	stack->qemu = g_strdup(options->qemu);
	stack->cpu = g_strdup(BENCH_CPU);
	stack->smp = 2;
	stack->memory = run->cell->l0 == L0_KVM ? MEMORY_KVM : MEMORY;
	stack->icount = run->kind != RUN_WALL;
	if (run->cell->l0 == L0_KVM) {
		stack->l1 = home_path("artifacts/kernel/7.2/Image", error);
		stack->initrd = home_path("artifacts/l0/initramfs.cpio", error);
		stack->append =
			g_strdup_printf("console=ttyAMA0 quiet kvm-arm.mode=nested -- %s", words);
	} else if (xen) {
		stack->l1 = home_path("artifacts/xen/xen", error);
	} else {
		stack->l1 = run->cell->config->l1_kvm
				    ? g_strdup(options->l1)
				    : home_path("artifacts/kernel/6.1/Image", error);
		stack->initrd = home_path("artifacts/l1/initramfs.cpio", error);
		stack->append = g_steal_pointer(&words);
	}
	if (run->cell->l0 == L0_NEVE) {
		stack->l0 = home_path("build/hyp/hyp/neve.img", error);
		stack->neve_args =
			g_strdup_printf("l2-counters=on %s", run->cell->config->neve_args);
	}
	return stack->l1 && (xen || stack->initrd) && (run->cell->l0 != L0_NEVE || stack->l0);
}

/* What needs to know where all the rest lies. */
static gboolean complete_stack(const struct bench_run *run, const struct bench_options *options,
			       struct stack *stack, const struct layout *layout, GError **error)
{
	if (bench_config_is_xen(run->cell->config) &&
	    !bench_xen_add(run, options, stack, layout, error))
		return FALSE;
	for (const char *const *word =
		     (const char *const[]){"-d", "int", "-D", run->machine->fifo, NULL};
	     run->intlog && *word; word++)
		stack_add_extra(stack, *word);
	return TRUE;
}

/* Seconds it usually takes on a slow machine; only the relation of such figures counts. */
static guint usual_time(const struct bench_run *run, const struct bench_options *options)
{
	static const guint boot_s[] = {15, 20, 100}, work_s[] = {20, 30, 150};

	if (run->kind == RUN_PROGRAMS)
		return boot_s[run->cell->l0] + 10;
	return boot_s[run->cell->l0] + work_s[run->cell->l0] * options->iterations / 512;
}

struct bench_run *bench_run_new(struct bench_cell *cell, const struct bench_options *options,
				enum bench_kind kind, guint number)
{
	struct bench_run *run = g_new0(struct bench_run, 1);

	run->cell = cell;
	run->kind = kind;
	run->number = number;
	run->nominal_s = usual_time(run, options);
	run->console = console_new();
	run->raw = g_string_new(NULL);
	/* neve counts its traps itself; for others there is only the log. */
	if (kind == RUN_OPS && (cell->l0 != L0_NEVE || options->check_traps))
		run->intlog = intlog_new();
	run->status = -1;
	g_ptr_array_add(cell->runs, run);
	return run;
}

gboolean bench_run_start(struct bench_run *run, const struct bench_options *options,
			 const struct bench_run_events *events, void *data, GError **error)
{
	static const char *const kind[] = {"ops", "programs", "wall"};
	g_autofree char *log =
		g_strdup_printf("%s-%s-%u.log", run->cell->name, kind[run->kind], run->number);
	struct layout layout = {0};
	struct stack stack = {0};
	g_auto(GStrv) argv = NULL;

	run->machine = g_new0(struct bench_machine, 1);
	run->machine->events = events;
	run->machine->data = data;
	run->machine->fifo_fd = -1;
	if (conlog_open(&run->log, DIRECTORY, log, error) &&
	    (!run->intlog || open_fifo(run, error)) && fill_stack(run, options, &stack, error) &&
	    stack_layout(&stack, &layout, error) &&
	    complete_stack(run, options, &stack, &layout, error)) {
		argv = stack_command(&stack, &layout);
		run->start_us = g_get_monotonic_time();
		run->machine->machine =
			machine_start(argv, options->timeout, on_line, on_end, run, error);
	}
	stack_clear(&stack);
	run->started = run->machine->machine != NULL;
	return run->started;
}

void bench_run_stop(struct bench_run *run)
{
	if (run->machine && run->machine->machine)
		machine_stop(run->machine->machine);
}

void bench_run_free(void *data)
{
	struct bench_run *run = data;

	if (run->machine) {
		machine_free(run->machine->machine);
		close_fifo(run);
		g_free(run->machine);
	}
	console_free(run->console);
	intlog_free(run->intlog);
	conlog_close(&run->log);
	g_string_free(run->raw, TRUE);
	g_free(run);
}

/* ---------------------------------------------------------------- Linux KVM as host */

/* "QEMU emulator version 11.1.3 (Debian ...)" */
static gboolean qemu_is_new(const struct bench_options *options, GError **error)
{
	const char *const argv[] = {options->qemu, "--version", NULL};
	g_autofree char *line = machine_first_line(argv);
	const char *at = line ? strstr(line, "version ") : NULL;
	gint64 major = at ? g_ascii_strtoll(at + strlen("version "), NULL, 10) : 0;

	if (major >= 11)
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
		    "QEMU is \"%s\", on which a guest hypervisor does not come up on Linux KVM; it "
		    "needs 11 or later: tools/fetch qemu-host",
		    line ? line : "unknown");
	return FALSE;
}

gboolean bench_prepare_kvm(const struct bench_options *options, GError **error)
{
	const char *const fetch[] = {"tools/fetch", "kernel-7.2", NULL};
	const char *const make[] = {"tools/mkinitramfs-l0", "-k", options->l1, NULL};

	return qemu_is_new(options, error) && home_run_tool(fetch, error) &&
	       home_run_tool(make, error);
}
