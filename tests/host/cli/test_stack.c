/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's command line, and the options that it is made of. */
#include "error.h"
#include "options.h"
#include "stack.h"

#include <string.h>

static gboolean has(char *const *argv, const char *word)
{
	return g_strv_contains((const char *const *)argv, word);
}

/* The word after @option. */
static const char *value(char *const *argv, const char *option)
{
	for (; argv[0] && argv[1]; argv++)
		if (!strcmp(argv[0], option))
			return argv[1];
	return NULL;
}

static struct stack example(void)
{
	return (struct stack){
		.qemu = g_strdup("qemu-system-aarch64"),
		.cpu = g_strdup("max"),
		.l0 = g_strdup("neve.img"),
		.neve_args = g_strdup("l2-counters=on"),
		.l1 = g_strdup("some,where/Image"),
		.initrd = g_strdup("initramfs.cpio"),
		.append = g_strdup("console=ttyAMA0 neve.job=bench,linux"),
		.smp = 4,
		.memory = 2048ULL << 20,
	};
}

static void test_with_neve(void)
{
	const struct layout layout = {.kernel = 0x44000000, .initrd = 0x48200000};
	struct stack stack = example();
	g_auto(GStrv) argv = stack_command(&stack, &layout);

	g_assert_cmpstr(argv[0], ==, "qemu-system-aarch64");
	g_assert_cmpstr(value(argv, "-M"), ==, "virt,virtualization=on,gic-version=3");
	g_assert_cmpstr(value(argv, "-smp"), ==, "4");
	g_assert_cmpstr(value(argv, "-m"), ==, "2048M");
	g_assert_cmpstr(value(argv, "-kernel"), ==, "neve.img");
	g_assert_cmpstr(value(argv, "-append"), ==, "l2-counters=on");
	/* Commas in values are doubled. */
	g_assert_true(has(argv, "guest-loader,addr=0x44000000,kernel=some,,where/Image,"
				"bootargs=console=ttyAMA0 neve.job=bench,,linux"));
	g_assert_true(has(argv, "guest-loader,addr=0x48200000,initrd=initramfs.cpio"));
	g_assert_false(has(argv, "-initrd"));
	g_assert_false(has(argv, "-icount"));
	stack_clear(&stack);
}

static void test_without_neve(void)
{
	const struct layout none = {0};
	struct stack stack = example();
	g_auto(GStrv) argv = NULL;

	g_clear_pointer(&stack.l0, g_free);
	argv = stack_command(&stack, &none);
	g_assert_cmpstr(value(argv, "-kernel"), ==, "some,where/Image");
	g_assert_cmpstr(value(argv, "-append"), ==, "console=ttyAMA0 neve.job=bench,linux");
	g_assert_cmpstr(value(argv, "-initrd"), ==, "initramfs.cpio");
	g_assert_false(has(argv, "-device"));
	stack_clear(&stack);
}

/* Xen: its own guest's kernel and ramdisk beside it. */
static void test_modules(void)
{
	const struct layout layout = {.kernel = 0x44000000, .modules = {0x44200000, 0x4a000000}};
	struct stack stack = example();
	g_auto(GStrv) argv = NULL, alone = NULL;

	g_clear_pointer(&stack.initrd, g_free);
	g_assert_true(stack_module_parse("kernel=a,b,bootargs=console=hvc0 x=1,2",
					 &stack.modules[stack.nr_modules++], NULL));
	g_assert_true(
		stack_module_parse("ramdisk=r=1.cpio", &stack.modules[stack.nr_modules++], NULL));
	argv = stack_command(&stack, &layout);
	g_assert_true(has(argv, "guest-loader,addr=0x44200000,kernel=a,,b,"
				"bootargs=console=hvc0 x=1,,2"));
	g_assert_true(has(argv, "guest-loader,addr=0x4a000000,initrd=r=1.cpio"));
	/* Without neve they are there as well, for Xen on the machine itself. */
	g_clear_pointer(&stack.l0, g_free);
	alone = stack_command(&stack, &layout);
	g_assert_true(has(alone, "guest-loader,addr=0x4a000000,initrd=r=1.cpio"));
	stack_clear(&stack);
}

