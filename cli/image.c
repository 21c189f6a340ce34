/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"
#include "error.h"

#include <gio/gio.h>
#include <string.h>

#define MIB G_GUINT64_CONSTANT(1048576)

static guint64 le64(const guint8 *p)
{
	guint64 v;

	memcpy(&v, p, sizeof(v));
	return GUINT64_FROM_LE(v);
}

/* What a file is that is no Image, with the remedy; by its first bytes. */
static const char *what_is(const guint8 *head, gsize len)
{
	if (len >= 2 && head[0] == 0x1f && head[1] == 0x8b)
		return "is compressed with gzip; uncompress it with gunzip";
	if (len >= 4 && !memcmp(head, "\x28\xb5\x2f\xfd", 4))
		return "is compressed with zstd; uncompress it with unzstd";
	if (len >= 5 && !memcmp(head, "\3757zXZ", 5))
		return "is compressed with xz; uncompress it with unxz";
	if (len >= 8 && !memcmp(head, "MZ\0\0zimg", 8))
		return "is an EFI zboot kernel; take the Image it was made of";
	if (len >= 4 && !memcmp(head, "\177ELF", 4))
		return "is an ELF file; make an Image of it (objcopy -O binary)";
	if (len >= 8 && !memcmp(head, "!<arch>\n", 8))
		return "is a Debian package; unpack it with dpkg-deb -x";
	return "has no arm64 Image header (\"ARM\\x64\" at offset 56); give an arm64 kernel's "
	       "arch/arm64/boot/Image";
}

gboolean image_parse(const guint8 *head, gsize len, guint64 file_size, const char *name,
		     struct image *image, GError **error)
{
	if (len < IMAGE_HEADER_SIZE || memcmp(head + 56, "ARM\x64", 4)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "%s %s", name, what_is(head, len));
		return FALSE;
	}
	if (le64(head + 24) & 1) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "%s is a big-endian kernel; give a little-endian one", name);
		return FALSE;
	}
	image->file_size = file_size;
	image->text_offset = le64(head + 8);
	image->memory_size = le64(head + 16);
	if (!image->memory_size) {
		/* Linux before 3.17 does not say; leave room for its .bss. */
		image->text_offset = 0x80000;
		image->memory_size = file_size + 32 * MIB;
	}
	if (image->memory_size < file_size)
		image->memory_size = file_size;
	if (image->text_offset >= 2 * MIB || image->memory_size > 1024 * MIB) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "%s has a damaged Image header (text_offset 0x%" G_GINT64_MODIFIER
			    "x, image_size 0x%" G_GINT64_MODIFIER "x); fetch it again",
			    name, image->text_offset, image->memory_size);
		return FALSE;
	}
	return TRUE;
}

gboolean image_read(const char *path, struct image *image, GError **error)
{
	g_autoptr(GFile) file = g_file_new_for_path(path);
	g_autoptr(GFileInfo) info = NULL;
	g_autoptr(GFileInputStream) stream = NULL;
	guint8 head[IMAGE_HEADER_SIZE];
	gsize len;

	stream = g_file_read(file, NULL, error);
	if (!stream)
		return FALSE;
	info = g_file_input_stream_query_info(stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, error);
	if (!info)
		return FALSE;
	if (!g_input_stream_read_all(G_INPUT_STREAM(stream), head, sizeof(head), &len, NULL, error))
		return FALSE;
	return image_parse(head, len, (guint64)g_file_info_get_size(info), path, image, error);
}
