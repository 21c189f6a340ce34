/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_report.h"
#include "bench_result.h"
#include "format.h"
#include "published.h"

#include <math.h>
#include <string.h>

static void begin_object(JsonBuilder *b, const char *member)
{
	json_builder_set_member_name(b, member);
	json_builder_begin_object(b);
}

static void begin_array(JsonBuilder *b, const char *member)
{
	json_builder_set_member_name(b, member);
	json_builder_begin_array(b);
}

static void add_bool(JsonBuilder *b, const char *member, gboolean value)
{
	json_builder_set_member_name(b, member);
	json_builder_add_boolean_value(b, value);
}

static void add_stats(JsonBuilder *b, const struct op_stats *s)
{
	format_json_number(b, "mean", s->mean);
	format_json_number(b, "min", s->min);
	format_json_number(b, "p50", s->p50);
	format_json_number(b, "p99", s->p99);
	format_json_number(b, "max", s->max);
}

static void add_instructions(JsonBuilder *b, const struct op_result *r)
{
	begin_object(b, "instructions");
	add_stats(b, &r->instructions);
	if (r->instructions.has_quantiles) {
		begin_array(b, "quantiles");
		for (guint i = 0; i < OP_QUANTILES; i++)
			json_builder_add_int_value(b, (gint64)round(r->instructions.quantile[i]));
		json_builder_end_array(b);
	}
	json_builder_end_object(b);
}

static void add_traps(JsonBuilder *b, const struct bench_cell *cell, const struct op_result *r)
{
	begin_object(b, "traps");
	add_stats(b, &r->traps);
	format_json_string(b, "counted_by", cell->l0 == L0_NEVE ? "neve" : "qemu log");
	begin_object(b, "by_cause");
	for (guint i = 0; i < r->causes->len; i++) {
		const struct op_cause *c = g_ptr_array_index(r->causes, i);

		format_json_number(b, c->name, c->count);
	}
	json_builder_end_object(b);
	json_builder_end_object(b);
}

static void add_latches(JsonBuilder *b, const struct op_latches *l)
{
	begin_object(b, "latches");
	format_json_number(b, "all", (double)l->all);
	format_json_number(b, "disturbed", (double)l->disturbed);
	format_json_number(b, "traps", (double)l->traps);
	format_json_number(b, "payload_traps", (double)l->payload_traps);
	json_builder_end_object(b);
}

static void add_wall(JsonBuilder *b, const GPtrArray *cells, const struct bench_cell *cell,
		     const char *op)
{
	const struct bench_cell *base = bench_base_of(cells, cell);
	double median, min, max;

	if (!base || !bench_wall_ratio(cell, base, op, &median, &min, &max))
		return;
	begin_object(b, "wall_ratio_vm");
	format_json_number(b, "p50", median);
	format_json_number(b, "min", min);
	format_json_number(b, "max", max);
	json_builder_end_object(b);
}

static void add_result(JsonBuilder *b, const GPtrArray *cells, const struct bench_cell *cell,
		       const struct console *c, const struct op_result *r)
{
	double ratio;

	json_builder_begin_object(b);
	format_json_string(b, "config", cell->config->name);
	format_json_string(b, "l0", bench_l0_name(cell->l0));
	format_json_string(b, "l1", c->l1_kernel);
	format_json_string(b, "op", r->op);
	if (r->on)
		format_json_string(b, "on", r->on);
	if (r->error) {
		format_json_string(b, "error", r->error);
		json_builder_end_object(b);
		return;
	}
	format_json_number(b, "iterations", (double)r->iterations);
	add_instructions(b, r);
	if (r->has_traps)
		add_traps(b, cell, r);
	if (r->latches.all)
		add_latches(b, &r->latches);
	if (bench_ratio(cells, cell, r->op, &ratio))
		format_json_number(b, "ratio_vm", ratio);
	add_wall(b, cells, cell, r->op);
	json_builder_end_object(b);
}

static void add_checked(JsonBuilder *b, const struct bench_cell *cell)
{
	if (!cell->traps_equal)
		return;
	format_json_number(b, "traps_equal", (double)cell->traps_equal);
	format_json_number(b, "traps_beside", (double)cell->traps_beside);
}

