/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/plan.h"

#include <glib.h>
#include <string.h>
#include "dtgen.h"

static struct machine m;
static struct plan plan;
static struct vm_plan *const host = &plan.vm[0];
static struct boot_report report;
static struct image_header header;
static struct mem_range image;

/* As dtgen's virt machine, without the detour over a device tree */
static void reset(void)
{
	memset(&m, 0, sizeof(m));
	m.nr_cpus = 4;
	m.nr_mem = 1;
	m.mem[0] = RANGE(DT_RAM_BASE, DT_RAM_SIZE);
	m.mem_total = DT_RAM_SIZE;
	m.dtb = RANGE(DT_BASE, 0x2345);
	m.kernel = (struct machine_module){RANGE(DT_KERNEL, DT_KERNEL_SIZE), "quiet"};
	m.ramdisk = (struct machine_module){RANGE(DT_RAMDISK, DT_RAMDISK_SIZE), ""};
	header = (struct image_header){
		.image_size = DT_KERNEL_SIZE + 0x100000, .flags = 0xa, .magic = IMAGE_MAGIC};
	image = RANGE(DT_IMAGE, DT_IMAGE_SIZE);
}

static bool reserve(u64 base, u64 size)
{
	m.reserved[m.nr_reserved++] = (struct reserved_range){RANGE(base, size), false};
	return true;
}

/* A VM that is not the host VM: kernel, device tree and ramdisk are apart, and in its memory. */
static void check_vm(const struct vm_plan *p, const struct machine_vm *want)
{
	const struct mem_range part[] = {RANGE(p->kernel_at.v, p->kernel_size), p->dtb, p->ramdisk};

	g_assert_cmpuint(p->nr_ram, ==, 1);
	g_assert_cmphex(p->ram[0].size, ==, want->memory);
	g_assert_true(IS_ALIGNED(p->ram[0].base.v, SZ_2M) && machine_is_ram(&m, p->ram[0]));
	g_assert_false(p->owns_machine);
	g_assert_cmpuint(p->nr_cpus, ==, want->nr_cpus);
	g_assert_cmphex(p->ramdisk.size, ==, want->ramdisk.r.size);
	g_assert_cmphex(p->kernel_from.v, ==, want->kernel.r.base.v);
	for (unsigned int i = 0; i < ARRAY_SIZE(part); i++) {
		g_assert_true(range_contains(p->ram[0], part[i]));
		for (unsigned int j = 0; j < i; j++)
			g_assert_false(ranges_overlap(part[i], part[j]));
	}
}

