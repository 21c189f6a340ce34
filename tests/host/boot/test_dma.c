/* SPDX-License-Identifier: Apache-2.0 */
/* dma=smmu: which devices stay the host VM's, in its address space and in its device tree. */
#include "boot/machine_dma.h"

#include "boot/guest_dt.h"
#include "prepared.h"

#define SMMU   DT_SMMU_PHANDLE
#define OTHER  4
#define SMMU_0 DT_SMMU

/* As QEMU's virt has it, and some more. */
static void *new_tree(void)
{
	void *fdt = dt_new(2);

	dt_set_string(fdt, "/chosen", "bootargs", "dma=smmu");
	dt_add_dma(fdt);
	return fdt;
}

static void works(void *fdt)
{
	if (!prepare(fdt, DT_KERNEL_SIZE))
		g_error("unexpected: %s", report.error);
}

static void fails(void *fdt, const char *part)
{
	g_assert_false(prepare(fdt, DT_KERNEL_SIZE));
	if (!strstr(report.error, part))
		g_error("expected \"%s\" in: %s", part, report.error);
}

/* The tree of the host VM; free with g_free(). */
static void *tree(unsigned int i)
{
	void *out = g_malloc(plan.vm[i].dtb.size);

	if (!guest_dt_build(blob, &m, &plan.vm[i], out, &report))
		g_error("unexpected: %s", report.error);
	g_assert_cmpint(fdt_check_full(out, plan.vm[i].dtb_size), ==, 0);
	return out;
}

static bool exists(const void *fdt, const char *path)
{
	return fdt_path_offset(fdt, path) >= 0;
}

static bool allowed(u64 base, u64 size)
{
	for (unsigned int i = 0; i < m.dma.nr_allowed; i++) {
		if (range_contains(m.dma.allowed[i], RANGE(base, size)))
			return true;
	}
	return false;
}

static bool touched(u64 base, u64 size)
{
	for (unsigned int i = 0; i < m.dma.nr_allowed; i++) {
		if (ranges_overlap(m.dma.allowed[i], RANGE(base, size)))
			return true;
	}
	return false;
}

static void assert_allowed(unsigned int n, const struct mem_range *r)
{
	g_assert_cmpuint(m.dma.nr_allowed, ==, n);
	for (unsigned int i = 0; i < n; i++) {
		g_assert_cmphex(m.dma.allowed[i].base.v, ==, r[i].base.v);
		g_assert_cmphex(m.dma.allowed[i].size, ==, r[i].size);
	}
}

static void test_virt(void)
{
	static const char *const there[] = {
		"/pl031@9010000", "/pl011@9000000",    "/flash@0",	"/pcie@10000000",
		"/gpio-keys",	  "/ethernet@c000000", "/intc@8000000", "/cpus/cpu@3",
		"/timer",	  "/memory@40000000"};
	static const char *const gone[] = {"/fw-cfg@9020000", "/virtio_mmio@a000000",
					   "/smmuv3@9050000", "/engine@b000000"};
	static const struct mem_range ranges[] = {{{0}, 0x4000000},
						  {{0x9000000}, 0x1000},
						  {{0x9010000}, 0x1000},
						  {{0xc000000}, 0x1000},
						  {{0x10000000}, 0x2eff0000},
						  {{0x4010000000}, 0x10000000},
						  {{0x8000000000}, 0x8000000000}};
	int node;
	void *g;

	works(new_tree());
	g_assert_true(m.opt.dma_smmu);
	g_assert_cmphex(m.dma.smmu.base.v, ==, SMMU_0);
	g_assert_cmpuint(m.dma.event_intid, ==, 75 + 32);
	g_assert_cmpuint(m.dma.nr_refused, ==, 3);
	assert_allowed(G_N_ELEMENTS(ranges), ranges);
	g = tree(0);
	for (unsigned int i = 0; i < G_N_ELEMENTS(there); i++) {
		if (!exists(g, there[i]))
			g_error("%s is gone", there[i]);
	}
	for (unsigned int i = 0; i < G_N_ELEMENTS(gone); i++) {
		if (exists(g, gone[i]))
			g_error("%s is there", gone[i]);
	}
	node = dt_at(g, "/pcie@10000000");
	g_assert_null(fdt_getprop(g, node, "iommu-map", NULL));
	g_assert_null(fdt_getprop(g, node, "iommu-map-mask", NULL));
	g_assert_nonnull(fdt_getprop(g, node, "ranges", NULL));
	g_assert_null(fdt_getprop(g, dt_at(g, "/ethernet@c000000"), "iommus", NULL));
	g_free(g);
}

