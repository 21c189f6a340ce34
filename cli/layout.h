/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things lie in the RAM of QEMU's `virt` machine. Pure.
 *
 * QEMU itself places neve (as an arm64 Image) and the device tree; the guest's kernel, initrd and
 * modules, and those of more VMs, go where they collide with neither, nor with what neve takes for
 * itself.
 */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include <glib.h>

#include "image.h"

#define VIRT_RAM_BASE G_GUINT64_CONSTANT(0x40000000)

#define LAYOUT_MAX_MODULES 8

/* VMs beside the host VM */
#define LAYOUT_MAX_VMS	3
#define LAYOUT_VM_ALIGN (2 * G_GUINT64_CONSTANT(1048576)) /* of their memory, in bytes */

struct layout_file {
	guint64 address; /* physical */
	guint64 size;	 /* bytes, 0: there is none */
};

struct layout_vm {
	struct layout_file kernel;
	struct layout_file ramdisk;
};

struct layout {
	guint64 kernel; /* physical addresses */
	guint64 initrd;
	guint64 modules[LAYOUT_MAX_MODULES]; /* all above kernel: neve takes the lowest for its own
					      */
	struct layout_vm vms[LAYOUT_MAX_VMS];
};

/* neve finds the place of its memory, in one piece, and copies the files there. */
struct layout_vm_request {
	guint64 memory; /* bytes, as the others */
	guint64 kernel_size;
	guint64 ramdisk_size; /* 0: none */
};

/* What is to be placed. */
struct layout_request {
	guint64 ram_size;
	const struct image *loaded; /* what QEMU itself loads at the start of RAM */
	const struct image *kernel; /* NULL: none but that */
	guint64 initrd_size;	    /* bytes, 0: none */
	guint64 module_sizes[LAYOUT_MAX_MODULES];
	guint nr_modules;
	struct layout_vm_request vms[LAYOUT_MAX_VMS];
	guint nr_vms;
};

/*
 * Fails with a message when RAM is too small; with VMs also when it leaves the host VM too little
 * to unpack what it loads.
 */
gboolean layout_place(const struct layout_request *request, struct layout *layout, GError **error);

/* Reads "512M", "2G", plain MiB; FALSE with a message when it is neither. */
gboolean layout_parse_size(const char *text, guint64 *bytes, GError **error);

#endif
