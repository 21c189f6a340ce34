/* SPDX-License-Identifier: Apache-2.0 */
/* What `neve demo` reads from consoles, and what it makes of it. */
#include "console.h"
#include "format.h"
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/console/good", test_good);
	g_test_add_func("/console/slow-counter", test_slow_counter);
	g_test_add_func("/console/hostile", test_hostile);
	g_test_add_func("/report/failures", test_failures);
	g_test_add_func("/report/op-error", test_op_error);
	g_test_add_func("/report/table", test_table);
	g_test_add_func("/report/json", test_json);
	return g_test_run();
}