/* The default: all devices, and the SMMU, are the host VM's. */
static void test_any(void)
{
	void *fdt = new_tree(), *g;

	dt_set_string(fdt, "/chosen", "bootargs", "dma=smmu dma=any");
	works(fdt);
	g_assert_false(m.opt.dma_smmu);
	g_assert_cmpuint(m.dma.nr_allowed, ==, 0);
	g_assert_cmpuint(m.dma.event_intid, ==, 0);
	g = tree(0);
	g_assert_true(exists(g, "/smmuv3@9050000"));
	g_assert_true(exists(g, "/fw-cfg@9020000"));
	g_assert_nonnull(fdt_getprop(g, dt_at(g, "/pcie@10000000"), "iommu-map", NULL));
	g_free(g);
}

/* What is not, or not all, behind neve's SMMU. */
static void test_streams(void)
{
	static const struct {
		unsigned int map[8];
		unsigned int n;
		bool behind;
	} maps[] = {
		{{0, SMMU, 0, 0x10000}, 4, true},
		{{0, SMMU, 0x70000, 0x8000, 0x8000, SMMU, 0, 0x8000}, 8, true},
		{{0x8000, SMMU, 0, 0x8000, 0, SMMU, 0, 0x8001}, 8, true},
		{{0, SMMU, 0, 0xffff}, 4, false},
		{{1, SMMU, 0, 0xffff}, 4, false},
		{{0, SMMU, 0, 0x4000, 0x5000, SMMU, 0, 0xb000}, 8, false},
		{{0, OTHER, 0, 0x10000}, 4, false},
		{{0, SMMU, 0, 0x10000, 0, OTHER, 0, 0x10000}, 8, false},
		{{0, SMMU, 0}, 3, false},
		{{0xffffffff, SMMU, 0, 0xffffffff}, 4, false},
		{{0}, 0, false},
	};
	void *fdt;

	for (unsigned int i = 0; i < G_N_ELEMENTS(maps); i++) {
		const unsigned int *c = maps[i].map;

		fdt = new_tree();
		dt_set_cells(fdt, dt_at(fdt, "/pcie@10000000"), "iommu-map", maps[i].n, c[0], c[1],
			     c[2], c[3], c[4], c[5], c[6], c[7]);
		works(fdt);
		if (touched(0x4010000000, 0x10000000) != maps[i].behind ||
		    touched(0x10000000, 0x2eff0000) != maps[i].behind)
			g_error("iommu-map %u", i);
	}
	/* all of the buses that there are */
	fdt = new_tree();
	dt_set_cells(fdt, dt_at(fdt, "/pcie@10000000"), "bus-range", 2, 1, 2);
	dt_set_cells(fdt, dt_at(fdt, "/pcie@10000000"), "iommu-map", 4, 0x100, SMMU, 0, 0x200);
	works(fdt);
	g_assert_true(allowed(0x4010000000, 0x10000000));
	fdt = new_tree();
	dt_set_cells(fdt, dt_at(fdt, "/pcie@10000000"), "bus-range", 2, 1, 3);
	dt_set_cells(fdt, dt_at(fdt, "/pcie@10000000"), "iommu-map", 4, 0x100, SMMU, 0, 0x200);
	works(fdt);
	g_assert_false(touched(0x4010000000, 0x10000000));
	fdt = new_tree();
	dt_set_cells(fdt, dt_at(fdt, "/ethernet@c000000"), "iommus", 4, SMMU, 1, OTHER, 1);
	works(fdt);
	g_assert_false(touched(0xc000000, 0x1000));
	/* an SMMU that nobody can name */
	fdt = new_tree();
	fdt_delprop(fdt, dt_at(fdt, "/smmuv3@9050000"), "phandle");
	dt_set_cells(fdt, dt_at(fdt, "/ethernet@c000000"), "iommus", 2, 0, 1);
	works(fdt);
	g_assert_false(touched(0xc000000, 0x1000));
}

