/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arm64 Image header: what a loader must know of a kernel, or of neve itself.
 * Source: Linux Documentation/arch/arm64/booting.rst. Pure but for image_read().
 */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include <glib.h>

#define IMAGE_HEADER_SIZE 64

struct image {
	guint64 text_offset; /* bytes after a 2 MiB boundary at which it wants to lie */
	guint64 memory_size; /* bytes from its start that must be free RAM, .bss included */
	guint64 file_size;   /* bytes */
};

/*
 * Reads a header from the first @len bytes of a file of @file_size bytes. On failure says in
 * @error what the file is instead, and what to do; @name is what the message calls it.
 */
gboolean image_parse(const guint8 *head, gsize len, guint64 file_size, const char *name,
		     struct image *image, GError **error);

/* The same from a file. */
gboolean image_read(const char *path, struct image *image, GError **error);

#endif
