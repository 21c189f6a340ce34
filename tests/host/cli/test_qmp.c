/* SPDX-License-Identifier: Apache-2.0 */
/* The client of QEMU's machine protocol, against a server that answers what a test says. */
#include "error.h"
#include "qmp.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\n"
#define OK	 "{\"return\": {}}\n"

struct server {
	char *directory, *path;
	GSocket *listener;
	GThread *thread;
	const char *const *answers; /* to the lines that come, in turn; NULL at the end: closes */
	GString *heard;
};

static void say(GSocket *s, const char *text)
{
	gsize len = strlen(text);

	/* In two parts: lines need not come whole. */
	g_assert_cmpint(g_socket_send(s, text, len / 2, NULL, NULL), ==, (gssize)(len / 2));
	g_assert_cmpint(g_socket_send(s, text + len / 2, len - len / 2, NULL, NULL), ==,
			(gssize)(len - len / 2));
}

/* "pmemsave" is done: the file gets the address, as text. */
static void save_memory(const char *line)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *text = NULL;
	JsonObject *o;

	g_assert_true(json_parser_load_from_data(parser, line, -1, NULL));
	o = json_object_get_object_member(json_node_get_object(json_parser_get_root(parser)),
					  "arguments");
	text = g_strdup_printf("%016" G_GINT64_MODIFIER "x",
			       (guint64)json_object_get_int_member(o, "val"));
	g_assert_true(
		g_file_set_contents(json_object_get_string_member(o, "filename"), text, -1, NULL));
}

static gpointer serve(gpointer data)
{
	struct server *server = data;
	g_autoptr(GSocket) s = g_socket_accept(server->listener, NULL, NULL);

	g_assert_nonnull(s);
	say(s, server->answers[0]);
	for (gsize i = 1; server->answers[i]; i++) {
		char buffer[1024];
		gssize n = g_socket_receive(s, buffer, sizeof(buffer) - 1, NULL, NULL);

		if (n <= 0)
			break;
		buffer[n] = '\0';
		g_string_append(server->heard, buffer);
		if (strstr(buffer, "pmemsave"))
			save_memory(buffer);
		say(s, server->answers[i]);
	}
	g_socket_close(s, NULL);
	return NULL;
}

static void server_start(struct server *server, const char *const *answers)
{
	g_autoptr(GSocketAddress) address = NULL;

	server->directory = g_dir_make_tmp("neve-test-XXXXXX", NULL);
	server->path = g_build_filename(server->directory, "qmp", NULL);
	server->answers = answers;
	server->heard = g_string_new(NULL);
	server->listener = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
					G_SOCKET_PROTOCOL_DEFAULT, NULL);
	address = g_unix_socket_address_new(server->path);
	g_assert_true(g_socket_bind(server->listener, address, FALSE, NULL));
	g_assert_true(g_socket_listen(server->listener, NULL));
	server->thread = g_thread_new("server", serve, server);
}

static void server_end(struct server *server)
{
	g_thread_join(server->thread);
	g_object_unref(server->listener);
	g_unlink(server->path);
	g_rmdir(server->directory);
	g_string_free(server->heard, TRUE);
	g_free(server->path);
	g_free(server->directory);
}

static void on_event(const char *event, void *data)
{
	g_string_append_printf(data, "%s ", event ? event : "closed");
}

static void test_calls(void)
{
	static const char *const answers[] = {
		GREETING,
		OK,
		"{\"event\": \"RESUME\"}\n{\"return\": {\"base-memory\": 1048576}}\n"
		"{\"event\": \"STOP\", \"data\": {}}\n",
		"{\"error\": {\"class\": \"GenericError\", \"desc\": \"not today\"}}\n",
		OK,
		"{\"event\": \"SHUTDOWN\"}\n" OK,
		NULL,
	};
	struct server server;
	g_autoptr(GString) events = g_string_new(NULL);
	g_autoptr(JsonNode) answer = NULL;
	GError *error = NULL;
	struct qmp *q;
	char memory[16];
	guint64 size;

	server_start(&server, answers);
	q = qmp_connect(server.path, on_event, events, &error);
	g_assert_no_error(error);
	g_assert_true(qmp_memory_size(q, &size, &error));
	g_assert_cmpuint(size, ==, 1048576);
	/* Events wait for the main loop. */
	g_assert_cmpstr(events->str, ==, "");
	g_assert_null(qmp_call(q, "query-nothing", NULL, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
	g_assert_cmpstr(error->message, ==, "QEMU refuses query-nothing: not today");
	g_clear_error(&error);
	g_assert_true(qmp_read_memory(q, 0x40280040, memory, sizeof(memory), &error));
	g_assert_cmpmem(memory, sizeof(memory), "0000000040280040", 16);
	answer = qmp_call(q, "quit", NULL, &error);
	g_assert_nonnull(answer);
	while (!strstr(events->str, "closed"))
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpstr(events->str, ==, "RESUME STOP SHUTDOWN closed ");
	g_assert_null(qmp_call(q, "quit", NULL, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
	g_clear_error(&error);
	g_assert_nonnull(strstr(server.heard->str, "{\"execute\":\"qmp_capabilities\"}\n"));
	g_assert_nonnull(strstr(server.heard->str, "{\"execute\":\"query-nothing\"}\n"));
	qmp_free(q);
	server_end(&server);
}

/* A short file, an answer without what was asked for. */
static void test_poor_answers(void)
{
	static const char *const answers[] = {GREETING, OK, "{\"return\": []}\n", OK, NULL};
	struct server server;
	g_autoptr(GString) events = g_string_new(NULL);
	GError *error = NULL;
	struct qmp *q;
	char memory[17];
	guint64 size;

	server_start(&server, answers);
	q = qmp_connect(server.path, on_event, events, &error);
	g_assert_no_error(error);
	g_assert_false(qmp_memory_size(q, &size, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
	g_clear_error(&error);
	g_assert_false(qmp_read_memory(q, 0, memory, sizeof(memory), &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
	g_clear_error(&error);
	qmp_free(q);
	server_end(&server);
}

static void refuse(const char *const *answers, int code)
{
	struct server server;
	g_autoptr(GString) events = g_string_new(NULL);
	GError *error = NULL;

	server_start(&server, answers);
	g_assert_null(qmp_connect(server.path, on_event, events, &error));
	g_assert_error(error, CLI_ERROR, code);
	g_clear_error(&error);
	server_end(&server);
}

static void test_no_qemu(void)
{
	static const char *const other[] = {"SSH-2.0-OpenSSH_9.2\n", NULL};
	static const char *const silent[] = {"", NULL};
	static const char *const ends[] = {GREETING, "", NULL};
	g_autoptr(GString) events = g_string_new(NULL);
	GError *error = NULL;

	refuse(other, CLI_ERROR_INPUT);
	refuse(silent, CLI_ERROR_RUN);
	refuse(ends, CLI_ERROR_RUN);
	g_assert_null(qmp_connect("/nonexistent/qmp", on_event, events, &error));
	g_assert_nonnull(error);
	g_clear_error(&error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/qmp/calls", test_calls);
	g_test_add_func("/qmp/poor-answers", test_poor_answers);
	g_test_add_func("/qmp/no-qemu", test_no_qemu);
	return g_test_run();
}
