/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <math.h>
#include <string.h>

/* Causes below this are interrupts that happened to fall into the loop. */
#define SHOWN_FROM 0.05

/* So that a row of the table stays one line; the JSON has all causes. */
#define SHOWN_MAX 5

/* 51588 as "51,588", whatever the locale. */
static char *thousands(double x)
{
	g_autofree char *digits = g_strdup_printf("%.0f", x);
	GString *s = g_string_new(digits);

	for (gssize at = (gssize)s->len - 3; at > 0; at -= 3)
		g_string_insert_c(s, at, ',');
	return g_string_free(s, FALSE);
}

/* Up to one decimal: "2", "0.3". */
static void append_count(GString *s, double x)
{
	if (fabs(x - round(x)) < SHOWN_FROM)
		g_string_append_printf(s, "%.0f", round(x));
	else
		g_string_append_printf(s, "%.1f", x);
}

static char *causes_text(const struct op_result *r)
{
	GString *s = g_string_new(NULL);
	double other = 0;

	for (guint i = 0; i < r->causes->len; i++) {
		const struct op_cause *c = g_ptr_array_index(r->causes, i);

		if (i >= SHOWN_MAX || c->count < SHOWN_FROM) {
			other += c->count;
			continue;
		}
		g_string_append_printf(s, "%s%s ", s->len ? ", " : "", c->name);
		append_count(s, c->count);
	}
	if (other >= SHOWN_FROM) {
		g_string_append_printf(s, "%sothers ", s->len ? ", " : "");
		append_count(s, other);
	}
	return g_string_free(s, FALSE);
}

static void append_row(GString *out, const struct op_result *vm, const struct op_result *nested)
{
	g_autofree char *plain = vm && !vm->error ? thousands(vm->instructions) : g_strdup("-");
	g_autofree char *deep = NULL, *causes = NULL;

	if (nested->error) {
		g_string_append_printf(out, "%-18s %12s %12s  %s\n", nested->op, plain, "-",
				       nested->error);
		return;
	}
	deep = thousands(nested->instructions);
	g_string_append_printf(out, "%-18s %12s %12s", nested->op, plain, deep);
	if (vm && !vm->error && vm->instructions > 0)
		g_string_append_printf(out, " %7.1f", nested->instructions / vm->instructions);
	else
		g_string_append_printf(out, " %7s", "-");
	if (!nested->has_traps) {
		g_string_append(out, "       -\n");
		return;
	}
	causes = causes_text(nested);
	g_string_append_printf(out, " %7.1f%s%s\n", nested->traps, *causes ? "  " : "", causes);
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

static void add_number(JsonBuilder *b, const char *member, double x)
{
	json_builder_set_member_name(b, member);
	if (x == floor(x))
		json_builder_add_int_value(b, (gint64)x);
	else
		json_builder_add_double_value(b, x);
}

static void add_string(JsonBuilder *b, const char *member, const char *text)
{
	json_builder_set_member_name(b, member);
	if (text)
		json_builder_add_string_value(b, text);
	else
		json_builder_add_null_value(b);
}

static void add_op(JsonBuilder *b, const struct op_result *vm, const struct op_result *nested)
{
	json_builder_begin_object(b);
	add_string(b, "op", nested->op);
	if (vm && !vm->error) {
		add_number(b, "vm_instructions", vm->instructions);
		add_number(b, "vm_instructions_p50", vm->instructions_p50);
	}
	if (nested->error) {
		add_string(b, "error", nested->error);
		json_builder_end_object(b);
		return;
	}
	add_number(b, "iterations", (double)nested->iterations);
	add_number(b, "instructions", nested->instructions);
	add_number(b, "instructions_p50", nested->instructions_p50);
	if (vm && !vm->error && vm->instructions > 0)
		add_number(b, "ratio", nested->instructions / vm->instructions);
	if (nested->has_traps) {
		add_number(b, "traps", nested->traps);
		add_number(b, "traps_p50", nested->traps_p50);
		json_builder_set_member_name(b, "by_cause");
		json_builder_begin_object(b);
		for (guint i = 0; i < nested->causes->len; i++) {
			const struct op_cause *c = g_ptr_array_index(nested->causes, i);

			add_number(b, c->name, c->count);
		}
		json_builder_end_object(b);
	}
	json_builder_end_object(b);
}

static gboolean shorten_number(const GMatchInfo *match, GString *out, gpointer data)
{
	g_autofree char *text = g_match_info_fetch(match, 0);
	char buffer[G_ASCII_DTOSTR_BUF_SIZE];
	gsize len;

	(void)data;
	g_ascii_formatd(buffer, sizeof(buffer), "%.3f", g_ascii_strtod(text, NULL));
	len = strlen(buffer);
	while (buffer[len - 1] == '0' && buffer[len - 2] != '.')
		buffer[--len] = '\0';
	g_string_append(out, buffer);
	return FALSE;
}

char *report_json_text(JsonNode *root)
{
	/* A number as a member's value; in a string a quote would stand before it. */
	g_autoptr(GRegex) number = g_regex_new("(?<=\" : )-?\\d+\\.\\d{4,}", 0, 0, NULL);
	g_autofree char *text = json_to_string(root, TRUE);
	g_autofree char *shorter =
		g_regex_replace_eval(number, text, -1, 0, 0, shorten_number, NULL, NULL);

	return g_strconcat(shorter, "\n", NULL);
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
	add_string(b, "kernel", nested->l1_kernel);
	add_string(b, "kvm", nested->l1_kvm);
	json_builder_end_object(b);
	json_builder_set_member_name(b, "l2");
	json_builder_begin_object(b);
	add_string(b, "kernel", nested->l2_kernel);
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
