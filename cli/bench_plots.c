/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_plots.h"
#include "bench_report.h"
#include "format.h"
#include "plot.h"
#include "published.h"

#include <math.h>
#include <string.h>

#define BAR_PX	  13 /* of the ratios */
#define ROW_PX	  26 /* of the other plots */
#define AXIS_PX	  34
#define PANEL_PX  420 /* width of the small plots */
#define MARGIN_CH 16

const char *const trap_groups[] = {
	"exits of the nested VM",   "ERET of L1",
	"GIC registers (ICC, ICH)", "timer registers",
	"EL1 registers of the VM",  "EL2 registers",
	"debug and PMU registers",  "ID registers",
	"stage 2 faults of L1",	    "interrupts in L1",
	"hypercalls of L1",	    "other",
};

const guint nr_trap_groups = G_N_ELEMENTS(trap_groups);

enum {
	GROUP_L2,
	GROUP_ERET,
	GROUP_GIC,
	GROUP_TIMER,
	GROUP_EL1,
	GROUP_EL2,
	GROUP_DEBUG,
	GROUP_ID,
	GROUP_ABORT,
	GROUP_IRQ,
	GROUP_CALL,
	GROUP_OTHER,
};

guint bench_trap_group(const char *cause)
{
	static const struct {
		const char *prefix;
		guint group;
	} prefixes[] = {
		{"ERET", GROUP_ERET},	     {"IRQ", GROUP_IRQ},	   {"FIQ", GROUP_IRQ},
		{"HVC", GROUP_CALL},	     {"SMC", GROUP_CALL},	   {"ICC_", GROUP_GIC},
		{"ICH_", GROUP_GIC},	     {"CNT", GROUP_TIMER},	   {"ID_", GROUP_ID},
		{"MIDR", GROUP_ID},	     {"MPIDR", GROUP_ID},	   {"CTR_", GROUP_ID},
		{"CLIDR", GROUP_ID},	     {"CCSIDR", GROUP_ID},	   {"PM", GROUP_DEBUG},
		{"MD", GROUP_DEBUG},	     {"DBG", GROUP_DEBUG},	   {"OS", GROUP_DEBUG},
		{"data abort", GROUP_ABORT}, {"instr abort", GROUP_ABORT},
	};
	const char *name = strchr(cause, ' ');

	if (g_str_has_prefix(cause, "L2 ") || g_str_has_prefix(cause, "VM ") || !name)
		return GROUP_L2;
	name++;
	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(name, prefixes[i].prefix))
			return prefixes[i].group;
	if (g_str_has_suffix(name, "_EL12") || g_str_has_suffix(name, "_EL02") ||
	    g_str_has_suffix(name, "_EL1") || g_str_has_suffix(name, "_EL0"))
		return GROUP_EL1;
	return g_str_has_suffix(name, "_EL2") ? GROUP_EL2 : GROUP_OTHER;
}

guint bench_cell_color(const GPtrArray *cells, const struct bench_cell *cell)
{
	guint color = 1;

	if (bench_config_is_base(cell->config))
		return 0;
	for (guint i = 0; i < cells->len && g_ptr_array_index(cells, i) != cell; i++) {
		const struct bench_cell *c = g_ptr_array_index(cells, i);

		color += !c->unavailable && c->config->l1_kvm && !bench_config_is_base(c->config);
	}
	return color;
}

