/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of a demo, out of two consoles: the same guest hypervisor without neve and on it.
 * Pure.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <json-glib/json-glib.h>

#include "console.h"

/* The table for people; free with g_free(). */
char *report_table(const struct console *vm, const struct console *nested);

/* The same for machines; @versions (an object) is taken. */
JsonNode *report_json(const struct console *vm, const struct console *nested, JsonNode *versions);

/* Why the demo failed, one line each; NULL when it did not. Free with g_free(). */
char *report_failures(const struct console *vm, const struct console *nested);

#endif
