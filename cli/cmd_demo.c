/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve demo: a guest hypervisor without neve and the same one on neve, side by side, both counting
 * instructions; the table of what an exit of a nested VM costs.
 */
#include "command.h"
#include "conlog.h"
#include "console.h"
#include "error.h"
#include "format.h"
#include "home.h"
#include "machine.h"
#include "report.h"
#include "stack.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>

#define KERNEL	    "artifacts/kernel/6.12/Image"
#define INITRD	    "artifacts/l1/initramfs.cpio"
#define IMAGE	    "build/hyp/hyp/neve.img"
#define CPU	    "max,pauth-impdef=on"
#define HEARTBEAT_S 15
#define TIMEOUT_S   900

/* One of the two machines. */
struct side {
	const char *name; /* as the progress lines call it */
	struct stack stack;
	struct console *console;
	struct machine *machine;
	struct conlog log;
	struct demo *demo;
	int status;
};

struct demo {
	struct side vm;
	struct side nested;
	GMainLoop *loop;
	gint64 start; /* us, monotonic */
	gint64 spoke; /* when the last line was printed */
	guint running;
	int signal; /* that ended it; 0: none */
};

static void progress(struct demo *d, const char *name, const char *text)
{
	d->spoke = g_get_monotonic_time();
	printf("[%3" G_GINT64_FORMAT "s] %-13s %s\n", (d->spoke - d->start) / G_USEC_PER_SEC, name,
	       text);
	fflush(stdout);
}

static gboolean on_heartbeat(gpointer data)
{
	struct demo *d = data;

	if (g_get_monotonic_time() - d->spoke >= HEARTBEAT_S * G_USEC_PER_SEC)
		progress(d, "", d->running == 2 ? "both run" : "one still runs");
	return G_SOURCE_CONTINUE;
}

static void on_line(struct machine *m, const char *line, void *data)
{
	struct side *s = data;
	g_autofree char *said = console_feed(s->console, line);

	(void)m;
	conlog_line(&s->log, line);
	if (said)
		progress(s->demo, s->name, said);
}

static void on_end(struct machine *m, void *data)
{
	struct side *s = data;
	g_autofree char *text = NULL;

	s->status = machine_status(m);
	if (machine_signal(m))
		s->demo->signal = machine_signal(m);
	text = s->status == EXIT_TIMEOUT ? g_strdup("stopped: its time was up (--timeout)")
					 : g_strdup_printf("QEMU ends, status %d", s->status);
	progress(s->demo, s->name, text);
	if (!--s->demo->running)
		g_main_loop_quit(s->demo->loop);
}

/* All that it needs, before anything is started. */
static gboolean files_are_there(GError **error)
{
	static const struct {
		const char *path, *make;
	} needed[] = {{KERNEL, "setup"}, {INITRD, "image"}, {IMAGE, "image"}};

	for (gsize i = 0; i < G_N_ELEMENTS(needed); i++) {
		g_autofree char *path = home_file(needed[i].path, needed[i].make, error);

		if (!path)
			return FALSE;
	}
	return TRUE;
}

static gboolean side_prepare(struct side *s, struct demo *d, const char *name, const char *log,
			     const char *qemu, const char *words, GError **error)
{
	s->name = name;
	s->demo = d;
	s->console = console_new();
	s->status = -1;
	if (!conlog_open(&s->log, "build/demo", log, error))
		return FALSE;
	s->stack.qemu = g_strdup(qemu);
	s->stack.cpu = g_strdup(CPU);
	s->stack.smp = 2;
	s->stack.memory = G_GUINT64_CONSTANT(2) << 30;
	s->stack.icount = TRUE;
	s->stack.append = g_strdup_printf("console=ttyAMA0 %s", words);
	s->stack.l1 = home_path(KERNEL, error);
	s->stack.initrd = s->stack.l1 ? home_path(INITRD, error) : NULL;
	return s->stack.initrd != NULL;
}

static gboolean side_start(struct side *s, guint timeout, GError **error)
{
	struct layout layout = {0};
	g_auto(GStrv) argv = NULL;

	if (!stack_layout(&s->stack, &layout, error))
		return FALSE;
	argv = stack_command(&s->stack, &layout);
	s->machine = machine_start(argv, timeout, on_line, on_end, s, error);
	if (!s->machine)
		return FALSE;
	s->demo->running++;
	return TRUE;
}

