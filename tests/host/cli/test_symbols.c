/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols out of System.map and /proc/kallsyms. */
#include "error.h"
#include "symbols.h"

#include <string.h>

static void expect(const struct symbols *s, guint64 address, const char *name)
{
	g_autofree char *found = symbols_name(s, address);

	g_assert_cmpstr(found, ==, name);
}

static void test_map(void)
{
	GError *error = NULL;
	struct symbols *s = symbols_parse("ffff800080010000 T second\r\n"
					  "ffff800080000000 t first\n"
					  "\n"
					  "not a line\n"
					  "ffff800080000100 D data\n"
					  "ffff800080000200 t $x\n"
					  "ffff800080010000 T alias\n"
					  "ffff800080200000 t in_module\t[kvm]\n"
					  "ffff800080000300 t",
					  "map", &error);

	g_assert_no_error(error);
	expect(s, 0xffff800080000000, "first");
	expect(s, 0xffff80008000fffc, "first+0xfffc");
	expect(s, 0xffff800080010000, "alias");
	expect(s, 0xffff800080010004, "alias+0x4");
	expect(s, 0xffff800080200010, "in_module+0x10");
	/* Before all, and far behind. */
	expect(s, 0x400000, NULL);
	expect(s, 0xffff900000000000, NULL);
	expect(NULL, 0x400000, NULL);
	symbols_free(s);
}

static void test_hidden(void)
{
	GError *error = NULL;

	/* What /proc/kallsyms shows to who may not see addresses. */
	g_assert_null(symbols_parse("0000000000000000 T first\n0000000000000000 T second\n", "k",
				    &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "k: no symbols of code"));
	g_clear_error(&error);
	g_assert_null(symbols_parse("", "k", &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_null(symbols_read("/nonexistent", &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	g_clear_error(&error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/symbols/map", test_map);
	g_test_add_func("/symbols/hidden", test_hidden);
	return g_test_run();
}