static void append_number(GString *s, double x)
{
	char buffer[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append_printf(s, " %s", g_ascii_formatd(buffer, sizeof(buffer), "%.6g", x));
}

/* Names of rows at the left; @at is their middle. */
static void append_ytics(GString *s, const GPtrArray *names, const GArray *at)
{
	g_string_append(s, "set ytics (");
	for (guint i = 0; i < names->len; i++) {
		if (i)
			g_string_append(s, ", ");
		plot_append_string(s, g_ptr_array_index(names, i));
		append_number(s, g_array_index(at, double, i));
	}
	g_string_append(s, ")\n");
}

/* Marks of a log axis: 1, 2, 5, 10, ..., fewer where there is no room for so many. */
static void append_log_tics(GString *s, double min, double max, guint room)
{
	static const double steps[] = {1, 2, 5};
	double decades = log10(max / min);
	guint per_decade = decades * 3 <= room ? 3 : 1;
	const char *comma = "";

	g_string_append(s, "set xtics (");
	for (int decade = (int)floor(log10(min)); pow(10, decade) <= max; decade++) {
		for (guint i = 0; i < per_decade; i++) {
			double x = pow(10, decade) * steps[i];
			double shown = x < 1e3 ? x : x < 1e6 ? x / 1e3 : x / 1e6;

			if (x < min / 1.001 || x > max)
				continue;
			g_string_append_printf(s, "%s\"%.0f%s\"", comma, shown,
					       x < 1e3	 ? ""
					       : x < 1e6 ? "k"
							 : "M");
			append_number(s, x);
			comma = ", ";
		}
	}
	g_string_append(s, ")\n");
}

/* A rectangle of colour @color in the coordinates of the axes. */
static void append_box(GString *s, double x0, double x1, double y0, double y1, guint color,
		       gboolean hollow)
{
	g_string_append(s, "set object rectangle from");
	append_number(s, x0);
	g_string_append_c(s, ',');
	append_number(s, y0);
	g_string_append(s, " to");
	append_number(s, x1);
	g_string_append_c(s, ',');
	append_number(s, y1);
	if (hollow)
		g_string_append_printf(
			s, " fillstyle empty border linecolor rgb " PLOT_COLOR " linewidth 1.5\n",
			color);
	else
		g_string_append_printf(
			s, " fillcolor rgb " PLOT_COLOR " fillstyle solid noborder\n", color);
}

static void append_label(GString *s, double x, double y, const char *text)
{
	g_string_append(s, "set label ");
	plot_append_string(s, text);
	g_string_append(s, " at");
	append_number(s, x);
	g_string_append_c(s, ',');
	append_number(s, y);
	g_string_append(s, " left offset 0.4,0 font \",11\" textcolor rgb \"" PLOT_TEXT "\"\n");
}

static char *finish(GString *s, double rows, const char *label, GError **error)
{
	g_string_append_printf(s, "set yrange [");
	append_number(s, rows);
	/* Nothing but objects and labels; gnuplot wants something to plot. */
	g_string_append(s, ":0]\nplot NaN\n");
	return plot_svg(s, label, error);
}

/* ---------------------------------------------------------------- ratios */

struct bar {
	double ratio;
	guint color;
	gboolean published;
};

/* The bars of an operation, ours and those published of the same. */
static GArray *bars_of(const GPtrArray *cells, const char *op)
{
	GArray *bars = g_array_new(FALSE, TRUE, sizeof(struct bar));
	g_autoptr(GHashTable) shown = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);
		struct bar bar = {.color = bench_cell_color(cells, cell)};
		const struct published *p;

		if (!bar.color || !bench_ratio(cells, cell, op, &bar.ratio) || bar.ratio <= 0)
			continue;
		g_array_append_val(bars, bar);
		p = cell->config->published ? published_find(cell->config->published, op) : NULL;
		if (!p || p->ratio <= 0 || !g_hash_table_add(shown, (gpointer)p->column))
			continue;
		bar.ratio = p->ratio;
		bar.published = TRUE;
		g_array_append_val(bars, bar);
	}
	return bars;
}

static void append_bar(GString *s, const struct bar *bar, double y)
{
	double low = MIN(1, bar->ratio), high = MAX(1, bar->ratio);
	g_autofree char *text =
		bar->published ? g_strdup_printf("%.0f published", bar->ratio)
			       : g_strdup_printf(bar->ratio < 9.95 ? "%.1f" : "%.0f", bar->ratio);

	if (high > low)
		append_box(s, low, high, y + 0.1, y + 0.9, bar->color, bar->published);
	append_label(s, high, y + 0.5, text);
}

char *bench_plot_ratios(const GPtrArray *cells, guint width, GError **error)
{
	g_autoptr(GPtrArray) ops = bench_op_names(cells);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GArray) at = g_array_new(FALSE, FALSE, sizeof(double));
	double middle;
	g_autoptr(GString) body = g_string_new(NULL);
	double min = 1, max = 2, y = 0, end;
	GString *s;

	for (guint k = 0; k < ops->len; k++) {
		g_autoptr(GArray) bars = bars_of(cells, g_ptr_array_index(ops, k));

		if (!bars->len)
			continue;
		middle = y + bars->len / 2.0;
		g_array_append_val(at, middle);
		g_ptr_array_add(names, g_ptr_array_index(ops, k));
		for (guint i = 0; i < bars->len; i++, y++) {
			const struct bar *bar = &g_array_index(bars, struct bar, i);

			append_bar(body, bar, y);
			min = MIN(min, bar->ratio);
			max = MAX(max, bar->ratio);
		}
		y += 0.8;
	}
	if (!names->len)
		return NULL;
	s = plot_new(width, (guint)(y * BAR_PX) + AXIS_PX, MARGIN_CH);
	append_ytics(s, names, at);
	g_string_append(s, "set logscale x\nset xrange [");
	min = min < 1 ? min / 1.2 : 1;
	append_number(s, min);
	g_string_append_c(s, ':');
	/* Room for the longest bar's label, which is as wide on a phone as on a desk. */
	end = max * pow(max / min, 90.0 / (width - 220));
	append_number(s, end);
	g_string_append(s, "]\n");
	append_log_tics(s, min, end, width / 50);
	g_string_append(s, body->str);
	return finish(s, y, "Instructions as a multiple of those in a VM, on a log scale", error);
}

/* ---------------------------------------------------------------- traps */

/* The most of any operation on any host of the configuration: they share a scale. */
static double most_traps(const GPtrArray *cells, const struct bench_config *config,
			 const GPtrArray *ops)
{
	double max = 0;

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		for (guint k = 0; k < ops->len && cell->config == config; k++) {
			const struct op_result *r = bench_cell_op(cell, g_ptr_array_index(ops, k));

			if (r && !r->error && r->has_traps)
				max = MAX(max, r->traps.mean);
		}
	}
	return max;
}

