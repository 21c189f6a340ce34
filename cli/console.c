/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"
#include "format.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define PROGRAM_MARK "neve-overhead: {"
#define BENCH_MARK   "neve-bench: {"

#define SHOWN_BYTES 200 /* of a line that cannot be read */

/* A result has three levels; json-glib parses by recursion. */
#define MAX_NESTING 16

/* No figure is larger: nothing that is computed of such ones leaves a double's range. */
#define MAX_FIGURE 9007199254740992.0 /* 2^53 */

void op_cause_free(void *data)
{
	struct op_cause *c = data;

	g_free(c->name);
	g_free(c);
}

static void op_free(void *data)
{
	struct op_result *r = data;

	g_free(r->op);
	g_free(r->on);
	g_free(r->error);
	g_ptr_array_unref(r->causes);
	g_free(r);
}

static void program_free(void *data)
{
	struct program_result *r = data;

	g_free(r->name);
	g_free(r->error);
	g_free(r);
}

struct console *console_new(void)
{
	struct console *c = g_new0(struct console, 1);

	c->ops = g_ptr_array_new_with_free_func(op_free);
	c->programs = g_ptr_array_new_with_free_func(program_free);
	c->jobs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return c;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	g_free(c->l0_kernel);
	g_free(c->l0_kvm);
	g_free(c->l1_kernel);
	g_free(c->l1_kvm);
	g_free(c->l2_kernel);
	g_free(c->counters);
	g_free(c->op_names);
	g_free(c->bench_error);
	g_ptr_array_unref(c->ops);
	g_ptr_array_unref(c->programs);
	g_hash_table_unref(c->jobs);
	g_free(c);
}

/* The value of KEY=VALUE in @line, a word; NULL when there is none. */
static char *value_of(const char *line, const char *key)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	gsize n = strlen(key);

	for (char **w = words; *w; w++)
		if (g_str_has_prefix(*w, key) && (*w)[n] == '=')
			return g_strdup(*w + n + 1);
	return NULL;
}

static int int_of(const char *line, const char *key)
{
	g_autofree char *text = value_of(line, key);
	gint64 n;

	return text && g_ascii_string_to_signed(text, 10, G_MININT, G_MAXINT, &n, NULL) ? (int)n
											: -1;
}

/* ---------------------------------------------------------------- the payload's JSON */

/* The object that @text is; NULL when it is none. Unref the parser after it. */
static JsonObject *parse(JsonParser *parser, const char *text)
{
	gboolean string = FALSE;
	JsonNode *root;
	guint depth = 0;

	for (const char *c = text; *c; c++) {
		if (string && *c == '\\' && c[1])
			c++;
		else if (*c == '"')
			string = !string;
		else if (!string && (*c == '{' || *c == '[') && ++depth > MAX_NESTING)
			return NULL;
		else if (!string && (*c == '}' || *c == ']') && depth)
			depth--;
	}
	if (!json_parser_load_from_data(parser, text, -1, NULL))
		return NULL;
	root = json_parser_get_root(parser);
	return root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
}

static gboolean is_figure(double x)
{
	return isfinite(x) && fabs(x) < MAX_FIGURE;
}

static gboolean get_double(JsonObject *o, const char *member, double *value)
{
	JsonNode *node = o ? json_object_get_member(o, member) : NULL;
	double x;

	if (!node || !JSON_NODE_HOLDS_VALUE(node) ||
	    (json_node_get_value_type(node) != G_TYPE_INT64 &&
	     json_node_get_value_type(node) != G_TYPE_DOUBLE))
		return FALSE;
	x = json_node_get_double(node);
	if (!is_figure(x))
		return FALSE;
	*value = x;
	return TRUE;
}

/* As a terminal may have it: an escape in JSON can be any character. Free with g_free(). */
static char *get_string(JsonObject *o, const char *member)
{
	JsonNode *node = o ? json_object_get_member(o, member) : NULL;

	return node && JSON_NODE_HOLDS_VALUE(node) &&
			       json_node_get_value_type(node) == G_TYPE_STRING
		       ? format_printable(json_node_get_string(node))
		       : NULL;
}

