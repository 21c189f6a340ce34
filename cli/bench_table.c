/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_report.h"
#include "bench_result.h"
#include "format.h"
#include "published.h"

#include <string.h>

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

/* ---------------------------------------------------------------- tables */

/* A table is rows of text, all of the same length; the first column is aligned to the left. */
static void row_free(void *row)
{
	g_ptr_array_unref(row);
}

static GPtrArray *table_row(GPtrArray *rows, const char *first)
{
	GPtrArray *row = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(row, g_strdup(first));
	g_ptr_array_add(rows, row);
	return row;
}

static GPtrArray *table_new(void)
{
	return g_ptr_array_new_with_free_func(row_free);
}

/* Appends the table and frees it. */
static void table_append(GString *out, GPtrArray *rows)
{
	for (guint i = 0; i < rows->len; i++) {
		const GPtrArray *row = g_ptr_array_index(rows, i);

		for (guint c = 0; c < row->len; c++) {
			int width = 0;

			for (guint k = 0; k < rows->len; k++) {
				const GPtrArray *other = g_ptr_array_index(rows, k);

				width = MAX(width, (int)strlen(g_ptr_array_index(other, c)));
			}
			if (c)
				g_string_append_printf(out, "   %*s", width,
						       (char *)g_ptr_array_index(row, c));
			else
				g_string_append_printf(out, "%-*s", width,
						       (char *)g_ptr_array_index(row, c));
		}
		g_string_append_c(out, '\n');
	}
	g_ptr_array_unref(rows);
}

/* The two lines of head: the configuration, and its host. */
static void append_heads(GPtrArray *rows, const GPtrArray *cells, const struct bench_cell *without)
{
	static const char *const host[] = {"", "on neve", "on Linux KVM"};
	GPtrArray *first = table_row(rows, ""), *second = table_row(rows, "operation");

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (!has_results(cell) || cell == without)
			continue;
		g_ptr_array_add(first, g_strdup(cell->config->name));
		g_ptr_array_add(second, g_strdup(host[cell->l0]));
	}
}

static const struct published *published_of(const struct bench_cell *cell, const char *op)
{
	return cell->config->published ? published_find(cell->config->published, op) : NULL;
}

/* "51,588 (38.2; 37*)"; ratios only where there are such. */
static char *instructions_text(const GPtrArray *cells, const struct bench_cell *cell,
			       const char *op)
{
	const struct op_result *r = bench_cell_op(cell, op);
	const struct published *p = published_of(cell, op);
	g_autofree char *number = NULL;
	double ratio;

	if (!r || r->error)
		return g_strdup("-");
	number = format_thousands(r->instructions.mean);
	if (cell == bench_baseline(cells) || !bench_ratio(cells, cell, op, &ratio))
		return g_steal_pointer(&number);
	if (p && p->ratio > 0)
		return g_strdup_printf("%s (%.1f; %.0f*)", number, ratio, p->ratio);
	return g_strdup_printf("%s (%.1f)", number, ratio);
}

/* "7.1 (15*)" */
static char *traps_text(const GPtrArray *cells, const struct bench_cell *cell, const char *op)
{
	const struct op_result *r = bench_cell_op(cell, op);
	const struct published *p = published_of(cell, op);
	GString *s = g_string_new(NULL);

	(void)cells;
	if (!r || r->error || !r->has_traps) {
		g_string_append_c(s, '-');
		return g_string_free(s, FALSE);
	}
	format_count(s, r->traps.mean);
	if (p && p->traps >= 0)
		g_string_append_printf(s, " (%.0f*)", p->traps);
	return g_string_free(s, FALSE);
}

static char *wall_text(const GPtrArray *cells, const struct bench_cell *cell, const char *op)
{
	double median, min, max;

	if (!bench_wall_ratio(cell, bench_baseline(cells), op, &median, &min, &max))
		return g_strdup("-");
	return g_strdup_printf("%.1f (%.1f-%.1f)", median, min, max);
}

/* One table: the same text of each operation and each cell but @without. */
static void append_table(GString *out, const GPtrArray *cells, const GPtrArray *ops,
			 const struct bench_cell *without,
			 char *(*text)(const GPtrArray *, const struct bench_cell *, const char *))
{
	GPtrArray *rows = table_new();

	append_heads(rows, cells, without);
	for (guint k = 0; k < ops->len; k++) {
		const char *op = g_ptr_array_index(ops, k);
		GPtrArray *row = table_row(rows, op);

		for (guint i = 0; i < cells->len; i++) {
			const struct bench_cell *cell = g_ptr_array_index(cells, i);

			if (has_results(cell) && cell != without)
				g_ptr_array_add(row, text(cells, cell, op));
		}
	}
	table_append(out, rows);
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

char *bench_tables(const struct bench_options *options, const GPtrArray *cells)
{
	g_autoptr(GPtrArray) ops = bench_op_names(cells);
	const struct bench_cell *base = bench_baseline(cells);
	GString *out = g_string_new(NULL);

	if (!ops->len)
		return g_string_free(out, FALSE);
	g_string_append_printf(out, "\nInstructions per operation%s\n\n",
			       base ? "; in brackets the ratio to the VM (" BASELINE
				      "), and the published one*"
				    : "");
	append_table(out, cells, ops, NULL, instructions_text);
	g_string_append(out,
			"\nTraps to the host hypervisor per operation; in brackets the published "
			"ones*\n\n");
	append_table(out, cells, ops, NULL, traps_text);
	if (options->wall && base) {
		g_string_append_printf(
			out,
			"\nWall-clock ratio to the VM: median of %u rounds, smallest "
			"to largest; of QEMU, not of hardware\n\n",
			options->wall);
		append_table(out, cells, ops, base, wall_text);
	}
	g_string_append(out,
			"\n* published in NEVE, SOSP 2017 (tables 1, 6, 7): cycles of hardware of "
			"2017, Linux 4.10.\n");
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