/* What must hold for every plan */
static void check_plan(void)
{
	struct mem_range
		busy[2 + 3 + 3 * MACHINE_MAX_VMS + MACHINE_MAX_KEPT + MACHINE_MAX_RESERVED];
	struct mem_range kernel;
	u64 own = 0, ram = 0, vms = 0;
	unsigned int n = 0, soft;

	kernel = RANGE(host->kernel_at.v, host->kernel_size);
	busy[n++] = kernel;
	busy[n++] = host->ramdisk;
	busy[n++] = host->dtb;
	for (unsigned int i = 0; i < plan.nr_own; i++) {
		g_assert_true(IS_ALIGNED(plan.own[i].base.v | plan.own[i].size, SZ_2M));
		g_assert_true(machine_is_ram(&m, plan.own[i]));
		own += plan.own[i].size;
		busy[n++] = plan.own[i];
	}
	for (unsigned int i = 1; i < plan.nr_vms; i++) {
		busy[n++] = plan.vm[i].ram[0];
		vms += plan.vm[i].ram[0].size;
		check_vm(&plan.vm[i], &m.vm[i - 1]);
	}
	for (unsigned int i = 0; i < m.nr_vms; i++) {
		busy[n++] = m.vm[i].kernel.r;
		busy[n++] = m.vm[i].ramdisk.r;
	}
	for (unsigned int i = 0; i < m.nr_kept; i++)
		busy[n++] = m.kept[i];
	soft = n;
	for (unsigned int i = 0; i < m.nr_reserved; i++)
		busy[n++] = m.reserved[i].r;
	/* nothing lies on anything else (reserved ranges may lie on each other, and on a ramdisk)
	 */
	for (unsigned int i = 0; i < soft; i++) {
		for (unsigned int j = i + 1; j < n; j++) {
			bool loaded = i == 1 || i >= soft - m.nr_kept - 2 * m.nr_vms ||
				      (j >= soft && range_contains(m.dtb, busy[j]));

			g_assert_true(loaded || !ranges_overlap(busy[i], busy[j]));
		}
	}
	g_assert_true(range_contains(plan.own[0], image) || range_contains(plan.own[1], image));
	g_assert_true(range_contains(plan.own[0], plan.pool) ||
		      range_contains(plan.own[1], plan.pool));
	g_assert_false(ranges_overlap(plan.pool, image));
	g_assert_false(ranges_overlap(plan.pool, m.dtb));
	g_assert_false(ranges_overlap(plan.pool, m.kernel.r));
	g_assert_false(ranges_overlap(host->dtb, m.dtb));
	/* half of it is 64 pages for each of 16 contexts of each VM */
	g_assert_cmphex(plan.pool.size, >=, m.nr_vms ? (1 + m.nr_vms) * (8 << 20) : 4 << 20);
	g_assert_cmphex(own, <=, ((16 + 8 * m.nr_vms) << 20) + m.mem_total / 100);
	g_assert_true(machine_is_ram(&m, kernel) && machine_is_ram(&m, host->dtb));
	g_assert_cmphex(host->dtb.size, <=, DTB_MAX_SIZE);
	g_assert_cmphex(host->dtb.size, >=, m.dtb.size);
	for (unsigned int i = 0; i < host->nr_ram; i++) {
		ram += host->ram[i].size;
		for (unsigned int j = 0; j < plan.nr_own; j++)
			g_assert_false(ranges_overlap(host->ram[i], plan.own[j]));
	}
	if (!m.mem[0].base.v && plan.own[0].base.v)
		ram += PAGE_SIZE; /* page 0 is nobody's */
	g_assert_cmphex(ram + own + vms, ==, m.mem_total);
	g_assert_cmpuint(plan.nr_vms, ==, 1 + m.nr_vms);
	g_assert_cmpuint(host->first_cpu, ==, 0);
	g_assert_cmpuint(host->nr_cpus, >=, 1);
	for (unsigned int i = 1; i < plan.nr_vms; i++)
		g_assert_cmpuint(plan.vm[i].first_cpu, ==,
				 plan.vm[i - 1].first_cpu + plan.vm[i - 1].nr_cpus);
}

static void plans(void)
{
	memset(&report, 0, sizeof(report));
	if (!plan_memory(&m, image, EACH_HEADER(&header), &plan, &report))
		g_error("unexpected: %s", report.error);
	g_assert_cmpint(report.error[0], ==, 0);
	check_plan();
}

static void fails(const char *part)
{
	memset(&report, 0, sizeof(report));
	g_assert_false(plan_memory(&m, image, EACH_HEADER(&header), &plan, &report));
	if (!strstr(report.error, part))
		g_error("expected \"%s\" in: %s", part, report.error);
}

static void test_in_place(void)
{
	reset();
	plans();
	g_assert_cmphex(host->kernel_at.v, ==, DT_KERNEL);
	g_assert_cmphex(host->kernel_from.v, ==, DT_KERNEL);
	g_assert_cmphex(host->kernel_size, ==, DT_KERNEL_SIZE + 0x100000);
	g_assert_cmphex(host->ramdisk.base.v, ==, DT_RAMDISK);
	/* the pool directly behind the Image: 8 MiB and 1/128 of 2 GiB */
	g_assert_cmpuint(plan.nr_own, ==, 1);
	g_assert_cmphex(plan.own[0].base.v, ==, DT_IMAGE);
	g_assert_cmphex(plan.own[0].size, ==, 26 << 20);
	g_assert_cmphex(plan.pool.base.v, ==, DT_IMAGE + SZ_2M);
	g_assert_cmpuint(host->nr_ram, ==, 2);
}