static JsonObject *get_object(JsonObject *o, const char *member)
{
	JsonNode *node = o ? json_object_get_member(o, member) : NULL;

	return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static gint by_count(gconstpointer a, gconstpointer b)
{
	const struct op_cause *x = *(struct op_cause *const *)a, *y = *(struct op_cause *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->name, y->name);
}

void op_cause_add(struct op_result *r, const char *name, double count)
{
	struct op_cause *c = g_new0(struct op_cause, 1);

	c->name = format_printable(name);
	c->count = count;
	g_ptr_array_add(r->causes, c);
}

void op_causes_sort(struct op_result *r)
{
	g_ptr_array_sort(r->causes, by_count);
}

static gboolean read_quantiles(JsonObject *o, struct op_stats *s)
{
	JsonNode *node = json_object_get_member(o, "quantiles");
	JsonArray *a;

	if (!node)
		return TRUE;
	if (!JSON_NODE_HOLDS_ARRAY(node))
		return FALSE;
	a = json_node_get_array(node);
	if (json_array_get_length(a) != OP_QUANTILES)
		return FALSE;
	for (guint i = 0; i < OP_QUANTILES; i++) {
		JsonNode *n = json_array_get_element(a, i);

		if (!JSON_NODE_HOLDS_VALUE(n) || json_node_get_value_type(n) != G_TYPE_INT64)
			return FALSE;
		s->quantile[i] = json_node_get_double(n);
		if (!is_figure(s->quantile[i]))
			return FALSE;
	}
	s->has_quantiles = TRUE;
	return TRUE;
}

static gboolean read_stats(JsonObject *o, struct op_stats *s)
{
	if (!get_double(o, "mean", &s->mean) || !get_double(o, "p50", &s->p50))
		return FALSE;
	s->min = s->p99 = s->max = s->mean;
	get_double(o, "min", &s->min);
	get_double(o, "p99", &s->p99);
	get_double(o, "max", &s->max);
	return read_quantiles(o, s);
}

static gboolean read_traps(JsonObject *traps, struct op_result *r)
{
	JsonObject *causes = get_object(traps, "by_cause");
	g_autoptr(GList) names = NULL;
	double total;

	if (!causes || !read_stats(traps, &r->traps))
		return FALSE;
	names = json_object_get_members(causes);
	for (GList *l = names; l; l = l->next) {
		double count;

		if (!get_double(causes, l->data, &count))
			return FALSE;
		op_cause_add(r, l->data, count);
	}
	op_causes_sort(r);
	if (get_double(traps, "total", &total) && total > 0)
		r->traps_total = (guint64)total;
	r->has_traps = TRUE;
	return TRUE;
}

/* One instruction is one nanosecond; the counter may tick more slowly. FALSE: it is too much. */
static gboolean ticks_to_ns(struct op_stats *s, double overhead, double hz)
{
	double *const values[] = {&s->mean, &s->min, &s->p50, &s->p99, &s->max};
	gboolean ok = TRUE;

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		*values[i] = MAX(0, *values[i] - overhead) * 1e9 / hz;
		ok = ok && is_figure(*values[i]);
	}
	for (gsize i = 0; i < OP_QUANTILES; i++) {
		s->quantile[i] = MAX(0, s->quantile[i] - overhead) * 1e9 / hz;
		ok = ok && is_figure(s->quantile[i]);
	}
	return ok;
}

static gboolean read_numbers(JsonObject *o, struct op_result *r)
{
	JsonObject *ticks = get_object(o, "ticks"), *traps = get_object(o, "traps");
	double hz, overhead, iterations;

	if (!ticks || !read_stats(ticks, &r->instructions) || !get_double(o, "unit_hz", &hz) ||
	    hz < 1 || !get_double(o, "overhead", &overhead) ||
	    !get_double(o, "iterations", &iterations))
		return FALSE;
	r->iterations = (gint64)iterations;
	if (!ticks_to_ns(&r->instructions, overhead, hz))
		return FALSE;
	return !traps || read_traps(traps, r);
}

