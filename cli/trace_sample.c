/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_sample.h"
#include "error.h"

#include <string.h>

#define IMAGE_ALIGN	   G_GUINT64_CONSTANT(0x200000)
#define IMAGE_MAGIC_OFFSET 0x38
#define MAX_CAUSES	   8192
#define MAX_ENTRIES	   65536

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);
G_STATIC_ASSERT(sizeof(struct neve_trace_entry) == 64);
G_STATIC_ASSERT(sizeof(struct neve_trace_header) == 80 + 16 * NEVE_TRACE_CPUS);

static gboolean fetch(const struct trace_memory *m, guint64 address, void *data, gsize size,
		      GError **error)
{
	return m->read(m->ctx, address, data, size, error);
}

/* ---------------------------------------------------------------- finding */

/* FALSE with a message only when this is a neve, but not one that can be read. */
static gboolean usable(const struct neve_trace_header *h, guint64 address, GError **error)
{
	if (h->magic != NEVE_TRACE_MAGIC || h->self != address)
		return FALSE;
	if (h->version != NEVE_TRACE_VERSION || h->size != sizeof(*h)) {
		g_set_error(
			error, CLI_ERROR, CLI_ERROR_INPUT,
			"neve's trace has layout version %u, expected %u: use the command that was "
			"built with that neve",
			h->version, NEVE_TRACE_VERSION);
		return FALSE;
	}
	if (!h->cpus || h->cpus > NEVE_TRACE_CPUS || !h->causes || h->causes > MAX_CAUSES ||
	    !h->entries || h->entries > MAX_ENTRIES || !h->frequency) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "neve's trace header at 0x%" G_GINT64_MODIFIER "x makes no sense",
			    address);
		return FALSE;
	}
	return TRUE;
}

guint64 trace_find(const struct trace_memory *m, guint64 ram, guint64 ram_size, GError **error)
{
	for (guint64 at = ram; at + IMAGE_ALIGN <= ram + ram_size; at += IMAGE_ALIGN) {
		guint8 head[NEVE_TRACE_ID_OFFSET + sizeof(struct neve_trace_id)];
		struct neve_trace_header h;
		struct neve_trace_id id;
		GError *bad = NULL;
		guint64 header;

		if (!fetch(m, at, head, sizeof(head), error))
			return 0;
		memcpy(&id, head + NEVE_TRACE_ID_OFFSET, sizeof(id));
		if (memcmp(head + IMAGE_MAGIC_OFFSET, "ARM\x64", 4) != 0 ||
		    id.magic != NEVE_TRACE_MAGIC)
			continue;
		header = at + NEVE_TRACE_ID_OFFSET + G_STRUCT_OFFSET(struct neve_trace_id, header) +
			 (guint64)id.header;
		if (header < ram || header - ram > ram_size - sizeof(h))
			continue;
		if (!fetch(m, header, &h, sizeof(h), error))
			return 0;
		if (usable(&h, header, &bad))
			return header;
		if (bad) {
			g_propagate_error(error, bad);
			return 0;
		}
	}
	return 0;
}

/* ---------------------------------------------------------------- statistics */

static gsize cells(const struct neve_trace_header *h)
{
	return (gsize)NEVE_TRACE_LEVELS * h->causes;
}

static void make_printable(char *name)
{
	for (char *c = name; *c; c++)
		if (!g_ascii_isprint(*c))
			*c = '?';
}

static gboolean read_names(const struct trace_memory *m, struct trace_sample *s, GError **error)
{
	const struct neve_trace_header *h = &s->header;

	if (!h->names)
		return TRUE;
	s->names = g_malloc0_n(h->causes, NEVE_TRACE_NAME);
	if (!fetch(m, h->names, s->names, (gsize)h->causes * NEVE_TRACE_NAME, error))
		return FALSE;
	for (guint i = 0; i < h->causes; i++) {
		s->names[i][NEVE_TRACE_NAME - 1] = '\0';
		make_printable(s->names[i]);
	}
	return TRUE;
}