/* What is refused is cut out of what is allowed, in whole pages, with all that is below it. */
static void test_overlap(void)
{
	void *fdt = new_tree(), *g;

	/* the SMMU is nobody's, also when it says that it is behind itself */
	dt_set_cells(fdt, dt_at(fdt, "/smmuv3@9050000"), "iommus", 2, SMMU, 0);

	dt_add_device(fdt, "/", "rtc", "arm,pl031", 0x9020100, 0x100);
	dt_add_device(fdt, "/", "big", "cfi-flash", 0x9000000, 0x1000000);
	dt_add_device(fdt, "/", "odd", "arm,pl061", 0xd000010, 0xff1);
	dt_add_device(fdt, "/", "engine@e000000", "x,engine", 0xe000000, 0x1000);
	dt_set_cells(fdt, dt_at(fdt, "/engine@e000000"), "#address-cells", 1, 2);
	dt_set_cells(fdt, dt_at(fdt, "/engine@e000000"), "#size-cells", 1, 2);
	fdt_setprop_empty(fdt, dt_at(fdt, "/engine@e000000"), "ranges");
	dt_add_device(fdt, "/engine@e000000", "uart", "arm,pl011", 0xe010000, 0x1000);
	dt_add_device(fdt, "/engine@e000000", "flash", "arm,pl061", 0x9030000, 0x1000);
	works(fdt);
	g_assert_false(touched(0x9020000, 0x1000));
	g_assert_false(touched(SMMU_0, 0x20000));
	g_assert_true(allowed(0x9010000, 0x10000));
	g_assert_true(allowed(0x9021000, 0xf000));
	g_assert_false(touched(0x9030000, 0x1000)); /* below a device that is refused */
	g_assert_true(allowed(0x9070000, 0x1000));
	g_assert_true(allowed(0xd000000, 0x2000));
	g_assert_false(touched(0xd002000, 0x1000));
	g_assert_false(touched(0xe000000, 0x20000));
	g_assert_false(touched(m.gic.gicd.base.v, m.gic.gicd.size));
	g = tree(0);
	g_assert_false(exists(g, "/engine@e000000"));
	g_free(g);
}

/* Below a bus; children with addresses of another kind belong to their device. */
static void test_bus(void)
{
	void *fdt = new_tree(), *g;
	int node = dt_add(fdt, "/", "soc");

	dt_set_cells(fdt, node, "#address-cells", 1, 2);
	dt_set_cells(fdt, node, "#size-cells", 1, 2);
	dt_set_cells(fdt, node, "ranges", 6, 0, 0, 0, 0xf000000, 0, 0x100000);
	dt_set_string(fdt, "/soc", "compatible", "simple-bus");
	dt_add_device(fdt, "/soc", "gpio@0", "arm,pl061", 0, 0x1000);
	dt_add_device(fdt, "/soc", "dma@10000", "arm,pl330", 0x10000, 0x1000);
	dt_add(fdt, "/soc/gpio@0", "sensor");
	dt_set_cells(fdt, dt_at(fdt, "/soc/gpio@0/sensor"), "reg", 1, 0x48);
	works(fdt);
	g_assert_true(allowed(0xf000000, 0x1000));
	g_assert_false(touched(0xf010000, 0x1000));
	g = tree(0);
	g_assert_true(exists(g, "/soc/gpio@0/sensor"));
	g_assert_false(exists(g, "/soc/dma@10000"));
	g_free(g);
}

static void test_bad(void)
{
	void *fdt = new_tree();
	char name[16];

	dt_set_string(fdt, "/smmuv3@9050000", "status", "disabled");
	fails(fdt, "found no SMMU in the device tree, expected one for dma=smmu");
	g_assert_nonnull(strstr(report.error, "iommu=smmuv3"));
	fdt = new_tree();
	dt_set_reg(fdt, dt_at(fdt, "/smmuv3@9050000"), 2, 1, (u64)SMMU_0, (u64)0x10000);
	fails(fdt, "found a malformed reg in the SMMU node smmuv3@9050000");
	fdt = new_tree();
	dt_set_reg(fdt, dt_at(fdt, "/smmuv3@9050000"), 2, 1, (u64)DT_RAM_BASE, (u64)0x20000);
	fails(fdt, "found a malformed reg in the SMMU node");
	fdt = new_tree();
	for (unsigned int i = 0; i < MACHINE_MAX_ALLOWED; i++) {
		g_snprintf(name, sizeof(name), "gpio%u", i);
		dt_add_device(fdt, "/", name, "arm,pl061", 0x20000000 + i * 0x10000, 0x1000);
	}
	fails(fdt, "found more than the 128 ranges of devices");
	fdt = new_tree();
	dt_set_string(fdt, "/chosen", "bootargs", "dma=none");
	fails(fdt, "found the option \"dma=none\", expected dma=any or smmu");
	/* malformed windows are none */
	fdt = new_tree();
	dt_set_cells(fdt, dt_at(fdt, "/pcie@10000000"), "ranges", 6, 0, 0, 0, 0, 0, 0);
	works(fdt);
	g_assert_true(allowed(0x4010000000, 0x10000000));
	g_assert_false(touched(0x10000000, 0x1000));
	/* an address space that ends in the middle of a page */
	fdt = new_tree();
	dt_set_reg(fdt, dt_at(fdt, "/flash@0"), 2, 1, ~(u64)0xfff, (u64)0xfff);
	works(fdt);
	g_assert_false(touched(0, 0x1000));
}