static void append_stack(GString *s, const struct op_result *r, double y)
{
	g_autofree double *sums = g_new0(double, nr_trap_groups);
	g_autoptr(GString) text = g_string_new(NULL);
	double x = 0;

	for (guint i = 0; i < r->causes->len; i++) {
		const struct op_cause *c = g_ptr_array_index(r->causes, i);

		sums[bench_trap_group(c->name)] += c->count;
	}
	for (guint g = 0; g < nr_trap_groups; g++) {
		if (sums[g] > 0)
			append_box(s, x, x + sums[g], y + 0.15, y + 0.85, TRAP_GROUP_COLOR + g,
				   FALSE);
		x += sums[g];
	}
	format_count(text, r->traps.mean);
	append_label(s, x, y + 0.5, text->str);
}

char *bench_plot_traps(const GPtrArray *cells, const struct bench_cell *cell, GError **error)
{
	g_autoptr(GPtrArray) ops = bench_op_names(cells);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GArray) at = g_array_new(FALSE, FALSE, sizeof(double));
	double middle;
	g_autoptr(GString) body = g_string_new(NULL);
	double max = most_traps(cells, cell->config, ops);
	GString *s;

	for (guint k = 0; k < ops->len; k++) {
		const struct op_result *r = bench_cell_op(cell, g_ptr_array_index(ops, k));

		if (!r || r->error || !r->has_traps)
			continue;
		middle = names->len + 0.5;
		g_array_append_val(at, middle);
		append_stack(body, r, names->len);
		g_ptr_array_add(names, r->op);
	}
	if (!names->len || max <= 0)
		return NULL;
	s = plot_new(PANEL_PX, names->len * ROW_PX + AXIS_PX, MARGIN_CH);
	append_ytics(s, names, at);
	g_string_append(s, "set xrange [0:");
	append_number(s, max * 1.15);
	g_string_append_printf(s, "]\n%s", body->str);
	return finish(s, names->len, "Traps per operation, stacked by cause", error);
}

/* ---------------------------------------------------------------- distributions */

/* Whisker from 1 to 99 %, box from 25 to 75 %, the median; thin marks are the extremes. */
static void append_candle(GString *s, const double *q, double y, guint color, double hair)
{
	double middle = y + 0.5;

	append_box(s, q[1], MAX(q[9], q[1] * hair), middle - 0.05, middle + 0.05, color, FALSE);
	append_box(s, q[4], MAX(q[6], q[4] * hair), y + 0.25, y + 0.75, color, FALSE);
	append_box(s, q[5], q[5] * hair, y + 0.1, y + 0.9, color, FALSE);
	append_box(s, q[0], q[0] * hair, middle - 0.15, middle + 0.15, color, FALSE);
	append_box(s, q[10], q[10] * hair, middle - 0.15, middle + 0.15, color, FALSE);
}

char *bench_plot_samples(const GPtrArray *cells, const char *op, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GArray) at = g_array_new(FALSE, FALSE, sizeof(double));
	double middle;
	g_autoptr(GString) body = g_string_new(NULL);
	double min = G_MAXDOUBLE, max = 0, hair;
	GString *s;

	for (guint i = 0; i < cells->len; i++) {
		const struct op_result *r = bench_cell_op(g_ptr_array_index(cells, i), op);

		if (!r || r->error || !r->instructions.has_quantiles)
			continue;
		min = MIN(min, r->instructions.quantile[0]);
		max = MAX(max, r->instructions.quantile[OP_QUANTILES - 1]);
	}
	if (max <= 0)
		return NULL;
	min = MAX(1, min / 1.3);
	max = MAX(max * 1.3, min * 4);
	max *= pow(max / min, 0.2);		       /* room for a number */
	hair = pow(max / min, 2.5 / (PANEL_PX - 180)); /* two and a half pixels wide */
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);
		const struct op_result *r = bench_cell_op(cell, op);
		g_autofree char *median = NULL;
		double q[OP_QUANTILES];

		if (!r || r->error || !r->instructions.has_quantiles)
			continue;
		for (guint n = 0; n < OP_QUANTILES; n++)
			q[n] = MAX(1, r->instructions.quantile[n]);
		middle = names->len + 0.5;
		g_array_append_val(at, middle);
		append_candle(body, q, names->len, bench_cell_color(cells, cell), hair);
		median = format_thousands(q[5]);
		append_label(body, max, names->len + 0.5, median);
		g_ptr_array_add(names, cell->name);
	}
	s = plot_new(PANEL_PX, names->len * ROW_PX + AXIS_PX, MARGIN_CH);
	append_ytics(s, names, at);
	g_string_append(s, "set rmargin 9\nset logscale x\nset xrange [");
	append_number(s, min);
	g_string_append_c(s, ':');
	append_number(s, max);
	g_string_append(s, "]\n");
	append_log_tics(s, min, max, 6);
	g_string_append(s, body->str);
	return finish(s, names->len, op, error);
}
