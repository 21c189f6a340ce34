/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_tree.h"
#include "error.h"
#include "machine.h"

#include <glib/gstdio.h>
#include <libfdt.h>
#include <string.h>
#include <unistd.h>

/* The nodes of the VMs, without their command lines */
#define NODES_MAX 8192

#define DUMP_TIMEOUT_S 60

/* ---------------------------------------------------------------- the nodes */

static int add_module(void *fdt, int vm, const char *kind, const struct layout_file *file,
		      const char *bootargs)
{
	g_autofree char *name = g_strdup_printf("module@%" G_GINT64_MODIFIER "x", file->address);
	int node = fdt_add_subnode(fdt, vm, name), err;

	if (node < 0)
		return node;
	err = fdt_setprop_string(fdt, node, "compatible", kind);
	if (!err)
		err = fdt_appendprop_string(fdt, node, "compatible", "multiboot,module");
	if (!err)
		err = fdt_setprop_u64(fdt, node, "reg", file->address);
	if (!err)
		err = fdt_appendprop_u64(fdt, node, "reg", file->size);
	if (!err && bootargs)
		err = fdt_setprop_string(fdt, node, "bootargs", bootargs);
	return err;
}

static int add_vm(void *fdt, int chosen, guint number, const struct vm *vm,
		  const struct layout_vm *layout)
{
	g_autofree char *name = g_strdup_printf("vm%u", number);
	int node = fdt_add_subnode(fdt, chosen, name), err;

	if (node < 0)
		return node;
	err = fdt_setprop_string(fdt, node, "compatible", "neve,vm");
	if (!err)
		err = fdt_setprop_u32(fdt, node, "cpus", vm->cpus);
	if (!err)
		err = fdt_setprop_u64(fdt, node, "memory", vm->memory >> 10);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#address-cells", 2);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#size-cells", 2);
	if (!err && layout->ramdisk.size)
		err = add_module(fdt, node, "multiboot,ramdisk", &layout->ramdisk, NULL);
	if (!err)
		err = add_module(fdt, node, "multiboot,kernel", &layout->kernel, vm->bootargs);
	return err;
}

static int add_vms(void *fdt, const struct stack *stack, const struct layout *layout)
{
	int chosen = fdt_path_offset(fdt, "/chosen"), err = 0;

	if (chosen < 0)
		return chosen;
	/* libfdt puts a new node before the others. */
	for (guint i = stack->nr_vms; i-- && !err;)
		err = add_vm(fdt, chosen, i + 1, &stack->vms[i], &layout->vms[i]);
	return err;
}

void *vm_tree_edit(const void *dtb, gsize size, const struct stack *stack,
		   const struct layout *layout, gsize *new_size, GError **error)
{
	gsize room = size + NODES_MAX;
	g_autofree void *fdt = NULL;
	int err;

	for (guint i = 0; i < stack->nr_vms; i++)
		room += stack->vms[i].bootargs ? strlen(stack->vms[i].bootargs) : 0;
	err = room < G_MAXINT ? fdt_check_full(dtb, size) : -FDT_ERR_NOSPACE;
	if (!err) {
		fdt = g_malloc(room);
		err = fdt_open_into(dtb, fdt, (int)room);
	}
	if (!err)
		err = add_vms(fdt, stack, layout);
	if (!err)
		err = fdt_pack(fdt);
	if (err) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "the device tree that QEMU makes cannot take the VMs: %s",
			    fdt_strerror(err));
		return NULL;
	}
	*new_size = fdt_totalsize(fdt);
	return g_steal_pointer(&fdt);
}

/* ---------------------------------------------------------------- with QEMU's help */

struct dump {
	GMainLoop *loop;
	char *last_line; /* QEMU's; NULL: it says nothing */
};

static void on_line(struct machine *m, const char *line, void *data)
{
	struct dump *dump = data;

	(void)m;
	g_free(dump->last_line);
	dump->last_line = g_strdup(line);
}

static void on_end(struct machine *m, void *data)
{
	struct dump *dump = data;

	(void)m;
	g_main_loop_quit(dump->loop);
}

/* The command line that has QEMU write the machine's tree to @path, and end. */
static char **dump_command(const struct stack *stack, const struct layout *layout, const char *path)
{
	g_autofree char *file = stack_qemu_value(path);
	struct stack same = *stack;
	char **argv;
	guint n;

	/* What the machine is does not depend on these. */
	same.console = FALSE;
	same.qmp = NULL;
	same.dtb = NULL;
	argv = stack_command(&same, layout);
	n = g_strv_length(argv);
	argv = g_renew(char *, argv, n + 3);
	argv[n] = g_strdup("-machine");
	argv[n + 1] = g_strdup_printf("dumpdtb=%s", file);
	argv[n + 2] = NULL;
	return argv;
}

