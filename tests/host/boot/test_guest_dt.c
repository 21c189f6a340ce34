/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/guest_dt.h"

#include <glib.h>
#include <libfdt.h>
#include <string.h>
#include "dtgen.h"

static struct machine m;
static struct plan plan;
static struct vm_plan *const host = &plan.vm[0];
static struct boot_report report;
static const struct image_header header = {
	.image_size = DT_KERNEL_SIZE, .flags = 0xa, .magic = IMAGE_MAGIC};

/* The whole way: machine, plan, guest's device tree. Frees fdt; the result is the caller's. */
static bool lpis; /* its_hw_init() found the ITSs fit */

static void *build(void *fdt)
{
	void *out, *blob;
	size_t size;

	g_assert_cmpint(fdt_pack(fdt), ==, 0);
	size = fdt_totalsize(fdt);
	blob = g_memdup2(fdt, size);
	g_free(fdt);
	memset(&report, 0, sizeof(report));
	if (!machine_from_dt(blob, size, HPA(DT_BASE), 0, &m, &report) ||
	    !plan_memory(&m, RANGE(DT_IMAGE, DT_IMAGE_SIZE), EACH_HEADER(&header), &plan, &report))
		g_error("unexpected: %s", report.error);
	m.gic.lpis = lpis;
	out = g_malloc(host->dtb.size);
	if (!guest_dt_build(blob, &m, host, out, &report))
		g_error("unexpected: %s", report.error);
	g_assert_cmpuint(host->dtb_size, ==, fdt_totalsize(out));
	g_assert_cmpuint(host->dtb_size, <=, host->dtb.size);
	g_assert_cmpint(fdt_check_full(out, host->dtb_size), ==, 0);
	g_free(blob);
	return out;
}

static void assert_cells(const void *fdt, const char *path, const char *name, unsigned int n, ...)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, dt_at(fdt, path), name, &len);
	va_list ap;

	g_assert_nonnull(cell);
	g_assert_cmpint(len, ==, (int)(n * 4));
	va_start(ap, n);
	for (unsigned int i = 0; i < n; i++)
		g_assert_cmphex(fdt32_to_cpu(cell[i]), ==, va_arg(ap, unsigned int));
	va_end(ap);
}

static void assert_string(const void *fdt, const char *path, const char *name, const char *val)
{
	g_assert_cmpstr(fdt_getprop(fdt, dt_at(fdt, path), name, NULL), ==, val);
}

static bool has(const void *fdt, const char *path, const char *name)
{
	return fdt_getprop(fdt, dt_at(fdt, path), name, NULL);
}

static bool exists(const void *fdt, const char *path)
{
	return fdt_path_offset(fdt, path) >= 0;
}

static void test_virt(void)
{
	void *g = build(dt_new(2));

	assert_cells(g, "/memory@40000000", "reg", 8, 0, 0x40000000, 0, 0x200000, 0, 0x41c00000, 0,
		     0x7e400000);
	assert_string(g, "/chosen", "bootargs", "console=ttyAMA0 quiet");
	assert_cells(g, "/chosen", "linux,initrd-start", 2, 0, DT_RAMDISK);
	assert_cells(g, "/chosen", "linux,initrd-end", 2, 0, DT_RAMDISK + DT_RAMDISK_SIZE);
	assert_string(g, "/chosen", "stdout-path", "serial0:115200n8");
	g_assert_true(has(g, "/chosen", "kaslr-seed"));
	g_assert_false(exists(g, "/chosen/module@50000000"));
	g_assert_false(exists(g, "/chosen/module@58000000"));
	assert_string(g, "/psci", "method", "smc");
	g_assert_cmpint(fdt_stringlist_search(g, dt_at(g, "/psci"), "compatible", "arm,psci-1.0"),
			==, 0);
	g_assert_false(has(g, "/psci", "cpu_suspend"));
	g_assert_false(has(g, "/psci", "migrate"));
	assert_string(g, "/cpus/cpu@3", "enable-method", "psci");
	g_assert_true(exists(g, "/cpus/cpu-map"));
	/* L1 is a hypervisor: it needs the maintenance interrupt and the EL2 timers */
	assert_cells(g, "/intc@8000000", "interrupts", 3, 1, 9, 4);
	assert_cells(g, "/timer", "interrupts", 15, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4, 1, 12,
		     4);
	/* no LPIs, so no ITS and nobody who refers to it */
	g_assert_false(exists(g, "/intc@8000000/its@8080000"));
	g_assert_false(has(g, "/pcie@10000000", "msi-map"));
	g_assert_false(has(g, "/dma@10010000", "msi-parent"));
	g_free(g);

	lpis = true;
	g = build(dt_new(2));
	lpis = false;
	g_assert_true(exists(g, "/intc@8000000/its@8080000"));
	g_assert_true(has(g, "/pcie@10000000", "msi-map"));
	g_assert_true(has(g, "/dma@10010000", "msi-parent"));
	g_free(g);

	g = build(dt_new(1));
	assert_cells(g, "/memory@40000000", "reg", 4, 0x40000000, 0x200000, 0x41c00000, 0x7e400000);
	g_free(g);
}

