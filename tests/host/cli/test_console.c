/* SPDX-License-Identifier: Apache-2.0 */
/* What `neve demo` reads from consoles, and what it makes of it. */
#include "console.h"
#include "format.h"
#include "lines.h"
#include "report.h"

#include <string.h>

static void feed(struct console *c, const char *line)
{
	g_free(console_feed(c, line));
}

static void feed_all(struct console *c, const char *const *lines)
{
	for (; *lines; lines++)
		feed(c, *lines);
}

static const char *const vm_lines[] = {
	"[    0.000000] Kernel command line: console=ttyAMA0 neve.job=bench",
	"neve-l1: kernel=6.12.1-arm64 kvm=VHE cpus=2",
	"neve-job: begin bench",
	"neve-bench: {\"start\":true,\"cpus\":2,\"unit_hz\":1000000000,\"counters\":\"absent: "
	"no\"}",
	"neve-bench: {\"op\":\"hypercall\",\"iterations\":512,\"unit_hz\":1000000000,\"ticks\":"
	"{\"mean\":1366.0,\"min\":1366,\"p50\":1366,\"p99\":1366,\"max\":1366},\"overhead\":6}",
	"neve-bench: {\"done\":true,\"ops\":1,\"failed\":0}",
	"neve-job: end bench status=0 seconds=0.92",
	"neve-l1: jobs=1 failed=0",
	NULL,
};

static const char *const nested_lines[] = {
	"neve-l1: kernel=6.12.1-arm64 kvm=VHE cpus=2",
	"neve-job: begin bench",
	"neve-bench: {\"start\":true,\"cpus\":2,\"unit_hz\":1000000000,\"counters\":\"on\"}",
	"neve-bench: {\"op\":\"hypercall\",\"iterations\":512,\"unit_hz\":1000000000,\"ticks\":"
	"{\"mean\":34006.5,\"min\":1,\"p50\":34000,\"p99\":1,\"max\":1},\"overhead\":6,\"traps\":"
	"{\"mean\":4.02,\"min\":4,\"p50\":4,\"p99\":5,\"max\":9,\"by_cause\":{\"L1 ERET\":1.0,"
	"\"L1 sysreg CPACR_EL1\":2.0,\"L2 HVC\":1.0,\"L2 IRQ\":0.02}}}",
	"neve-bench: {\"done\":true,\"ops\":1,\"failed\":0}",
	"neve-job: end bench status=0 seconds=0.92",
	"neve-job: begin linux",
	"neve-l2: up kernel=6.1.0-arm64 machine=aarch64 cpus=2 seconds=1.0",
	"neve-l2: md5sum_16m status=0 seconds=0.43",
	"neve-l2: done failed=0",
	"[    8.1] reboot: Power down",
	"neve-job: end linux status=0 seconds=10.4",
	"neve-l1: jobs=2 failed=0",
	NULL,
};

static void test_good(void)
{
	struct console *vm = console_new(), *nested = console_new();
	const struct op_result *op;
	const struct op_cause *cause;
	g_autofree char *failures = NULL;

	feed_all(vm, vm_lines);
	feed_all(nested, nested_lines);
	g_assert_cmpstr(nested->l1_kernel, ==, "6.12.1-arm64");
	g_assert_cmpstr(nested->l1_kvm, ==, "VHE");
	g_assert_cmpstr(nested->l2_kernel, ==, "6.1.0-arm64");
	g_assert_cmpint(console_job_status(nested, "linux"), ==, 0);
	g_assert_cmpint(console_job_status(nested, "xen"), ==, -1);
	op = console_op(nested, "hypercall");
	g_assert_nonnull(op);
	g_assert_cmpint(op->iterations, ==, 512);
	g_assert_cmpfloat_with_epsilon(op->instructions.mean, 34000.5, 0.01);
	g_assert_true(op->has_traps);
	g_assert_cmpuint(op->causes->len, ==, 4);
	cause = g_ptr_array_index(op->causes, 0);
	g_assert_cmpstr(cause->name, ==, "L1 sysreg CPACR_EL1");
	g_assert_null(console_op(vm, "timer"));
	failures = report_failures(vm, nested);
	g_assert_cmpstr(failures, ==, NULL);
	console_free(vm);
	console_free(nested);
}

/* A slower counter ticks once in several instructions. */
static void test_slow_counter(void)
{
	struct console *c = console_new();

	feed(c, "neve-bench: {\"op\":\"x\",\"iterations\":1,\"unit_hz\":62500000,\"ticks\":"
		"{\"mean\":10.0,\"p50\":9},\"overhead\":1}");
	g_assert_cmpfloat_with_epsilon(console_op(c, "x")->instructions.mean, 9 * 16.0, 0.01);
	console_free(c);
}

