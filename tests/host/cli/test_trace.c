/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace, from neve's recording of traps (hyp/vm/trace_block.c) to what the command shows: the
 * machine's memory between them is an array.
 */
#include "error.h"
#include "trace_report.h"

#include "vm/trace_block.h"

#include <string.h>

#define RAM	  G_GUINT64_CONSTANT(0x40000000)
#define RAM_SIZE  G_GUINT64_CONSTANT(0x800000) /* four places for an Image */
#define IMAGE	  0x200000
#define HEADER	  0x280040
#define NAMES	  0x300000
#define COUNTS(n) (0x320000 + 0x8000 * (guint64)(n))
#define BLOCK(n)  (0x400000 + 0x80000 * (guint64)(n))
#define HVC	  (CAUSE_EC + EC_HVC)
#define ERET	  (CAUSE_EC + EC_ERET)
#define ESR(ec)	  ((u64)(ec) << 26 | ESR_IL)
#define FREQUENCY 1000000000

G_STATIC_ASSERT(sizeof(struct trace_block) < 0x80000);
G_STATIC_ASSERT(sizeof(struct trap_counters) <= 0x8000);

struct world {
	guint8 *ram;
	struct trace_memory memory;
	guint reads;
	guint fail_at;			 /* the read with this number fails; 0: none */
	void (*during)(struct world *w); /* before each read */
};

static struct trace_block *block(struct world *w, guint cpu)
{
	return (struct trace_block *)(w->ram + BLOCK(cpu));
}

static struct trap_counters *counters(struct world *w, guint cpu)
{
	return (struct trap_counters *)(w->ram + COUNTS(cpu));
}

static struct neve_trace_header *header(struct world *w)
{
	return (struct neve_trace_header *)(w->ram + HEADER);
}

static gboolean read_ram(void *ctx, guint64 address, void *data, gsize size, GError **error)
{
	struct world *w = ctx;

	g_assert_cmpuint(address, >=, RAM);
	g_assert_cmpuint(address - RAM + size, <=, RAM_SIZE);
	if (w->during)
		w->during(w);
	if (++w->reads == w->fail_at) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN, "no memory today");
		return FALSE;
	}
	memcpy(data, w->ram + (address - RAM), size);
	return TRUE;
}

static void make_image(struct world *w, guint64 at, guint64 header_at)
{
	struct neve_trace_id id = {
		.magic = NEVE_TRACE_MAGIC,
		.header = (gint64)header_at - (gint64)(at + NEVE_TRACE_ID_OFFSET + 8),
	};

	memcpy(w->ram + at + 0x38, "ARM\x64", 4);
	memcpy(w->ram + at + NEVE_TRACE_ID_OFFSET, &id, sizeof(id));
}

static void setup(struct world *w, gconstpointer data)
{
	struct neve_trace_header *h;

	(void)data;
	w->ram = g_malloc0(RAM_SIZE);
	w->memory = (struct trace_memory){.read = read_ram, .ctx = w};
	make_image(w, IMAGE, HEADER);
	h = header(w);
	*h = (struct neve_trace_header){
		.magic = NEVE_TRACE_MAGIC,
		.version = NEVE_TRACE_VERSION,
		.size = sizeof(*h),
		.self = RAM + HEADER,
		.frequency = FREQUENCY,
		.start = 1000,
		.mode = NEVE_TRACE_ON,
		.cpus = 2,
		.causes = CAUSE_COUNT,
		.entries = TRACE_ENTRIES,
		.names = RAM + NAMES,
		.nested_mode = "nv2",
	};
	for (guint i = 0; i < h->cpus; i++) {
		h->cpu[i].counts = RAM + COUNTS(i);
		h->cpu[i].block = RAM + BLOCK(i);
	}
	for (guint i = 0; i < CAUSE_COUNT; i++)
		trap_cause_name(i, (char *)w->ram + NAMES + (gsize)i * NEVE_TRACE_NAME);
}

static void teardown(struct world *w, gconstpointer data)
{
	(void)data;
	g_free(w->ram);
}

/* As vectors.S, trace.c and exit.c do it. */
static void trap(struct world *w, guint cpu, guint level, guint cause, u64 start)
{
	struct neve_trace_entry e = {.start = start,
				     .cause = (u16)cause,
				     .level = (u8)level,
				     .esr = ESR(cause),
				     .pc = 0xffff800080001000 + 4 * start};

	counters(w, cpu)->count[level - 1][cause]++;
	trace_block_begin(block(w, cpu), &e);
}

