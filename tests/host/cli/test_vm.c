/* SPDX-License-Identifier: Apache-2.0 */
/* VMs beside the host VM: the option, the place of their files, the nodes in the device tree. */
#include "error.h"
#include "vm_tree.h"

#include <glib/gstdio.h>
#include <libfdt.h>
#include <string.h>

#define MIB G_GUINT64_CONSTANT(1048576)

static void test_parse(void)
{
	struct vm vm;

	g_assert_true(vm_parse("cpus=1,memory=256M,kernel=Image", &vm, NULL));
	g_assert_cmpuint(vm.cpus, ==, 1);
	g_assert_cmpuint(vm.memory, ==, 256 * MIB);
	g_assert_cmpstr(vm.kernel, ==, "Image");
	g_assert_null(vm.ramdisk);
	g_assert_null(vm.bootargs);
	vm_clear(&vm);
	/* In another order; commas in names, anything in bootargs. */
	g_assert_true(vm_parse("kernel=a,b=c,memory=6G,ramdisk=r,,x,cpus=7,"
			       "bootargs=console=ttyAMA0 x=1,cpus=2,bootargs=3",
			       &vm, NULL));
	g_assert_cmpuint(vm.cpus, ==, 7);
	g_assert_cmpuint(vm.memory, ==, 6144 * MIB);
	g_assert_cmpstr(vm.kernel, ==, "a,b=c");
	g_assert_cmpstr(vm.ramdisk, ==, "r,,x");
	g_assert_cmpstr(vm.bootargs, ==, "console=ttyAMA0 x=1,cpus=2,bootargs=3");
	vm_clear(&vm);
	g_assert_true(vm_parse("cpus=1,memory=2,kernel=k,bootargs=", &vm, NULL));
	g_assert_cmpuint(vm.memory, ==, 2 * MIB);
	g_assert_cmpstr(vm.bootargs, ==, "");
	vm_clear(&vm);
}

static void test_parse_bad(void)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{"", "expected cpus=N,memory=SIZE,kernel=FILE"},
		{"cpus=1", "expected cpus=N"},
		{"cpus=1,memory=256M", "expected cpus=N"},
		{"cpus=1,kernel=k", "expected cpus=N"},
		{"memory=256M,kernel=k", "expected cpus=N"},
		{"cpus=1,memory=256M,kernel=", "expected cpus=N"},
		{"cpus=1,memory=256M,kernel=,ramdisk=r", "expected cpus=N"},
		{"cpus=1,memory=256M,kernel=k,kernel=k", "expected cpus=N"},
		{"cpus=1,memory=256M,kernel=k,ramdisk=", "expected cpus=N"},
		{"cpu=1,memory=256M,kernel=k", "expected cpus=N"},
		{",cpus=1,memory=256M,kernel=k", "expected cpus=N"},
		{"cpus=,memory=256M,kernel=k", "expected cpus=N"},
		{"bootargs=cpus=1,memory=256M,kernel=k", "expected cpus=N"},
		{"cpus=0,memory=256M,kernel=k", "cpus=0: give a number"},
		{"cpus=-1,memory=256M,kernel=k", "cpus=-1: give a number"},
		{"cpus=two,memory=256M,kernel=k", "cpus=two: give a number"},
		{"cpus=99999999999999999999,memory=2,kernel=k", "give a number"},
		{"cpus=1,memory=lots,kernel=k", "--vm: memory size \"lots\""},
		{"cpus=1,memory=0,kernel=k", "--vm: memory size \"0\""},
		{"cpus=1,memory=255M,kernel=k", "memory=255M: give a multiple of 2 MiB"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct vm vm;

		if (vm_parse(cases[i].text, &vm, &error))
			g_error("%s: is taken", cases[i].text);
		g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
		g_assert_null(strchr(error->message, '\n'));
		if (!strstr(error->message, cases[i].says))
			g_error("%s: %s", cases[i].text, error->message);
	}
}

/* ---------------------------------------------------------------- files and addresses */

