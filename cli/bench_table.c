/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_report.h"
#include "bench_result.h"
#include "format.h"
#include "published.h"

#include <string.h>

#define OP_WIDTH 17

static gboolean has_results(const struct bench_cell *cell)
{
	const struct bench_run *run = bench_cell_run(cell);

	return run && run->console->ops->len;
}

GPtrArray *bench_op_names(const GPtrArray *cells)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_run *run = bench_cell_run(g_ptr_array_index(cells, i));

		for (guint k = 0; run && k < run->console->ops->len; k++) {
			const struct op_result *r = g_ptr_array_index(run->console->ops, k);

			if (!g_ptr_array_find_with_equal_func(names, r->op, g_str_equal, NULL))
				g_ptr_array_add(names, r->op);
		}
	}
	return names;
}

const struct bench_cell *bench_baseline(const GPtrArray *cells)
{
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (!strcmp(cell->config->name, BASELINE))
			return cell;
	}
	return NULL;
}

gboolean bench_ratio(const GPtrArray *cells, const struct bench_cell *cell, const char *op,
		     double *ratio)
{
	const struct bench_cell *base = bench_baseline(cells);
	const struct op_result *r = bench_cell_op(cell, op);
	const struct op_result *b = base ? bench_cell_op(base, op) : NULL;

	if (!r || !b || r->error || b->error || b->instructions.mean <= 0)
		return FALSE;
	*ratio = r->instructions.mean / b->instructions.mean;
	return TRUE;
}

char *bench_cell_title(const struct bench_cell *cell)
{
	switch (cell->l0) {
	case L0_NONE:
		return g_strdup(cell->config->name);
	case L0_KVM:
		return g_strdup_printf("%s on Linux KVM", cell->config->name);
	default:
		return g_strdup_printf("%s on neve", cell->config->name);
	}
}

/* ---------------------------------------------------------------- columns */

/* A column is a cell of ours, or one of published figures. */
struct column {
	const struct bench_cell *cell;
	const struct published_column *published;
};

static GArray *columns_of(const GPtrArray *cells)
{
	GArray *columns = g_array_new(FALSE, TRUE, sizeof(struct column));

	for (guint i = 0; i < cells->len; i++) {
		struct column c = {.cell = g_ptr_array_index(cells, i)};

		if (has_results(c.cell))
			g_array_append_val(columns, c);
	}
	/* Beside them what was published of the same, once each. */
	for (guint p = 0; p < nr_published_columns; p++) {
		struct column c = {.published = &published_columns[p]};
		gboolean wanted = !strcmp(c.published->name, "x86");

		for (guint i = 0; i < cells->len && !wanted; i++) {
			const struct bench_cell *cell = g_ptr_array_index(cells, i);

			wanted = has_results(cell) &&
				 !g_strcmp0(cell->config->published, c.published->name);
		}
		if (wanted)
			g_array_append_val(columns, c);
	}
	return columns;
}

/* The two lines of a column's head. */
static const char *head(const struct column *c, guint line)
{
	static const char *const host[] = {"", "on neve", "on Linux KVM"};

	if (c->published)
		return line ? "published*" : c->published->title;
	return line ? host[c->cell->l0] : c->cell->config->name;
}

static void append_heads(GString *out, const GArray *columns, guint width, const char *title)
{
	for (guint line = 0; line < 2; line++) {
		g_string_append_printf(out, "%-*s", OP_WIDTH, line ? title : "");
		for (guint i = 0; i < columns->len; i++)
			g_string_append_printf(
				out, " %*s", width,
				head(&g_array_index(columns, struct column, i), line));
		g_string_append_c(out, '\n');
	}
}

static void append_right(GString *out, guint width, const char *text)
{
	g_string_append_printf(out, " %*s", width, text);
}

/* "51,588 (38.2)"; the ratio only where there is one. */
static char *instructions_text(const GPtrArray *cells, const struct column *c, const char *op)
{
	g_autofree char *number = NULL;
	double ratio;

	if (c->published) {
		const struct published *p = published_find(c->published->name, op);

		if (!p)
			return g_strdup("");
		number = format_thousands(p->cycles);
		return p->ratio > 0 ? g_strdup_printf("%s (%.0f)", number, p->ratio)
				    : g_strdup(number);
	}
	const struct op_result *r = bench_cell_op(c->cell, op);

	if (!r || r->error)
		return g_strdup("-");
	number = format_thousands(r->instructions.mean);
	if (c->cell == bench_baseline(cells) || !bench_ratio(cells, c->cell, op, &ratio))
		return g_steal_pointer(&number);
	return g_strdup_printf("%s (%.1f)", number, ratio);
}

