/* SPDX-License-Identifier: Apache-2.0 */
#include "stack.h"
#include "error.h"

#include <glib/gstdio.h>
#include <string.h>

void stack_clear(struct stack *stack)
{
	g_free(stack->qemu);
	g_free(stack->cpu);
	g_free(stack->l0);
	g_free(stack->neve_args);
	g_free(stack->l1);
	g_free(stack->initrd);
	g_free(stack->append);
	g_free(stack->qmp);
	g_free(stack->dtb);
	g_strfreev(stack->extra);
	for (guint i = 0; i < stack->nr_modules; i++) {
		g_free(stack->modules[i].type);
		g_free(stack->modules[i].path);
		g_free(stack->modules[i].bootargs);
	}
	for (guint i = 0; i < stack->nr_vms; i++)
		vm_clear(&stack->vms[i]);
	memset(stack, 0, sizeof(*stack));
}

void stack_add_extra(struct stack *stack, const char *word)
{
	guint n = stack->extra ? g_strv_length(stack->extra) : 0;

	stack->extra = g_renew(char *, stack->extra, n + 2);
	stack->extra[n] = g_strdup(word);
	stack->extra[n + 1] = NULL;
}

gboolean stack_module_parse(const char *text, struct stack_module *module, GError **error)
{
	g_auto(GStrv) part = g_strsplit(text, ",bootargs=", 2);
	const char *file = part[0] ? strchr(part[0], '=') : NULL;

	*module = (struct stack_module){0};
	if (file && file[1] &&
	    (g_str_has_prefix(text, "kernel=") ||
	     (g_str_has_prefix(text, "ramdisk=") && !part[1]))) {
		module->type = g_strndup(part[0], (gsize)(file - part[0]));
		module->path = g_strdup(file + 1);
		module->bootargs = g_strdup(part[1]);
		return TRUE;
	}
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
		    "--module \"%s\": expected kernel=FILE[,bootargs=WORDS] or ramdisk=FILE", text);
	return FALSE;
}

/* @what names it and its option, for the message. */
static gboolean file_size(const char *path, const char *what, guint64 *size, GError **error)
{
	GStatBuf st;

	if (!g_stat(path, &st) && S_ISREG(st.st_mode) && st.st_size) {
		*size = (guint64)st.st_size;
		return TRUE;
	}
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
		    "%s: no such %s (or not a file with contents)", path, what);
	return FALSE;
}

#define VM_ALIGN(x) (((x) + LAYOUT_VM_ALIGN - 1) / LAYOUT_VM_ALIGN * LAYOUT_VM_ALIGN)

/* neve puts the kernel at the start of the VM's memory, then a device tree, then the ramdisk. */
static gboolean vm_request(const struct vm *vm, struct layout_vm_request *request, GError **error)
{
	struct image kernel;
	guint64 needed;

	if (!file_size(vm->kernel, "kernel; see --vm", &request->kernel_size, error) ||
	    !image_read(vm->kernel, &kernel, error))
		return FALSE;
	if (vm->ramdisk &&
	    !file_size(vm->ramdisk, "ramdisk; see --vm", &request->ramdisk_size, error))
		return FALSE;
	request->memory = vm->memory;
	needed = VM_ALIGN(kernel.text_offset + kernel.memory_size) + LAYOUT_VM_ALIGN +
		 VM_ALIGN(request->ramdisk_size);
	if (needed <= vm->memory)
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
		    "--vm: memory=%" G_GUINT64_FORMAT "M does not hold what %s needs%s; give "
		    "memory=%" G_GUINT64_FORMAT "M or more",
		    vm->memory >> 20, vm->kernel, vm->ramdisk ? " and its ramdisk" : "",
		    needed >> 20);
	return FALSE;
}

gboolean stack_layout(const struct stack *stack, struct layout *layout, GError **error)
{
	struct layout_request request = {.ram_size = stack->memory};
	struct image neve, kernel;

	if (!image_read(stack->l1, &kernel, error))
		return FALSE;
	if (stack->initrd &&
	    !file_size(stack->initrd, "initrd; see --initrd", &request.initrd_size, error))
		return FALSE;
	for (guint i = 0; i < stack->nr_modules; i++) {
		if (!file_size(stack->modules[i].path, "module; see --module",
			       &request.module_sizes[i], error))
			return FALSE;
	}
	request.nr_modules = stack->nr_modules;
	for (guint i = 0; i < stack->nr_vms; i++) {
		if (!vm_request(&stack->vms[i], &request.vms[i], error))
			return FALSE;
	}
	request.nr_vms = stack->nr_vms;
	request.loaded = &kernel;
	if (stack->l0) {
		if (!image_read(stack->l0, &neve, error))
			return FALSE;
		request.loaded = &neve;
		request.kernel = &kernel;
	} else if (!request.nr_modules) {
		return TRUE; /* all of it is QEMU's to place */
	} else {
		request.initrd_size = 0;
	}
	return layout_place(&request, layout, error);
}

/* In QEMU's options a comma ends a value; a doubled one is a comma in it. */
char *stack_qemu_value(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);

	return g_strjoinv(",,", parts);
}

