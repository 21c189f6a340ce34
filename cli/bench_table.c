/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_report.h"
#include "bench_result.h"
#include "format.h"
#include "published.h"

#include <string.h>

static gboolean has_results(const struct bench_cell *cell)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_OPS);

	return run && run->console->ops->len;
}

static gboolean has_wall(const struct bench_cell *cell)
{
	return has_results(cell) && !bench_config_is_base(cell->config);
}

static gboolean has_programs(const struct bench_cell *cell)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_PROGRAMS);

	return run && run->console->programs->len;
}

GPtrArray *bench_op_names(const GPtrArray *cells)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_run *run = bench_cell_run(g_ptr_array_index(cells, i), RUN_OPS);

		for (guint k = 0; run && k < run->console->ops->len; k++) {
			const struct op_result *r = g_ptr_array_index(run->console->ops, k);

			if (!g_ptr_array_find_with_equal_func(names, r->op, g_str_equal, NULL))
				g_ptr_array_add(names, r->op);
		}
	}
	return names;
}

GPtrArray *bench_program_names(const GPtrArray *cells)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_run *run =
			bench_cell_run(g_ptr_array_index(cells, i), RUN_PROGRAMS);

		for (guint k = 0; run && k < run->console->programs->len; k++) {
			const struct program_result *r =
				g_ptr_array_index(run->console->programs, k);

			if (!g_ptr_array_find_with_equal_func(names, r->name, g_str_equal, NULL))
				g_ptr_array_add(names, r->name);
		}
	}
	return names;
}

const struct bench_cell *bench_cell_find(const GPtrArray *cells, const char *config)
{
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (cell->l0 == L0_NONE && !strcmp(cell->config->name, config))
			return cell;
	}
	return NULL;
}

const struct bench_cell *bench_base_of(const GPtrArray *cells, const struct bench_cell *cell)
{
	return cell->config->base ? bench_cell_find(cells, cell->config->base) : NULL;
}

char *bench_base_names(const GPtrArray *cells)
{
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (bench_config_is_base(cell->config) && !cell->unavailable)
			g_string_append_printf(s, "%s%s", s->len ? ", " : "", cell->config->name);
	}
	return g_string_free(s, FALSE);
}

gboolean bench_program_ratio(const GPtrArray *cells, const struct bench_cell *cell,
			     const char *base, const char *program, double *ratio)
{
	const struct bench_cell *to = bench_cell_find(cells, base);
	const struct program_result *r = bench_cell_program(cell, program);
	const struct program_result *b = to ? bench_cell_program(to, program) : NULL;

	if (!r || !b || r->error || b->error || b->instructions <= 0)
		return FALSE;
	*ratio = r->instructions / b->instructions;
	return TRUE;
}

static gboolean has_program_results(const GPtrArray *cells, const char *config)
{
	const struct bench_cell *cell = bench_cell_find(cells, config);

	return cell && bench_cell_run(cell, RUN_PROGRAMS);
}

char *bench_program_ratios(const GPtrArray *cells, const struct bench_cell *cell,
			   const char *program)
{
	GString *s = g_string_new(NULL);
	double ratio;

	if (cell->config->l1_kvm && bench_program_ratio(cells, cell, NATIVE, program, &ratio))
		g_string_append_printf(s, "%.2f", ratio);
	if (cell->config->l1_kvm && !bench_config_is_base(cell->config) &&
	    bench_program_ratio(cells, cell, BASELINE, program, &ratio))
		g_string_append_printf(s, "%s%.2f", s->len ? "; " : "", ratio);
	if (s->len) {
		g_string_prepend(s, " (");
		g_string_append_c(s, ')');
	}
	return g_string_free(s, FALSE);
}

const char *bench_program_ratios_of(const GPtrArray *cells)
{
	gboolean native = has_program_results(cells, NATIVE),
		 vm = has_program_results(cells, BASELINE);

	if (native && vm)
		return "; in brackets in relation to no VM, and to the VM";
	if (native)
		return "; in brackets in relation to no VM";
	return vm ? "; in brackets in relation to the VM" : "";
}

