/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things lie in the RAM of QEMU's `virt` machine. Pure.
 *
 * QEMU itself places neve (as an arm64 Image) and the device tree; the guest's kernel, initrd and
 * modules go where they collide with neither, nor with what neve takes for itself.
 */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include <glib.h>

#include "image.h"

#define VIRT_RAM_BASE G_GUINT64_CONSTANT(0x40000000)

#define LAYOUT_MAX_MODULES 8

struct layout {
	guint64 kernel; /* physical addresses */
	guint64 initrd;
	guint64 modules[LAYOUT_MAX_MODULES]; /* all above kernel: neve takes the lowest for its own
					      */
};

/* What is to be placed. */
struct layout_request {
	guint64 ram_size;
	const struct image *loaded; /* what QEMU itself loads at the start of RAM */
	const struct image *kernel; /* NULL: none but that */
	guint64 initrd_size;	    /* bytes, 0: none */
	guint64 module_sizes[LAYOUT_MAX_MODULES];
	guint nr_modules;
};

/* Fails with a message when RAM is too small. */
gboolean layout_place(const struct layout_request *request, struct layout *layout, GError **error);

/* Reads "512M", "2G", plain MiB; FALSE with a message when it is neither. */
gboolean layout_parse_size(const char *text, guint64 *bytes, GError **error);

#endif