static gboolean dump_tree(const struct stack *stack, const struct layout *layout, const char *path,
			  GError **error)
{
	g_auto(GStrv) argv = dump_command(stack, layout, path);
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	struct dump dump = {.loop = loop};
	struct machine *m = machine_start(argv, DUMP_TIMEOUT_S, on_line, on_end, &dump, error);
	int status;

	if (!m)
		return FALSE;
	g_main_loop_run(loop);
	status = machine_status(m);
	machine_free(m);
	if (status)
		g_set_error(error, CLI_ERROR, CLI_ERROR_RUN,
			    "QEMU makes no device tree for --vm, status %d: %s", status,
			    dump.last_line ? dump.last_line : "it does not say why");
	g_free(dump.last_line);
	return !status;
}

gboolean vm_tree_make(struct stack *stack, const struct layout *layout, GError **error)
{
	g_autofree char *dtb = NULL, *fdt = NULL;
	gsize size;
	int fd;

	if (!stack->nr_vms)
		return TRUE;
	fd = g_file_open_tmp("neve-XXXXXX.dtb", &dtb, error);
	if (fd < 0)
		return FALSE;
	close(fd);
	if (dump_tree(stack, layout, dtb, error) && g_file_get_contents(dtb, &fdt, &size, error)) {
		g_autofree void *edited = vm_tree_edit(fdt, size, stack, layout, &size, error);

		if (edited && g_file_set_contents(dtb, edited, (gssize)size, error)) {
			stack->dtb = g_steal_pointer(&dtb);
			return TRUE;
		}
	}
	g_unlink(dtb);
	return FALSE;
}

void vm_tree_remove(struct stack *stack)
{
	if (stack->dtb)
		g_unlink(stack->dtb);
	g_clear_pointer(&stack->dtb, g_free);
}

/* ---------------------------------------------------------------- by hand */

static void print_module(GString *out, const char *kind, const struct layout_file *file,
			 const char *bootargs)
{
	const guint64 low = G_MAXUINT32;

	g_string_append_printf(out, "\t\t\tmodule@%" G_GINT64_MODIFIER "x {\n", file->address);
	g_string_append_printf(out, "\t\t\t\tcompatible = \"%s\", \"multiboot,module\";\n", kind);
	g_string_append_printf(out, "\t\t\t\treg = <0x%x 0x%x 0x%x 0x%x>;\n",
			       (guint)(file->address >> 32), (guint)(file->address & low),
			       (guint)(file->size >> 32), (guint)(file->size & low));
	if (bootargs) {
		g_autofree char *escaped = g_strescape(bootargs, NULL);

		g_string_append_printf(out, "\t\t\t\tbootargs = \"%s\";\n", escaped);
	}
	g_string_append(out, "\t\t\t};\n");
}

static void print_vm(GString *out, guint number, const struct vm *vm,
		     const struct layout_vm *layout)
{
	guint64 kib = vm->memory >> 10;

	g_string_append_printf(out, "\t\tvm%u {\n\t\t\tcompatible = \"neve,vm\";\n", number);
	g_string_append_printf(out, "\t\t\tcpus = <%u>;\n\t\t\tmemory = <0x%x 0x%x>;\n", vm->cpus,
			       (guint)(kib >> 32), (guint)(kib & G_MAXUINT32));
	g_string_append(out, "\t\t\t#address-cells = <2>;\n\t\t\t#size-cells = <2>;\n");
	print_module(out, "multiboot,kernel", &layout->kernel, vm->bootargs);
	if (layout->ramdisk.size)
		print_module(out, "multiboot,ramdisk", &layout->ramdisk, NULL);
	g_string_append(out, "\t\t};\n");
}

#define MACHINE_DTB "neve-machine.dtb"
#define VMS_DTB	    "neve-vms.dtb"

char *vm_tree_script(struct stack *stack, const struct layout *layout)
{
	GString *out = g_string_new(NULL);
	g_autofree char *line = NULL;
	g_auto(GStrv) argv = NULL;

	if (stack->nr_vms) {
		g_auto(GStrv) dump = dump_command(stack, layout, MACHINE_DTB);
		g_autofree char *first = stack_quote(dump);

		g_string_append_printf(out, "# The machine's device tree, from QEMU\n%s\n", first);
		g_string_append(out, "# The same with the VMs in it\n"
				     "{ dtc -q -I dtb -O dts " MACHINE_DTB "; cat <<'END'\n"
				     "/ {\n\tchosen {\n");
		for (guint i = 0; i < stack->nr_vms; i++)
			print_vm(out, i + 1, &stack->vms[i], &layout->vms[i]);
		g_string_append(out, "\t};\n};\nEND\n} | dtc -q -I dts -O dtb -o " VMS_DTB "\n"
				     "# The machine\n");
		g_free(stack->dtb);
		stack->dtb = g_strdup(VMS_DTB);
	}
	argv = stack_command(stack, layout);
	line = stack_quote(argv);
	g_string_append_printf(out, "%s\n", line);
	return g_string_free(out, FALSE);
}