static void test_text_offset(void)
{
	reset();
	header.text_offset = 0x80000;
	plans();
	g_assert_cmphex(host->kernel_at.v, ==, 0x41c80000); /* behind the pool */
	reset();
	header.text_offset = 0x80000;
	m.kernel.r.base.v += 0x80000;
	plans();
	g_assert_cmphex(host->kernel_at.v, ==, DT_KERNEL + 0x80000);
	reset();
	header.text_offset = SZ_2M;
	fails("text_offset 0x200000");
	reset();
	header.text_offset = ~UINT64_C(0);
	fails("text_offset");

	/* image_size 0: text_offset is not to be believed, and room for a BSS is left */
	reset();
	header.image_size = 0;
	header.text_offset = 0x1234;
	plans();
	g_assert_cmphex(host->kernel_at.v % SZ_2M, ==, 0x80000);
	g_assert_cmphex(host->kernel_size, >, m.kernel.r.size);
}

static void test_copy(void)
{
	/* not at a multiple of 2 MiB */
	reset();
	m.kernel.r.base.v += 0x1000;
	plans();
	g_assert_cmphex(host->kernel_at.v % SZ_2M, ==, 0);
	g_assert_cmphex(host->kernel_from.v, ==, DT_KERNEL + 0x1000);
	/* the ramdisk is where the BSS will be */
	reset();
	m.ramdisk.r.base = HPA(DT_KERNEL + DT_KERNEL_SIZE + 0x1000);
	plans();
	g_assert_cmphex(host->kernel_at.v, !=, DT_KERNEL);
	/* reserved memory there */
	reset();
	reserve(DT_KERNEL + DT_KERNEL_SIZE + 0x80000, 0x1000);
	plans();
	g_assert_cmphex(host->kernel_at.v, !=, DT_KERNEL);
	/* the end of memory */
	reset();
	m.kernel.r.base = HPA(DT_RAM_BASE + DT_RAM_SIZE - DT_KERNEL_SIZE);
	plans();
	g_assert_cmphex(host->kernel_at.v, <, m.kernel.r.base.v);
	/* hardly room but for a shift over itself */
	reset();
	m.mem_total = m.mem[0].size = 0x5000000;
	m.ramdisk.r.size = 0;
	m.dtb = RANGE(DT_RAM_BASE, 0x2345);
	m.kernel.r = RANGE(DT_RAM_BASE + 0x1f00000, 0x2000000);
	plans();
	g_assert_true(ranges_overlap(RANGE(host->kernel_at.v, host->kernel_size), m.kernel.r));
}

/* Where the guest's own modules lie, nothing else goes. */
static void test_kept(void)
{
	reset();
	m.nr_kept = 2;
	m.kept[0] = RANGE(DT_IMAGE + SZ_2M, 0x1000);
	m.kept[1] = RANGE(DT_KERNEL + DT_KERNEL_SIZE, 0x1000);
	plans();
	g_assert_cmpuint(plan.nr_own, ==, 2);
	g_assert_cmphex(host->kernel_at.v, !=, DT_KERNEL);
	m.kept[1].base.v = DT_IMAGE + 0x1000;
	fails("found the guest's module (0x40201000, size 0x1000) in neve's own memory");
}