/* An arm64 Image of @size bytes that takes @memory. */
static void write_image(const char *path, gsize size, guint64 memory)
{
	g_autofree char *bytes = g_malloc0(size);
	guint64 value = GUINT64_TO_LE(memory);

	memcpy(bytes + 16, &value, sizeof(value));
	memcpy(bytes + 56, "ARM\x64", 4);
	g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

/* A directory with neve.img, l1.img, vm.img (70000 bytes, in memory 40 MiB less a page) and
 * ramdisk. */
static char *make_files(void)
{
	char *dir = g_dir_make_tmp("neve-test-XXXXXX", NULL);
	g_autofree char *ramdisk = NULL;
	const char *const names[] = {"neve.img", "l1.img", "vm.img"};

	g_assert_nonnull(dir);
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		write_image(path, 70000, i == 2 ? 40 * MIB - 4096 : MIB);
	}
	ramdisk = g_build_filename(dir, "ramdisk", NULL);
	g_assert_true(g_file_set_contents(ramdisk, "0123456789", 10, NULL));
	return dir;
}

static void remove_files(char *dir)
{
	const char *const names[] = {"neve.img", "l1.img",	     "vm.img",
				     "ramdisk",	 "neve-machine.dtb", "neve-vms.dtb"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		g_unlink(path);
	}
	g_assert_cmpint(g_rmdir(dir), ==, 0);
	g_free(dir);
}

/* Two VMs, the first with a ramdisk. */
static struct stack example(const char *dir)
{
	return (struct stack){
		.qemu = g_strdup("qemu-system-aarch64"),
		.cpu = g_strdup("max"),
		.l0 = g_build_filename(dir, "neve.img", NULL),
		.l1 = g_build_filename(dir, "l1.img", NULL),
		.append = g_strdup(""),
		.smp = 4,
		.memory = 2048 * MIB,
		.vms = {{.cpus = 1,
			 .memory = 64 * MIB,
			 .kernel = g_build_filename(dir, "vm.img", NULL),
			 .ramdisk = g_build_filename(dir, "ramdisk", NULL),
			 .bootargs = g_strdup("a \"b\",c\\d\te")},
			{.cpus = 2,
			 .memory = 1024 * MIB,
			 .kernel = g_build_filename(dir, "vm.img", NULL)}},
		.nr_vms = 2,
	};
}

static void test_layout(void)
{
	char *dir = make_files();
	struct stack stack = example(dir);
	struct layout l = {0};
	g_autoptr(GError) error = NULL;

	g_assert_true(stack_layout(&stack, &l, &error));
	g_assert_cmpuint(l.vms[0].kernel.size, ==, 70000);
	g_assert_cmpuint(l.vms[0].ramdisk.size, ==, 10);
	g_assert_cmpuint(l.vms[1].kernel.size, ==, 70000);
	g_assert_cmpuint(l.vms[1].ramdisk.size, ==, 0);
	g_assert_cmpuint(l.vms[0].kernel.address, >=, l.kernel + MIB);
	g_assert_cmpuint(l.vms[0].ramdisk.address, >=, l.vms[0].kernel.address + 70000);
	g_assert_cmpuint(l.vms[1].kernel.address, >=, l.vms[0].ramdisk.address + 10);
	stack_clear(&stack);
	remove_files(dir);
}