static char *feed_op(struct console *c, JsonObject *o, const char *op)
{
	struct op_result *r = g_new0(struct op_result, 1);

	r->op = g_strdup(op);
	r->on = get_string(o, "on");
	r->error = get_string(o, "error");
	r->causes = g_ptr_array_new_with_free_func(op_cause_free);
	if (!r->error && !read_numbers(o, r)) {
		r->error = g_strdup("its result cannot be read");
		c->malformed++;
	}
	g_ptr_array_add(c->ops, r);
	if (r->error)
		return g_strdup_printf("%s: %s", op, r->error);
	if (r->has_traps)
		return g_strdup_printf("%s: %.0f instructions, %.1f traps", op,
				       r->instructions.mean, r->traps.mean);
	return g_strdup_printf("%s: %.0f instructions", op, r->instructions.mean);
}

/* A guest's line may be long: its beginning is enough to find it in the log. */
static char *unreadable(struct console *c, const char *whose, const char *json)
{
	g_autofree char *start = g_strndup(json, SHOWN_BYTES);
	g_autofree char *text = format_printable(start);

	c->malformed++;
	return g_strdup_printf("a line of the %s cannot be read: %s", whose, text);
}

static char *feed_bench(struct console *c, const char *json)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonObject *o = parse(parser, json);
	g_autofree char *op = get_string(o, "op");
	g_autofree char *counters = get_string(o, "counters");
	g_autofree char *error = get_string(o, "error");

	if (!o)
		return unreadable(c, "payload", json);
	if (op)
		return feed_op(c, o, op);
	if (counters) {
		g_free(c->counters);
		c->counters = g_steal_pointer(&counters);
		return g_strdup(strcmp(c->counters, "on") ? "payload runs"
							  : "payload runs, with trap counters");
	}
	if (error) {
		g_free(c->bench_error);
		c->bench_error = g_steal_pointer(&error);
		return g_strdup_printf("the payload gave up: %s", c->bench_error);
	}
	if (json_object_has_member(o, "done"))
		c->bench_done = TRUE;
	return NULL;
}

static char *feed_program(struct console *c, const char *json)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonObject *o = parse(parser, json);
	g_autofree char *name = get_string(o, "program");
	struct program_result *r;
	double ticks, hz;

	if (!name)
		return unreadable(c, "programs", json);
	r = g_new0(struct program_result, 1);
	r->name = g_strdup(name);
	r->error = get_string(o, "error");
	g_ptr_array_add(c->programs, r);
	if (!r->error && get_double(o, "ticks", &ticks) && get_double(o, "unit_hz", &hz) &&
	    hz >= 1) {
		r->instructions = ticks * 1e9 / hz;
		return g_strdup_printf("%s: %.1f million instructions", name,
				       r->instructions / 1e6);
	}
	if (!r->error) {
		r->error = g_strdup("its result cannot be read");
		c->malformed++;
	}
	return g_strdup_printf("%s: %s", name, r->error);
}

const struct program_result *console_program(const struct console *c, const char *name)
{
	for (guint i = 0; i < c->programs->len; i++) {
		const struct program_result *r = g_ptr_array_index(c->programs, i);

		if (!strcmp(r->name, name))
			return r;
	}
	return NULL;
}

/* ---------------------------------------------------------------- the inits' lines */

/* kernel=RELEASE kvm=MODE; FALSE when it says something else. */
static gboolean read_kernel(const char *rest, char **release, char **kvm)
{
	g_autofree char *kernel = value_of(rest, "kernel");

	if (!kernel)
		return FALSE;
	g_free(*release);
	g_free(*kvm);
	*release = g_steal_pointer(&kernel);
	*kvm = value_of(rest, "kvm");
	if (!*kvm)
		*kvm = g_strdup("unknown");
	return TRUE;
}

static char *feed_l0(struct console *c, const char *rest)
{
	if (!read_kernel(rest, &c->l0_kernel, &c->l0_kvm))
		return NULL;
	return g_strdup_printf("host hypervisor Linux %s is up, KVM: %s", c->l0_kernel, c->l0_kvm);
}

