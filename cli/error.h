/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of the command. Each message is one line: what was found, what was expected, what to do.
 */
#ifndef CLI_ERROR_H
#define CLI_ERROR_H

#include <glib.h>

enum cli_error {
	CLI_ERROR_INPUT, /* what the user gave cannot be used: exit status 2 */
	CLI_ERROR_RUN,	 /* what was started failed: exit status 1 */
};

#define CLI_ERROR (g_quark_from_static_string("neve"))

enum {
	EXIT_RUN = 1,
	EXIT_INPUT = 2,
	EXIT_TIMEOUT = 124, /* as timeout(1) has it */
};

#endif