#define OP(mean, hz, iterations)                                                                   \
	"neve-bench: {\"op\":\"a\",\"iterations\":" iterations ",\"unit_hz\":" hz                  \
	",\"overhead\":0,\"ticks\":{\"mean\":" mean ",\"p50\":1}}"

static void test_hostile(void)
{
	static const char *const bad[] = {
		"neve-bench: {",
		"neve-bench: {\"op\":\"a\"",
		"neve-bench: {\"op\":\"a\"}",
		"neve-bench: {\"op\":\"a\",\"ticks\":7}",
		"neve-bench: {\"op\":\"a\",\"iterations\":1,\"unit_hz\":0,\"overhead\":0,\"ticks\":"
		"{\"mean\":1,\"p50\":1}}",
		"neve-bench: {\"op\":\"a\",\"iterations\":1,\"unit_hz\":1,\"overhead\":0,\"ticks\":"
		"{\"mean\":\"1\",\"p50\":1}}",
		"neve-bench: {\"op\":\"a\",\"iterations\":1,\"unit_hz\":1,\"overhead\":0,\"ticks\":"
		"{\"mean\":1,\"p50\":1},\"traps\":{\"mean\":1,\"p50\":1,\"by_cause\":{\"c\":[]}}}",
		OP("1e999", "1", "1"),
		OP("1e22", "1", "1"),
		OP("-1e999", "1", "1"),
		OP("9007199254740991", "1", "1"), /* too much in nanoseconds */
		OP("1", "1e999", "1"),
		OP("1", "1", "1e300"),
	};
	static const char *const odd[] = {
		"",
		"\xff\xfe neve-l1: ",
		"neve-job: ",
		"neve-job: end",
		"neve-job: end x",
		"neve-l2: up ",
		"neve-bench: {}",
		"neve-bench: {\"op\":3}",
		"neve-job: end y status=99999999999",
	};
	struct console *c = console_new();

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		feed(c, bad[i]);
	g_assert_cmpuint(c->malformed, ==, G_N_ELEMENTS(bad));
	for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
		feed(c, odd[i]);
	g_assert_cmpint(console_job_status(c, "y"), ==, -1);
	g_assert_false(c->bench_done);
	console_free(c);
}

/* The parser's recursion is bounded, in objects, in arrays, and not by what is in strings. */
static void test_nesting(void)
{
	static const char *const marks[] = {"neve-bench: {\"a\":", "neve-overhead: {\"a\":"};
	struct console *c = console_new();

	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autoptr(GString) s = g_string_new(marks[i]);
		g_autofree char *said = NULL;

		for (guint n = 0; n < 200000; n++)
			g_string_append(s, n % 2 && i ? "{\"a\":" : "[");
		said = console_feed(c, s->str);
		g_assert_cmpuint(c->malformed, ==, i + 1);
		g_assert_nonnull(said);
		g_assert_cmpuint(strlen(said), <, 300); /* the terminal's lines are few */
	}
	feed(c, "neve-bench: {\"op\":\"[[[[[[[[[[[[[[[[[[[[\\\"{{{{{{{{{{{{{{\",\"error\":\"no\"}");
	g_assert_cmpuint(c->malformed, ==, 2);
	g_assert_cmpuint(c->ops->len, ==, 1);
	console_free(c);
}

static void assert_printable(const char *text)
{
	g_assert_nonnull(text);
	g_assert_true(g_utf8_validate(text, -1, NULL));
	for (const char *c = text; *c; c = g_utf8_next_char(c))
		g_assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
}

