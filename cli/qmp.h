/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's machine protocol: a client on a Unix socket. Calls block, for ten seconds at most.
 */
#ifndef CLI_QMP_H
#define CLI_QMP_H

#include <json-glib/json-glib.h>

struct qmp;

/* From the default main context, never from within a call. @event: "SHUTDOWN"...; NULL: closed. */
typedef void qmp_event_fn(const char *event, void *data);

/* NULL with a message, also when there is no socket yet. Free with qmp_free(). */
struct qmp *qmp_connect(const char *path, qmp_event_fn *on_event, void *data, GError **error);
void qmp_free(struct qmp *q);

/*
 * One command; takes @arguments (an object, NULL: none). Returns what QEMU answers, to be freed
 * with json_node_unref(), or NULL with a message.
 */
JsonNode *qmp_call(struct qmp *q, const char *command, JsonNode *arguments, GError **error);

/* Bytes of the machine's memory at a physical address, while the machine runs on. */
gboolean qmp_read_memory(struct qmp *q, guint64 address, void *data, gsize size, GError **error);

/* Bytes of RAM. */
gboolean qmp_memory_size(struct qmp *q, guint64 *size, GError **error);

#endif