static void add_cells(JsonBuilder *b, const GPtrArray *cells)
{
	begin_array(b, "cells");
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);
		const struct bench_run *run = bench_cell_any_run(cell);

		json_builder_begin_object(b);
		format_json_string(b, "config", cell->config->name);
		format_json_string(b, "l0", bench_l0_name(cell->l0));
		format_json_string(b, "title", cell->config->title);
		if (run && run->console->l0_kernel)
			format_json_string(b, "l0_kernel", run->console->l0_kernel);
		if (run && run->console->l1_kernel) {
			format_json_string(b, "l1_kernel", run->console->l1_kernel);
			if (!bench_config_is_xen(cell->config))
				format_json_string(b, "l1_kvm", run->console->l1_kvm);
		}
		add_checked(b, cell);
		if (cell->unavailable)
			format_json_string(b, "not_run", cell->unavailable);
		if (cell->left_out)
			format_json_string(b, "not_measured", cell->left_out);
		if (cell->failure)
			format_json_string(b, "failed", cell->failure);
		if (cell->differences->len)
			format_json_string(b, "not_equal", cell->differences->str);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_program(JsonBuilder *b, const GPtrArray *cells, const struct bench_cell *cell,
			const struct program_result *r)
{
	double ratio;

	json_builder_begin_object(b);
	format_json_string(b, "config", cell->config->name);
	format_json_string(b, "l0", bench_l0_name(cell->l0));
	format_json_string(b, "program", r->name);
	if (r->error) {
		format_json_string(b, "error", r->error);
	} else {
		format_json_number(b, "instructions", r->instructions);
		if (bench_program_ratio(cells, cell, NATIVE, r->name, &ratio))
			format_json_number(b, "ratio_native", ratio);
		if (bench_program_ratio(cells, cell, BASELINE, r->name, &ratio))
			format_json_number(b, "ratio_vm", ratio);
	}
	json_builder_end_object(b);
}

static void add_programs(JsonBuilder *b, const GPtrArray *cells)
{
	begin_array(b, "programs");
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);
		const struct bench_run *run = bench_cell_run(cell, RUN_PROGRAMS);

		for (guint k = 0; run && k < run->console->programs->len; k++)
			add_program(b, cells, cell, g_ptr_array_index(run->console->programs, k));
	}
	json_builder_end_array(b);
}

static void add_published(JsonBuilder *b)
{
	begin_array(b, "published");
	for (guint i = 0; i < nr_published_figures; i++) {
		const struct published *p = &published_figures[i];
		const struct published_column *c = published_column_find(p->column);

		json_builder_begin_object(b);
		format_json_string(b, "source", c->source);
		format_json_string(b, "column", c->title);
		format_json_string(b, "op", p->op);
		format_json_number(b, "cycles", p->cycles);
		if (p->ratio > 0)
			format_json_number(b, "ratio_vm", p->ratio);
		if (p->traps >= 0)
			format_json_number(b, "traps", p->traps);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

JsonNode *bench_json(const struct bench_options *options, const GPtrArray *cells,
		     JsonNode *versions, const char *command, int signal)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	format_json_string(b, "tool", "neve");
	format_json_string(b, "command", command);
	json_builder_set_member_name(b, "versions");
	json_builder_add_value(b, versions);
	add_bool(b, "interrupted", signal != 0);
	format_json_number(b, "runs", options->repeat);
	add_bool(b, "traps_checked", options->check_traps);
	add_cells(b, cells);
	begin_array(b, "results");
	for (guint i = 0; i < cells->len; i++) {
		const struct bench_cell *cell = g_ptr_array_index(cells, i);
		const struct bench_run *run = bench_cell_run(cell, RUN_OPS);

		for (guint k = 0; run && k < run->console->ops->len; k++)
			add_result(b, cells, cell, run->console,
				   g_ptr_array_index(run->console->ops, k));
	}
	json_builder_end_array(b);
	add_programs(b, cells);
	add_published(b);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}