static void test_chosen(void)
{
	void *fdt = dt_new(2), *g;

	/* what the loader said to neve is not for the guest */
	fdt_del_node(fdt, dt_at(fdt, "/chosen/module@58000000"));
	dt_set_cells(fdt, dt_at(fdt, "/chosen"), "linux,initrd-start", 1, 0x48000000);
	dt_set_cells(fdt, dt_at(fdt, "/chosen"), "linux,initrd-end", 1, 0x48001000);
	dt_set_string(fdt, "/chosen/module@50000000", "bootargs", NULL);
	g_assert_cmpint(fdt_add_mem_rsv(fdt, DT_BASE, 0x2000), ==, 0);
	g = build(fdt);
	g_assert_false(has(g, "/chosen", "linux,initrd-start"));
	g_assert_false(has(g, "/chosen", "linux,initrd-end"));
	assert_string(g, "/chosen", "bootargs", "");
	g_assert_cmpint(fdt_num_mem_rsv(g), ==, 1);
	g_free(g);
}

/* Xen's modules: neve's own is taken out, the others are as they were. */
static void test_kept(void)
{
	void *fdt = dt_new(2), *g;
	int node;

	dt_add_module(fdt, "/chosen", "module@4c000000", "multiboot,kernel", 0x4c000000,
		      DT_KERNEL_SIZE, 2);
	dt_set_string(fdt, "/chosen/module@4c000000", "bootargs", "dom0_mem=512M");
	node = dt_add(fdt, "/chosen", "domU1");
	dt_set_cells(fdt, node, "#address-cells", 1, 2);
	dt_set_cells(fdt, node, "#size-cells", 1, 2);
	dt_add_module(fdt, "/chosen/domU1", "module@70000000", "multiboot,kernel", 0x70000000,
		      0x1000, 2);
	g = build(fdt);
	g_assert_false(exists(g, "/chosen/module@4c000000"));
	assert_string(g, "/chosen", "bootargs", "dom0_mem=512M");
	assert_string(g, "/chosen/module@50000000", "bootargs", "console=ttyAMA0 quiet");
	assert_cells(g, "/chosen/module@58000000", "reg", 4, 0, DT_RAMDISK, 0, DT_RAMDISK_SIZE);
	assert_cells(g, "/chosen/domU1/module@70000000", "reg", 4, 0, 0x70000000, 0, 0x1000);
	g_assert_false(has(g, "/chosen", "linux,initrd-start"));
	g_free(g);
}