static void trap_end(struct world *w, guint cpu, u64 out, u64 own)
{
	trace_block_end(block(w, cpu), out, own);
}

static struct trace_sample *sample(struct world *w)
{
	GError *error = NULL;
	guint64 at = trace_find(&w->memory, RAM, RAM_SIZE, &error);
	struct trace_sample *s;

	g_assert_no_error(error);
	g_assert_cmphex(at, ==, RAM + HEADER);
	s = trace_sample_read(&w->memory, at, &error);
	g_assert_no_error(error);
	return s;
}

/* ---------------------------------------------------------------- finding */

static void test_find(struct world *w, gconstpointer data)
{
	GError *error = NULL;

	(void)data;
	/* Before it, a copy of the Image that never ran: its header is empty, or of elsewhere. */
	make_image(w, 0, 0x100000);
	memcpy(w->ram + 0x100000, header(w), sizeof(struct neve_trace_header));
	g_assert_cmphex(trace_find(&w->memory, RAM, RAM_SIZE, &error), ==, RAM + HEADER);
	/* One whose header would be outside of memory. */
	make_image(w, 0, G_GUINT64_CONSTANT(0x7000000000000000));
	g_assert_cmphex(trace_find(&w->memory, RAM, RAM_SIZE, &error), ==, RAM + HEADER);
	/* Not started yet, or not there. */
	header(w)->magic = 0;
	g_assert_cmphex(trace_find(&w->memory, RAM, RAM_SIZE, &error), ==, 0);
	g_assert_no_error(error);
}

static void refuse(struct world *w, const char *text)
{
	GError *error = NULL;

	g_assert_cmphex(trace_find(&w->memory, RAM, RAM_SIZE, &error), ==, 0);
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, text));
	g_clear_error(&error);
	g_assert_null(trace_sample_read(&w->memory, RAM + HEADER, &error));
	g_assert_nonnull(error);
	g_clear_error(&error);
}

static void test_refuse(struct world *w, gconstpointer data)
{
	struct neve_trace_header good = *header(w);

	(void)data;
	header(w)->version++;
	refuse(w, "layout version 2, expected 1");
	*header(w) = good;
	header(w)->cpus = NEVE_TRACE_CPUS + 1;
	refuse(w, "makes no sense");
	*header(w) = good;
	header(w)->causes = 0x10000000;
	refuse(w, "makes no sense");
	*header(w) = good;
	header(w)->entries = 0;
	refuse(w, "makes no sense");
	*header(w) = good;
	header(w)->frequency = 0;
	refuse(w, "makes no sense");
}

static void test_unreadable(struct world *w, gconstpointer data)
{
	guint last = 0;

	(void)data;
	trap(w, 0, 2, HVC, 2000);
	trap_end(w, 0, 2500, 0);
	for (guint at = 1; !last; at++) {
		GError *error = NULL;
		struct trace_sample *s;
		guint64 where;

		w->reads = 0;
		w->fail_at = at;
		where = trace_find(&w->memory, RAM, RAM_SIZE, &error);
		s = where ? trace_sample_read(&w->memory, where, &error) : NULL;
		if (s)
			last = at;
		else
			g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
		g_clear_error(&error);
		trace_sample_free(s);
	}
	g_assert_cmpuint(last, >, 6);
}

/* ---------------------------------------------------------------- statistics */

static const struct trace_row *row(const GArray *rows, guint level, const char *name)
{
	for (guint i = 0; i < rows->len; i++) {
		const struct trace_row *r = &g_array_index(rows, struct trace_row, i);

		if (r->level == level && !strcmp(r->name, name))
			return r;
	}
	return NULL;
}

/* L2's HVC takes 800 and 900 of CPU 0 and 700 of CPU 1, L1's ERET 50 of CPU 0. */
static void fill(struct world *w)
{
	trap(w, 0, 2, HVC, 2000);
	trap_end(w, 0, 2810, 10);
	trap(w, 0, 1, ERET, 3000);
	trap_end(w, 0, 3060, 10);
	trap(w, 0, 2, HVC, 4000);
	trap_end(w, 0, 4910, 10);
	trap(w, 1, 2, HVC, 5000);
	trap_end(w, 1, 5700, 0);
}

