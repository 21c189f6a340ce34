/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running QEMU. Ends with the command that started it: QEMU gets SIGTERM when this process dies,
 * is told to stop, or the time is up, and SIGKILL when it does not obey within five seconds.
 */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include <gio/gio.h>

struct machine;

/* A line of the console, as lines.h has it. */
typedef void machine_line_fn(struct machine *m, const char *line, void *data);

/* Called once, when QEMU has ended and its last line was delivered. */
typedef void machine_end_fn(struct machine *m, void *data);

/*
 * Starts @argv. With @on_line the console goes there (and QEMU reads no input), else to this
 * process's own terminal. @timeout is in seconds, 0 for none. Callbacks come from the default main
 * context. NULL with a message when it cannot be started. Free with machine_free().
 */
struct machine *machine_start(char *const *argv, guint timeout, machine_line_fn *on_line,
			      machine_end_fn *on_end, void *data, GError **error);

void machine_stop(struct machine *m);

/*
 * After the end: QEMU's exit status, 128 + the signal that ended it or on which this process
 * stopped it, or 124 when the time was up.
 */
int machine_status(const struct machine *m);

/* The signal to this process on which it was stopped; 0: none. */
int machine_signal(const struct machine *m);

/* Stops it if it still runs, and waits for that. */
void machine_free(struct machine *m);

/* The first line that another program prints; NULL when it fails. Free with g_free(). */
char *machine_first_line(const char *const *argv);

#endif