static void test_memory(void)
{
	void *fdt = dt_new(2), *g;
	int node = dt_at(fdt, "/memory@40000000");

	/* two nodes of two NUMA nodes; neve's memory takes the first one whole */
	dt_set_reg(fdt, node, 2, 1, (u64)DT_IMAGE, (u64)SZ_2M);
	dt_set_cells(fdt, node, "numa-node-id", 1, 0);
	node = dt_add(fdt, "/", "memory@40400000");
	dt_set_string(fdt, "/memory@40400000", "device_type", "memory");
	dt_set_cells(fdt, dt_at(fdt, "/memory@40400000"), "numa-node-id", 1, 1);
	dt_set_reg(fdt, dt_at(fdt, "/memory@40400000"), 2, 2, (u64)0x40400000, (u64)0x3fc00000,
		   (u64)0x8000000800, (u64)0x40000000);
	g = build(fdt);
	g_assert_false(exists(g, "/memory@40000000"));
	assert_cells(g, "/memory@40400000", "reg", 8, 0, 0x41a00000, 0, 0x3e600000, 0x80, 0x1000, 0,
		     0x3ffff000);
	assert_cells(g, "/memory@40400000", "numa-node-id", 1, 1);
	/* the tree and the plan say the same */
	g_assert_cmpuint(host->nr_ram, ==, 2);
	g_assert_cmphex(host->ram[0].base.v, ==, 0x41a00000);
	g_assert_cmphex(host->ram[1].base.v, ==, 0x8000001000);
	g_assert_cmphex(host->ram[1].size, ==, 0x3ffff000);
	g_free(g);
}

static void test_cpus(void)
{
	void *fdt = dt_new(2), *g;
	int node;

	dt_set_string(fdt, "/cpus/cpu@3", "enable-method", "spin-table");
	dt_set_cells(fdt, dt_at(fdt, "/cpus/cpu@0"), "cpu-idle-states", 1, 99);
	node = dt_add(fdt, "/cpus", "idle-states");
	dt_set_cells(fdt, node, "phandle", 1, 98);
	g = build(fdt);
	g_assert_cmpuint(m.nr_cpus, ==, 3);
	g_assert_false(exists(g, "/cpus/cpu@3"));
	g_assert_false(exists(g, "/cpus/cpu-map"));
	g_assert_false(exists(g, "/cpus/idle-states"));
	g_assert_false(has(g, "/cpus/cpu@0", "cpu-idle-states"));
	g_assert_true(exists(g, "/cpus/cpu@2"));
	g_free(g);
}

static void test_psci(void)
{
	void *fdt = dt_new(2), *g;

	/* none in the machine: the guest gets neve's all the same */
	fdt_del_node(fdt, dt_at(fdt, "/psci"));
	g = build(fdt);
	assert_string(g, "/psci", "method", "smc");
	g_assert_false(exists(g, "/cpus/cpu@1"));
	g_free(g);

	fdt = dt_new(2);
	dt_set_string(fdt, "/psci", "compatible", "arm,psci");
	g = build(fdt);
	assert_string(g, "/psci", "compatible", "arm,psci-1.0");
	g_assert_false(has(g, "/psci", "cpu_on"));
	g_free(g);
}

static void test_msi(void)
{
	void *fdt = dt_new(2), *g;
	int node;

	/* two ITSs, and an MSI controller that is none and stays */
	node = dt_add(fdt, "/intc@8000000", "its@8100000");
	dt_set_string(fdt, "/intc@8000000/its@8100000", "compatible", "arm,gic-v3-its");
	dt_set_reg(fdt, dt_at(fdt, "/intc@8000000/its@8100000"), 2, 1, (u64)0x8100000,
		   (u64)0x20000);
	dt_set_cells(fdt, dt_at(fdt, "/intc@8000000/its@8100000"), "phandle", 1, 0x55);
	node = dt_add(fdt, "/", "pcie@20000000");
	dt_set_cells(fdt, node, "msi-map", 8, 0, 0x77, 0, 0x100, 0x100, 0x55, 0, 0x100);
	dt_set_cells(fdt, node, "msi-map-mask", 1, 0xffff);
	node = dt_add(fdt, "/", "pcie@30000000");
	/* the ITS's phandle as a device id, not as the controller */
	dt_set_cells(fdt, node, "msi-map", 4, 0x55, 0x77, 0x55, 0x55);
	dt_set_cells(fdt, node, "msi-parent", 1, 0x77);
	g = build(fdt);
	g_assert_false(exists(g, "/intc@8000000/its@8100000"));
	g_assert_false(has(g, "/pcie@20000000", "msi-map"));
	g_assert_false(has(g, "/pcie@20000000", "msi-map-mask"));
	g_assert_true(has(g, "/pcie@30000000", "msi-map"));
	g_assert_true(has(g, "/pcie@30000000", "msi-parent"));
	g_free(g);
}

