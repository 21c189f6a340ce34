/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of `neve run`, made into a stack.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "stack.h"

struct run_options {
	/* For commands that run a stack too; NULL: as `neve run`. */
	const GOptionEntry *more; /* options besides */
	const char *job;	  /* without --job */
	const char *description;

	struct stack stack;
	guint timeout; /* seconds, 0: none */
	gboolean dry_run;
};

/*
 * Fills in what is not given from the checkout. FALSE after --help (*@status is 0) and on an error
 * (*@status is -1 and @error says one line). The caller clears options->stack in any case.
 */
gboolean run_options_parse(struct run_options *options, int argc, char **argv, int *status,
			   GError **error);

#endif