static gboolean read_cpu(const struct trace_memory *m, struct trace_sample *s, guint cpu,
			 GError **error)
{
	guint64 block = s->header.cpu[cpu].block;
	gsize n = cells(&s->header);

	s->cpu[cpu].counts = g_new0(guint64, n);
	if (!fetch(m, s->header.cpu[cpu].counts, s->cpu[cpu].counts, n * sizeof(guint64), error))
		return FALSE;
	if (!block)
		return TRUE;
	s->cpu[cpu].stats = g_new0(struct neve_trace_stat, n);
	return fetch(m, block, &s->cpu[cpu].head, sizeof(s->cpu[cpu].head), error) &&
	       fetch(m, block + sizeof(struct neve_trace_cpu), s->cpu[cpu].stats,
		     n * sizeof(struct neve_trace_stat), error);
}

struct trace_sample *trace_sample_read(const struct trace_memory *m, guint64 header, GError **error)
{
	struct trace_sample *s = g_new0(struct trace_sample, 1);
	GError *bad = NULL;

	if (!fetch(m, header, &s->header, sizeof(s->header), error))
		goto fail;
	if (!usable(&s->header, header, &bad)) {
		if (!bad)
			g_set_error(&bad, CLI_ERROR, CLI_ERROR_RUN, "neve's trace is gone");
		g_propagate_error(error, bad);
		goto fail;
	}
	s->header.nested_mode[sizeof(s->header.nested_mode) - 1] = '\0';
	make_printable(s->header.nested_mode);
	if (!read_names(m, s, error))
		goto fail;
	for (guint cpu = 0; cpu < s->header.cpus; cpu++)
		if (!read_cpu(m, s, cpu, error))
			goto fail;
	return s;
fail:
	trace_sample_free(s);
	return NULL;
}

void trace_sample_free(struct trace_sample *s)
{
	if (!s)
		return;
	for (guint cpu = 0; cpu < NEVE_TRACE_CPUS; cpu++) {
		g_free(s->cpu[cpu].counts);
		g_free(s->cpu[cpu].stats);
	}
	g_free(s->names);
	g_free(s);
}

guint64 trace_elapsed(const struct trace_sample *s)
{
	guint64 last = s->header.start;

	for (guint cpu = 0; cpu < s->header.cpus; cpu++)
		last = MAX(last, s->cpu[cpu].head.last);
	return last - s->header.start;
}

const char *trace_cause(const struct trace_sample *s, guint cause)
{
	return s->names && cause < s->header.causes && s->names[cause][0] ? s->names[cause]
									  : "(no name)";
}

/* ---------------------------------------------------------------- rows */

static void add_cell(struct trace_row *r, const struct trace_sample *s, guint cpu, gsize cell)
{
	const struct neve_trace_stat *stat = s->cpu[cpu].stats ? &s->cpu[cpu].stats[cell] : NULL;

	r->count += s->cpu[cpu].counts[cell];
	if (!stat || !stat->count)
		return;
	r->min = r->timed ? MIN(r->min, stat->min) : stat->min;
	r->max = MAX(r->max, stat->max);
	r->timed += stat->count;
	r->sum += stat->sum;
}

/* Counters only grow; what has not is of another boot. */
static guint64 less(guint64 a, guint64 b)
{
	return a > b ? a - b : 0;
}

static void subtract_cell(struct trace_row *r, const struct trace_sample *s, guint cpu, gsize cell)
{
	r->count = less(r->count, s->cpu[cpu].counts[cell]);
	if (!s->cpu[cpu].stats)
		return;
	r->timed = less(r->timed, s->cpu[cpu].stats[cell].count);
	r->sum = less(r->sum, s->cpu[cpu].stats[cell].sum);
}

static double mean_of(const struct trace_row *r)
{
	return r->timed ? (double)r->sum / (double)r->timed : 0;
}

static int descending(double a, double b)
{
	return (a < b) - (a > b);
}

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct trace_row *x = a, *y = b;
	int order = 0;

	switch (*(const enum trace_sort *)data) {
	case TRACE_BY_TIME:
		order = descending((double)x->sum, (double)y->sum);
		break;
	case TRACE_BY_MEAN:
		order = descending(mean_of(x), mean_of(y));
		break;
	case TRACE_BY_MAX:
		order = descending((double)x->max, (double)y->max);
		break;
	case TRACE_BY_NAME:
		order = strcmp(x->name, y->name);
		break;
	case TRACE_BY_COUNT:
		break;
	}
	if (!order)
		order = descending((double)x->count, (double)y->count);
	if (!order)
		order = strcmp(x->name, y->name);
	return order ? order : (int)x->level - (int)y->level;
}

