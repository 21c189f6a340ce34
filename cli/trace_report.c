/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_report.h"
#include "format.h"

#include <string.h>

/* ESR_EL2 and SPSR, as far as a line about a trap needs them. */
#define EC(esr)		((guint)((esr) >> 26) & 0x3f)
#define EC_HVC		0x16
#define EC_SMC		0x17
#define EC_SYSREG	0x18
#define EC_IABT		0x20
#define EC_DABT		0x24
#define EC_VNCR		0x25
#define ISS_READ	1u	  /* of a system register access */
#define ISS_WNR		(1u << 6) /* of a data abort */
#define SPSR_M32	0x10u
#define SPSR_EL(pstate) ((guint)((pstate) >> 2) & 3)

gboolean trace_parse_sort(const char *word, enum trace_sort *sort)
{
	static const char *const words[] = {
		[TRACE_BY_TIME] = "time", [TRACE_BY_COUNT] = "count", [TRACE_BY_MEAN] = "mean",
		[TRACE_BY_MAX] = "max",	  [TRACE_BY_NAME] = "name",
	};

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*sort = (enum trace_sort)i;
		return TRUE;
	}
	return FALSE;
}

static double ns(const struct trace_view *v, double ticks)
{
	return ticks * (1e9 / (double)v->now->header.frequency);
}