static void test_deterministic(void)
{
	const struct layout none = {0};
	struct stack stack = example();
	g_auto(GStrv) argv = NULL;

	stack.icount = TRUE;
	argv = stack_command(&stack, &none);
	g_assert_nonnull(strstr(value(argv, "-icount"), "shift=0"));
	g_assert_nonnull(strstr(value(argv, "-M"), "dtb-randomness=off"));
	g_assert_nonnull(strstr(value(argv, "-rtc"), "clock=vm"));
	stack_clear(&stack);
}

static void test_console(void)
{
	const struct layout none = {0};
	struct stack stack = example();
	g_auto(GStrv) output = NULL, terminal = NULL;

	output = stack_command(&stack, &none);
	g_assert_cmpstr(value(output, "-serial"), ==, "stdio");
	g_assert_cmpstr(value(output, "-monitor"), ==, "none");
	stack.console = TRUE;
	terminal = stack_command(&stack, &none);
	g_assert_cmpstr(value(terminal, "-serial"), ==, "mon:stdio");
	stack_clear(&stack);
}

static void test_extra(void)
{
	const struct layout none = {0};
	struct stack stack = example();
	g_auto(GStrv) argv = NULL;
	guint n;

	stack.extra = g_strsplit("-d int", " ", -1);
	argv = stack_command(&stack, &none);
	n = g_strv_length(argv);
	/* Last, so that they win over ours. */
	g_assert_cmpstr(argv[n - 2], ==, "-d");
	g_assert_cmpstr(argv[n - 1], ==, "int");
	stack_clear(&stack);
}

static void test_quote(void)
{
	char *const argv[] = {(char *)"qemu", (char *)"-append", (char *)"a b",
			      (char *)"",     (char *)"it's",	 NULL};
	g_autofree char *line = stack_quote(argv);
	g_auto(GStrv) back = NULL;
	int n;

	g_assert_true(g_str_has_prefix(line, "qemu -append "));
	g_assert_true(g_shell_parse_argv(line, &n, &back, NULL));
	g_assert_cmpint(n, ==, 5);
	for (int i = 0; i < n; i++)
		g_assert_cmpstr(back[i], ==, argv[i]);
}

/* Parses a command line as `neve run` would; NULL is success. */
static char *parse(struct run_options *options, const char *line)
{
	g_auto(GStrv) argv = NULL;
	g_autofree char **copy = NULL;
	GError *error = NULL;
	char *message = NULL;
	int argc, status;

	memset(options, 0, sizeof(*options));
	g_assert_true(g_shell_parse_argv(line, &argc, &argv, NULL));
	/* GOption moves the words about; keep argv whole, to free it. */
	copy = g_memdup2(argv, sizeof(*argv) * ((gsize)argc + 1));
	if (!run_options_parse(options, argc, copy, &status, &error)) {
		g_assert_nonnull(error);
		g_assert_cmpint(status, ==, -1);
		g_assert_null(strchr(error->message, '\n'));
		message = g_strdup(error->message);
		g_error_free(error);
	}
	return message;
}

static void test_options_bad(void)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{"run --smp 0", "1 to 8"},
		{"run --smp 9", "1 to 8"},
		{"run --smp two", "two"},
		{"run --memory lots", "512M or 2G"},
		{"run --timeout -1", "--timeout -1"},
		{"run --qemu sh --l0 none --l1 /nonexistent", "/nonexistent: no such file"},
		{"run --qemu sh --l0 /nonexistent", "/nonexistent: no such file"},
		{"run --qemu /nonexistent", "/nonexistent: no such program"},
		{"run --frobnicate", "--frobnicate"},
		{"run kernel", "unexpected argument \"kernel\""},
		{"run --initrd x --job linux", "--append"},
		{"run --module ramdisk=x --job linux", "--append"},
		{"run --module x", "expected kernel=FILE"},
		{"run --module kernel=", "expected kernel=FILE"},
		{"run --module dtb=x", "expected kernel=FILE"},
		{"run --module ramdisk=x,bootargs=y", "expected kernel=FILE"},
		{"run --vm kernel=x", "expected cpus=N"},
		{"run --vm cpus=1,memory=3M,kernel=x", "multiple of 2 MiB"},
		{"run --vm cpus=2,memory=2M,kernel=x", "give --smp 3 or more"},
		{"run --smp 3 --vm cpus=2,memory=2M,kernel=x --vm cpus=1,memory=2M,kernel=x",
		 "3 of the machine's 3 CPUs leave none for the host VM; give --smp 4"},
		{"run --smp 8 --vm cpus=8,memory=2M,kernel=x", "there can be 7"},
		{"run --smp 8 --vm cpus=1,memory=2M,kernel=x --vm cpus=1,memory=2M,kernel=x "
		 "--vm cpus=1,memory=2M,kernel=x --vm cpus=1,memory=2M,kernel=x",
		 "--vm: there can be 3 at most"},
		{"run --l0 none --vm cpus=1,memory=2M,kernel=x", "leave out --l0 none"},
		{"run --qmp /dev/null", "--qmp /dev/null: is there and is no socket"},
		{"run --qmp /", "--qmp /: is there and is no socket"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct run_options options;
		g_autofree char *message = parse(&options, cases[i].line);

		g_assert_nonnull(message);
		if (!strstr(message, cases[i].says))
			g_test_message("%s: %s", cases[i].line, message);
		g_assert_nonnull(strstr(message, cases[i].says));
		stack_clear(&options.stack);
	}
}

