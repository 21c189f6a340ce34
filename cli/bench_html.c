/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_html.h"
#include "bench_plots.h"
#include "bench_report.h"
#include "bench_result.h"
#include "bench_style.h"
#include "format.h"
#include "plot.h"
#include "published.h"

#include <string.h>

#define WIDE_PX	  960
#define NARROW_PX 400

struct page {
	GString *out;
	const struct bench_options *options;
	const GPtrArray *cells;
	GPtrArray *ops;
	GError **error;
};

gboolean bench_html_possible(GError **error)
{
	return plot_possible(error);
}

static void text(struct page *p, const char *s)
{
	g_autofree char *escaped = g_markup_escape_text(s, -1);

	g_string_append(p->out, escaped);
}

static void raw(struct page *p, const char *s)
{
	g_string_append(p->out, s);
}

/* Takes @svg. FALSE when there is none because gnuplot failed. */
static gboolean plot(struct page *p, char *svg, const char *class)
{
	if (!svg)
		return !*p->error;
	g_string_append_printf(p->out, "<div class=\"%s\">%s</div>\n", class, svg);
	g_free(svg);
	return TRUE;
}

static gboolean has_results(const struct bench_cell *cell)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_OPS);

	return run && run->console->ops->len;
}

static void legend_item(struct page *p, guint color, gboolean hollow, const char *name)
{
	g_string_append_printf(p->out, "<li><i style=\"%s:var(--c%u)\"></i>",
			       hollow ? "border:2px solid;border-color" : "background", color);
	text(p, name);
	raw(p, "</li>");
}

static void cells_legend(struct page *p)
{
	raw(p, "<ul class=\"legend\">");
	for (guint i = 0; i < p->cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(p->cells, i);
		guint color = bench_cell_color(p->cells, cell);
		g_autofree char *title = bench_cell_title(cell);
		g_autofree char *name = g_strdup_printf("%s: %s", title, cell->config->title);

		if (has_results(cell) && color)
			legend_item(p, color, FALSE, name);
	}
	legend_item(p, 0, TRUE, "hollow: published in NEVE, SOSP 2017");
	raw(p, "</ul>\n");
}

static gboolean has_programs(const struct bench_cell *cell)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_PROGRAMS);

	return run && run->console->programs->len;
}

static gboolean section_ratios(struct page *p)
{
	g_autofree char *bases = bench_base_names(p->cells);

	if (!*bases)
		return TRUE;
	g_string_append_printf(
		p->out,
		"<h2>How many times as many instructions as in a VM</h2>\n"
		"<p class=\"soft\">Ratio to the same operation in a plain VM of the same hypervisor "
		"(%s), on a log scale. 1 would be a nested VM that costs nothing.</p>\n",
		bases);
	cells_legend(p);
	raw(p, "<figure>");
	if (!plot(p, bench_plot_ratios(p->cells, WIDE_PX, p->error), "wide") ||
	    !plot(p, bench_plot_ratios(p->cells, NARROW_PX, p->error), "narrow"))
		return FALSE;
	raw(p, "</figure>\n");
	return TRUE;
}

/* ---------------------------------------------------------------- tables */

static void heads(struct page *p, const char *title,
		  gboolean (*shown)(const struct bench_cell *cell))
{
	g_string_append_printf(p->out, "<tr><th>%s</th>", title);
	for (guint i = 0; i < p->cells->len; i++) {
		static const char *const host[] = {"", "on neve", "on Linux KVM"};
		const struct bench_cell *cell = g_ptr_array_index(p->cells, i);

		if (!shown(cell))
			continue;
		raw(p, "<th>");
		text(p, cell->config->name);
		g_string_append_printf(p->out, "<br><small>%s</small></th>", host[cell->l0]);
	}
	raw(p, "</tr>\n");
}

static const struct published *published_of(const struct bench_cell *cell, const char *op)
{
	return cell->config->published ? published_find(cell->config->published, op) : NULL;
}