static double mean(const struct trace_row *r)
{
	return r->timed ? (double)r->sum / (double)r->timed : 0;
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static const char *unit(const struct trace_view *v)
{
	return v->icount ? "instructions" : "ns";
}

static guint64 elapsed(const struct trace_view *v)
{
	guint64 now = trace_elapsed(v->now), before = v->before ? trace_elapsed(v->before) : 0;

	return now > before ? now - before : 0;
}

/* ---------------------------------------------------------------- tables */

static void append_cell(GString *out, gboolean known, int width, double x)
{
	g_autofree char *text = known ? format_thousands(x) : g_strdup("-");

	g_string_append_printf(out, " %*s", width, text);
}

static void append_row(GString *out, const struct trace_view *v, const struct trace_row *r,
		       const struct trace_row *total)
{
	gboolean timed = r->timed > 0;
	g_autofree char *who = r->level ? g_strdup_printf("L%u", r->level) : g_strdup("");

	g_string_append_printf(out, "%-3s %-24s", who, r->name);
	append_cell(out, TRUE, 11, (double)r->count);
	g_string_append_printf(out, " %6.1f", percent((double)r->count, (double)total->count));
	if (timed)
		g_string_append_printf(out, " %6.1f", percent((double)r->sum, (double)total->sum));
	else
		g_string_append_printf(out, " %6s", "-");
	append_cell(out, timed, 10, ns(v, mean(r)));
	append_cell(out, timed, 10, ns(v, (double)r->min));
	append_cell(out, timed, 10, ns(v, (double)r->max));
	g_string_append_c(out, '\n');
}

static void append_rows(GString *out, const struct trace_view *v, int cpu)
{
	g_autoptr(GArray) rows = trace_rows(v->now, v->before, cpu, v->sort);
	struct trace_row total = trace_total(rows), rest = {.name = "others"};
	g_autoptr(GArray) others = g_array_new(FALSE, TRUE, sizeof(struct trace_row));

	g_string_append_printf(out, "%-3s %-24s %11s %6s %6s %10s %10s %10s\n", "who", "cause",
			       "traps", "%", "time %", "mean", "min", "max");
	for (guint i = 0; i < rows->len; i++) {
		const struct trace_row *r = &g_array_index(rows, struct trace_row, i);

		if (v->max_rows && i >= v->max_rows)
			g_array_append_val(others, *r);
		else
			append_row(out, v, r, &total);
	}
	if (others->len) {
		rest = trace_total(others);
		g_strlcpy(rest.name, "others", sizeof(rest.name));
		append_row(out, v, &rest, &total);
	}
	append_row(out, v, &total, &total);
}

static void append_vcpus(GString *out, const struct trace_view *v)
{
	double all = (double)elapsed(v);

	g_string_append_printf(out, "\n%-4s %11s %15s %10s\n", "vCPU", "traps",
			       v->icount ? "instructions" : "ns in neve", "% of time");
	for (guint cpu = 0; cpu < v->now->header.cpus; cpu++) {
		g_autoptr(GArray) rows = trace_rows(v->now, v->before, (int)cpu, v->sort);
		struct trace_row t = trace_total(rows);

		g_string_append_printf(out, "%-4u", cpu);
		append_cell(out, TRUE, 11, (double)t.count);
		append_cell(out, t.timed > 0, 15, ns(v, (double)t.sum));
		if (t.timed && all > 0)
			g_string_append_printf(out, " %10.1f", percent((double)t.sum, all));
		else
			g_string_append_printf(out, " %10s", "-");
		g_string_append_c(out, '\n');
	}
}

static void append_heading(GString *out, const struct trace_view *v)
{
	const struct neve_trace_header *h = &v->now->header;
	double seconds = ns(v, (double)elapsed(v)) / 1e9;

	g_string_append_printf(out, "mode %s, %u vCPU%s", h->nested_mode, h->cpus,
			       h->cpus == 1 ? "" : "s");
	if (seconds > 0)
		g_string_append_printf(out, ", %.3f s", seconds);
	if (v->now->cpu[0].stats)
		g_string_append_printf(out, "; mean, min, max: %s in neve for a trap%s", unit(v),
				       h->mode == NEVE_TRACE_ON ? "" : "; tracing is off now");
	else
		g_string_append(out, "; tracing is off: counts only (neve's option trace=on)");
	g_string_append(out, "\n\n");
}

char *trace_table(const struct trace_view *view)
{
	GString *out = g_string_new(NULL);

	append_heading(out, view);
	append_rows(out, view, -1);
	append_vcpus(out, view);
	for (guint cpu = 0; view->per_vcpu && cpu < view->now->header.cpus; cpu++) {
		g_string_append_printf(out, "\nvCPU %u\n", cpu);
		append_rows(out, view, (int)cpu);
	}
	return g_string_free(out, FALSE);
}

/* ---------------------------------------------------------------- timeline */

/* The level as the guest sees it. */
static const char *where(const struct neve_trace_entry *e)
{
	gboolean el0 = e->pstate & SPSR_M32 || !SPSR_EL(e->pstate);

	if (e->flags & NEVE_TRACE_VEL2)
		return el0 ? "vEL0" : "vEL2";
	return el0 ? "EL0" : "EL1";
}

#define HEX "0x%" G_GINT64_MODIFIER "x"

static char *detail(const struct neve_trace_entry *e)
{
	if (!e->esr)
		return g_strdup("");
	switch (EC(e->esr)) {
	case EC_HVC:
	case EC_SMC:
		return g_strdup_printf("x0 " HEX, e->arg);
	case EC_SYSREG:
		return e->esr & ISS_READ ? g_strdup("read") : g_strdup_printf("= " HEX, e->arg);
	case EC_IABT:
		return g_strdup_printf("IPA " HEX " VA " HEX, e->arg, e->far);
	case EC_DABT:
	case EC_VNCR:
		return g_strdup_printf("%s IPA " HEX " VA " HEX,
				       e->esr & ISS_WNR ? "write" : "read", e->arg, e->far);
	}
	return g_strdup("");
}

static char *symbol_of(const struct trace_view *v, const struct neve_trace_entry *e)
{
	return e->level >= 1 && e->level <= NEVE_TRACE_LEVELS
		       ? symbols_name(v->symbols[e->level - 1], e->pc)
		       : NULL;
}

static gboolean any_symbols(const struct trace_view *v)
{
	return v->symbols[0] || v->symbols[1];
}

static void append_event(GString *out, const struct trace_view *v, const struct trace_event *event,
			 guint64 last)
{
	const struct neve_trace_entry *e = &event->e;
	g_autofree char *text = detail(e), *symbol = symbol_of(v, e);
	double us = ns(v, (double)(e->start - v->now->header.start)) / 1e3;

	g_string_append_printf(out, "%14.3f %10.3f %4u L%-2u %-4s %-20s %12.0f ", us,
			       last ? ns(v, (double)(e->start - last)) / 1e3 : 0.0, event->cpu,
			       e->level, where(e), trace_cause(v->now, e->cause),
			       ns(v, (double)e->ticks));
	g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x", e->pc);
	if (any_symbols(v))
		g_string_append_printf(out, *text ? " %-32s" : " %s", symbol ? symbol : "");
	if (*text)
		g_string_append_printf(out, " %s", text);
	g_string_append_c(out, '\n');
}

char *trace_timeline_table(const struct trace_view *view, const GArray *events)
{
	GString *out = g_string_new(NULL);
	guint64 last = 0;

	g_string_append_printf(out, "%14s %10s %4s %-3s %-4s %-20s %12s %-16s", "us", "+us", "vCPU",
			       "who", "at", "cause", unit(view), "pc");
	if (any_symbols(view))
		g_string_append_printf(out, " %-32s", "symbol");
	g_string_append(out, " detail\n");
	for (guint i = 0; i < events->len; i++) {
		const struct trace_event *event = &g_array_index(events, struct trace_event, i);

		append_event(out, view, event, last);
		last = event->e.start;
	}
	return g_string_free(out, FALSE);
}

/* ---------------------------------------------------------------- JSON */

static void add_row(JsonBuilder *b, const struct trace_view *v, const struct trace_row *r)
{
	json_builder_begin_object(b);
	if (r->level) {
		g_autofree char *who = g_strdup_printf("L%u", r->level);

		format_json_string(b, "who", who);
		format_json_string(b, "cause", r->name);
	}
	format_json_number(b, "traps", (double)r->count);
	format_json_number(b, "timed", (double)r->timed);
	if (r->timed) {
		format_json_number(b, "sum", ns(v, (double)r->sum));
		format_json_number(b, "mean", ns(v, mean(r)));
		format_json_number(b, "min", ns(v, (double)r->min));
		format_json_number(b, "max", ns(v, (double)r->max));
	}
	json_builder_end_object(b);
}

/* "by_cause": [...], "total": {...} */
static void add_rows(JsonBuilder *b, const struct trace_view *v, int cpu)
{
	g_autoptr(GArray) rows = trace_rows(v->now, v->before, cpu, v->sort);
	struct trace_row total = trace_total(rows);

	json_builder_set_member_name(b, "total");
	add_row(b, v, &total);
	json_builder_set_member_name(b, "by_cause");
	json_builder_begin_array(b);
	for (guint i = 0; i < rows->len; i++)
		add_row(b, v, &g_array_index(rows, struct trace_row, i));
	json_builder_end_array(b);
}

static void add_hex(JsonBuilder *b, const char *member, guint64 x)
{
	g_autofree char *text = g_strdup_printf(HEX, x);

	format_json_string(b, member, text);
}

static void add_event(JsonBuilder *b, const struct trace_view *v, const struct trace_event *event)
{
	const struct neve_trace_entry *e = &event->e;
	g_autofree char *who = g_strdup_printf("L%u", e->level), *symbol = symbol_of(v, e);

	json_builder_begin_object(b);
	format_json_number(b, "start", ns(v, (double)(e->start - v->now->header.start)));
	format_json_number(b, "vcpu", event->cpu);
	format_json_string(b, "who", who);
	format_json_string(b, "at", where(e));
	format_json_string(b, "cause", trace_cause(v->now, e->cause));
	format_json_number(b, "spent", ns(v, (double)e->ticks));
	add_hex(b, "pc", e->pc);
	if (symbol)
		format_json_string(b, "symbol", symbol);
	add_hex(b, "esr", e->esr);
	add_hex(b, "pstate", e->pstate);
	add_hex(b, "far", e->far);
	add_hex(b, "arg", e->arg);
	if (e->level == 2)
		add_hex(b, "vttbr", e->vttbr);
	json_builder_end_object(b);
}

JsonNode *trace_json(const struct trace_view *view, const GArray *events, JsonNode *versions)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	const struct neve_trace_header *h = &view->now->header;

	json_builder_begin_object(b);
	format_json_string(b, "tool", "neve");
	format_json_string(b, "what", "trace");
	if (versions) {
		json_builder_set_member_name(b, "versions");
		json_builder_add_value(b, versions);
	}
	format_json_string(b, "mode", h->nested_mode);
	json_builder_set_member_name(b, "tracing");
	json_builder_add_boolean_value(b, h->mode == NEVE_TRACE_ON);
	format_json_string(b, "unit", unit(view));
	format_json_number(b, "tick_hz", (double)h->frequency);
	format_json_number(b, "elapsed", ns(view, (double)elapsed(view)));
	add_rows(b, view, -1);
	json_builder_set_member_name(b, "vcpus");
	json_builder_begin_array(b);
	for (guint cpu = 0; cpu < h->cpus; cpu++) {
		json_builder_begin_object(b);
		format_json_number(b, "vcpu", cpu);
		add_rows(b, view, (int)cpu);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	if (events) {
		json_builder_set_member_name(b, "timeline");
		json_builder_begin_array(b);
		for (guint i = 0; i < events->len; i++)
			add_event(b, view, &g_array_index(events, struct trace_event, i));
		json_builder_end_array(b);
	}
	json_builder_end_object(b);
	return json_builder_get_root(b);
}