static void test_pool(void)
{
	/* something behind the Image */
	reset();
	m.ramdisk.r = RANGE(DT_IMAGE + SZ_2M + 0x10000, 0x10000);
	plans();
	g_assert_cmpuint(plan.nr_own, ==, 2);
	/* the Image high up, with no room behind */
	reset();
	image = RANGE(DT_RAM_BASE + DT_RAM_SIZE - SZ_2M, DT_IMAGE_SIZE);
	plans();
	g_assert_cmpuint(plan.nr_own, ==, 2);
	/* the Image across a boundary */
	reset();
	image.size = SZ_2M + 1;
	plans();
	g_assert_cmphex(plan.pool.base.v, ==, DT_IMAGE + 2 * SZ_2M);
	/* big machines: 1 TiB in two pieces */
	reset();
	m.nr_mem = 2;
	m.mem[1] = RANGE(0x8000000000, BIT(40) - DT_RAM_SIZE);
	m.mem_total = BIT(40);
	plans();
	g_assert_cmphex(plan.pool.size, ==, (8 << 20) + BIT(40) / 128);
	g_assert_cmphex(plan.pool.base.v, ==, 0x8000000000);
	/* small pieces only (but for the kernel's): a smaller pool */
	reset();
	m.ramdisk.r.size = 0;
	m.kernel.r.base.v = DT_RAM_BASE + (256 << 20);
	m.mem_total = m.mem[0].size = (256 << 20) + header.image_size;
	for (u64 i = 0; i < 32; i++)
		reserve(DT_RAM_BASE + (i << 23) + (7 << 20), 0x1000);
	plans();
	g_assert_cmphex(plan.pool.size, ==, 4 << 20);
}

static void test_too_little(void)
{
	reset();
	m.mem_total = m.mem[0].size = 40 << 20;
	m.kernel.r = RANGE(DT_RAM_BASE + (32 << 20), 8 << 20);
	m.ramdisk.r.size = 0;
	fails("found 40 MiB of memory, expected at least 41 MiB");
}

static void test_little(void)
{
	/* exactly enough, and a page less */
	reset();
	m.ramdisk.r.size = 0;
	m.dtb = RANGE(DT_RAM_BASE, 0x2345);
	header.image_size = 4 << 20;
	m.kernel.r = RANGE(DT_IMAGE + (6 << 20), 2 << 20);
	m.mem_total = m.mem[0].size = (2 + 2 + 4 + 4 + 2) << 20;
	plans();
	g_assert_cmphex(host->kernel_at.v, ==, m.kernel.r.base.v);
	g_assert_cmphex(plan.pool.size, ==, 4 << 20);
	m.mem_total = m.mem[0].size = 11 << 20;
	fails("found 11 MiB of memory, expected at least 12 MiB");
	/* enough in sum, but in pieces */
	m.mem_total = m.mem[0].size = 12 << 20;
	fails("no free 1 MiB in one piece for the device tree");
	m.kernel.r.base.v = DT_IMAGE + (4 << 20);
	fails("no free 4 MiB in one piece for neve's page pool");
	reset();
	header.image_size = BIT(30);
	m.mem_total = m.mem[0].size = 3 * BIT(29);
	reserve(DT_RAM_BASE + BIT(29), 1);
	fails("no free 1024 MiB in one piece for the kernel");
	/* sizes that no sum survives */
	reset();
	header.image_size = ~UINT64_C(0);
	fails("image_size 0xffffffffffffffff");
	reset();
	header.image_size = BIT(48);
	fails("expected at least 268435");
}

static void test_kernel(void)
{
	reset();
	m.kernel.r.size = 0;
	fails("found no kernel module");
	g_assert_nonnull(strstr(report.error, "guest-loader"));
	reset();
	header.magic = 0x12345678;
	fails("0x12345678 instead of 0x644d5241");
	reset();
	header.flags |= 1;
	fails("big-endian");
	reset();
	memcpy(&header, "\x1f\x8b\x08", 3);
	header.magic = 0;
	fails("gunzip");
	reset();
	memset(&header, 0, sizeof(header));
	memcpy(&header, "MZ\0\0zimg", 8);
	fails("zboot");
	/* no byte beyond the module is read (ASan) */
	for (size_t n = 1; n < sizeof(header); n++) {
		u8 *bytes = g_malloc(n);

		reset();
		memcpy(bytes, &header, n);
		m.kernel.r.size = n;
		memset(&report, 0, sizeof(report));
		g_assert_false(plan_memory(&m, image, EACH_HEADER(bytes), &plan, &report));
		g_assert_nonnull(strstr(report.error, "no arm64 Image"));
		g_free(bytes);
	}
}