static void instructions_cell(struct page *p, const struct bench_cell *cell, const char *op)
{
	const struct op_result *r = bench_cell_op(cell, op);
	const struct published *published = published_of(cell, op);
	g_autofree char *number = NULL;
	double ratio;

	if (!r || r->error) {
		raw(p, "<td>–</td>");
		return;
	}
	number = format_thousands(r->instructions.mean);
	g_string_append_printf(p->out, "<td>%s", number);
	if (!bench_config_is_base(cell->config) && bench_ratio(p->cells, cell, op, &ratio)) {
		g_string_append_printf(p->out, " <small>(%.1f)</small>", ratio);
		if (published && published->ratio > 0)
			g_string_append_printf(p->out, " <small class=\"published\">%.0f*</small>",
					       published->ratio);
	}
	raw(p, "</td>");
}

static void traps_cell(struct page *p, const struct bench_cell *cell, const char *op)
{
	const struct op_result *r = bench_cell_op(cell, op);
	const struct published *published = published_of(cell, op);

	raw(p, "<td>");
	if (r && !r->error && r->has_traps) {
		format_count(p->out, r->traps.mean);
		if (published && published->traps >= 0)
			g_string_append_printf(p->out, " <small class=\"published\">%.0f*</small>",
					       published->traps);
	} else {
		raw(p, "–");
	}
	raw(p, "</td>");
}

static void published_cell(struct page *p, const struct published *figure)
{
	g_autofree char *number = NULL;

	raw(p, figure ? "<td class=\"published\">" : "<td class=\"published\">–");
	if (figure) {
		number = format_thousands(figure->cycles);
		raw(p, number);
		if (figure->ratio > 0)
			g_string_append_printf(p->out, " <small>(%.0f)</small>", figure->ratio);
		if (figure->traps >= 0)
			g_string_append_printf(p->out, "<br><small>%.0f trap%s</small>",
					       figure->traps, figure->traps == 1 ? "" : "s");
	}
	raw(p, "</td>");
}

static void table(struct page *p, gboolean traps)
{
	raw(p, "<div class=\"wide-table\"><table>\n");
	heads(p, "operation", has_results);
	for (guint k = 0; k < p->ops->len; k++) {
		const char *op = g_ptr_array_index(p->ops, k);

		raw(p, "<tr><td>");
		text(p, op);
		raw(p, "</td>");
		for (guint i = 0; i < p->cells->len; i++) {
			const struct bench_cell *cell = g_ptr_array_index(p->cells, i);

			if (!has_results(cell))
				continue;
			if (traps)
				traps_cell(p, cell, op);
			else
				instructions_cell(p, cell, op);
		}
		raw(p, "</tr>\n");
	}
	raw(p, "</table></div>\n");
}

static void section_tables(struct page *p)
{
	raw(p, "<h2>Instructions per operation</h2>\n"
	       "<p class=\"soft\">Mean of all samples, interrupts that fell into them included; in "
	       "brackets the ratio to the VM, and with an asterisk the ratio that was published "
	       "for the same.</p>\n");
	table(p, FALSE);
	raw(p,
	    "<h2>Traps to the host hypervisor per operation</h2>\n"
	    "<p class=\"soft\">Exceptions taken to the host hypervisor between the beginning and the "
	    "end of the operation, on all CPUs. Two are what the architecture forces: the nested "
	    "VM's exit and its hypervisor's ERET. With an asterisk: published.</p>\n");
	table(p, TRUE);
}

/* All that was published, of both papers. */
static void section_published(struct page *p)
{
	g_autoptr(GPtrArray) shown = g_ptr_array_new();

	raw(p,
	    "<h2>* Published</h2>\n<p class=\"soft\">Cycles of hardware of 2016 and 2017, in brackets "
	    "the ratio to a VM there, and traps. Emulated instructions are no cycles: ratios and "
	    "traps can be compared, numbers cannot.</p>\n<div class=\"wide-table\"><table>\n"
	    "<tr><th>operation</th>");
	for (guint i = 0; i < nr_published_columns; i++) {
		raw(p, "<th class=\"published\">");
		text(p, published_columns[i].title);
		raw(p, "<br><small>");
		text(p, published_columns[i].source);
		raw(p, "</small></th>");
	}
	raw(p, "</tr>\n");
	for (guint k = 0; k < nr_published_figures; k++) {
		const char *op = published_figures[k].op;

		if (g_ptr_array_find_with_equal_func(shown, op, g_str_equal, NULL))
			continue;
		g_ptr_array_add(shown, (gpointer)op);
		raw(p, "<tr><td>");
		text(p, op);
		raw(p, "</td>");
		for (guint i = 0; i < nr_published_columns; i++)
			published_cell(p, published_find(published_columns[i].name, op));
		raw(p, "</tr>\n");
	}
	raw(p, "</table></div>\n");
}