/* What a guest says does not move the cursor of who reads it: as it is, or escaped in JSON. */
static void test_control(void)
{
	static const char *const lines[] = {
		"neve-job: begin \x1b[2J",
		"neve-l1: kernel=\x1b]0;x\x07 kvm=\xc2\x9b"
		"31m",
		"neve-l2: \r\b\x7f\xff",
		"(XEN) Panic on CPU \x1b[H",
		"neve-bench: {\x1b[2J",
		"neve-bench: {\"error\":\"\\u001b[2J\\u009b\"}",
		"neve-bench: {\"op\":\"\\u001b\",\"on\":\"\\u0007\",\"error\":\"\\u000d\\u007f\"}",
		"neve-bench: {\"op\":\"b\",\"iterations\":1,\"unit_hz\":1,\"overhead\":0,\"ticks\":"
		"{\"mean\":1,\"p50\":1},\"traps\":{\"mean\":1,\"p50\":1,\"by_cause\":{\"\\u001bc\":1}}}",
		"neve-overhead: {\"program\":\"\\u001b[A\",\"error\":\"\\u000a\"}",
	};
	struct console *c = console_new();
	const struct op_result *op;
	const struct op_cause *cause;
	const struct program_result *program;

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *said = console_feed(c, lines[i]);

		assert_printable(said);
	}
	g_assert_cmpstr(c->l1_kernel, ==, "?]0;x?");
	assert_printable(c->l1_kvm);
	g_assert_cmpuint(c->ops->len, ==, 2);
	op = g_ptr_array_index(c->ops, 0);
	g_assert_cmpstr(op->op, ==, "?");
	g_assert_cmpstr(op->on, ==, "?");
	g_assert_cmpstr(op->error, ==, "??");
	op = console_op(c, "b");
	g_assert_nonnull(op);
	cause = g_ptr_array_index(op->causes, 0);
	g_assert_cmpstr(cause->name, ==, "?c");
	program = g_ptr_array_index(c->programs, 0);
	g_assert_cmpstr(program->name, ==, "?[A");
	g_assert_cmpstr(program->error, ==, "?");
	console_free(c);
}

static void on_line(const char *line, void *data)
{
	g_ptr_array_add(data, g_strdup(line));
}

static void test_lines(void)
{
	static const char bytes[] = "one\r\r\n\ntwo\tt\x1b[0m\0x\nrest";
	g_autoptr(GPtrArray) got = g_ptr_array_new_with_free_func(g_free);
	struct lines l = {0};

	lines_end(&l, on_line, got);
	g_assert_cmpuint(got->len, ==, 0);
	/* However they come. */
	for (gsize step = 1; step <= sizeof(bytes); step++) {
		g_ptr_array_set_size(got, 0);
		for (gsize at = 0; at < sizeof(bytes) - 1; at += step)
			lines_feed(&l, bytes + at, MIN(step, sizeof(bytes) - 1 - at), on_line, got);
		g_assert_cmpuint(got->len, ==, 3);
		lines_end(&l, on_line, got);
		lines_end(&l, on_line, got);
		g_assert_cmpuint(got->len, ==, 4);
		g_assert_cmpstr(g_ptr_array_index(got, 0), ==, "one");
		g_assert_cmpstr(g_ptr_array_index(got, 1), ==, "");
		g_assert_cmpstr(g_ptr_array_index(got, 2), ==, "two\tt?[0m?x");
		g_assert_cmpstr(g_ptr_array_index(got, 3), ==, "rest");
	}
	lines_clear(&l);
}

/* A line without an end takes no more memory than this. */
static void test_long_line(void)
{
	g_autoptr(GPtrArray) got = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *chunk = g_strnfill(5000, 'x');
	struct lines l = {0};

	for (guint i = 0; i < 100; i++)
		lines_feed(&l, chunk, 5000, on_line, got);
	g_assert_cmpuint(got->len, ==, 0);
	g_assert_cmpuint(l.line->len, ==, LINES_MAX);
	lines_feed(&l, "tail\nnext\n", 10, on_line, got);
	g_assert_cmpuint(got->len, ==, 2);
	g_assert_cmpuint(strlen(g_ptr_array_index(got, 0)), ==, LINES_MAX);
	g_assert_null(strchr(g_ptr_array_index(got, 0), 't'));
	g_assert_cmpstr(g_ptr_array_index(got, 1), ==, "next");
	lines_clear(&l);
}

static void assert_failure(const char *const *without, const char *says)
{
	struct console *vm = console_new(), *nested = console_new();
	g_autofree char *failures = NULL;

	feed_all(vm, vm_lines);
	for (const char *const *l = nested_lines; *l; l++)
		if (!g_strv_contains(without, *l))
			feed(nested, *l);
	failures = report_failures(vm, nested);
	g_assert_nonnull(failures);
	g_assert_nonnull(strstr(failures, says));
	console_free(vm);
	console_free(nested);
}

/* Whatever line is missing, the demo has failed, and says what. */
static void test_failures(void)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{"neve-l1: kernel=6.12.1-arm64 kvm=VHE cpus=2", "did not come up"},
		{"neve-bench: {\"done\":true,\"ops\":1,\"failed\":0}", "did not finish"},
		{"neve-l2: done failed=0", "power-off"},
		{"neve-job: end linux status=0 seconds=10.4", "power-off"},
		{"neve-l1: jobs=2 failed=0", "did not finish"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *without[] = {cases[i].line, NULL};

		assert_failure(without, cases[i].says);
	}
}