static void test_image(void)
{
	reset();
	m.kernel.r.base.v = DT_IMAGE + 0x100000;
	fails("found the kernel module (0x40300000, size 0x2000000) in neve's own memory");
	reset();
	m.ramdisk.r.base.v = DT_IMAGE - DT_RAMDISK_SIZE + 1;
	fails("found the ramdisk module");
	reset();
	m.dtb.base.v = DT_IMAGE + 0x1000;
	fails("found the device tree (0x40201000) inside neve's Image");
	reset();
	image.base.v = DT_RAM_BASE - SZ_2M;
	fails("where the device tree has no 2 MiB of memory");
	reset();
	reserve(DT_IMAGE + 0x100000, 0x1000);
	fails("beside reserved memory");
	/* the device tree and its reservation may share the Image's 2 MiB */
	reset();
	m.dtb.base.v = DT_IMAGE + 0x100000;
	reserve(DT_IMAGE + 0x100000, 0x1000);
	plans();
}

/* Random machines: every plan that is made is a sound one. */
static void test_random(void)
{
	GRand *rand = g_rand_new_with_seed(1);
	unsigned int made = 0;

	for (unsigned int i = 0; i < 20000; i++) {
		reset();
		m.mem_total = m.mem[0].size = (u64)g_rand_int_range(rand, 1, 300) << 20;
		m.kernel.r = RANGE(DT_RAM_BASE + (g_rand_int(rand) & 0xffff000), 0x1000);
		header.image_size = g_rand_int(rand) & 0x1ffffff;
		header.text_offset = g_rand_boolean(rand) ? 0 : g_rand_int(rand) & 0x1ff000;
		m.ramdisk.r = RANGE(DT_RAM_BASE + (g_rand_int(rand) & 0xffff000),
				    g_rand_int(rand) & 0x3fffff);
		m.dtb = RANGE(DT_RAM_BASE + (g_rand_int(rand) & 0xffffff8), 0x2345);
		for (int n = g_rand_int_range(rand, 0, 6); n; n--)
			reserve(DT_RAM_BASE + (g_rand_int(rand) & 0xffff000),
				g_rand_int(rand) & 0xffff);
		m.nr_cpus = (unsigned int)g_rand_int_range(rand, 1, 5);
		m.nr_vms = (unsigned int)g_rand_int_range(rand, 0, 1 + MACHINE_MAX_VMS);
		for (unsigned int j = 0; j < m.nr_vms; j++)
			m.vm[j] = (struct machine_vm){
				.nr_cpus = 1,
				.memory = (u64)g_rand_int_range(rand, 1, 40) * SZ_2M,
				.kernel.r = RANGE(DT_RAM_BASE + (u64)j * 0x2000, 0x1000),
				.ramdisk.r = RANGE(DT_RAM_BASE + (u64)j * 0x2000 + 0x1000,
						   g_rand_int(rand) & 0xfff)};
		if (m.nr_vms && (m.kernel.r.base.v < DT_RAM_BASE + 0x8000 ||
				 m.ramdisk.r.base.v < DT_RAM_BASE + 0x8000 ||
				 m.dtb.base.v < DT_RAM_BASE + 0x8000))
			continue;
		/* machine_from_dt has seen to these */
		if (!machine_is_ram(&m, m.kernel.r) || !machine_is_ram(&m, m.ramdisk.r) ||
		    !machine_is_ram(&m, m.dtb) || ranges_overlap(m.kernel.r, m.ramdisk.r) ||
		    ranges_overlap(m.kernel.r, m.dtb) || ranges_overlap(m.dtb, m.ramdisk.r))
			continue;
		memset(&report, 0, sizeof(report));
		if (plan_memory(&m, image, EACH_HEADER(&header), &plan, &report)) {
			check_plan();
			made++;
		} else {
			g_assert_cmpint(report.error[0], !=, 0);
		}
	}
	g_assert_cmpuint(made, >, 2000);
	g_rand_free(rand);
}