static void add(GPtrArray *argv, const char *option, char *value)
{
	g_ptr_array_add(argv, g_strdup(option));
	if (value)
		g_ptr_array_add(argv, value);
}

static void add_module(GPtrArray *argv, guint64 address, const char *type, const char *path,
		       const char *bootargs)
{
	g_autofree char *file = stack_qemu_value(path),
			*words = bootargs ? stack_qemu_value(bootargs) : NULL;

	add(argv, "-device",
	    g_strdup_printf("guest-loader,addr=0x%" G_GINT64_MODIFIER "x,%s=%s%s%s", address, type,
			    file, words ? ",bootargs=" : "", words ? words : ""));
}

static void add_guest_modules(GPtrArray *argv, const struct stack *stack,
			      const struct layout *layout)
{
	for (guint i = 0; i < stack->nr_modules; i++) {
		const struct stack_module *m = &stack->modules[i];

		/* QEMU's name for it */
		add_module(argv, layout->modules[i],
			   strcmp(m->type, "ramdisk") ? m->type : "initrd", m->path, m->bootargs);
	}
}

static void add_loader(GPtrArray *argv, const char *path, guint64 address)
{
	g_autofree char *file = stack_qemu_value(path);

	add(argv, "-device",
	    g_strdup_printf("loader,file=%s,addr=0x%" G_GINT64_MODIFIER "x,force-raw=on", file,
			    address));
}

/* guest-loader would only load them: its nodes go into the tree that QEMU makes. */
static void add_vms(GPtrArray *argv, const struct stack *stack, const struct layout *layout)
{
	add(argv, "-dtb", g_strdup(stack->dtb));
	for (guint i = 0; i < stack->nr_vms; i++) {
		add_loader(argv, stack->vms[i].kernel, layout->vms[i].kernel.address);
		if (stack->vms[i].ramdisk)
			add_loader(argv, stack->vms[i].ramdisk, layout->vms[i].ramdisk.address);
	}
}

char **stack_command(const struct stack *stack, const struct layout *layout)
{
	GPtrArray *argv = g_ptr_array_new();

	add(argv, stack->qemu, NULL);
	add(argv, "-M",
	    g_strdup_printf("virt,virtualization=on,gic-version=3%s",
			    stack->icount ? ",dtb-randomness=off" : ""));
	add(argv, "-cpu", g_strdup(stack->cpu));
	add(argv, "-smp", g_strdup_printf("%u", stack->smp));
	add(argv, "-m", g_strdup_printf("%" G_GUINT64_FORMAT "M", stack->memory >> 20));
	add(argv, "-display", g_strdup("none"));
	if (stack->console) {
		add(argv, "-serial", g_strdup("mon:stdio"));
	} else {
		add(argv, "-monitor", g_strdup("none"));
		add(argv, "-serial", g_strdup("stdio"));
	}
	add(argv, "-nic", g_strdup("none"));
	add(argv, "-no-reboot", NULL);
	if (stack->hold)
		add(argv, "-no-shutdown", NULL);
	if (stack->qmp) {
		g_autofree char *path = stack_qemu_value(stack->qmp);

		add(argv, "-qmp", g_strdup_printf("unix:%s,server=on,wait=off", path));
	}
	if (stack->icount) {
		add(argv, "-icount", g_strdup("shift=0,sleep=off"));
		/* Nothing of the machine it runs on may enter, or runs would differ. */
		add(argv, "-rtc", g_strdup("base=2024-01-01,clock=vm"));
		/* For RNDR, from which kernels take their random numbers. */
		add(argv, "-seed", g_strdup("1"));
	}
	if (stack->l0) {
		add(argv, "-kernel", g_strdup(stack->l0));
		if (stack->neve_args && *stack->neve_args)
			add(argv, "-append", g_strdup(stack->neve_args));
		add_module(argv, layout->kernel, "kernel", stack->l1, stack->append);
		if (stack->initrd)
			add_module(argv, layout->initrd, "initrd", stack->initrd, NULL);
	} else {
		add(argv, "-kernel", g_strdup(stack->l1));
		if (stack->append)
			add(argv, "-append", g_strdup(stack->append));
		if (stack->initrd)
			add(argv, "-initrd", g_strdup(stack->initrd));
	}
	add_guest_modules(argv, stack, layout);
	for (char **p = stack->extra; p && *p; p++)
		add(argv, *p, NULL);
	/* The tree has in it what a -dtb among those says. */
	if (stack->dtb)
		add_vms(argv, stack, layout);
	g_ptr_array_add(argv, NULL);
	return (char **)g_ptr_array_free(argv, FALSE);
}

char *stack_quote(char *const *argv)
{
	GString *line = g_string_new(NULL);

	for (; *argv; argv++) {
		const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./=,:+@%";

		if (line->len)
			g_string_append_c(line, ' ');
		if (**argv && strspn(*argv, plain) == strlen(*argv)) {
			g_string_append(line, *argv);
		} else {
			g_autofree char *quoted = g_shell_quote(*argv);

			g_string_append(line, quoted);
		}
	}
	return g_string_free(line, FALSE);
}
