/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM beside the host VM: what --vm says of it. Pure.
 */
#ifndef CLI_VM_H
#define CLI_VM_H

#include <glib.h>

/* Strings are owned; vm_clear() frees them. */
struct vm {
	guint cpus;
	guint64 memory; /* bytes, a multiple of 2 MiB */
	char *kernel;	/* an arm64 Image */
	char *ramdisk;	/* NULL: none */
	char *bootargs; /* NULL: none */
};

/*
 * Reads "cpus=N,memory=SIZE,kernel=FILE[,ramdisk=FILE][,bootargs=WORDS]": in any order but for
 * bootargs, which is what follows it, commas included. FALSE with a message if it is not that;
 * there is nothing to clear then.
 */
gboolean vm_parse(const char *text, struct vm *vm, GError **error);

void vm_clear(struct vm *vm);

#endif