static bool readable(u64 base, u64 size)
{
	return plan_readable(&m, host, RANGE(base, size));
}

/* Memory from address 0: that address means "none" to Linux, and to whoever asks for RAM. */
static void test_page_zero(void)
{
	reset();
	m.mem[0] = RANGE(0, DT_RAM_SIZE);
	m.dtb.base.v -= DT_RAM_BASE;
	m.kernel.r.base.v -= DT_RAM_BASE;
	m.ramdisk.r.base.v -= DT_RAM_BASE;
	image.base.v = 64 << 20;
	plans();
	g_assert_cmphex(host->dtb.base.v, >, 0);
	g_assert_cmphex(host->ram[0].base.v, ==, PAGE_SIZE);
	g_assert_false(readable(0, 8));
	g_assert_true(readable(PAGE_SIZE, 8));
	m.nr_vms = 1;
	m.vm[0] = (struct machine_vm){.memory = 64 << 20, .nr_cpus = 1, .kernel = m.kernel};
	m.vm[0].kernel.r.size = 1 << 20;
	m.nr_cpus = 2;
	plans();
	g_assert_cmphex(plan.vm[1].ram[0].base.v, >, 0);
	m.nr_vms = 0;
	/* neve in the same 2 MiB */
	image.base.v = 0x80000;
	plans();
	g_assert_cmphex(host->ram[0].base.v, >=, SZ_2M);
}

/* What a guest names for its tables: only what is its RAM and what neve has mapped. */
static void test_readable(void)
{
	u64 end = DT_RAM_BASE + DT_RAM_SIZE, hole = end - 0x10000800;

	reset();
	reserve(hole, 0x1000); /* the second half of a page and the first one of the next */
	m.reserved[0].no_map = true;
	reserve(end - SZ_2M, SZ_4K); /* reserved for the guest's own use */
	plans();
	g_assert_true(readable(DT_KERNEL, 8));
	g_assert_true(readable(end - 8, 8));
	g_assert_true(readable(end - SZ_2M, SZ_4K));
	g_assert_false(readable(end - 4, 8));
	g_assert_false(readable(end, 8));
	g_assert_false(readable(DT_RAM_BASE - 8, 8));
	g_assert_false(readable(UINT64_MAX - 7, 8));
	g_assert_false(readable(UINT64_MAX - 6, 8));
	for (unsigned int i = 0; i < plan.nr_own; i++) {
		g_assert_false(readable(plan.own[i].base.v, 8));
		g_assert_false(readable(range_end(plan.own[i]) - 8, 8));
	}
	g_assert_true(readable(hole - 0x800 - 8, 8));
	g_assert_false(readable(hole - 0x800 - 4, 8));
	g_assert_false(readable(hole - 0x800, 8)); /* el2_map_ram maps whole pages */
	g_assert_false(readable(hole, 8));
	g_assert_false(readable(hole + 0x1000 - 8, 8));
	g_assert_false(readable(hole + 0x1800 - 8, 8));
	g_assert_true(readable(hole + 0x1800, 8));
	g_assert_false(readable(hole - SZ_2M, 2 * SZ_2M));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/plan/in-place", test_in_place);
	g_test_add_func("/plan/text-offset", test_text_offset);
	g_test_add_func("/plan/copy", test_copy);
	g_test_add_func("/plan/kept", test_kept);
	g_test_add_func("/plan/pool", test_pool);
	g_test_add_func("/plan/too-little", test_too_little);
	g_test_add_func("/plan/little", test_little);
	g_test_add_func("/plan/kernel", test_kernel);
	g_test_add_func("/plan/image", test_image);
	g_test_add_func("/plan/random", test_random);
	g_test_add_func("/plan/page-zero", test_page_zero);
	g_test_add_func("/plan/readable", test_readable);
	return g_test_run();
}
