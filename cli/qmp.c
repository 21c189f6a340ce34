/* SPDX-License-Identifier: Apache-2.0 */
#include "qmp.h"
#include "error.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#define LIMIT_US (10 * G_USEC_PER_SEC)

struct qmp {
	GSocket *socket;
	GSource *watch;
	GString *input; /* what has come and is no line yet */
	GQueue lines;	/* char * */
	GQueue events;	/* char *, not yet delivered */
	guint idle;	/* which delivers them */
	qmp_event_fn *on_event;
	void *data;
	char *directory; /* for what QEMU writes */
	char *dump;
	gboolean closed;
};

static void split_lines(struct qmp *q)
{
	const char *end;

	while ((end = memchr(q->input->str, '\n', q->input->len))) {
		gssize len = end - q->input->str;

		g_queue_push_tail(&q->lines, g_strndup(q->input->str, (gsize)len));
		g_string_erase(q->input, 0, len + 1);
	}
}

/* Takes what is there. */
static gboolean receive(struct qmp *q, GError **error)
{
	char buffer[4096];
	gssize n = g_socket_receive(q->socket, buffer, sizeof(buffer), NULL, error);

	if (n > 0) {
		g_string_append_len(q->input, buffer, n);
		split_lines(q);
		return TRUE;
	}
	if (!n) {
		q->closed = TRUE;
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "QEMU has closed its QMP socket");
	}
	return FALSE;
}

/* The next line of QEMU's, NULL when none comes. */
static char *next_line(struct qmp *q, gint64 deadline, GError **error)
{
	while (g_queue_is_empty(&q->lines)) {
		gint64 left = deadline - g_get_monotonic_time();

		if (left <= 0) {
			g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
				    "QEMU does not answer on its QMP socket");
			return NULL;
		}
		if (!g_socket_condition_timed_wait(q->socket, G_IO_IN, left, NULL, error) ||
		    !receive(q, error))
			return NULL;
	}
	return g_queue_pop_head(&q->lines);
}

static JsonNode *parse(const char *line)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root = NULL;

	if (json_parser_load_from_data(parser, line, -1, NULL))
		root = json_parser_get_root(parser);
	return root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_copy(root) : NULL;
}

static const char *string_member(JsonObject *o, const char *name)
{
	JsonNode *n = json_object_get_member(o, name);

	return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_STRING
		       ? json_node_get_string(n)
		       : NULL;
}

static gboolean deliver(gpointer data)
{
	struct qmp *q = data;
	g_autofree char *event = g_queue_pop_head(&q->events);

	if (!event) {
		q->idle = 0;
		return G_SOURCE_REMOVE;
	}
	q->on_event(event, q->data);
	return G_SOURCE_CONTINUE;
}

/* An event is put aside; anything else is returned, for the caller to free. */
static JsonNode *without_event(struct qmp *q, const char *line)
{
	g_autoptr(JsonNode) node = parse(line);
	const char *event = node ? string_member(json_node_get_object(node), "event") : NULL;

	if (!event)
		return g_steal_pointer(&node);
	g_queue_push_tail(&q->events, g_strdup(event));
	if (!q->idle)
		q->idle = g_idle_add_full(G_PRIORITY_HIGH, deliver, q, NULL);
	return NULL;
}

/* Between calls QEMU says nothing but events. */
static void put_events_aside(struct qmp *q)
{
	char *line;

	while ((line = g_queue_pop_head(&q->lines))) {
		JsonNode *other = without_event(q, line);

		g_clear_pointer(&other, json_node_unref);
		g_free(line);
	}
}

static gboolean on_input(GSocket *socket, GIOCondition condition, gpointer data)
{
	struct qmp *q = data;

	(void)socket;
	(void)condition;
	if (!receive(q, NULL)) {
		g_clear_pointer(&q->watch, g_source_unref);
		q->on_event(NULL, q->data);
		return G_SOURCE_REMOVE;
	}
	put_events_aside(q);
	return G_SOURCE_CONTINUE;
}

static gboolean send_line(struct qmp *q, const char *command, JsonNode *arguments, GError **error)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL, *line = NULL;
	gsize at = 0, len;

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "execute");
	json_builder_add_string_value(b, command);
	if (arguments) {
		json_builder_set_member_name(b, "arguments");
		json_builder_add_value(b, arguments);
	}
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	text = json_to_string(root, FALSE);
	line = g_strconcat(text, "\n", NULL);
	len = strlen(line);
	while (at < len) {
		gssize n = g_socket_send(q->socket, line + at, len - at, NULL, error);

		if (n < 0)
			return FALSE;
		at += (gsize)n;
	}
	return TRUE;
}

static JsonNode *result_of(JsonObject *answer, const char *command, GError **error)
{
	JsonNode *node = json_object_get_member(answer, "return");
	const char *why = NULL;

	if (node)
		return json_node_copy(node);
	node = json_object_get_member(answer, "error");
	if (node && JSON_NODE_HOLDS_OBJECT(node))
		why = string_member(json_node_get_object(node), "desc");
	g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "QEMU refuses %s: %s", command,
		    why ? why : "it does not say why");
	return NULL;
}