static void test_no_room(void)
{
	void *fdt = dt_new(2), *out, *blob;
	char *args = g_strnfill(4000, 'a');
	unsigned int failures = 0;
	size_t size;

	dt_set_string(fdt, "/chosen/module@50000000", "bootargs", args);
	g_assert_cmpint(fdt_pack(fdt), ==, 0);
	size = fdt_totalsize(fdt);
	blob = g_memdup2(fdt, size);
	memset(&report, 0, sizeof(report));
	g_assert_true(machine_from_dt(blob, size, HPA(DT_BASE), 0, &m, &report));
	g_assert_true(plan_memory(&m, RANGE(DT_IMAGE, DT_IMAGE_SIZE), EACH_HEADER(&header), &plan,
				  &report));
	/* not one byte is written beyond the room (ASan), and the failure is reported */
	for (size_t room = 64; room < size + 600; room += 8) {
		host->dtb.size = room;
		out = g_malloc(room);
		memset(&report, 0, sizeof(report));
		if (!guest_dt_build(blob, &m, host, out, &report)) {
			g_assert_nonnull(strstr(report.error, "FDT_ERR_NOSPACE"));
			failures++;
		}
		g_free(out);
	}
	g_assert_cmpuint(failures, >, 500);
	g_free(args);
	g_free(blob);
	g_free(fdt);
}

/* Bits flipped in good trees: whatever comes, no step reads or writes outside (ASan, UBSan). */
static void test_hostile(void)
{
	GRand *rand = g_rand_new_with_seed(2);
	unsigned int built = 0;

	for (unsigned int i = 0; i < 3000; i++) {
		void *fdt = dt_new(1 + (i & 1)), *out;
		size_t size;
		u8 *blob;

		g_assert_cmpint(fdt_pack(fdt), ==, 0);
		size = fdt_totalsize(fdt);
		blob = g_memdup2(fdt, size);
		g_free(fdt);
		for (int n = g_rand_int_range(rand, 1, 5); n; n--)
			blob[g_rand_int_range(rand, 0, (gint32)size)] ^=
				(u8)(1u << g_rand_int_range(rand, 0, 8));
		memset(&report, 0, sizeof(report));
		if (machine_from_dt(blob, size, HPA(DT_BASE), 0, &m, &report) &&
		    plan_memory(&m, RANGE(DT_IMAGE, DT_IMAGE_SIZE), EACH_HEADER(&header), &plan,
				&report)) {
			out = g_malloc(host->dtb.size);
			if (guest_dt_build(blob, &m, host, out, &report)) {
				g_assert_cmpint(fdt_check_full(out, host->dtb_size), ==, 0);
				built++;
			}
			g_free(out);
		}
		g_assert_true(report.error[0] || built);
		g_free(blob);
	}
	g_assert_cmpuint(built, >, 300);
	g_rand_free(rand);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guest-dt/virt", test_virt);
	g_test_add_func("/guest-dt/chosen", test_chosen);
	g_test_add_func("/guest-dt/kept", test_kept);
	g_test_add_func("/guest-dt/memory", test_memory);
	g_test_add_func("/guest-dt/cpus", test_cpus);
	g_test_add_func("/guest-dt/psci", test_psci);
	g_test_add_func("/guest-dt/msi", test_msi);
	g_test_add_func("/guest-dt/no-room", test_no_room);
	g_test_add_func("/guest-dt/hostile", test_hostile);
	return g_test_run();
}