/* ---------------------------------------------------------------- traps by cause */

static void causes_details(struct page *p, const struct bench_cell *cell)
{
	raw(p, "<details><summary>every cause</summary><div class=\"wide-table\"><table>");
	for (guint k = 0; k < p->ops->len; k++) {
		const struct op_result *r = bench_cell_op(cell, g_ptr_array_index(p->ops, k));

		if (!r || r->error || !r->has_traps || !r->causes->len)
			continue;
		raw(p, "<tr><td>");
		text(p, r->op);
		raw(p, "</td><td class=\"left\">");
		for (guint i = 0; i < r->causes->len; i++) {
			const struct op_cause *c = g_ptr_array_index(r->causes, i);
			g_autofree char *name = g_markup_escape_text(c->name, -1);
			char number[G_ASCII_DTOSTR_BUF_SIZE];

			g_string_append_printf(
				p->out, "%s%s&nbsp;%s", i ? ", " : "", name,
				g_ascii_formatd(number, sizeof(number), "%.3g", c->count));
		}
		raw(p, "</td></tr>\n");
	}
	raw(p, "</table></div></details>");
}

/* Only the groups that occur. */
static void groups_legend(struct page *p)
{
	gboolean *seen = g_new0(gboolean, nr_trap_groups);

	for (guint i = 0; i < p->cells->len; i++) {
		for (guint k = 0; k < p->ops->len; k++) {
			const struct op_result *r = bench_cell_op(g_ptr_array_index(p->cells, i),
								  g_ptr_array_index(p->ops, k));

			for (guint n = 0; r && n < r->causes->len; n++) {
				const struct op_cause *c = g_ptr_array_index(r->causes, n);

				seen[bench_trap_group(c->name)] |= c->count >= COUNT_SHOWN_FROM;
			}
		}
	}
	raw(p, "<ul class=\"legend\">");
	for (guint g = 0; g < nr_trap_groups; g++)
		if (seen[g])
			legend_item(p, TRAP_GROUP_COLOR + g, FALSE, trap_groups[g]);
	raw(p, "</ul>\n");
	g_free(seen);
}

static gboolean section_traps(struct page *p)
{
	raw(p,
	    "<h2>What the traps are</h2>\n<p class=\"soft\">Each configuration on a scale of its "
	    "own, which its hosts share.</p>\n");
	groups_legend(p);
	raw(p, "<div class=\"grid\">\n");
	for (guint i = 0; i < p->cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(p->cells, i);
		g_autofree char *title = bench_cell_title(cell);

		if (!has_results(cell) || cell->l0 == L0_NONE)
			continue;
		raw(p, "<figure><h3>");
		text(p, title);
		raw(p, "</h3>");
		if (!plot(p, bench_plot_traps(p->cells, cell, p->error), "panel"))
			return FALSE;
		causes_details(p, cell);
		raw(p, "</figure>\n");
	}
	raw(p, "</div>\n");
	return TRUE;
}

static gboolean section_samples(struct page *p)
{
	raw(p,
	    "<h2>Distribution of each operation's samples</h2>\n"
	    "<p class=\"soft\">Instructions, on a log scale: box from the 25th to the 75th "
	    "percentile with the median in it, line from the 1st to the 99th, short marks at the "
	    "extremes; the number is the median. Where the emulated machine does the same each time, all of them are one "
	    "mark; what lies far to the right is an interrupt that fell into a sample.</p>\n");
	raw(p, "<div class=\"grid\">\n");
	for (guint k = 0; k < p->ops->len; k++) {
		const char *op = g_ptr_array_index(p->ops, k);
		char *svg = bench_plot_samples(p->cells, op, p->error);

		if (!svg && *p->error)
			return FALSE;
		if (!svg)
			continue;
		raw(p, "<figure><h3>");
		text(p, op);
		raw(p, "</h3>");
		plot(p, svg, "panel");
		raw(p, "</figure>\n");
	}
	raw(p, "</div>\n");
	return TRUE;
}

/* ---------------------------------------------------------------- wall-clock time */

