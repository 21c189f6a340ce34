/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_html.h"
#include "error.h"

gboolean bench_html_possible(GError **error)
{
	g_set_error_literal(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--html is not implemented yet; leave it out");
	return FALSE;
}

char *bench_html(const struct bench_options *options, const GPtrArray *cells, JsonNode *versions,
		 const char *command, int signal, GError **error)
{
	(void)options, (void)cells, (void)versions, (void)command, (void)signal, (void)error;
	return NULL;
}