static char *feed_l1(struct console *c, const char *rest)
{
	if (!read_kernel(rest, &c->l1_kernel, &c->l1_kvm)) {
		c->l1_done |= int_of(rest, "jobs") >= 0;
		return NULL;
	}
	return g_strdup_printf("Linux %s is up, KVM: %s", c->l1_kernel, c->l1_kvm);
}

/* "Xen version 4.20.4 (Debian ...) ..." */
static char *feed_xen(struct console *c, const char *rest)
{
	g_free(c->l1_kernel);
	g_free(c->l1_kvm);
	c->l1_kernel = g_strdup_printf("Xen %.*s", (int)strcspn(rest, " "), rest);
	c->l1_kvm = g_strdup("Xen");
	return g_strdup_printf("%s is up", c->l1_kernel);
}

static char *feed_xen_panic(struct console *c, const char *rest)
{
	if (!c->bench_error)
		c->bench_error = g_strdup_printf("Xen: Panic on CPU %s", rest);
	return g_strdup(c->bench_error);
}

static char *feed_l2(struct console *c, const char *rest)
{
	g_autofree char *kernel = NULL;

	if (g_str_has_prefix(rest, "done ")) {
		c->l2_done = int_of(rest, "failed") == 0;
		return g_strdup_printf("nested Linux: %s", rest);
	}
	if (!g_str_has_prefix(rest, "up "))
		return g_strdup_printf("nested Linux: %s", rest);
	kernel = value_of(rest, "kernel");
	g_free(c->l2_kernel);
	c->l2_kernel = g_strdup(kernel ? kernel : "unknown");
	return g_strdup_printf("nested Linux %s is up", c->l2_kernel);
}

/* Before the payload gives up: the names that it would have taken. */
static char *feed_op_names(struct console *c, const char *rest)
{
	g_free(c->op_names);
	c->op_names = g_strdup(rest);
	return NULL;
}

static char *feed_job(struct console *c, const char *rest)
{
	g_auto(GStrv) words = g_strsplit(rest, " ", 3);

	if (g_strv_length(words) < 2)
		return NULL;
	if (!strcmp(words[0], "begin"))
		return g_strdup_printf("job %s begins", words[1]);
	if (!strcmp(words[0], "end")) {
		int status = int_of(rest, "status");

		g_hash_table_insert(c->jobs, g_strdup(words[1]), GINT_TO_POINTER(status));
		return g_strdup_printf("job %s ends, status %d", words[1], status);
	}
	return g_strdup(rest);
}

char *console_feed(struct console *c, const char *raw)
{
	static const struct {
		const char *mark;
		char *(*feed)(struct console *c, const char *rest);
	} marks[] = {
		{"neve-l0: ", feed_l0},
		{"neve-l1: ", feed_l1},
		{"neve-l2: ", feed_l2},
		{"neve-job: ", feed_job},
		{"operations:", feed_op_names},
		{"(XEN) Xen version ", feed_xen},
		{"(XEN) Panic on CPU ", feed_xen_panic},
	};
	g_autofree char *line = format_printable(raw);
	const char *at;

	at = strstr(line, BENCH_MARK);
	if (at)
		return feed_bench(c, at + strlen(BENCH_MARK) - 1);
	at = strstr(line, PROGRAM_MARK);
	if (at)
		return feed_program(c, at + strlen(PROGRAM_MARK) - 1);
	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
		at = strstr(line, marks[i].mark);
		if (at)
			return marks[i].feed(c, at + strlen(marks[i].mark));
	}
	return NULL;
}

int console_job_status(const struct console *c, const char *job)
{
	gpointer status;

	return g_hash_table_lookup_extended(c->jobs, job, NULL, &status) ? GPOINTER_TO_INT(status)
									 : -1;
}

const struct op_result *console_op(const struct console *c, const char *op)
{
	for (guint i = 0; i < c->ops->len; i++) {
		const struct op_result *r = g_ptr_array_index(c->ops, i);

		if (!strcmp(r->op, op))
			return r;
	}
	return NULL;
}
