/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "error.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {&cmd_doctor, &cmd_run, &cmd_demo, &cmd_bench,
						 &cmd_trace};

static void usage(FILE *f)
{
	fputs("Usage: neve COMMAND [OPTION...]\n\n"
	      "neve is a small hypervisor for nested virtualization on 64-bit Arm.\n\n"
	      "Commands:\n",
	      f);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(f, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`neve COMMAND --help` lists a command's options.\n", f);
}

/* What the user gave is at fault, or what was started. */
static int status_of(const GError *error)
{
	return error->domain == CLI_ERROR && error->code == CLI_ERROR_RUN ? EXIT_RUN : EXIT_INPUT;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int status;

	setlocale(LC_ALL, "");
	/* Numbers are as in the documents, whatever the locale: 1,234.5 */
	setlocale(LC_NUMERIC, "C");
	g_set_prgname("neve");
	if (argc < 2) {
		usage(stderr);
		return EXIT_INPUT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("neve " NEVE_PROJECT_VERSION);
		return 0;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		g_autofree char *name = NULL;

		if (strcmp(argv[1], commands[i]->name))
			continue;
		name = g_strdup_printf("neve %s", commands[i]->name);
		g_set_prgname(name);
		status = commands[i]->run(argc - 1, argv + 1, &error);
		if (!error)
			return status;
		fprintf(stderr, "%s: %s\n", name, error->message);
		return status_of(error);
	}
	fprintf(stderr, "neve: unknown command \"%s\"; see neve --help\n", argv[1]);
	return EXIT_INPUT;
}
