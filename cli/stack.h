/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack that runs: QEMU, neve as L0 (or none), a guest hypervisor as L1 with its initrd.
 */
#ifndef CLI_STACK_H
#define CLI_STACK_H

#include <glib.h>

#include "layout.h"
#include "vm.h"

#define STACK_MAX_CPUS 8

/* For a guest hypervisor that takes its own guests' kernels as multiboot modules (Xen). */
struct stack_module {
	char *type; /* "kernel" or "ramdisk" */
	char *path;
	char *bootargs; /* NULL: none */
};

/* Reads "kernel=FILE[,bootargs=WORDS]", "ramdisk=FILE"; FALSE with a message if it is neither. */
gboolean stack_module_parse(const char *text, struct stack_module *module, GError **error);

/* Strings are owned; stack_clear() frees them. */
struct stack {
	char *qemu;
	char *cpu;
	char *l0; /* neve's image; NULL: L1 runs at EL2 without neve */
	char *neve_args;
	char *l1;
	char *initrd; /* NULL: none */
	char *append; /* NULL: none */
	guint smp;
	guint64 memory;	  /* bytes */
	gboolean icount;  /* one tick of the counter an instruction; runs repeat exactly */
	gboolean console; /* QEMU's monitor shares the terminal; else the console is only output */
	char *qmp;	  /* path of a socket on which QEMU listens; NULL: none */
	gboolean hold;	  /* when the guests are done QEMU waits to be told to quit */
	char **extra;	  /* more options for QEMU; may be NULL */
	struct stack_module modules[LAYOUT_MAX_MODULES];
	guint nr_modules;
	struct vm vms[LAYOUT_MAX_VMS];
	guint nr_vms;
	char *dtb; /* with the VMs in it; NULL: QEMU makes one, and there are no VMs */
};

void stack_clear(struct stack *stack);

/* One more option for QEMU; @word is copied. */
void stack_add_extra(struct stack *stack, const char *word);

/* @text as a value in an option of QEMU's, where a comma would end it; free with g_free(). */
char *stack_qemu_value(const char *text);

/* Reads the files' headers and finds addresses; @layout is left alone without neve. */
gboolean stack_layout(const struct stack *stack, struct layout *layout, GError **error);

/* QEMU's command line, NULL at its end; free with g_strfreev(). Pure. */
char **stack_command(const struct stack *stack, const struct layout *layout);

/* As a shell would read it, on one line; free with g_free(). Pure. */
char *stack_quote(char *const *argv);

#endif