static void assert_layout_fails(const struct stack *stack, const char *says)
{
	g_autoptr(GError) error = NULL;
	struct layout l = {0};

	g_assert_false(stack_layout(stack, &l, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	g_assert_null(strchr(error->message, '\n'));
	if (!strstr(error->message, says))
		g_error("%s", error->message);
}

static void test_layout_bad(void)
{
	char *dir = make_files(), *kernel;
	struct stack stack = example(dir);
	struct layout l = {0};

	/* The kernel, a device tree and the ramdisk, each from a multiple of 2 MiB */
	stack.vms[0].memory = 44 * MIB;
	g_assert_true(stack_layout(&stack, &l, NULL));
	stack.vms[0].memory = 42 * MIB;
	assert_layout_fails(&stack, "memory=42M does not hold what");
	assert_layout_fails(&stack, "give memory=44M or more");
	stack.vms[0].memory = 64 * MIB;

	kernel = stack.vms[1].kernel;
	stack.vms[1].kernel = (char *)"/nonexistent";
	assert_layout_fails(&stack, "/nonexistent: no such kernel; see --vm");
	stack.vms[1].kernel = stack.vms[0].ramdisk;
	assert_layout_fails(&stack, "no arm64 Image header");
	stack.vms[1].kernel = kernel;
	stack.vms[1].ramdisk = g_strdup("/nonexistent");
	assert_layout_fails(&stack, "/nonexistent: no such ramdisk; see --vm");
	g_clear_pointer(&stack.vms[1].ramdisk, g_free);

	stack.vms[1].memory = 2048 * MIB;
	assert_layout_fails(&stack, "and the other VMs; give --memory 22");
	stack_clear(&stack);
	remove_files(dir);
}

static gboolean has(char *const *argv, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean has(char *const *argv, const char *format, ...)
{
	g_autofree char *word = NULL;
	va_list ap;

	va_start(ap, format);
	word = g_strdup_vprintf(format, ap);
	va_end(ap);
	return g_strv_contains((const char *const *)argv, word);
}

static const struct layout some_layout = {
	.kernel = 0x44000000,
	.vms = {{.kernel = {0x46000000, 0x12345}, .ramdisk = {0x112000000, 0x223456789}},
		{.kernel = {0x4a000000, 0x234567}}},
};

static void test_command(void)
{
	struct stack stack = example("some,where");
	g_auto(GStrv) without = NULL, with = NULL;
	guint n, at = 0;

	stack.extra = g_strsplit("-dtb other.dtb", " ", -1);
	/* Without a tree that names them QEMU has no use for their files. */
	without = stack_command(&stack, &some_layout);
	g_assert_false(
		has(without, "loader,file=some,,where/ramdisk,addr=0x112000000,force-raw=on"));
	stack.dtb = g_strdup("our.dtb");
	with = stack_command(&stack, &some_layout);
	g_assert_true(has(with, "loader,file=some,,where/vm.img,addr=0x46000000,force-raw=on"));
	g_assert_true(has(with, "loader,file=some,,where/ramdisk,addr=0x112000000,force-raw=on"));
	g_assert_true(has(with, "loader,file=some,,where/vm.img,addr=0x4a000000,force-raw=on"));
	/* Our tree is the last that is named: it has the other in it. */
	n = g_strv_length(with);
	for (guint i = 0; i < n; i++)
		if (!strcmp(with[i], "-dtb"))
			at = i;
	g_assert_cmpstr(with[at + 1], ==, "our.dtb");
	g_assert_cmpuint(g_strv_length(without), ==, n - 8);
	stack_clear(&stack);
}

/* ---------------------------------------------------------------- the tree */

/* A tree as QEMU dumps it: room at its end, a module of the host VM in it. */
static void *machine_tree(gsize size)
{
	void *fdt = g_malloc0(size);
	int chosen, module;

	g_assert_cmpint(fdt_create_empty_tree(fdt, (int)size), ==, 0);
	chosen = fdt_add_subnode(fdt, 0, "chosen");
	g_assert_cmpint(fdt_setprop_string(fdt, chosen, "stdout-path", "/pl011"), ==, 0);
	module = fdt_add_subnode(fdt, chosen, "module@0x44000000");
	g_assert_cmpint(fdt_setprop_string(fdt, module, "compatible", "multiboot,module"), ==, 0);
	return fdt;
}

static guint64 cells(const void *fdt, int node, const char *name, int index)
{
	int len;
	const fdt64_t *p = fdt_getprop(fdt, node, name, &len);

	g_assert_nonnull(p);
	g_assert_cmpint(len, >=, 8 * (index + 1));
	return fdt64_ld(p + index);
}

static void assert_u32(const void *fdt, int node, const char *name, guint32 value)
{
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, name, &len);

	g_assert_nonnull(p);
	g_assert_cmpint(len, ==, 4);
	g_assert_cmpuint(fdt32_ld(p), ==, value);
}

static void assert_module(const void *fdt, int node, const char *kind, guint64 address,
			  guint64 size, const char *bootargs)
{
	int len;

	g_assert_cmpint(node, >=, 0);
	g_assert_cmpint(fdt_stringlist_count(fdt, node, "compatible"), ==, 2);
	g_assert_cmpstr(fdt_stringlist_get(fdt, node, "compatible", 0, NULL), ==, kind);
	g_assert_cmpstr(fdt_stringlist_get(fdt, node, "compatible", 1, NULL), ==,
			"multiboot,module");
	g_assert_cmpuint(cells(fdt, node, "reg", 0), ==, address);
	g_assert_cmpuint(cells(fdt, node, "reg", 1), ==, size);
	fdt_getprop(fdt, node, "reg", &len);
	g_assert_cmpint(len, ==, 16);
	g_assert_cmpstr(fdt_getprop(fdt, node, "bootargs", NULL), ==, bootargs);
}

static int assert_vm(const void *fdt, int node, guint32 cpus, guint64 kib)
{
	int len;

	g_assert_cmpint(node, >=, 0);
	g_assert_cmpint(fdt_node_check_compatible(fdt, node, "neve,vm"), ==, 0);
	assert_u32(fdt, node, "cpus", cpus);
	assert_u32(fdt, node, "#address-cells", 2);
	assert_u32(fdt, node, "#size-cells", 2);
	g_assert_cmpuint(cells(fdt, node, "memory", 0), ==, kib);
	fdt_getprop(fdt, node, "memory", &len);
	g_assert_cmpint(len, ==, 8);
	return fdt_first_subnode(fdt, node);
}

static void test_tree(void)
{
	gsize size = 65536, new_size = 0;
	g_autofree void *machine = machine_tree(size);
	struct stack stack = example("dir");
	g_autofree void *fdt = NULL;
	int vm, module;

	/* More KiB than 32 bits hold */
	stack.vms[1].memory = 4096ULL << 30;
	fdt = vm_tree_edit(machine, size, &stack, &some_layout, &new_size, NULL);
	g_assert_nonnull(fdt);
	/* QEMU takes twice that of memory: no padding. */
	g_assert_cmpuint(new_size, ==, fdt_totalsize(fdt));
	g_assert_cmpuint(new_size, <, 2048);
	g_assert_cmpint(fdt_check_full(fdt, new_size), ==, 0);

	/* In this order, which gives them their numbers. */
	vm = fdt_first_subnode(fdt, fdt_path_offset(fdt, "/chosen"));
	g_assert_cmpint(vm, ==, fdt_path_offset(fdt, "/chosen/vm1"));
	module = assert_vm(fdt, vm, 1, 64 << 10);
	g_assert_cmpstr(fdt_get_name(fdt, module, NULL), ==, "module@46000000");
	assert_module(fdt, module, "multiboot,kernel", 0x46000000, 0x12345, "a \"b\",c\\d\te");
	module = fdt_next_subnode(fdt, module);
	g_assert_cmpstr(fdt_get_name(fdt, module, NULL), ==, "module@112000000");
	assert_module(fdt, module, "multiboot,ramdisk", 0x112000000, 0x223456789, NULL);
	g_assert_cmpint(fdt_next_subnode(fdt, module), <, 0);

	vm = fdt_next_subnode(fdt, vm);
	g_assert_cmpint(vm, ==, fdt_path_offset(fdt, "/chosen/vm2"));
	module = assert_vm(fdt, vm, 2, 4096ULL << 20);
	assert_module(fdt, module, "multiboot,kernel", 0x4a000000, 0x234567, NULL);
	g_assert_cmpint(fdt_next_subnode(fdt, module), <, 0);

	/* What was there still is. */
	g_assert_cmpint(fdt_path_offset(fdt, "/chosen/module@0x44000000"), >=, 0);
	g_assert_cmpstr(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "stdout-path", NULL), ==,
			"/pl011");
	stack_clear(&stack);
}

static void test_tree_long_bootargs(void)
{
	gsize size = 4096;
	g_autofree void *machine = machine_tree(size), *fdt = NULL;
	struct stack stack = example("dir");
	int module;

	g_free(stack.vms[0].bootargs);
	stack.vms[0].bootargs = g_strnfill(100000, 'x');
	fdt = vm_tree_edit(machine, size, &stack, &some_layout, &size, NULL);
	g_assert_nonnull(fdt);
	module = fdt_path_offset(fdt, "/chosen/vm1/module@46000000");
	g_assert_cmpstr(fdt_getprop(fdt, module, "bootargs", NULL), ==, stack.vms[0].bootargs);
	stack_clear(&stack);
}

static void assert_no_tree(const void *dtb, gsize size)
{
	struct stack stack = example("dir");
	g_autoptr(GError) error = NULL;

	g_assert_null(vm_tree_edit(dtb, size, &stack, &some_layout, &size, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
	g_assert_null(strchr(error->message, '\n'));
	stack_clear(&stack);
}

static void test_tree_bad(void)
{
	g_autofree void *machine = machine_tree(4096);
	const gsize sizes[] = {0, 3, 40, 100}; /* cut short */

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree void *copy = g_memdup2(machine, sizes[i]);

		assert_no_tree(copy, sizes[i]);
	}
	fdt_del_node(machine, fdt_path_offset(machine, "/chosen"));
	assert_no_tree(machine, 4096);
}

/* ---------------------------------------------------------------- by hand */

static char *shell(const char *dir, const char *script)
{
	const char *argv[] = {"/bin/sh", "-ec", script, NULL};
	char *output = NULL;
	int status = 0;

	g_assert_true(g_spawn_sync(dir, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output,
				   NULL, &status, NULL));
	g_assert_cmpint(status, ==, 0);
	return output;
}

/* What --dry-run says to do makes the same tree. */
static void test_script(void)
{
	char *dir = make_files();
	gsize size = 4096;
	g_autofree void *machine = machine_tree(size), *ours = NULL;
	g_autofree char *file = g_build_filename(dir, "neve-machine.dtb", NULL), *script = NULL;
	g_autofree char *by_hand = NULL, *by_us = NULL, *nothing = NULL;
	struct stack stack = example(dir);
	g_auto(GStrv) parts = NULL;

	ours = vm_tree_edit(machine, size, &stack, &some_layout, &size, NULL);
	script = vm_tree_script(&stack, &some_layout);
	g_assert_cmpstr(stack.dtb, ==, "neve-vms.dtb");
	/* A comment before each of: QEMU's tree, ours, the machine. */
	parts = g_regex_split_simple("(?m)^# .*\n", script, 0, 0);
	g_assert_cmpuint(g_strv_length(parts), ==, 4);
	g_assert_nonnull(strstr(parts[1], " -machine dumpdtb=neve-machine.dtb\n"));
	g_assert_null(strstr(parts[1], "-dtb "));
	g_assert_nonnull(strstr(parts[3], " -dtb neve-vms.dtb "));

	g_assert_true(g_file_set_contents(file, machine, 4096, NULL));
	nothing = shell(dir, parts[2]);
	by_hand = shell(dir, "dtc -q -s -I dtb -O dts neve-vms.dtb");
	g_assert_true(g_file_set_contents(file, ours, (gssize)size, NULL));
	by_us = shell(dir, "dtc -q -s -I dtb -O dts neve-machine.dtb");
	g_assert_nonnull(strstr(by_us, "vm2 {"));
	g_assert_cmpstr(by_hand, ==, by_us);
	stack_clear(&stack);
	remove_files(dir);
}

static void test_script_plain(void)
{
	struct stack stack = example("dir");
	g_autofree char *script = NULL, *line = NULL;
	g_auto(GStrv) argv = NULL;

	vm_clear(&stack.vms[0]);
	vm_clear(&stack.vms[1]);
	stack.nr_vms = 0;
	argv = stack_command(&stack, &some_layout);
	line = stack_quote(argv);
	script = vm_tree_script(&stack, &some_layout);
	g_assert_true(g_str_has_suffix(script, "\n"));
	script[strlen(script) - 1] = '\0';
	g_assert_cmpstr(script, ==, line);
	stack_clear(&stack);
}

/* A program in place of QEMU: what it does to the file that it is to write, and says. */
static void make_tree(const char *program, const char *says)
{
	char *dir = make_files();
	struct stack stack = example(dir);
	g_autofree char *path = g_build_filename(dir, "neve-vms.dtb", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(path, program, -1, NULL));
	g_assert_cmpint(g_chmod(path, 0755), ==, 0);
	g_free(stack.qemu);
	stack.qemu = g_strdup(path);
	g_assert_false(vm_tree_make(&stack, &some_layout, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_RUN);
	g_assert_null(strchr(error->message, '\n'));
	if (!strstr(error->message, says))
		g_error("%s", error->message);
	g_assert_null(stack.dtb);
	stack_clear(&stack);
	remove_files(dir);
}

static void test_make_bad(void)
{
	make_tree("#!/bin/sh\necho first\necho >&2 cannot do that\nexit 3\n",
		  "status 3: cannot do that");
	make_tree("#!/bin/sh\nexit 1\n", "status 1: it does not say why");
	make_tree("#!/bin/sh\nexit 0\n", "cannot take the VMs");
}

/* A program that writes a tree where it is told to. */
static void test_make(void)
{
	char *dir = make_files();
	gsize size = 4096;
	g_autofree void *machine = machine_tree(size);
	g_autofree char *file = g_build_filename(dir, "neve-machine.dtb", NULL), *dtb = NULL;
	g_autofree char *path = g_build_filename(dir, "neve-vms.dtb", NULL), *program = NULL;
	g_autofree char *made = NULL;
	struct stack stack = example(dir);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(file, machine, (gssize)size, NULL));
	program = g_strdup_printf("#!/bin/sh\n"
				  "for last; do :; done\n"
				  "cat %s >\"${last#dumpdtb=}\"\n",
				  file);
	g_assert_true(g_file_set_contents(path, program, -1, NULL));
	g_assert_cmpint(g_chmod(path, 0755), ==, 0);
	g_free(stack.qemu);
	stack.qemu = g_strdup(path);
	g_assert_true(vm_tree_make(&stack, &some_layout, &error));
	g_assert_no_error(error);
	dtb = g_strdup(stack.dtb);
	g_assert_true(g_file_get_contents(dtb, &made, &size, NULL));
	g_assert_cmpint(fdt_check_full(made, size), ==, 0);
	g_assert_cmpint(fdt_path_offset(made, "/chosen/vm2"), >=, 0);
	vm_tree_remove(&stack);
	g_assert_null(stack.dtb);
	g_assert_false(g_file_test(dtb, G_FILE_TEST_EXISTS));
	vm_tree_remove(&stack); /* there is none */
	stack_clear(&stack);
	remove_files(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vm/parse", test_parse);
	g_test_add_func("/vm/parse-bad", test_parse_bad);
	g_test_add_func("/vm/layout", test_layout);
	g_test_add_func("/vm/layout-bad", test_layout_bad);
	g_test_add_func("/vm/command", test_command);
	g_test_add_func("/vm/tree", test_tree);
	g_test_add_func("/vm/tree-long-bootargs", test_tree_long_bootargs);
	g_test_add_func("/vm/tree-bad", test_tree_bad);
	g_test_add_func("/vm/script", test_script);
	g_test_add_func("/vm/script-plain", test_script_plain);
	g_test_add_func("/vm/make", test_make);
	g_test_add_func("/vm/make-bad", test_make_bad);
	return g_test_run();
}
