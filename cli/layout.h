/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things lie in the RAM of QEMU's `virt` machine. Pure.
 *
 * QEMU itself places neve (as an arm64 Image) and the device tree; the guest's kernel and initrd
 * go where they collide with neither, nor with what neve takes for itself.
 */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include <glib.h>

#include "image.h"

#define VIRT_RAM_BASE G_GUINT64_CONSTANT(0x40000000)

struct layout {
	guint64 kernel; /* physical addresses */
	guint64 initrd;
};

/*
 * Places @kernel and an initrd of @initrd_size bytes (0: none) in @ram_size bytes of RAM, with
 * neve's image @neve at the start. Fails with a message when RAM is too small.
 */
gboolean layout_place(guint64 ram_size, const struct image *neve, const struct image *kernel,
		      guint64 initrd_size, struct layout *layout, GError **error);

/* Reads "512M", "2G", plain MiB; FALSE with a message when it is neither. */
gboolean layout_parse_size(const char *text, guint64 *bytes, GError **error);

#endif
