/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals that ask the command to end: SIGINT, SIGTERM and SIGHUP.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <glib.h>

/* @number: which signal. */
typedef void signals_fn(int number, void *data);

struct signals;

/*
 * Calls @fn for each of them, from the default main context, instead of what it would do; whoever
 * has the lower number as @priority (G_PRIORITY_DEFAULT, ...) comes first. Free with
 * signals_free().
 */
struct signals *signals_watch(int priority, signals_fn *fn, void *data);

/* NULL is allowed. */
void signals_free(struct signals *s);

#endif