GArray *trace_rows(const struct trace_sample *now, const struct trace_sample *before, int cpu,
		   enum trace_sort sort)
{
	GArray *rows = g_array_new(FALSE, TRUE, sizeof(struct trace_row));
	guint causes = now->header.causes;

	/* Another neve has started since. */
	if (before && (before->header.causes != causes || before->header.cpus != now->header.cpus))
		before = NULL;
	for (gsize cell = 0; cell < cells(&now->header); cell++) {
		struct trace_row r = {.level = (guint)(cell / causes) + 1,
				      .cause = (guint)(cell % causes)};

		for (guint i = 0; i < now->header.cpus; i++) {
			if (cpu >= 0 && i != (guint)cpu)
				continue;
			add_cell(&r, now, i, cell);
		}
		for (guint i = 0; before && i < now->header.cpus; i++) {
			if (cpu >= 0 && i != (guint)cpu)
				continue;
			subtract_cell(&r, before, i, cell);
		}
		if (!r.count && !r.timed)
			continue;
		g_strlcpy(r.name, trace_cause(now, r.cause), sizeof(r.name));
		g_array_append_val(rows, r);
	}
	g_array_sort_with_data(rows, compare, &sort);
	return rows;
}

struct trace_row trace_total(const GArray *rows)
{
	struct trace_row t = {.name = "all"};

	for (guint i = 0; i < rows->len; i++) {
		const struct trace_row *r = &g_array_index(rows, struct trace_row, i);

		if (r->timed) {
			t.min = t.timed ? MIN(t.min, r->min) : r->min;
			t.max = MAX(t.max, r->max);
		}
		t.count += r->count;
		t.timed += r->timed;
		t.sum += r->sum;
	}
	return t;
}

/* ---------------------------------------------------------------- the ring */

/* Entries that were being written, or written over, while they were read are left out. */
static gboolean read_ring(const struct trace_memory *m, const struct trace_sample *s, guint cpu,
			  GArray *events, GError **error)
{
	guint64 block = s->header.cpu[cpu].block, before, after, first;
	guint n = s->header.entries;
	g_autoptr(GArray) ring = g_array_new(FALSE, TRUE, sizeof(struct neve_trace_entry));
	guint64 at = block + sizeof(struct neve_trace_cpu) +
		     cells(&s->header) * sizeof(struct neve_trace_stat);

	g_array_set_size(ring, n);
	if (!fetch(m, block, &before, sizeof(before), error) ||
	    !fetch(m, at, ring->data, n * sizeof(struct neve_trace_entry), error) ||
	    !fetch(m, block, &after, sizeof(after), error))
		return FALSE;
	first = after + 1 > n ? after + 1 - n : 0;
	/* `next` only grows: else this is no ring. */
	for (guint64 i = first; i < before && before <= after; i++) {
		struct trace_event event = {
			.cpu = cpu,
			.e = g_array_index(ring, struct neve_trace_entry, i % n),
		};

		g_array_append_val(events, event);
	}
	return TRUE;
}

static gint by_start(gconstpointer a, gconstpointer b)
{
	const struct trace_event *x = a, *y = b;

	if (x->e.start != y->e.start)
		return x->e.start > y->e.start ? 1 : -1;
	return (int)x->cpu - (int)y->cpu;
}

GArray *trace_timeline(const struct trace_memory *m, const struct trace_sample *s, guint n,
		       GError **error)
{
	g_autoptr(GArray) events = g_array_new(FALSE, TRUE, sizeof(struct trace_event));

	for (guint cpu = 0; cpu < s->header.cpus; cpu++)
		if (s->cpu[cpu].stats && !read_ring(m, s, cpu, events, error))
			return NULL;
	g_array_sort(events, by_start);
	if (events->len > n)
		g_array_remove_range(events, 0, events->len - n);
	return g_steal_pointer(&events);
}
