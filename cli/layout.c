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

/* What is taken already, and how much all of it is. */
struct space {
	struct range taken[4 + LAYOUT_MAX_MODULES + 3 * LAYOUT_MAX_VMS];
	gsize n;
	guint64 ram_end;
	guint64 sum;
	guint64 vm_sum; /* the part of it that is for the VMs */
};

static gboolean place(struct space *space, guint64 size, guint64 offset, guint64 *at)
{
	guint64 base = first_fit(space->taken, space->n, space->ram_end, offset + size);

	space->sum += offset + size;
	if (!base)
		return FALSE;
	*at = base + offset;
	space->taken[space->n++] = (struct range){base, base + offset + size};
	return TRUE;
}

static gboolean place_file(struct space *space, guint64 size, struct layout_file *file)
{
	file->size = size;
	return !size || place(space, size, 0, &file->address);
}

static gboolean place_vms(struct space *space, const struct layout_request *request,
			  struct layout *layout)
{
	guint64 before = space->sum, somewhere;
	gboolean ok = TRUE;

	for (guint i = 0; i < request->nr_vms; i++) {
		ok &= place_file(space, request->vms[i].kernel_size, &layout->vms[i].kernel);
		ok &= place_file(space, request->vms[i].ramdisk_size, &layout->vms[i].ramdisk);
	}
	/* After all the files, as neve does it. */
	for (guint i = 0; i < request->nr_vms; i++)
		ok &= place(space, request->vms[i].memory, 0, &somewhere);
	space->vm_sum = space->sum - before;
	return ok;
}

static gboolean place_all(struct space *space, const struct layout_request *request,
			  struct layout *layout)
{
	gboolean ok = TRUE;

	/* On after a failure: the sum is for the message. */
	if (request->kernel) {
		ok = place(space, request->kernel->memory_size, request->kernel->text_offset,
			   &layout->kernel);
		/* Nothing else in a gap below it. */
		if (ok)
			space->taken[0].end = MAX(space->taken[0].end, layout->kernel);
	}
	if (request->initrd_size)
		ok &= place(space, request->initrd_size, 0, &layout->initrd);
	for (guint i = 0; i < request->nr_modules; i++)
		ok &= place(space, request->module_sizes[i], 0, &layout->modules[i]);
	ok &= place_vms(space, request, layout);
	return ok;
}

gboolean layout_place(const struct layout_request *request, struct layout *layout, GError **error)
{
	const struct image *loaded = request->loaded;
	/* QEMU: at half of RAM, at most at 128 MiB, when there is no -initrd. */
	guint64 dtb = ALIGN_2M(VIRT_RAM_BASE + MIN(request->ram_size / 2, 128 * MIB));
	struct space space = {
		.taken =
			{/* QEMU's boot stub lies at the start, the Image 2 MiB after it. */
			 {VIRT_RAM_BASE, VIRT_RAM_BASE + 2 * MIB + loaded->text_offset +
						 loaded->memory_size + NEVE_RESERVE},
			 {dtb, dtb + DTB_RESERVE}},
		.n = 2,
		.ram_end = VIRT_RAM_BASE + request->ram_size,
	};
	gboolean fits = space.taken[0].end <= dtb;
	guint64 needed;

	*layout = (struct layout){0};
	fits &= place_all(&space, request, layout);
	/* As much again as what is loaded, for the guest to unpack it and to run. */
	needed = (NEVE_RESERVE + loaded->memory_size + 2 * space.sum - space.vm_sum) / MIB + 64;
	if (fits && (!request->nr_vms || request->ram_size / MIB >= needed))
		return TRUE;
	g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
		    "%" G_GUINT64_FORMAT " MiB of memory do not hold neve, the guest's kernel and "
		    "what it loads%s; give --memory %" G_GUINT64_FORMAT "M or more",
		    request->ram_size / MIB, request->nr_vms ? ", and the other VMs" : "", needed);
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