static void test_rows(struct world *w, gconstpointer data)
{
	struct trace_sample *s;
	g_autoptr(GArray) rows = NULL, one = NULL;
	const struct trace_row *r;
	struct trace_row total;

	(void)data;
	fill(w);
	trap(w, 1, 1, CAUSE_IRQ, 9000); /* it has not ended: counted, not timed */
	s = sample(w);
	rows = trace_rows(s, NULL, -1, TRACE_BY_TIME);
	g_assert_cmpuint(rows->len, ==, 3);
	r = row(rows, 2, "HVC");
	g_assert_true(r == &g_array_index(rows, struct trace_row, 0));
	g_assert_cmpuint(r->count, ==, 3);
	g_assert_cmpuint(r->timed, ==, 3);
	g_assert_cmpuint(r->sum, ==, 2400);
	g_assert_cmpuint(r->min, ==, 700);
	g_assert_cmpuint(r->max, ==, 900);
	r = row(rows, 1, "IRQ");
	g_assert_cmpuint(r->count, ==, 1);
	g_assert_cmpuint(r->timed, ==, 0);
	total = trace_total(rows);
	g_assert_cmpuint(total.count, ==, 5);
	g_assert_cmpuint(total.timed, ==, 4);
	g_assert_cmpuint(total.sum, ==, 2450);
	g_assert_cmpuint(total.min, ==, 50);
	g_assert_cmpuint(total.max, ==, 900);
	one = trace_rows(s, NULL, 1, TRACE_BY_TIME);
	g_assert_cmpuint(one->len, ==, 2);
	g_assert_cmpuint(row(one, 2, "HVC")->sum, ==, 700);
	g_assert_cmpuint(trace_elapsed(s), ==, 5700 - 1000);
	trace_sample_free(s);
}

/* The counter is slower than the CPU, so that tracing can seem to take longer than the trap. */
static void test_own_is_more(struct world *w, gconstpointer data)
{
	struct trace_sample *s;
	g_autoptr(GArray) rows = NULL;

	(void)data;
	trap_end(w, 0, 1500, 3); /* nothing has begun */
	trap(w, 0, 2, HVC, 2000);
	trap_end(w, 0, 2001, 2);
	trap(w, 0, 2, HVC, 3000);
	trap_end(w, 0, 3000 + (G_GUINT64_CONSTANT(1) << 33), 0);
	s = sample(w);
	rows = trace_rows(s, NULL, -1, TRACE_BY_TIME);
	g_assert_cmpuint(rows->len, ==, 1);
	g_assert_cmpuint(row(rows, 2, "HVC")->timed, ==, 2);
	g_assert_cmpuint(row(rows, 2, "HVC")->min, ==, 0);
	g_assert_cmpuint(row(rows, 2, "HVC")->max, ==, G_GUINT64_CONSTANT(1) << 33);
	g_assert_cmpuint(block(w, 0)->ring[1].ticks, ==, G_MAXUINT32);
	trace_sample_free(s);
}

static void test_interval(struct world *w, gconstpointer data)
{
	struct trace_sample *before, *now;
	g_autoptr(GArray) rows = NULL;

	(void)data;
	fill(w);
	before = sample(w);
	trap(w, 1, 2, HVC, 6000);
	trap_end(w, 1, 6300, 0);
	now = sample(w);
	rows = trace_rows(now, before, -1, TRACE_BY_TIME);
	g_assert_cmpuint(rows->len, ==, 1);
	g_assert_cmpuint(row(rows, 2, "HVC")->count, ==, 1);
	g_assert_cmpuint(row(rows, 2, "HVC")->sum, ==, 300);
	g_array_unref(g_steal_pointer(&rows));
	/* The other way round, as if it had started again: nothing goes below 0. */
	rows = trace_rows(before, now, -1, TRACE_BY_TIME);
	g_assert_cmpuint(rows->len, ==, 0);
	trace_sample_free(before);
	trace_sample_free(now);
}

static void test_sort(struct world *w, gconstpointer data)
{
	static const char *const first[] = {
		[TRACE_BY_TIME] = "HVC", [TRACE_BY_COUNT] = "HVC", [TRACE_BY_MEAN] = "WFx",
		[TRACE_BY_MAX] = "WFx",	 [TRACE_BY_NAME] = "ERET",
	};
	struct trace_sample *s;

	(void)data;
	fill(w);
	trap(w, 0, 1, CAUSE_EC + EC_WFX, 7000);
	trap_end(w, 0, 8000, 0);
	s = sample(w);
	for (guint i = 0; i < G_N_ELEMENTS(first); i++) {
		g_autoptr(GArray) rows = trace_rows(s, NULL, -1, (enum trace_sort)i);

		g_assert_cmpstr(g_array_index(rows, struct trace_row, 0).name, ==, first[i]);
	}
	trace_sample_free(s);
}

/* ---------------------------------------------------------------- the ring */

