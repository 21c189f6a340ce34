/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve run: boots the stack with its console on the terminal.
 */
#include "command.h"
#include "error.h"
#include "home.h"
#include "machine.h"
#include "options.h"
#include "vm_tree.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static void on_end(struct machine *m, void *data)
{
	(void)m;
	g_main_loop_quit(data);
}

/* QEMU puts the terminal into raw mode; when it is killed, nobody else would undo that. */
static int run_on_terminal(char **argv, guint timeout, GError **error)
{
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	struct termios saved;
	gboolean terminal = !tcgetattr(STDIN_FILENO, &saved);
	struct machine *m = machine_start(argv, timeout, NULL, on_end, loop, error);
	int status;

	if (!m)
		return -1;
	g_main_loop_run(loop);
	status = machine_status(m);
	machine_free(m);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	if (status == EXIT_TIMEOUT)
		fprintf(stderr, "neve run: stopped after %u s (--timeout)\n", timeout);
	return status;
}

static int run(int argc, char **argv, GError **error)
{
	struct run_options options = {0};
	struct layout layout = {0};
	int status = -1;

	if (run_options_parse(&options, argc, argv, &status, error) &&
	    stack_layout(&options.stack, &layout, error)) {
		if (options.dry_run) {
			g_autofree char *script = vm_tree_script(&options.stack, &layout);

			fputs(script, stdout);
			status = 0;
		} else if (vm_tree_make(&options.stack, &layout, error)) {
			g_auto(GStrv) command = stack_command(&options.stack, &layout);

			status = run_on_terminal(command, options.timeout, error);
			vm_tree_remove(&options.stack);
		}
	}
	stack_clear(&options.stack);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.summary = "boot neve with a guest hypervisor on QEMU, console on the terminal",
	.run = run,
};
