/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "command.h"
#include "error.h"
#include "home.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_CPU	"max,pauth-impdef=on"
#define DEFAULT_MEMORY	"2G"
#define DEFAULT_SMP	2
#define DEFAULT_JOB	"shell"
#define DEFAULT_CONSOLE "console=ttyAMA0"

#define DESCRIPTION                                                                                \
	"Ctrl-A x ends QEMU, Ctrl-A h lists what else it takes. The exit status is QEMU's; 2 "     \
	"when\nan argument is wrong, 124 at --timeout, 128 + the signal when stopped by one."

/* The options as given; NULL or 0 where not. */
struct given {
	char *cpu;
	int smp;
	char *memory;
	char *l0;
	char *neve_args;
	char *l1;
	char *initrd;
	char *append;
	char *job;
	char **modules;
	char **vms;
	char *qemu;
	char *qmp;
	int timeout;
};

static void given_clear(struct given *given)
{
	g_free(given->cpu);
	g_free(given->memory);
	g_free(given->l0);
	g_free(given->neve_args);
	g_free(given->l1);
	g_free(given->initrd);
	g_free(given->append);
	g_free(given->job);
	g_strfreev(given->modules);
	g_strfreev(given->vms);
	g_free(given->qemu);
	g_free(given->qmp);
}

/* @given, else a file of the checkout, which must be there; @make says how it comes to be. */
static char *file_or_default(const char *given, const char *relative, const char *make,
			     GError **error)
{
	g_autofree char *path = NULL;

	if (given) {
		if (g_file_test(given, G_FILE_TEST_IS_REGULAR))
			return g_strdup(given);
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "%s: no such file", given);
		return NULL;
	}
	path = home_file(relative, make, error);
	return path ? g_strdup(home_shorten(path)) : NULL;
}

static gboolean is_none(const char *text)
{
	return text && !strcmp(text, "none");
}

/*
 * L1's command line: console, the job of our own initrd's init, what the user adds. With modules L1
 * is no Linux: only that.
 */
static char *append_of(const struct given *given, const char *job)
{
	GString *line;

	if (given->modules)
		return g_strdup(given->append ? given->append : "");
	line = g_string_new(DEFAULT_CONSOLE);
	if (!given->initrd)
		g_string_append_printf(line, " neve.job=%s", given->job ? given->job : job);
	if (given->append)
		g_string_append_printf(line, " %s", given->append);
	return g_string_free(line, FALSE);
}

static gboolean check_numbers(const struct given *given, GError **error)
{
	if (given->smp < 1 || given->smp > STACK_MAX_CPUS) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "--smp %d: give 1 to %d", given->smp,
			    STACK_MAX_CPUS);
		return FALSE;
	}
	if (given->timeout < 0) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--timeout %d: give seconds, 0 for no limit", given->timeout);
		return FALSE;
	}
	if (given->vms && is_none(given->l0)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--vm: it is neve that runs more VMs; leave out --l0 none");
		return FALSE;
	}
	if (given->job && (given->initrd || given->modules)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--job is for the built-in initrd; with --initrd or --module use "
			    "--append");
		return FALSE;
	}
	return TRUE;
}

static gboolean fill_modules(struct stack *stack, char **modules, GError **error)
{
	for (; modules && *modules; modules++) {
		if (stack->nr_modules == LAYOUT_MAX_MODULES) {
			g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
				    "--module: there can be %d at most", LAYOUT_MAX_MODULES);
			return FALSE;
		}
		if (!stack_module_parse(*modules, &stack->modules[stack->nr_modules], error))
			return FALSE;
		stack->nr_modules++;
	}
	return TRUE;
}

static gboolean fill_vms(struct stack *stack, char **vms, GError **error)
{
	guint cpus = 1; /* the host VM's */

	for (; vms && *vms; vms++) {
		if (stack->nr_vms == LAYOUT_MAX_VMS) {
			g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
				    "--vm: there can be %d at most", LAYOUT_MAX_VMS);
			return FALSE;
		}
		if (!vm_parse(*vms, &stack->vms[stack->nr_vms], error))
			return FALSE;
		cpus += stack->vms[stack->nr_vms++].cpus;
	}
	if (cpus > STACK_MAX_CPUS) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--vm: %u CPUs in all; there can be %d, the host VM has one at least",
			    cpus - 1, STACK_MAX_CPUS - 1);
		return FALSE;
	}
	if (cpus > stack->smp) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--vm: %u of the machine's %u CPUs leave none for the host VM; give "
			    "--smp %u or more",
			    cpus - 1, stack->smp, cpus);
		return FALSE;
	}
	return TRUE;
}

/* QEMU removes whatever is at that place. */
static gboolean can_be_socket(const char *path, GError **error)
{
	GStatBuf st;

	if (!path || g_lstat(path, &st) || S_ISSOCK(st.st_mode))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
		    "--qmp %s: is there and is no socket; give another place", path);
	return FALSE;
}