static void side_clear(struct side *s)
{
	machine_free(s->machine);
	console_free(s->console);
	stack_clear(&s->stack);
	conlog_close(&s->log);
}

static gboolean write_json(const struct demo *d, const char *path, GError **error)
{
	g_autoptr(JsonNode) root = report_json(d->vm.console, d->nested.console,
					       versions_json(d->nested.stack.qemu, CPU, "nv2"));
	g_autofree char *text = format_json(root);

	return home_write(path, text, error);
}

static int report(struct demo *d, const char *json, GError **error)
{
	g_autofree char *table = report_table(d->vm.console, d->nested.console);
	g_autofree char *failures = report_failures(d->vm.console, d->nested.console);

	if (d->nested.console->ops->len)
		printf("\nLinux %s (KVM: %s), nested Linux %s, QEMU -cpu " CPU "\n\n%s",
		       d->nested.console->l1_kernel, d->nested.console->l1_kvm,
		       d->nested.console->l2_kernel ? d->nested.console->l2_kernel : "none", table);
	if (!write_json(d, json, error))
		return -1;
	if (!failures && !d->vm.status && !d->nested.status) {
		printf("Written: %s\n", home_shorten(json));
		return 0;
	}
	if (d->vm.status || !d->vm.console->l1_done)
		conlog_show_tail(&d->vm.log, d->vm.name);
	if (d->nested.status || !d->nested.console->l1_done)
		conlog_show_tail(&d->nested.log, d->nested.name);
	fprintf(stderr, "\nneve demo failed:\n%s", failures ? failures : "QEMU's exit status\n");
	return EXIT_RUN;
}

static int run_both(struct demo *d, guint timeout, const char *json, GError **error)
{
	guint heartbeat;

	progress(d, d->vm.name, "Linux 6.12 with KVM, its VM runs the benchmark payload");
	progress(d, d->nested.name, "the same on neve; then a nested Linux");
	if (!side_start(&d->vm, timeout, error) || !side_start(&d->nested, timeout, error))
		return -1;
	heartbeat = g_timeout_add_seconds(1, on_heartbeat, d);
	g_main_loop_run(d->loop);
	g_source_remove(heartbeat);
	if (d->signal) {
		fputs("neve demo: interrupted, no result is written\n", stderr);
		return 128 + d->signal;
	}
	return report(d, json, error);
}

static int run(int argc, char **argv, GError **error)
{
	struct demo d = {.start = g_get_monotonic_time()};
	g_autofree char *given_qemu = NULL, *output = NULL, *qemu = NULL;
	int timeout = TIMEOUT_S, status = -1;
	const GOptionEntry entries[] = {
		{"qemu", 0, 0, G_OPTION_ARG_FILENAME, &given_qemu, "QEMU to use", "PATH"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
		 "where the result goes (build/demo.json)", "FILE"},
		{"timeout", 0, 0, G_OPTION_ARG_INT, &timeout, "seconds each machine may take (900)",
		 "SECONDS"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	if (!command_parse(argc, argv, NULL,
			   "Runs two machines side by side; the consoles are in build/demo/. Exit "
			   "status: 0 when\nall ran to its end, 1 when not.",
			   entries, NULL, &status, error))
		return status;
	if (timeout < 1) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "--timeout %d: give seconds",
			    timeout);
		return -1;
	}
	qemu = home_qemu(given_qemu, error);
	if (!qemu || !files_are_there(error))
		return -1;
	if (!output)
		output = home_path("build/demo.json", error);
	d.loop = g_main_loop_new(NULL, FALSE);
	if (output &&
	    side_prepare(&d.vm, &d, "without neve", "vm.log", qemu, "neve.job=bench", error) &&
	    side_prepare(&d.nested, &d, "on neve", "nested.log", qemu,
			 "neve.job=bench,linux neve.payload=counters=1", error)) {
		d.nested.stack.l0 = home_path(IMAGE, NULL);
		d.nested.stack.neve_args = g_strdup("l2-counters=on");
		status = run_both(&d, (guint)timeout, output, error);
	} else {
		status = -1;
	}
	side_clear(&d.vm);
	side_clear(&d.nested);
	g_main_loop_unref(d.loop);
	return status;
}

const struct command cmd_demo = {
	.name = "demo",
	.summary = "measure what an exit of a nested VM costs, with and without neve",
	.run = run,
};