JsonNode *qmp_call(struct qmp *q, const char *command, JsonNode *arguments, GError **error)
{
	gint64 deadline = g_get_monotonic_time() + LIMIT_US;
	g_autoptr(JsonNode) answer = NULL;
	JsonNode *result = NULL;

	if (q->closed) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "QEMU has closed its QMP socket");
		g_clear_pointer(&arguments, json_node_unref);
		return NULL;
	}
	if (!send_line(q, command, arguments, error))
		return NULL;
	while (!answer) {
		g_autofree char *line = next_line(q, deadline, error);

		if (!line)
			return NULL;
		answer = without_event(q, line);
	}
	result = result_of(json_node_get_object(answer), command, error);
	put_events_aside(q);
	return result;
}

/* QEMU greets, and wants to hear that the client has nothing to negotiate. */
static gboolean greet(struct qmp *q, GError **error)
{
	g_autofree char *line = next_line(q, g_get_monotonic_time() + LIMIT_US, error);
	g_autoptr(JsonNode) greeting = line ? parse(line) : NULL;
	g_autoptr(JsonNode) answer = NULL;

	if (!line)
		return FALSE;
	if (!greeting || !json_object_has_member(json_node_get_object(greeting), "QMP")) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "this is no QMP socket of a QEMU: it does not greet");
		return FALSE;
	}
	answer = qmp_call(q, "qmp_capabilities", NULL, error);
	return answer != NULL;
}

static GSocket *connect_to(const char *path, GError **error)
{
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	g_autoptr(GSocket) s = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
					    G_SOCKET_PROTOCOL_DEFAULT, error);

	if (!s || !g_socket_connect(s, address, NULL, error))
		return NULL;
	return g_steal_pointer(&s);
}

struct qmp *qmp_connect(const char *path, qmp_event_fn *on_event, void *data, GError **error)
{
	GSocket *socket = connect_to(path, error);
	struct qmp *q;

	if (!socket)
		return NULL;
	q = g_new0(struct qmp, 1);
	q->socket = socket;
	q->input = g_string_new(NULL);
	q->on_event = on_event;
	q->data = data;
	g_queue_init(&q->lines);
	g_queue_init(&q->events);
	q->directory = g_dir_make_tmp("neve-qmp-XXXXXX", error);
	if (!q->directory || !greet(q, error)) {
		qmp_free(q);
		return NULL;
	}
	q->dump = g_build_filename(q->directory, "memory", NULL);
	q->watch = g_socket_create_source(q->socket, G_IO_IN, NULL);
	g_source_set_callback(q->watch, G_SOURCE_FUNC(on_input), q, NULL);
	g_source_attach(q->watch, NULL);
	return q;
}

void qmp_free(struct qmp *q)
{
	if (!q)
		return;
	if (q->watch) {
		g_source_destroy(q->watch);
		g_source_unref(q->watch);
	}
	if (q->idle)
		g_source_remove(q->idle);
	g_queue_clear_full(&q->events, g_free);
	if (q->dump)
		g_unlink(q->dump);
	if (q->directory)
		g_rmdir(q->directory);
	g_queue_clear_full(&q->lines, g_free);
	g_string_free(q->input, TRUE);
	g_object_unref(q->socket);
	g_free(q->dump);
	g_free(q->directory);
	g_free(q);
}

gboolean qmp_read_memory(struct qmp *q, guint64 address, void *data, gsize size, GError **error)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) answer = NULL;
	g_autofree char *bytes = NULL;
	gsize len;

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "val");
	json_builder_add_int_value(b, (gint64)address);
	json_builder_set_member_name(b, "size");
	json_builder_add_int_value(b, (gint64)size);
	json_builder_set_member_name(b, "filename");
	json_builder_add_string_value(b, q->dump);
	json_builder_end_object(b);
	answer = qmp_call(q, "pmemsave", json_builder_get_root(b), error);
	if (!answer || !g_file_get_contents(q->dump, &bytes, &len, error))
		return FALSE;
	if (len != size) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "QEMU wrote %" G_GSIZE_FORMAT
			    " bytes of memory, expected %" G_GSIZE_FORMAT,
			    len, size);
		return FALSE;
	}
	memcpy(data, bytes, size);
	return TRUE;
}

gboolean qmp_memory_size(struct qmp *q, guint64 *size, GError **error)
{
	g_autoptr(JsonNode) answer = qmp_call(q, "query-memory-size-summary", NULL, error);
	JsonNode *base;

	if (!answer)
		return FALSE;
	base = JSON_NODE_HOLDS_OBJECT(answer)
		       ? json_object_get_member(json_node_get_object(answer), "base-memory")
		       : NULL;
	if (!base || !JSON_NODE_HOLDS_VALUE(base)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "QEMU does not say how much memory there is");
		return FALSE;
	}
	*size = (guint64)json_node_get_int(base);
	return TRUE;
}