static void section_wall(struct page *p)
{
	g_autofree char *bases = bench_base_names(p->cells);

	if (!p->options->wall || !*bases)
		return;
	g_string_append_printf(
		p->out,
		"<h2>Wall-clock time</h2>\n<p class=\"soft\">Ratio to the VM (%s) "
		"in the same round: median of %u rounds, smallest to largest. This is "
		"the time of QEMU, whose TLB flushes dominate it, not that of "
		"hardware.</p>\n<div class=\"wide-table\"><table>\n<tr><th>operation</th>",
		bases, p->options->wall);
	for (guint i = 0; i < p->cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(p->cells, i);

		if (bench_config_is_base(cell->config) || !has_results(cell))
			continue;
		raw(p, "<th>");
		text(p, cell->name);
		raw(p, "</th>");
	}
	raw(p, "</tr>\n");
	for (guint k = 0; k < p->ops->len; k++) {
		const char *op = g_ptr_array_index(p->ops, k);

		raw(p, "<tr><td>");
		text(p, op);
		raw(p, "</td>");
		for (guint i = 0; i < p->cells->len; i++) {
			const struct bench_cell *cell = g_ptr_array_index(p->cells, i);
			const struct bench_cell *base;
			double median, min, max;

			if (bench_config_is_base(cell->config) || !has_results(cell))
				continue;
			base = bench_base_of(p->cells, cell);
			if (base && bench_wall_ratio(cell, base, op, &median, &min, &max))
				g_string_append_printf(p->out,
						       "<td>%.1f <small>(%.1f–%.1f)</small></td>",
						       median, min, max);
			else
				raw(p, "<td>–</td>");
		}
		raw(p, "</tr>\n");
	}
	raw(p, "</table></div>\n");
}

/* ---------------------------------------------------------------- programs */

static void program_cell(struct page *p, const struct bench_cell *cell, const char *program)
{
	const struct program_result *r = bench_cell_program(cell, program);
	g_autofree char *ratios = NULL;

	if (!r || r->error) {
		raw(p, "<td>–</td>");
		return;
	}
	ratios = bench_program_ratios(p->cells, cell, program);
	g_string_append_printf(p->out, "<td>%.1f", r->instructions / 1e6);
	if (*ratios)
		g_string_append_printf(p->out, " <small>%s</small>", ratios);
	raw(p, "</td>");
}

static void section_programs(struct page *p)
{
	g_autoptr(GPtrArray) programs = bench_program_names(p->cells);

	if (!programs->len)
		return;
	raw(p,
	    "<h2>Programs in a Linux</h2>\n<p class=\"soft\">Millions of instructions, those of the "
	    "hypervisors below included");
	raw(p, bench_program_ratios_of(p->cells));
	raw(p,
	    ". countPrimes and fib only compute, getppid makes system calls, forkwait processes, "
	    "memsweep touches memory.</p>\n<div class=\"wide-table\"><table>\n");
	heads(p, "program", has_programs);
	for (guint k = 0; k < programs->len; k++) {
		const char *program = g_ptr_array_index(programs, k);

		raw(p, "<tr><td>");
		text(p, program);
		raw(p, "</td>");
		for (guint i = 0; i < p->cells->len; i++) {
			const struct bench_cell *cell = g_ptr_array_index(p->cells, i);

			if (has_programs(cell))
				program_cell(p, cell, program);
		}
		raw(p, "</tr>\n");
	}
	raw(p, "</table></div>\n");
}

/* ---------------------------------------------------------------- the rest */

static void complaints(struct page *p, int signal)
{
	g_autofree char *all = bench_complaints(p->cells, TRUE);
	g_auto(GStrv) lines = g_strsplit(all, "\n", -1);

	if (signal)
		raw(p, "<p class=\"warn\">Interrupted: what was there by then.</p>\n");
	for (char **line = lines; *line; line++) {
		if (!**line)
			continue;
		g_string_append_printf(p->out, "<p class=\"%s\">",
				       g_str_has_prefix(*line, "not run: ") ? "note" : "warn");
		text(p, *line);
		raw(p, "</p>\n");
	}
}

