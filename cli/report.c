/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "format.h"

#include <math.h>
#include <string.h>

/* So that a row of the table stays one line; the JSON has all causes. */
#define SHOWN_MAX 5

static char *causes_text(const struct op_result *r)
{
	GString *s = g_string_new(NULL);
	double other = 0;

	for (guint i = 0; i < r->causes->len; i++) {
		const struct op_cause *c = g_ptr_array_index(r->causes, i);

		if (i >= SHOWN_MAX || c->count < COUNT_SHOWN_FROM) {
			other += c->count;
			continue;
		}
		g_string_append_printf(s, "%s%s ", s->len ? ", " : "", c->name);
		format_count(s, c->count);
	}
	if (other >= COUNT_SHOWN_FROM) {
		g_string_append_printf(s, "%sothers ", s->len ? ", " : "");
		format_count(s, other);
	}
	return g_string_free(s, FALSE);
}

static void append_row(GString *out, const struct op_result *vm, const struct op_result *nested)
{
	g_autofree char *plain =
		vm && !vm->error ? format_thousands(vm->instructions.mean) : g_strdup("-");
	g_autofree char *deep = NULL, *causes = NULL;

	if (nested->error) {
		g_string_append_printf(out, "%-18s %12s %12s  %s\n", nested->op, plain, "-",
				       nested->error);
		return;
	}
	deep = format_thousands(nested->instructions.mean);
	g_string_append_printf(out, "%-18s %12s %12s", nested->op, plain, deep);
	if (vm && !vm->error && vm->instructions.mean > 0)
		g_string_append_printf(out, " %7.1f",
				       nested->instructions.mean / vm->instructions.mean);
	else
		g_string_append_printf(out, " %7s", "-");
	if (!nested->has_traps) {
		g_string_append(out, "       -\n");
		return;
	}
	causes = causes_text(nested);
	g_string_append_printf(out, " %7.1f%s%s\n", nested->traps.mean, *causes ? "  " : "",
			       causes);
}

char *report_table(const struct console *vm, const struct console *nested)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%-18s %12s %12s %7s %7s  %s\n", "operation", "in a VM",
			       "nested", "ratio", "traps", "by cause");
	for (guint i = 0; i < nested->ops->len; i++) {
		const struct op_result *r = g_ptr_array_index(nested->ops, i);

		append_row(out, console_op(vm, r->op), r);
	}
	g_string_append(out, "Instructions per operation (mean); traps to neve per operation, by "
			     "the level that caused them.\n");
	return g_string_free(out, FALSE);
}

static void add_op(JsonBuilder *b, const struct op_result *vm, const struct op_result *nested)
{
	json_builder_begin_object(b);
	format_json_string(b, "op", nested->op);
	if (vm && !vm->error) {
		format_json_number(b, "vm_instructions", vm->instructions.mean);
		format_json_number(b, "vm_instructions_p50", vm->instructions.p50);
	}
	if (nested->error) {
		format_json_string(b, "error", nested->error);
		json_builder_end_object(b);
		return;
	}
	format_json_number(b, "iterations", (double)nested->iterations);
	format_json_number(b, "instructions", nested->instructions.mean);
	format_json_number(b, "instructions_p50", nested->instructions.p50);
	if (vm && !vm->error && vm->instructions.mean > 0)
		format_json_number(b, "ratio", nested->instructions.mean / vm->instructions.mean);
	if (nested->has_traps) {
		format_json_number(b, "traps", nested->traps.mean);
		format_json_number(b, "traps_p50", nested->traps.p50);
		json_builder_set_member_name(b, "by_cause");
		json_builder_begin_object(b);
		for (guint i = 0; i < nested->causes->len; i++) {
			const struct op_cause *c = g_ptr_array_index(nested->causes, i);

			format_json_number(b, c->name, c->count);
		}
		json_builder_end_object(b);
	}
	json_builder_end_object(b);
}

static gboolean l2_powered_off(const struct console *nested)
{
	return nested->l2_done && console_job_status(nested, "linux") == 0;
}

JsonNode *report_json(const struct console *vm, const struct console *nested, JsonNode *versions)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "l1");
	json_builder_begin_object(b);
	format_json_string(b, "kernel", nested->l1_kernel);
	format_json_string(b, "kvm", nested->l1_kvm);
	json_builder_end_object(b);
	json_builder_set_member_name(b, "l2");
	json_builder_begin_object(b);
	format_json_string(b, "kernel", nested->l2_kernel);
	json_builder_set_member_name(b, "poweroff");
	json_builder_add_boolean_value(b, l2_powered_off(nested));
	json_builder_end_object(b);
	json_builder_set_member_name(b, "ops");
	json_builder_begin_array(b);
	for (guint i = 0; i < nested->ops->len; i++) {
		const struct op_result *r = g_ptr_array_index(nested->ops, i);

		add_op(b, console_op(vm, r->op), r);
	}
	json_builder_end_array(b);
	json_builder_set_member_name(b, "versions");
	json_builder_add_value(b, versions);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}

static void console_failures(GString *s, const struct console *c, const char *name)
{
	if (!c->l1_kernel) {
		g_string_append_printf(s, "%s: the guest hypervisor did not come up\n", name);
		return;
	}
	if (!strcmp(c->l1_kvm, "none"))
		g_string_append_printf(s, "%s: the guest hypervisor has no KVM\n", name);
	if (!c->bench_done)
		g_string_append_printf(s, "%s: the benchmark payload did not finish\n", name);
	else if (!c->ops->len)
		g_string_append_printf(s, "%s: the benchmark payload gave no result\n", name);
	for (guint i = 0; i < c->ops->len; i++) {
		const struct op_result *r = g_ptr_array_index(c->ops, i);

		if (r->error)
			g_string_append_printf(s, "%s: %s: %s\n", name, r->op, r->error);
	}
	if (c->malformed)
		g_string_append_printf(s, "%s: %u lines of the payload cannot be read\n", name,
				       c->malformed);
	if (!c->l1_done)
		g_string_append_printf(s, "%s: the guest hypervisor did not finish\n", name);
}

char *report_failures(const struct console *vm, const struct console *nested)
{
	GString *s = g_string_new(NULL);
	gboolean none;

	console_failures(s, vm, "without neve");
	console_failures(s, nested, "on neve");
	if (nested->counters && strcmp(nested->counters, "on"))
		g_string_append_printf(s, "on neve: no trap counts: %s\n", nested->counters);
	if (!l2_powered_off(nested))
		g_string_append(s, "on neve: the nested Linux did not run to its power-off\n");
	none = !s->len;
	return g_string_free(s, none);
}
