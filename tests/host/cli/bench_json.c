/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what `neve bench --json` would write of a few runs; test_bench_schema.py reads it. */
#include "bench_cells.h"
#include "format.h"

#include <stdio.h>

static JsonNode *versions(void)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	format_json_string(b, "neve", "0123456");
	format_json_string(b, "qemu", "QEMU emulator version 11.1.3");
	format_json_string(b, "cpu", BENCH_CPU);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}

int main(void)
{
	static const char *const some[] = {NATIVE,     BASELINE,  "nv2-vhe",
					   "nv2-nvhe", "nv2-xen", NULL};
	struct bench_options options = bench_options_of(some);
	GPtrArray *cells = bench_cells_new(&options);
	struct bench_cell *base = cell_named(cells, BASELINE);
	struct bench_cell *nested = cell_named(cells, "nv2-vhe@neve");
	struct bench_run *run;
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL;

	options.wall = 1;
	run_done(base, &options, RUN_OPS, 0, 1006, NULL);
	run_done(base, &options, RUN_WALL, 0, 1006, NULL);
	run = run_done(nested, &options, RUN_OPS, 0, 3006, NEVE_TRAPS);
	((struct op_result *)g_ptr_array_index(run->console->ops, 0))->latches =
		(struct op_latches){.all = 2, .disturbed = 1, .traps = 5, .payload_traps = 3};
	run_feed(run, "neve-bench: {\"op\":\"timer\",\"error\":\"it did not come\"}");
	bench_run_finish(run, &options, FALSE);
	run_done(nested, &options, RUN_WALL, 0, 4006, NULL);
	run_done(cell_named(cells, "nv2-vhe@kvm"), &options, RUN_OPS, 0, 50006, NULL);
	run_programs(cell_named(cells, NATIVE), &options, 100000000);
	run_programs(base, &options, 110000000);
	run_feed(run_programs(nested, &options, 121000000),
		 "neve-overhead: {\"program\":\"memsweep\",\"error\":\"found 2, expected 1\"}");
	cell_named(cells, "nv2-nvhe@neve")->failure = g_strdup("interrupted");
	g_string_append(nested->differences, "something differs\n");
	root = bench_json(&options, cells, versions(), "neve bench", 2);
	text = format_json(root);
	fputs(text, stdout);
	g_ptr_array_unref(cells);
	g_ptr_array_unref(options.configs);
	return 0;
}