static void test_options_good(void)
{
	/* Any file will do for an image here: its header is read later. */
	const char *exe = g_test_get_filename(G_TEST_BUILT, "test_stack", NULL);
	g_autofree char *line = g_strdup_printf("run --qemu sh --l0 none --l1 %s --initrd none "
						"--smp 8 --memory 1G --cpu max,sve=off "
						"--append 'a b' --timeout 7 --icount -n -- -d int",
						exe);
	struct run_options options;
	g_autofree char *message = parse(&options, line);

	g_assert_cmpstr(message, ==, NULL);
	g_assert_true(options.dry_run);
	g_assert_cmpuint(options.timeout, ==, 7);
	g_assert_cmpuint(options.stack.smp, ==, 8);
	g_assert_cmpuint(options.stack.memory, ==, 1ULL << 30);
	g_assert_cmpstr(options.stack.cpu, ==, "max,sve=off");
	g_assert_null(options.stack.l0);
	g_assert_null(options.stack.initrd);
	g_assert_cmpstr(options.stack.append, ==, "console=ttyAMA0 a b");
	g_assert_true(options.stack.icount);
	g_assert_cmpuint(g_strv_length(options.stack.extra), ==, 2);
	stack_clear(&options.stack);
}

/* A short option with its value in one word, wherever it stands; what is a value stays one. */
static void test_options_short(void)
{
	static const struct {
		const char *words;
		guint64 memory;
		const char *append;
		gboolean dry_run;
	} cases[] = {
		{"-m1G", 1ULL << 30, "console=ttyAMA0", FALSE},
		{"-m 1G", 1ULL << 30, "console=ttyAMA0", FALSE},
		{"--icount -m1G", 1ULL << 30, "console=ttyAMA0", FALSE},
		{"-n -m1G", 1ULL << 30, "console=ttyAMA0", TRUE},
		{"-nm 1G", 1ULL << 30, "console=ttyAMA0", TRUE},
		{"--append x -m1G -n", 1ULL << 30, "console=ttyAMA0 x", TRUE},
		{"--append=x -m1G", 1ULL << 30, "console=ttyAMA0 x", FALSE},
		{"--append -m1G", 2ULL << 30, "console=ttyAMA0 -m1G", FALSE},
		{"--append -x -m1G", 1ULL << 30, "console=ttyAMA0 -x", FALSE},
	};
	const char *exe = g_test_get_filename(G_TEST_BUILT, "test_stack", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = g_strdup_printf(
			"run --qemu sh --l0 none --l1 %s --initrd none %s", exe, cases[i].words);
		struct run_options options;
		g_autofree char *message = parse(&options, line);

		g_assert_cmpstr(message, ==, NULL);
		g_assert_cmpuint(options.stack.memory, ==, cases[i].memory);
		g_assert_cmpstr(options.stack.append, ==, cases[i].append);
		g_assert_cmpint(options.dry_run, ==, cases[i].dry_run);
		stack_clear(&options.stack);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/stack/with-neve", test_with_neve);
	g_test_add_func("/stack/without-neve", test_without_neve);
	g_test_add_func("/stack/modules", test_modules);
	g_test_add_func("/stack/deterministic", test_deterministic);
	g_test_add_func("/stack/console", test_console);
	g_test_add_func("/stack/extra", test_extra);
	g_test_add_func("/stack/quote", test_quote);
	g_test_add_func("/options/bad", test_options_bad);
	g_test_add_func("/options/good", test_options_good);
	g_test_add_func("/options/short", test_options_short);
	return g_test_run();
}
