/* SPDX-License-Identifier: Apache-2.0 */
/* What neve makes of a device tree, up to its memory plan: for tests of what is made of that. */
#ifndef NEVE_TEST_PREPARED_H
#define NEVE_TEST_PREPARED_H

#include <glib.h>
#include <libfdt.h>
#include <string.h>

#include "boot/plan.h"
#include "dtgen.h"

static struct machine m;
static struct plan plan;
static struct boot_report report;
static void *blob;

/* Frees the tree. Kernels of this size with their BSS. False: report has the error. */
static bool prepare(void *fdt, u64 kernel_size)
{
	/* flags: 4 KiB pages, anywhere in memory */
	const struct image_header header = {
		.image_size = kernel_size, .flags = 0xa, .magic = IMAGE_MAGIC};
	size_t size;

	g_assert_cmpint(fdt_pack(fdt), ==, 0);
	size = fdt_totalsize(fdt);
	g_free(blob);
	blob = g_memdup2(fdt, size);
	g_free(fdt);
	memset(&report, 0, sizeof(report));
	return machine_from_dt(blob, size, HPA(DT_BASE), 0, &m, &report) &&
	       plan_memory(&m, RANGE(DT_IMAGE, DT_IMAGE_SIZE), EACH_HEADER(&header), &plan,
			   &report);
}

#endif