static char *traps_text(const struct column *c, const char *op)
{
	g_autoptr(GString) s = g_string_new(NULL);

	if (c->published) {
		const struct published *p = published_find(c->published->name, op);

		if (p && p->traps >= 0)
			format_count(s, p->traps);
		return g_strdup(s->str);
	}
	const struct op_result *r = bench_cell_op(c->cell, op);

	if (!r || r->error || !r->has_traps)
		return g_strdup("-");
	format_count(s, r->traps.mean);
	return g_strdup(s->str);
}

static void append_errors(GString *out, const GPtrArray *cells, const GPtrArray *ops)
{
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		for (guint k = 0; k < ops->len; k++) {
			const struct op_result *r = bench_cell_op(cell, g_ptr_array_index(ops, k));

			if (r && r->error)
				g_string_append_printf(out, "%s: %s: %s\n", cell->name, r->op,
						       r->error);
		}
	}
}

static void append_wall(GString *out, const struct bench_options *options, const GPtrArray *cells,
			const GPtrArray *ops)
{
	const struct bench_cell *base = bench_baseline(cells);

	if (!options->wall || !base)
		return;
	g_string_append_printf(out,
			       "\nWall-clock ratio to %s (median of %u rounds, smallest to "
			       "largest); of QEMU, not of hardware\n\n%-*s",
			       BASELINE, options->wall, OP_WIDTH, "operation");
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (cell != base && !cell->unavailable)
			append_right(out, 21, cell->name);
	}
	g_string_append_c(out, '\n');
	for (guint k = 0; k < ops->len; k++) {
		const char *op = g_ptr_array_index(ops, k);

		g_string_append_printf(out, "%-*s", OP_WIDTH, op);
		for (guint i = 0; i < cells->len; i++) {
			const struct bench_cell *cell = g_ptr_array_index(cells, i);
			g_autofree char *text = g_strdup("-");
			double median, min, max;

			if (cell == base || cell->unavailable)
				continue;
			if (bench_wall_ratio(cell, base, op, &median, &min, &max)) {
				g_free(text);
				text = g_strdup_printf("%.1f (%.1f-%.1f)", median, min, max);
			}
			append_right(out, 21, text);
		}
		g_string_append_c(out, '\n');
	}
}

char *bench_tables(const struct bench_options *options, const GPtrArray *cells)
{
	g_autoptr(GPtrArray) ops = bench_op_names(cells);
	g_autoptr(GArray) columns = columns_of(cells);
	GString *out = g_string_new(NULL);

	if (!ops->len)
		return g_string_free(out, FALSE);
	g_string_append_printf(
		out, "\nInstructions per operation%s\n\n",
		bench_baseline(cells) ? "; in brackets the ratio to the VM (" BASELINE ")" : "");
	append_heads(out, columns, 16, "operation");
	for (guint k = 0; k < ops->len; k++) {
		const char *op = g_ptr_array_index(ops, k);

		g_string_append_printf(out, "%-*s", OP_WIDTH, op);
		for (guint i = 0; i < columns->len; i++) {
			g_autofree char *text = instructions_text(
				cells, &g_array_index(columns, struct column, i), op);

			append_right(out, 16, text);
		}
		g_string_append_c(out, '\n');
	}
	g_string_append(out, "\nTraps to the host hypervisor per operation\n\n");
	append_heads(out, columns, 13, "operation");
	for (guint k = 0; k < ops->len; k++) {
		const char *op = g_ptr_array_index(ops, k);

		g_string_append_printf(out, "%-*s", OP_WIDTH, op);
		for (guint i = 0; i < columns->len; i++) {
			g_autofree char *text =
				traps_text(&g_array_index(columns, struct column, i), op);

			append_right(out, 13, text);
		}
		g_string_append_c(out, '\n');
	}
	append_wall(out, options, cells, ops);
	g_string_append(out,
			"\n* published in NEVE, SOSP 2017 (tables 1, 6, 7): cycles of hardware of "
			"2017, Linux 4.10;\n  compare ratios and traps, not numbers.\n");
	append_errors(out, cells, ops);
	return g_string_free(out, FALSE);
}

char *bench_complaints(const GPtrArray *cells, gboolean with_unavailable)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (cell->unavailable && with_unavailable)
			g_string_append_printf(out, "not run: %s: %s\n", cell->name,
					       cell->unavailable);
		if (cell->failure)
			g_string_append_printf(out, "failed: %s: %s\n", cell->name, cell->failure);
		if (cell->differences->len)
			g_string_append_printf(out, "not equal: %s", cell->differences->str);
	}
	return g_string_free(out, FALSE);
}
