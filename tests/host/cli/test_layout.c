/* SPDX-License-Identifier: Apache-2.0 */
/* Images, addresses, sizes: what `neve run` computes before it starts QEMU. */
#include "error.h"
#include "image.h"
#include "layout.h"

#include <string.h>

#define MIB G_GUINT64_CONSTANT(1048576)

static void put64(guint8 *p, guint64 v)
{
	v = GUINT64_TO_LE(v);
	memcpy(p, &v, sizeof(v));
}

static void make_header(guint8 *head, guint64 text_offset, guint64 image_size, guint64 flags)
{
	memset(head, 0, IMAGE_HEADER_SIZE);
	put64(head + 8, text_offset);
	put64(head + 16, image_size);
	put64(head + 24, flags);
	memcpy(head + 56, "ARM\x64", 4);
}

static void test_image_good(void)
{
	guint8 head[IMAGE_HEADER_SIZE];
	struct image image;
	g_autoptr(GError) error = NULL;

	make_header(head, 0, 46 * MIB, 0xa);
	g_assert_true(image_parse(head, sizeof(head), 36 * MIB, "Image", &image, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(image.memory_size, ==, 46 * MIB);
	g_assert_cmpuint(image.file_size, ==, 36 * MIB);
	g_assert_cmpuint(image.text_offset, ==, 0);
}

static void test_image_old(void)
{
	guint8 head[IMAGE_HEADER_SIZE];
	struct image image;

	make_header(head, 0, 0, 0);
	g_assert_true(image_parse(head, sizeof(head), 10 * MIB, "Image", &image, NULL));
	g_assert_cmpuint(image.text_offset, ==, 0x80000);
	g_assert_cmpuint(image.memory_size, >, 10 * MIB);
}

/* A header that says less than the file holds must not let anything lie over the file. */
static void test_image_short_size(void)
{
	guint8 head[IMAGE_HEADER_SIZE];
	struct image image;

	make_header(head, 0, 4096, 0xa);
	g_assert_true(image_parse(head, sizeof(head), 10 * MIB, "Image", &image, NULL));
	g_assert_cmpuint(image.memory_size, ==, 10 * MIB);
}

static void assert_refused(const void *bytes, gsize len, const char *says)
{
	guint8 head[IMAGE_HEADER_SIZE] = {0};
	struct image image;
	g_autoptr(GError) error = NULL;

	memcpy(head, bytes, MIN(len, sizeof(head)));
	g_assert_false(image_parse(head, sizeof(head), MIB, "FILE", &image, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, "FILE "));
	g_assert_nonnull(strstr(error->message, says));
	g_assert_null(strchr(error->message, '\n'));
}

static void test_image_refused(void)
{
	guint8 head[IMAGE_HEADER_SIZE];
	struct image image;
	g_autoptr(GError) error = NULL;

	assert_refused("\x1f\x8b\x08", 3, "gunzip");
	assert_refused("\x28\xb5\x2f\xfd", 4, "unzstd");
	assert_refused("\3757zXZ", 5, "unxz");
	assert_refused("\177ELF", 4, "objcopy");
	assert_refused("MZ\0\0zimg", 8, "zboot");
	assert_refused("!<arch>\n", 8, "dpkg-deb");
	assert_refused("hello", 5, "Image header");
	make_header(head, 0, 46 * MIB, 1);
	assert_refused(head, sizeof(head), "big-endian");
	make_header(head, 1ULL << 40, 46 * MIB, 0);
	assert_refused(head, sizeof(head), "damaged");
	make_header(head, 0, G_MAXUINT64, 0);
	assert_refused(head, sizeof(head), "damaged");

	/* A header cut short is none. */
	make_header(head, 0, 46 * MIB, 0);
	g_assert_false(image_parse(head, 60, 60, "FILE", &image, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
}

static gboolean disjoint(guint64 a, guint64 a_size, guint64 b, guint64 b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

static gboolean place(guint64 ram, const struct image *neve, const struct image *kernel,
		      guint64 initrd, struct layout *layout, GError **error)
{
	const struct layout_request request = {
		.ram_size = ram, .loaded = neve, .kernel = kernel, .initrd_size = initrd};

	return layout_place(&request, layout, error);
}

/* Nothing overlaps, everything is aligned and in RAM, whatever the sizes are. */
static void test_layout_sweep(void)
{
	const struct image neve = {.memory_size = MIB, .file_size = MIB / 4};
	guint placed = 0;

	for (guint64 ram = 64 * MIB; ram <= 4096 * MIB; ram += ram / 3) {
		for (guint64 k = 1; k <= 256; k = k * 2 + 1) {
			for (guint64 i = 0; i <= 512; i = i * 2 + 3) {
				struct image kernel = {.memory_size = k * MIB + 4096};
				struct layout l = {0};
				guint64 isize = i * MIB + (i ? 1 : 0);
				guint64 end = VIRT_RAM_BASE + ram;
				/* Where QEMU puts it: at a 2 MiB boundary. */
				guint64 dtb = VIRT_RAM_BASE + MIN(ram / 2, 128 * MIB);

				dtb = (dtb + 2 * MIB - 1) & ~(2 * MIB - 1);
				if (!place(ram, &neve, &kernel, isize, &l, NULL))
					continue;
				placed++;
				g_assert_cmpuint(l.kernel % (2 * MIB), ==, 0);
				g_assert_cmpuint(l.kernel + kernel.memory_size, <=, end);
				g_assert_cmpuint(l.kernel, >=, VIRT_RAM_BASE + 2 * MIB + MIB);
				g_assert_true(disjoint(l.kernel, kernel.memory_size, dtb, 2 * MIB));
				if (!isize) {
					g_assert_cmpuint(l.initrd, ==, 0);
					continue;
				}
				g_assert_cmpuint(l.initrd % (2 * MIB), ==, 0);
				g_assert_cmpuint(l.initrd + isize, <=, end);
				g_assert_cmpuint(l.initrd, >=, VIRT_RAM_BASE + 2 * MIB + MIB);
				g_assert_true(disjoint(l.initrd, isize, dtb, 2 * MIB));
				g_assert_true(
					disjoint(l.initrd, isize, l.kernel, kernel.memory_size));
			}
		}
	}
	g_assert_cmpuint(placed, >, 50);
}

static void test_layout_text_offset(void)
{
	const struct image neve = {.memory_size = MIB};
	const struct image kernel = {.memory_size = 20 * MIB, .text_offset = 0x80000};
	struct layout l;

	g_assert_true(place(1024 * MIB, &neve, &kernel, 0, &l, NULL));
	g_assert_cmpuint(l.kernel % (2 * MIB), ==, 0x80000);
}

/* L1 finds its modules apart, and none below itself, where neve would take it for L1. */
static void test_layout_modules(void)
{
	const struct image loaded = {.memory_size = MIB};
	const struct image kernel = {.memory_size = 200 * MIB};
	struct layout_request request = {
		.ram_size = 1024 * MIB,
		.loaded = &loaded,
		.kernel = &kernel,
		.initrd_size = MIB,
		.module_sizes = {1, 50 * MIB, 3 * MIB},
		.nr_modules = 3,
	};
	struct layout l;

	g_assert_true(layout_place(&request, &l, NULL));
	g_assert_cmpuint(l.kernel, >, VIRT_RAM_BASE + 128 * MIB);
	for (guint i = 0; i < 3; i++) {
		g_assert_cmpuint(l.modules[i], >=, l.kernel + kernel.memory_size);
		g_assert_cmpuint(l.modules[i] % (2 * MIB), ==, 0);
		g_assert_true(disjoint(l.modules[i], request.module_sizes[i], l.initrd, MIB));
		for (guint j = 0; j < i; j++)
			g_assert_true(disjoint(l.modules[i], request.module_sizes[i], l.modules[j],
					       request.module_sizes[j]));
	}
	/* L1 without neve: QEMU has placed it. */
	request.loaded = &kernel;
	request.kernel = NULL;
	request.initrd_size = 0;
	request.ram_size = 2048 * MIB;
	g_assert_false(layout_place(&request, &l, NULL)); /* QEMU's device tree is in it */
	request.loaded = &loaded;
	g_assert_true(layout_place(&request, &l, NULL));
	g_assert_cmpuint(l.modules[0], >, VIRT_RAM_BASE + 2 * MIB);
	request.module_sizes[2] = 2048 * MIB;
	g_assert_false(layout_place(&request, &l, NULL));
}

struct places {
	struct layout_file file[9];
	guint n;
};

/* Apart from all that is there already, at a multiple of 2 MiB, in RAM. */
static void add_place(struct places *p, guint64 address, guint64 size, guint64 ram)
{
	g_assert_cmpuint(address % (2 * MIB), ==, 0);
	g_assert_cmpuint(address, >=, VIRT_RAM_BASE);
	g_assert_cmpuint(address + size, <=, VIRT_RAM_BASE + ram);
	for (guint i = 0; i < p->n; i++)
		g_assert_true(disjoint(address, size, p->file[i].address, p->file[i].size));
	p->file[p->n++] = (struct layout_file){address, size};
}

/* The files of VMs apart from all else, and room for the VMs themselves. */
static void test_layout_vms(void)
{
	const struct image neve = {.memory_size = MIB};
	const struct image kernel = {.memory_size = 46 * MIB};
	guint placed = 0, refused = 0;

	for (guint64 ram = 256 * MIB; ram <= 4096 * MIB; ram += 96 * MIB) {
		struct layout_request request = {
			.ram_size = ram,
			.loaded = &neve,
			.kernel = &kernel,
			.initrd_size = 113 * MIB,
			.vms = {{256 * MIB, 37 * MIB, 113 * MIB},
				{64 * MIB, 4096, 0},
				{512 * MIB, 1, 5 * MIB + 1}},
			.nr_vms = 3,
		};
		guint64 needed = kernel.memory_size + request.initrd_size;
		struct places p = {.n = 0};
		struct layout l;

		if (!layout_place(&request, &l, NULL)) {
			refused++;
			continue;
		}
		placed++;
		add_place(&p, VIRT_RAM_BASE + MIN(ram / 2, 128 * MIB), 2 * MIB, ram);
		add_place(&p, l.kernel, kernel.memory_size, ram);
		add_place(&p, l.initrd, request.initrd_size, ram);
		for (guint i = 0; i < 3; i++) {
			const struct layout_vm *vm = &l.vms[i];

			needed += request.vms[i].memory;
			g_assert_cmpuint(vm->kernel.size, ==, request.vms[i].kernel_size);
			g_assert_cmpuint(vm->ramdisk.size, ==, request.vms[i].ramdisk_size);
			add_place(&p, vm->kernel.address, vm->kernel.size, ram);
			if (vm->ramdisk.size)
				add_place(&p, vm->ramdisk.address, vm->ramdisk.size, ram);
		}
		for (guint i = 0; i < p.n; i++)
			needed += p.file[i].size;
		/* The host VM has memory to unpack its initrd. */
		g_assert_cmpuint(ram, >=, needed);
	}
	g_assert_cmpuint(placed, >, 20);
	g_assert_cmpuint(refused, >, 5);
}

/* What the message asks for is enough, and is not met by a MiB less. */
static void test_layout_vms_message(void)
{
	const struct image neve = {.memory_size = MIB};
	const struct image kernel = {.memory_size = 46 * MIB};
	struct layout_request request = {
		.ram_size = 512 * MIB,
		.loaded = &neve,
		.kernel = &kernel,
		.vms = {{1024 * MIB, 37 * MIB, 0}},
		.nr_vms = 1,
	};
	g_autoptr(GError) error = NULL;
	const char *give;
	struct layout l;

	g_assert_false(layout_place(&request, &l, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	give = strstr(error->message, "other VMs; give --memory ");
	g_assert_nonnull(give);
	give += strlen("other VMs; give --memory ");
	request.ram_size = g_ascii_strtoull(give, NULL, 10) * MIB;
	g_assert_cmpuint(request.ram_size, >, 1024 * MIB);
	g_assert_true(layout_place(&request, &l, NULL));
	request.ram_size -= MIB;
	g_assert_false(layout_place(&request, &l, NULL));
}

static void test_layout_small(void)
{
	const struct image neve = {.memory_size = MIB};
	const struct image kernel = {.memory_size = 46 * MIB};
	struct layout l;
	g_autoptr(GError) error = NULL;

	g_assert_false(place(128 * MIB, &neve, &kernel, 113 * MIB, &l, &error));
	g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "--memory "));
}

static void test_size(void)
{
	static const char *const bad[] = {
		"", "G", "0", "-1", "2T", "1.5G", "2GB", " 2G", "99999999999999999999", "2097152G"};
	guint64 n;

	g_assert_true(layout_parse_size("512", &n, NULL));
	g_assert_cmpuint(n, ==, 512 * MIB);
	g_assert_true(layout_parse_size("1536M", &n, NULL));
	g_assert_cmpuint(n, ==, 1536 * MIB);
	g_assert_true(layout_parse_size("2G", &n, NULL));
	g_assert_cmpuint(n, ==, 2048 * MIB);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(layout_parse_size(bad[i], &n, &error));
		g_assert_error(error, CLI_ERROR, CLI_ERROR_INPUT);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/image/good", test_image_good);
	g_test_add_func("/image/old", test_image_old);
	g_test_add_func("/image/short-size", test_image_short_size);
	g_test_add_func("/image/refused", test_image_refused);
	g_test_add_func("/layout/sweep", test_layout_sweep);
	g_test_add_func("/layout/text-offset", test_layout_text_offset);
	g_test_add_func("/layout/modules", test_layout_modules);
	g_test_add_func("/layout/vms", test_layout_vms);
	g_test_add_func("/layout/vms-message", test_layout_vms_message);
	g_test_add_func("/layout/small", test_layout_small);
	g_test_add_func("/layout/size", test_size);
	return g_test_run();
}