/* Other VMs get none of it, with or without. */
static void test_vms(void)
{
	void *fdt = new_tree(), *g;

	dt_add_vm(fdt, "vm1", 1, 64, 0x60000000);
	works(fdt);
	g = tree(1);
	g_assert_false(exists(g, "/smmuv3@9050000"));
	g_assert_false(exists(g, "/pcie@10000000"));
	g_assert_false(exists(g, "/ethernet@c000000"));
	g_assert_true(exists(g, "/pl011@9000000"));
	g_free(g);
}

/* Any bytes in place of those that say who is behind what: never what neve has for itself. */
static void test_random(void)
{
	static const char *const paths[] = {"/pcie@10000000", "/ethernet@c000000",
					    "/smmuv3@9050000", "/fw-cfg@9020000", "/flash@0"};
	static const char *const names[] = {"reg",    "ranges",	   "iommu-map", "iommus",
					    "status", "bus-range", "phandle",	"compatible"};
	GRand *rand = g_rand_new_with_seed(1);
	unsigned int good = 0;

	for (unsigned int i = 0; i < 3000; i++) {
		void *fdt = new_tree(), *g;

		for (int n = g_rand_int_range(rand, 1, 4); n; n--) {
			int node = dt_at(fdt, paths[g_rand_int(rand) % G_N_ELEMENTS(paths)]);
			u32 cells[16], which;
			int len;

			for (unsigned int c = 0; c < G_N_ELEMENTS(cells); c++) {
				u32 r = g_rand_int(rand);

				cells[c] = cpu_to_fdt32(r & 1	? r >> 30
							: r & 2 ? SMMU_0
							: r & 4 ? 0x20000
							: r & 8 ? SMMU
								: r);
			}
			/* one at a time: compilers order arguments as they like */
			which = g_rand_int(rand) % G_N_ELEMENTS(names);
			len = (int)(g_rand_int(rand) % (sizeof(cells) + 1));
			g_assert_cmpint(fdt_setprop(fdt, node, names[which], cells, len), ==, 0);
		}
		if (!prepare(fdt, DT_KERNEL_SIZE)) {
			g_assert_cmpint(report.error[0], !=, 0);
			continue;
		}
		good++;
		g_assert_false(touched(m.dma.smmu.base.v, m.dma.smmu.size));
		g_assert_false(touched(m.gic.gicd.base.v, m.gic.gicd.size));
		g_assert_false(touched(m.gic.gicr[0].base.v, m.gic.gicr[0].size));
		g_assert_false(touched(0xa000000, 0x1000));
		for (unsigned int j = 0; j < m.dma.nr_allowed; j++) {
			const struct mem_range *r = &m.dma.allowed[j];

			g_assert_cmphex((r->base.v | r->size) % PAGE_SIZE, ==, 0);
			g_assert_true(j == 0 || range_end(r[-1]) < r->base.v);
		}
		g = tree(0);
		g_assert_false(exists(g, "/virtio_mmio@a000000"));
		g_assert_cmpint(fdt_node_offset_by_compatible(g, -1, "arm,smmu-v3"), <, 0);
		g_free(g);
	}
	g_assert_cmpuint(good, >, 500);
	g_rand_free(rand);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/dma/virt", test_virt);
	g_test_add_func("/dma/any", test_any);
	g_test_add_func("/dma/streams", test_streams);
	g_test_add_func("/dma/overlap", test_overlap);
	g_test_add_func("/dma/bus", test_bus);
	g_test_add_func("/dma/bad", test_bad);
	g_test_add_func("/dma/vms", test_vms);
	g_test_add_func("/dma/random", test_random);
	return g_test_run();
}