static void test_timeline(struct world *w, gconstpointer data)
{
	GError *error = NULL;
	struct trace_sample *s;
	g_autoptr(GArray) events = NULL;

	(void)data;
	for (u64 i = 0; i < TRACE_ENTRIES + 100; i++) {
		trap(w, i & 1, 2, HVC, 2000 + 10 * i);
		trap_end(w, i & 1, 2005 + 10 * i, 0);
	}
	s = sample(w);
	events = trace_timeline(&w->memory, s, 30, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(events->len, ==, 30);
	for (guint i = 0; i < events->len; i++) {
		const struct trace_event *e = &g_array_index(events, struct trace_event, i);
		u64 n = TRACE_ENTRIES + 100 - 30 + i;

		g_assert_cmpuint(e->e.start, ==, 2000 + 10 * n);
		g_assert_cmpuint(e->cpu, ==, n & 1);
		g_assert_cmpuint(e->e.ticks, ==, 5);
	}
	trace_sample_free(s);
}

static u64 torn_next;

/* CPU 0 goes on while its ring is read, and has begun one more that is to be seen in no way. */
static void go_on(struct world *w)
{
	for (guint i = 0; i < 300; i++, torn_next++) {
		trap(w, 0, 2, HVC, 2000 + 10 * torn_next);
		trap_end(w, 0, 2005 + 10 * torn_next, 0);
	}
	trap(w, 0, 1, ERET, 1);
}

static void test_torn(struct world *w, gconstpointer data)
{
	GError *error = NULL;
	struct trace_sample *s = sample(w);
	g_autoptr(GArray) events = NULL;

	(void)data;
	torn_next = 0;
	for (guint round = 0; round < 20; round++) {
		go_on(w);
		w->during = go_on;
		events = trace_timeline(&w->memory, s, G_MAXUINT, &error);
		w->during = NULL;
		g_assert_no_error(error);
		g_assert_cmpuint(events->len, >, 0);
		g_assert_cmpuint(events->len, <, TRACE_ENTRIES);
		for (guint i = 0; i < events->len; i++) {
			const struct trace_event *e = &g_array_index(events, struct trace_event, i);

			/* One after the other, none twice, none half. */
			g_assert_cmpuint(e->e.level, ==, 2);
			g_assert_cmpuint(e->e.ticks, ==, 5);
			g_assert_cmpuint(e->e.start, ==,
					 g_array_index(events, struct trace_event, 0).e.start +
						 10 * (u64)i);
		}
		g_array_unref(g_steal_pointer(&events));
	}
	/* No ring at all: the number of the next entry goes backwards. */
	block(w, 0)->head.next = G_MAXUINT64 - 5;
	events = trace_timeline(&w->memory, s, G_MAXUINT, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(events->len, <, TRACE_ENTRIES);
	trace_sample_free(s);
}

/* ---------------------------------------------------------------- what is shown */

static void test_table(struct world *w, gconstpointer data)
{
	struct trace_view view = {.icount = TRUE, .per_vcpu = TRUE};
	struct trace_sample *s;
	g_autofree char *table = NULL, *off = NULL, *few = NULL;

	(void)data;
	fill(w);
	s = sample(w);
	view.now = s;
	table = trace_table(&view);
	g_assert_nonnull(strstr(table, "mode nv2, 2 vCPUs"));
	g_assert_nonnull(strstr(table, "instructions in neve for a trap"));
	g_assert_nonnull(strstr(table,
				"L2  HVC                                3   75.0   98.0        "
				"800        700        900\n"));
	g_assert_nonnull(strstr(table,
				"L1  ERET                               1   25.0    2.0         "
				"50         50         50\n"));
	g_assert_nonnull(strstr(table, "    all                                4  100.0  100.0"));
	g_assert_nonnull(strstr(table, "0              3           1,750       37.2\n"));
	g_assert_nonnull(strstr(table, "\nvCPU 1\nwho cause"));
	view.per_vcpu = FALSE;
	view.max_rows = 1;
	few = trace_table(&view);
	g_assert_nonnull(strstr(few, "    others                             1   25.0    2.0"));
	g_assert_null(strstr(few, "ERET"));
	trace_sample_free(s);

	/* Tracing was never on: what is always counted is there. */
	header(w)->mode = NEVE_TRACE_OFF;
	header(w)->cpu[0].block = header(w)->cpu[1].block = header(w)->names = 0;
	view.now = s = sample(w);
	view.max_rows = 0;
	off = trace_table(&view);
	g_assert_nonnull(strstr(off, "tracing is off"));
	g_assert_nonnull(strstr(off, "L2  (no name)                          3   75.0      -"));
	trace_sample_free(s);
}

static void test_hostile_names(struct world *w, gconstpointer data)
{
	struct trace_sample *s;

	(void)data;
	memset(w->ram + NAMES + HVC * NEVE_TRACE_NAME, 0x1b, NEVE_TRACE_NAME);
	s = sample(w);
	g_assert_cmpstr(trace_cause(s, HVC), ==, "???????????????????????????????");
	g_assert_cmpstr(trace_cause(s, G_MAXUINT), ==, "(no name)");
	trace_sample_free(s);
}

static void test_timeline_table(struct world *w, gconstpointer data)
{
	const char *map = "ffff800080000000 T _text\nffff800080008d00 t a_function\n";
	struct neve_trace_entry e = {
		.start = 6000,
		.cause = CAUSE_EC + EC_DABT_LOWER,
		.level = 1,
		.flags = NEVE_TRACE_VEL2 | NEVE_TRACE_E2H,
		.pc = 0xffff800080008d10,
		.esr = ESR(EC_DABT_LOWER) | 1 << 6,
		.pstate = 0x3c5,
		.far = 0xffff800081000000,
		.arg = 0x80a0000,
	};
	GError *error = NULL;
	struct symbols *symbols = symbols_parse(map, "map", &error);
	struct trace_view view = {.symbols = {symbols, NULL}};
	struct trace_sample *s;
	g_autoptr(GArray) events = NULL;
	g_autofree char *table = NULL;

	(void)data;
	g_assert_no_error(error);
	fill(w);
	trace_block_begin(block(w, 1), &e);
	trap_end(w, 1, 6400, 0);
	view.now = s = sample(w);
	events = trace_timeline(&w->memory, s, 100, &error);
	table = trace_timeline_table(&view, events);
	g_assert_nonnull(strstr(table, "         5.000      1.000    1 L1  vEL2 data abort "));
	g_assert_nonnull(strstr(table, "400 ffff800080008d10 a_function+0x10 "));
	g_assert_nonnull(strstr(table, "write IPA 0x80a0000 VA 0xffff800081000000\n"));
	g_assert_nonnull(strstr(table, " L2  EL0  HVC "));
	symbols_free(symbols);
	trace_sample_free(s);
}

static void test_json(struct world *w, gconstpointer data)
{
	struct trace_view view = {.icount = TRUE};
	struct trace_sample *s;
	g_autoptr(GArray) events = NULL;
	g_autoptr(JsonNode) root = NULL;
	JsonObject *o, *cause;
	JsonArray *vcpus;

	(void)data;
	fill(w);
	view.now = s = sample(w);
	events = trace_timeline(&w->memory, s, 2, NULL);
	root = trace_json(&view, events, NULL);
	o = json_node_get_object(root);
	g_assert_cmpstr(json_object_get_string_member(o, "unit"), ==, "instructions");
	g_assert_cmpstr(json_object_get_string_member(o, "mode"), ==, "nv2");
	g_assert_cmpint(json_object_get_int_member(o, "elapsed"), ==, 4700);
	cause = json_array_get_object_element(json_object_get_array_member(o, "by_cause"), 0);
	g_assert_cmpstr(json_object_get_string_member(cause, "who"), ==, "L2");
	g_assert_cmpstr(json_object_get_string_member(cause, "cause"), ==, "HVC");
	g_assert_cmpint(json_object_get_int_member(cause, "traps"), ==, 3);
	g_assert_cmpint(json_object_get_int_member(cause, "sum"), ==, 2400);
	vcpus = json_object_get_array_member(o, "vcpus");
	g_assert_cmpuint(json_array_get_length(vcpus), ==, 2);
	g_assert_cmpuint(json_array_get_length(json_object_get_array_member(o, "timeline")), ==, 2);
	trace_sample_free(s);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct world *w, gconstpointer data);
	} tests[] = {
		{"/trace/find", test_find},
		{"/trace/refuse", test_refuse},
		{"/trace/unreadable", test_unreadable},
		{"/trace/rows", test_rows},
		{"/trace/own-is-more", test_own_is_more},
		{"/trace/interval", test_interval},
		{"/trace/sort", test_sort},
		{"/trace/timeline", test_timeline},
		{"/trace/torn", test_torn},
		{"/trace/table", test_table},
		{"/trace/hostile-names", test_hostile_names},
		{"/trace/timeline-table", test_timeline_table},
		{"/trace/json", test_json},
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct world, NULL, setup, tests[i].test, teardown);
	return g_test_run();
}
