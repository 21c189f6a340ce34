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
	g_strfreev(stack->extra);
	memset(stack, 0, sizeof(*stack));
}

gboolean stack_layout(const struct stack *stack, struct layout *layout, GError **error)
{
	struct image neve, kernel;
	guint64 initrd_size = 0;
	GStatBuf st;

	if (!image_read(stack->l1, &kernel, error))
		return FALSE;
	if (stack->initrd) {
		if (g_stat(stack->initrd, &st) || !S_ISREG(st.st_mode) || !st.st_size) {
			g_set_error(
				error, CLI_ERROR, CLI_ERROR_INPUT,
				"%s: no such initrd (or not a file with contents); see --initrd",
				stack->initrd);
			return FALSE;
		}
		initrd_size = (guint64)st.st_size;
	}
	if (!stack->l0)
		return TRUE;
	return image_read(stack->l0, &neve, error) &&
	       layout_place(stack->memory, &neve, &kernel, initrd_size, layout, error);
}

/* In QEMU's options a comma ends a value; a doubled one is a comma in it. */
static char *qemu_value(const char *text)
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

static void add_modules(GPtrArray *argv, const struct stack *stack, const struct layout *layout)
{
	g_autofree char *kernel = qemu_value(stack->l1);
	g_autofree char *bootargs = qemu_value(stack->append);

	add(argv, "-device",
	    g_strdup_printf("guest-loader,addr=0x%" G_GINT64_MODIFIER "x,kernel=%s,bootargs=%s",
			    layout->kernel, kernel, bootargs));
	if (stack->initrd) {
		g_autofree char *initrd = qemu_value(stack->initrd);

		add(argv, "-device",
		    g_strdup_printf("guest-loader,addr=0x%" G_GINT64_MODIFIER "x,initrd=%s",
				    layout->initrd, initrd));
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
		g_autofree char *path = qemu_value(stack->qmp);

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
		add_modules(argv, stack, layout);
	} else {
		add(argv, "-kernel", g_strdup(stack->l1));
		add(argv, "-append", g_strdup(stack->append));
		if (stack->initrd)
			add(argv, "-initrd", g_strdup(stack->initrd));
	}
	for (char **p = stack->extra; p && *p; p++)
		add(argv, *p, NULL);
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