/* In short, at the top: what is passed on is often only that. */
static void versions_line(struct page *p, JsonNode *versions)
{
	JsonObject *o = json_node_get_object(versions);

	raw(p, "<p class=\"soft\">neve ");
	text(p, json_object_get_string_member_with_default(o, "neve", "unknown"));
	raw(p, " · ");
	text(p, json_object_get_string_member_with_default(o, "qemu", "unknown"));
	raw(p, " · -cpu ");
	text(p, json_object_get_string_member_with_default(o, "cpu", "unknown"));
	raw(p, "</p>\n");
}

static void version_row(struct page *p, const char *name, const char *value)
{
	raw(p, "<tr><td>");
	text(p, name);
	raw(p, "</td><td class=\"left\">");
	text(p, value);
	raw(p, "</td></tr>\n");
}

static void package_row(JsonObject *packages, const gchar *name, JsonNode *node, gpointer data)
{
	JsonObject *o = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	g_autofree char *value = NULL;

	(void)packages;
	if (!o)
		return;
	value = g_strdup_printf("%s %s (%s)",
				json_object_get_string_member_with_default(o, "package", ""),
				json_object_get_string_member_with_default(o, "version", ""),
				json_object_get_string_member_with_default(o, "suite", ""));
	version_row(data, name, value);
}

static void section_versions(struct page *p, JsonNode *versions, const char *command)
{
	JsonObject *o = json_node_get_object(versions);

	raw(p, "<h2>Versions</h2>\n<div class=\"wide-table\"><table>\n");
	version_row(p, "neve", json_object_get_string_member_with_default(o, "neve", "unknown"));
	version_row(p, "QEMU", json_object_get_string_member_with_default(o, "qemu", "unknown"));
	version_row(p, "CPU", json_object_get_string_member_with_default(o, "cpu", "unknown"));
	for (guint i = 0; i < p->cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(p->cells, i);
		const struct bench_run *run = bench_cell_any_run(cell);
		g_autofree char *what = NULL;

		if (!run || !run->console->l1_kernel)
			continue;
		what = bench_config_is_xen(cell->config)
			       ? g_strdup(run->console->l1_kernel)
			       : g_strdup_printf("Linux %s with KVM (%s)%s%s",
						 run->console->l1_kernel, run->console->l1_kvm,
						 run->console->l0_kernel ? " on Linux " : "",
						 run->console->l0_kernel ? run->console->l0_kernel
									 : "");
		version_row(p, cell->name, what);
	}
	if (json_object_has_member(o, "packages"))
		json_object_foreach_member(json_object_get_object_member(o, "packages"),
					   package_row, p);
	raw(p, "</table></div>\n<h2>How to repeat</h2>\n<pre>make image\nbuild/host/cli/");
	text(p, command);
	raw(p,
	    "</pre>\n<p class=\"soft\">QEMU counts instructions (-icount shift=0), and nothing of the "
	    "machine it runs on enters: the same versions give the same figures, to the digit. What "
	    "they say of hardware is how many instructions and traps an operation takes, not how "
	    "long.</p>\n");
}

char *bench_html(const struct bench_options *options, const GPtrArray *cells, JsonNode *versions,
		 const char *command, int signal, GError **error)
{
	GError *plot_error = NULL;
	g_autoptr(GPtrArray) ops = bench_op_names(cells);
	struct page p = {
		.out = g_string_new(NULL),
		.options = options,
		.cells = cells,
		.ops = ops,
		.error = &plot_error,
	};
	gboolean ok = TRUE;

	g_string_append_printf(p.out,
			       "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
			       "<meta name=\"viewport\" content=\"width=device-width,"
			       "initial-scale=1\">\n<title>neve bench</title>\n<style>\n%s</style>"
			       "</head><body>\n<h1>neve bench</h1>\n",
			       bench_style);
	raw(&p,
	    "<p>What an operation of a nested VM costs: instructions and traps, beside a plain VM "
	    "and beside what was published.</p>\n");
	versions_line(&p, versions);
	complaints(&p, signal);
	if (ops->len) {
		ok = section_ratios(&p);
		section_tables(&p);
		ok = ok && section_traps(&p) && section_samples(&p);
		section_wall(&p);
	}
	section_programs(&p);
	if (ops->len)
		section_published(&p);
	section_versions(&p, versions, command);
	raw(&p, "</body></html>\n");
	if (ok)
		return g_string_free(p.out, FALSE);
	g_string_free(p.out, TRUE);
	g_propagate_error(error, plot_error);
	return NULL;
}