static void test_op_error(void)
{
	struct console *vm = console_new(), *nested = console_new();
	g_autofree char *failures = NULL, *table = NULL;

	feed_all(vm, vm_lines);
	feed_all(nested, nested_lines);
	feed(nested,
	     "neve-bench: {\"op\":\"timer\",\"error\":\"the timer interrupt did not come\"}");
	failures = report_failures(vm, nested);
	g_assert_nonnull(strstr(failures, "timer: the timer interrupt did not come"));
	table = report_table(vm, nested);
	g_assert_nonnull(strstr(table, "did not come"));
	console_free(vm);
	console_free(nested);
}

static void test_table(void)
{
	struct console *vm = console_new(), *nested = console_new();
	g_autofree char *table = NULL;

	feed_all(vm, vm_lines);
	feed_all(nested, nested_lines);
	table = report_table(vm, nested);
	g_assert_nonnull(strstr(table, "1,360"));
	g_assert_nonnull(strstr(table, "34,000"));
	g_assert_nonnull(strstr(table, " 25.0 "));
	g_assert_nonnull(strstr(table, "L1 sysreg CPACR_EL1 2, L1 ERET 1, L2 HVC 1\n"));
	console_free(vm);
	console_free(nested);
}

static void test_json(void)
{
	struct console *vm = console_new(), *nested = console_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL;
	JsonObject *versions = json_object_new(), *o, *op;

	feed_all(vm, vm_lines);
	feed_all(nested, nested_lines);
	root = report_json(vm, nested, json_node_init_object(json_node_alloc(), versions));
	json_object_unref(versions);
	o = json_node_get_object(root);
	g_assert_cmpstr(
		json_object_get_string_member(json_object_get_object_member(o, "l1"), "kvm"), ==,
		"VHE");
	g_assert_true(
		json_object_get_boolean_member(json_object_get_object_member(o, "l2"), "poweroff"));
	op = json_array_get_object_element(json_object_get_array_member(o, "ops"), 0);
	g_assert_cmpstr(json_object_get_string_member(op, "op"), ==, "hypercall");
	g_assert_cmpint(json_object_get_int_member(op, "vm_instructions"), ==, 1360);
	g_assert_cmpfloat_with_epsilon(json_object_get_double_member(op, "traps"), 4.02, 1e-6);
	g_assert_cmpfloat_with_epsilon(json_object_get_double_member(op, "ratio"), 25.0, 0.001);
	g_assert_cmpint(
		json_object_get_int_member(json_object_get_object_member(op, "by_cause"), "L2 HVC"),
		==, 1);
	text = format_json(root);
	g_assert_nonnull(strstr(text, "\"traps\" : 4.02,"));
	g_assert_nonnull(strstr(text, "\"instructions\" : 34000.5,"));
	g_assert_nonnull(strstr(text, "\"L2 IRQ\" : 0.02\n"));
	g_assert_nonnull(strstr(text, "\"kernel\" : \"6.12.1-arm64\""));
	console_free(vm);
	console_free(nested);
}

/* As short as can be, but never nothing. */
static void test_numbers(void)
{
	static const struct {
		double x;
		const char *text;
	} cases[] = {
		{0, "0"},
		{1234, "1234"},
		{-7, "-7"},
		{2.3, "2.3"},
		{0.1, "0.1"},
		{2.0 / 3, "0.667"},
		{-1234.56789, "-1234.568"},
		{0.0417891, "0.0418"},
		{0.0041789, "0.00418"},
		{0.00012, "0.00012"},
		{-0.00012345, "-0.000123"},
		{1.0 / 30000, "3.333e-05"},
		{1e300 * 1e300, "null"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(JsonBuilder) b = json_builder_new();
		g_autofree char *expected = g_strdup_printf("{\n  \"x\" : %s\n}\n", cases[i].text);
		g_autofree char *text = NULL;
		g_autoptr(JsonNode) root = NULL;

		json_builder_begin_object(b);
		format_json_number(b, "x", cases[i].x);
		json_builder_end_object(b);
		root = json_builder_get_root(b);
		text = format_json(root);
		g_assert_cmpstr(text, ==, expected);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/console/good", test_good);
	g_test_add_func("/console/slow-counter", test_slow_counter);
	g_test_add_func("/console/hostile", test_hostile);
	g_test_add_func("/console/nesting", test_nesting);
	g_test_add_func("/console/control", test_control);
	g_test_add_func("/console/lines", test_lines);
	g_test_add_func("/console/long-line", test_long_line);
	g_test_add_func("/report/failures", test_failures);
	g_test_add_func("/report/op-error", test_op_error);
	g_test_add_func("/report/table", test_table);
	g_test_add_func("/report/json", test_json);
	g_test_add_func("/report/numbers", test_numbers);
	return g_test_run();
}
