/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"
#include "error.h"

#define MIB	    G_GUINT64_CONSTANT(1048576)
#define ALIGN_2M(x) (((x) + 2 * MIB - 1) & ~(2 * MIB - 1))

/* What neve may need beside its image: its own memory stays below 16 MiB plus 1 % of RAM. */
#define NEVE_RESERVE (32 * MIB)

/* QEMU limits the device tree it makes to 1 MiB and aligns it to 2 MiB. */
#define DTB_RESERVE (2 * MIB)

struct range {
	guint64 start;
	guint64 end;
};

/* The lowest 2 MiB boundary with @size free bytes after it; 0 when there is none. */
static guint64 first_fit(const struct range *taken, gsize n, guint64 ram_end, guint64 size)
{
	guint64 at = VIRT_RAM_BASE;
	gboolean moved;

	do {
		moved = FALSE;
		for (gsize i = 0; i < n; i++) {
			if (at < taken[i].end && at + size > taken[i].start) {
				at = ALIGN_2M(taken[i].end);
				moved = TRUE;
			}
		}
	} while (moved);
	return at + size <= ram_end ? at : 0;
}

gboolean layout_place(guint64 ram_size, const struct image *neve, const struct image *kernel,
		      guint64 initrd_size, struct layout *layout, GError **error)
{
	guint64 ram_end = VIRT_RAM_BASE + ram_size;
	/* QEMU: at half of RAM, at most at 128 MiB, when there is no -initrd. */
	guint64 dtb = ALIGN_2M(VIRT_RAM_BASE + MIN(ram_size / 2, 128 * MIB));
	guint64 kernel_size = kernel->text_offset + kernel->memory_size;
	struct range taken[3] = {
		/* QEMU's boot stub lies at the start, the Image 2 MiB after it. */
		{VIRT_RAM_BASE,
		 VIRT_RAM_BASE + 2 * MIB + neve->text_offset + neve->memory_size + NEVE_RESERVE},
		{dtb, dtb + DTB_RESERVE},
	};
	guint64 base, needed;

	if (taken[0].end > dtb)
		goto small;
	base = first_fit(taken, 2, ram_end, kernel_size);
	if (!base)
		goto small;
	layout->kernel = base + kernel->text_offset;
	taken[2] = (struct range){base, base + kernel_size};
	layout->initrd = 0;
	if (initrd_size) {
		layout->initrd = first_fit(taken, 3, ram_end, initrd_size);
		if (!layout->initrd)
			goto small;
	}
	return TRUE;
small:
	/* As much again as what is loaded, for the guest to unpack it and to run. */
	needed = (NEVE_RESERVE + neve->memory_size + 2 * (kernel_size + initrd_size)) / MIB + 64;
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
		    "%" G_GUINT64_FORMAT " MiB of memory do not hold neve, the guest's kernel and "
		    "its initrd; give --memory %" G_GUINT64_FORMAT "M or more",
		    ram_size / MIB, needed);
	return FALSE;
}

gboolean layout_parse_size(const char *text, guint64 *bytes, GError **error)
{
	char *end = NULL;
	guint64 unit = MIB;
	guint64 n = 0;

	if (g_ascii_isdigit(text[0]))
		n = g_ascii_strtoull(text, &end, 10);
	if (end && (*end == 'G' || *end == 'g')) {
		unit = 1024 * MIB;
		end++;
	} else if (end && (*end == 'M' || *end == 'm')) {
		end++;
	}
	/* One TiB is far more than any use of this; it keeps the sums below from wrapping. */
	if (!end || *end || !n || n > 1024 * 1024 * MIB / unit) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "memory size \"%s\" cannot be read; give MiB or GiB, as 512M or 2G",
			    text);
		return FALSE;
	}
	*bytes = n * unit;
	return TRUE;
}