static gboolean fill(struct run_options *options, const struct given *given, GError **error)
{
	struct stack *stack = &options->stack;

	if (!check_numbers(given, error) || !fill_modules(stack, given->modules, error) ||
	    !layout_parse_size(given->memory ? given->memory : DEFAULT_MEMORY, &stack->memory,
			       error))
		return FALSE;
	stack->smp = (guint)given->smp;
	if (!fill_vms(stack, given->vms, error))
		return FALSE;
	stack->cpu = g_strdup(given->cpu ? given->cpu : DEFAULT_CPU);
	stack->neve_args = g_strdup(given->neve_args);
	stack->append = append_of(given, options->job ? options->job : DEFAULT_JOB);
	stack->qmp = g_strdup(given->qmp);
	options->timeout = (guint)given->timeout;
	if (!can_be_socket(given->qmp, error))
		return FALSE;
	stack->qemu = home_qemu(given->qemu, error);
	if (!stack->qemu)
		return FALSE;
	if (!is_none(given->l0)) {
		stack->l0 = file_or_default(given->l0, "build/hyp/hyp/neve.img", "image", error);
		if (!stack->l0)
			return FALSE;
	}
	stack->l1 = file_or_default(given->l1, "artifacts/kernel/6.12/Image", "setup", error);
	if (!stack->l1)
		return FALSE;
	if (given->modules ? given->initrd && !is_none(given->initrd) : !is_none(given->initrd)) {
		stack->initrd = file_or_default(given->initrd, "artifacts/l1/initramfs.cpio",
						"image", error);
		if (!stack->initrd)
			return FALSE;
	}
	return TRUE;
}

gboolean run_options_parse(struct run_options *options, int argc, char **argv, int *status,
			   GError **error)
{
	struct given given = {.smp = DEFAULT_SMP};
	g_autofree char *job_help =
		g_strdup_printf("what the built-in initrd does: linux, shell, bench... (%s)",
				options->job ? options->job : DEFAULT_JOB);
	const GOptionEntry entries[] = {
		{"cpu", 0, 0, G_OPTION_ARG_STRING, &given.cpu, "QEMU's CPU model (" DEFAULT_CPU ")",
		 "MODEL"},
		{"smp", 0, 0, G_OPTION_ARG_INT, &given.smp, "CPUs, 1 to 8 (2)", "N"},
		{"memory", 'm', 0, G_OPTION_ARG_STRING, &given.memory, "RAM (" DEFAULT_MEMORY ")",
		 "SIZE"},
		{"l0", 0, 0, G_OPTION_ARG_FILENAME, &given.l0,
		 "neve's image, or none: L1 runs on the machine itself (build/hyp/hyp/neve.img)",
		 "IMAGE"},
		{"neve-args", 0, 0, G_OPTION_ARG_STRING, &given.neve_args,
		 "neve's own boot options", "WORDS"},
		{"l1", 0, 0, G_OPTION_ARG_FILENAME, &given.l1,
		 "guest hypervisor (artifacts/kernel/6.12/Image)", "IMAGE"},
		{"initrd", 0, 0, G_OPTION_ARG_FILENAME, &given.initrd,
		 "its initrd, or none (artifacts/l1/initramfs.cpio)", "FILE"},
		{"job", 0, 0, G_OPTION_ARG_STRING, &given.job, job_help, "JOB[,JOB...]"},
		{"append", 0, 0, G_OPTION_ARG_STRING, &given.append,
		 "more words for its command line (" DEFAULT_CONSOLE ")", "WORDS"},
		{"module", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given.modules,
		 "for L1's own guest (Xen's Dom0): kernel=FILE[,bootargs=WORDS] or ramdisk=FILE",
		 "MODULE"},
		{"vm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given.vms,
		 "a VM beside L1 (up to 3): cpus=N,memory=SIZE,kernel=IMAGE[,ramdisk=FILE]"
		 "[,bootargs=WORDS]",
		 "VM"},
		{"qemu", 0, 0, G_OPTION_ARG_FILENAME, &given.qemu, "QEMU to use", "PATH"},
		{"timeout", 0, 0, G_OPTION_ARG_INT, &given.timeout,
		 "stop QEMU after so many seconds, exit status 124 (no limit)", "SECONDS"},
		{"icount", 0, 0, G_OPTION_ARG_NONE, &options->stack.icount,
		 "deterministic: one tick an instruction", NULL},
		{"qmp", 0, 0, G_OPTION_ARG_FILENAME, &given.qmp,
		 "socket that QEMU opens for its machine protocol, for neve trace --attach",
		 "SOCKET"},
		{"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->dry_run,
		 "print QEMU's command line and stop; with --vm how the device tree is made too",
		 NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GArray) all = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));
	gboolean ok;

	g_array_append_vals(all, entries, G_N_ELEMENTS(entries) - 1);
	for (const GOptionEntry *e = options->more; e && e->long_name; e++)
		g_array_append_val(all, *e);
	options->stack.console = TRUE;
	ok = command_parse(argc, argv, "[-- QEMU-OPTION...]",
			   options->description ? options->description : DESCRIPTION,
			   (const GOptionEntry *)all->data, &options->stack.extra, status, error) &&
	     fill(options, &given, error);
	given_clear(&given);
	return ok;
}