gboolean bench_ratio(const GPtrArray *cells, const struct bench_cell *cell, const char *op,
		     double *ratio)
{
	const struct bench_cell *base = bench_base_of(cells, cell);
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

/* A table of ours: a row a name, a column a cell. */
struct sheet {
	const char *title; /* of the names */
	gboolean (*shown)(const struct bench_cell *cell);
	char *(*text)(const GPtrArray *cells, const struct bench_cell *cell, const char *name);
};

/* The two lines of head: the configuration, and its host. */
static void append_heads(GPtrArray *rows, const GPtrArray *cells, const struct sheet *sheet)
{
	static const char *const host[] = {"", "on neve", "on Linux KVM"};
	GPtrArray *first = table_row(rows, ""), *second = table_row(rows, sheet->title);

	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);

		if (!sheet->shown(cell))
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
	if (bench_config_is_base(cell->config) || !bench_ratio(cells, cell, op, &ratio))
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
	const struct bench_cell *base = bench_base_of(cells, cell);
	double median, min, max;

	if (!base || !bench_wall_ratio(cell, base, op, &median, &min, &max))
		return g_strdup("-");
	return g_strdup_printf("%.1f (%.1f-%.1f)", median, min, max);
}

/* A program's instructions in millions, in relation to no VM and to the VM. */
static char *program_text(const GPtrArray *cells, const struct bench_cell *cell, const char *name)
{
	const struct program_result *r = bench_cell_program(cell, name);
	g_autofree char *ratios = NULL;

	if (!r || r->error)
		return g_strdup("-");
	ratios = bench_program_ratios(cells, cell, name);
	return g_strdup_printf("%.1f%s", r->instructions / 1e6, ratios);
}

static void append_table(GString *out, const GPtrArray *cells, const GPtrArray *names,
			 const struct sheet *sheet)
{
	GPtrArray *rows = table_new();

	append_heads(rows, cells, sheet);
	for (guint k = 0; k < names->len; k++) {
		const char *name = g_ptr_array_index(names, k);
		GPtrArray *row = table_row(rows, name);

		for (guint i = 0; i < cells->len; i++) {
			const struct bench_cell *cell = g_ptr_array_index(cells, i);

			if (sheet->shown(cell))
				g_ptr_array_add(row, sheet->text(cells, cell, name));
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

static void append_ops(GString *out, const struct bench_options *options, const GPtrArray *cells,
		       const GPtrArray *ops)
{
	g_autofree char *bases = bench_base_names(cells);
	const struct sheet instructions = {"operation", has_results, instructions_text};
	const struct sheet traps = {"operation", has_results, traps_text};
	const struct sheet wall = {"operation", has_wall, wall_text};

	g_string_append(out, "\nInstructions per operation");
	if (*bases)
		g_string_append_printf(
			out, "; in brackets the ratio to the VM (%s), and the published one*",
			bases);
	g_string_append(out, "\n\n");
	append_table(out, cells, ops, &instructions);
	g_string_append(out,
			"\nTraps to the host hypervisor per operation; in brackets the published "
			"ones*\n\n");
	append_table(out, cells, ops, &traps);
	if (options->wall && *bases) {
		g_string_append_printf(
			out,
			"\nWall-clock ratio to the VM: median of %u rounds, smallest "
			"to largest; of QEMU, not of hardware\n\n",
			options->wall);
		append_table(out, cells, ops, &wall);
	}
	g_string_append(out,
			"\n* published in NEVE, SOSP 2017 (tables 1, 6, 7): cycles of hardware of "
			"2017, Linux 4.10.\n");
	append_errors(out, cells, ops);
}

char *bench_tables(const struct bench_options *options, const GPtrArray *cells)
{
	g_autoptr(GPtrArray) ops = bench_op_names(cells);
	g_autoptr(GPtrArray) programs = bench_program_names(cells);
	const struct sheet sheet = {"program", has_programs, program_text};
	GString *out = g_string_new(NULL);

	if (ops->len)
		append_ops(out, options, cells, ops);
	if (programs->len) {
		g_string_append_printf(out, "\nPrograms in a Linux, millions of instructions%s\n\n",
				       bench_program_ratios_of(cells));
		append_table(out, cells, programs, &sheet);
	}
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
		if (cell->left_out && with_unavailable)
			g_string_append_printf(out, "not measured: %s: %s\n", cell->name,
					       cell->left_out);
		if (cell->failure)
			g_string_append_printf(out, "failed: %s: %s\n", cell->name, cell->failure);
		if (cell->differences->len)
			g_string_append_printf(out, "not equal: %s", cell->differences->str);
	}
	return g_string_free(out, FALSE);
}
