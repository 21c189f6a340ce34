/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/machine.h"

#include <glib.h>
#include <libfdt.h>
#include <string.h>
#include "cpu/console.h"
#include "dtgen.h"

static struct machine m;
static struct boot_report report;

/* As at boot: packed, at an 8-byte aligned place of exactly its size, so that ASan sees overreads.
 */
static bool parse(void *fdt)
{
	size_t size;
	void *blob;
	bool ok;

	g_assert_cmpint(fdt_pack(fdt), ==, 0);
	size = fdt_totalsize(fdt);
	blob = g_memdup2(fdt, size);
	memset(&report, 0, sizeof(report));
	ok = machine_from_dt(blob, size, HPA(DT_BASE), 0x80000000, &m, &report);
	/* strings in m point into the blob; the tests below look at them before the next parse */
	g_test_queue_free(blob);
	g_assert(ok == !report.error[0]);
	return ok;
}

static void parses(void *fdt)
{
	if (!parse(fdt))
		g_error("unexpected: %s", report.error);
	g_free(fdt);
}

/* The error must say what is expected: part of it is given. */
static void fails(void *fdt, const char *part)
{
	g_assert_false(parse(fdt));
	if (!strstr(report.error, part))
		g_error("expected \"%s\" in: %s", part, report.error);
	g_assert_null(strchr(report.error, '\n'));
	g_free(fdt);
}

static void assert_range(struct mem_range r, u64 base, u64 size)
{
	g_assert_cmphex(r.base.v, ==, base);
	g_assert_cmphex(r.size, ==, size);
}

static void check_virt(void)
{
	g_assert_cmpuint(report.nr_warnings, ==, 0);
	g_assert_cmpuint(m.nr_mem, ==, 1);
	assert_range(m.mem[0], DT_RAM_BASE, DT_RAM_SIZE);
	g_assert_cmphex(m.mem_total, ==, DT_RAM_SIZE);
	g_assert_cmpuint(m.nr_cpus, ==, 4);
	for (unsigned int i = 0; i < 4; i++)
		g_assert_cmphex(m.cpus[i].mpidr, ==, i == 0 ? 0 : i);
	assert_range(m.gic.gicd, 0x8000000, 0x10000);
	g_assert_cmpuint(m.gic.nr_gicr, ==, 1);
	assert_range(m.gic.gicr[0], 0x80a0000, 0xf60000);
	g_assert_cmphex(m.gic.gicr_stride, ==, 0);
	g_assert_cmpuint(m.gic.nr_its, ==, 1);
	assert_range(m.gic.its[0], 0x8080000, 0x20000);
	g_assert_cmpuint(m.gic.maintenance_intid, ==, 25);
	g_assert_cmpuint(m.timer.phys, ==, 30);
	g_assert_cmpuint(m.timer.virt, ==, 27);
	g_assert_cmpuint(m.timer.hyp_phys, ==, 26);
	g_assert_cmpuint(m.timer.hyp_virt, ==, 28);
	assert_range(m.uart, 0x9000000, 0x1000);
	g_assert_cmpint(m.psci.conduit, ==, PSCI_CONDUIT_SMC);
	g_assert_cmphex(m.psci.cpu_on, ==, 0xc4000003);
	g_assert_cmphex(m.psci.system_off, ==, 0x84000008);
	assert_range(m.kernel.r, DT_KERNEL, DT_KERNEL_SIZE);
	g_assert_cmpstr(m.kernel.bootargs, ==, "console=ttyAMA0 quiet");
	assert_range(m.ramdisk.r, DT_RAMDISK, DT_RAMDISK_SIZE);
	g_assert_cmpstr(m.ramdisk.bootargs, ==, "");
	g_assert_cmpuint(m.opt.loglevel, ==, LOG_DEBUG);
	g_assert_cmphex(m.dtb.base.v, ==, DT_BASE);
}

static void test_virt(void)
{
	parses(dt_new(2));
	check_virt();
	parses(dt_new(1));
	check_virt();
}

static void test_blob(void)
{
	void *fdt = dt_new(2);
	u64 zeros[8] = {0};
	size_t size;

	g_assert_cmpint(fdt_pack(fdt), ==, 0);
	size = fdt_totalsize(fdt);
	/* every truncation: with the old size in the header, and cut short by the limit */
	for (size_t n = sizeof(struct fdt_header); n < size; n += 8) {
		void *blob = g_memdup2(fdt, n);

		memset(&report, 0, sizeof(report));
		g_assert_false(machine_from_dt(blob, n, HPA(DT_BASE), 0, &m, &report));
		g_assert_cmpint(report.error[0], !=, 0);
		fdt_set_totalsize(blob, (u32)n);
		memset(&report, 0, sizeof(report));
		g_assert_false(machine_from_dt(blob, n, HPA(DT_BASE), 0, &m, &report));
		g_free(blob);
	}
	g_assert_false(machine_from_dt(zeros, sizeof(zeros), HPA(DT_BASE), 0, &m, &report));
	/* formats of before 2005, with paths for names */
	fdt_set_last_comp_version(fdt, 2);
	for (u32 version = 2; version < 16; version++) {
		fdt_set_version(fdt, version);
		memset(&report, 0, sizeof(report));
		g_assert_false(machine_from_dt(fdt, size, HPA(DT_BASE), 0, &m, &report));
		g_assert_nonnull(strstr(report.error, "found a malformed device tree"));
	}
	g_free(fdt);
}

static void test_memory(void)
{
	void *fdt = dt_new(2);
	int node = dt_at(fdt, "/memory@40000000");

	/* three pieces out of order, two of them touching, one that is no whole page, one empty */
	dt_set_reg(fdt, node, 2, 5, (u64)0x8000000000, (u64)0x40000000, (u64)0x60000000,
		   (u64)0x20000000, (u64)DT_RAM_BASE, (u64)0x20000000, (u64)0x90000800, (u64)0x1000,
		   (u64)0xa0000000, (u64)0);
	node = dt_add(fdt, "/", "memory@c0000000");
	dt_set_string(fdt, "/memory@c0000000", "device_type", "memory");
	dt_set_reg(fdt, node, 2, 1, (u64)0xc0000800, (u64)0x2000);
	node = dt_add(fdt, "/", "memory@d0000000");
	dt_set_string(fdt, "/memory@d0000000", "device_type", "memory");
	dt_set_string(fdt, "/memory@d0000000", "status", "disabled");
	dt_set_reg(fdt, dt_at(fdt, "/memory@d0000000"), 2, 1, (u64)0xd0000000, (u64)0x2000);
	parses(fdt);
	g_assert_cmpuint(m.nr_mem, ==, 3);
	assert_range(m.mem[0], DT_RAM_BASE, 0x40000000);
	assert_range(m.mem[1], 0xc0001000, 0x1000);
	assert_range(m.mem[2], 0x8000000000, 0x40000000);
	g_assert_cmphex(m.mem_total, ==, 0x80001000);
	g_assert_true(machine_is_ram(&m, RANGE(0x40000000, 0x40000000)));
	g_assert_false(machine_is_ram(&m, RANGE(0x7ffff000, 0x2000)));
	g_assert_false(machine_is_ram(&m, RANGE(0x3ffff000, 0x2000)));

	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/memory@40000000"));
	fails(fdt, "found no memory");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/memory@40000000"), "reg", 3, 0, 0x40000000, 0);
	fails(fdt, "malformed reg in the memory node");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/memory@40000000"), "reg", 4, ~0u, 0xfffff000, 0, 0x2000);
	fails(fdt, "malformed reg in the memory node");
	fdt = dt_new(2);
	dt_set_cells(fdt, 0, "#address-cells", 1, 3);
	fails(fdt, "malformed reg in the memory node");
	fdt = dt_new(2);
	dt_set_cells(fdt, 0, "#size-cells", 2, 0, 2);
	parses(fdt); /* an unusual encoding of the same number */
}

static void test_memory_limit(void)
{
	void *fdt = dt_new(2);
	int node = dt_at(fdt, "/memory@40000000");

	for (u64 i = 0; i < MACHINE_MAX_MEM; i++) {
		u64 base = 0x100000000 + i * 0x10000;

		fdt_appendprop_u64(fdt, node, "reg", base);
		fdt_appendprop_u64(fdt, node, "reg", 0x1000);
	}
	fails(fdt, "more than the 32 memory regions");
}

static void test_reserved(void)
{
	void *fdt = dt_new(2);
	int node;

	g_assert_cmpint(fdt_add_mem_rsv(fdt, 0x48000000, 0x2000), ==, 0);
	node = dt_add(fdt, "/", "reserved-memory");
	dt_set_cells(fdt, node, "#address-cells", 1, 1);
	dt_set_cells(fdt, node, "#size-cells", 1, 1);
	node = dt_add(fdt, "/reserved-memory", "secure@60000000");
	dt_set_reg(fdt, node, 1, 1, (u64)0x60000000, (u64)0x100000);
	g_assert_cmpint(fdt_setprop_empty(fdt, node, "no-map"), ==, 0);
	node = dt_add(fdt, "/reserved-memory", "linux,cma");
	dt_set_cells(fdt, node, "size", 1, 0x1000000);
	parses(fdt);
	g_assert_cmpuint(m.nr_reserved, ==, 2);
	assert_range(m.reserved[0].r, 0x48000000, 0x2000);
	g_assert_false(m.reserved[0].no_map);
	assert_range(m.reserved[1].r, 0x60000000, 0x100000);
	g_assert_true(m.reserved[1].no_map);

	fdt = dt_new(2);
	for (u64 i = 0; i <= MACHINE_MAX_RESERVED; i++)
		g_assert_cmpint(fdt_add_mem_rsv(fdt, 0x60000000 + i * 0x10000, 0x1000), ==, 0);
	fails(fdt, "reserved memory ranges");
	fdt = dt_new(2);
	g_assert_cmpint(fdt_add_mem_rsv(fdt, ~0ull - 0xfff, 0x2000), ==, 0);
	fails(fdt, "malformed memory reservation");
}

static void add_cpu(void *fdt, u32 reg, const char *method)
{
	char name[32], path[64];
	int node;

	g_snprintf(name, sizeof(name), "cpu@%x", reg);
	g_snprintf(path, sizeof(path), "/cpus/%s", name);
	node = dt_add(fdt, "/cpus", name);
	dt_set_cells(fdt, node, "reg", 1, reg);
	dt_set_string(fdt, path, "device_type", "cpu");
	if (method)
		dt_set_string(fdt, path, "enable-method", method);
}

static void test_cpus(void)
{
	void *fdt = dt_new(2);

	for (u32 i = 0; i < 8; i++)
		add_cpu(fdt, 0x100 + i, "psci");
	parses(fdt);
	g_assert_cmpuint(m.nr_cpus, ==, MAX_CPUS);
	g_assert_cmpuint(m.nr_cpus_found, ==, 12);
	g_assert_cmphex(m.cpus[0].mpidr, ==, 0);
	g_assert_cmpuint(report.nr_warnings, ==, 1);
	g_assert_nonnull(strstr(report.warnings[0], "found 12 CPUs, using 8"));

	fdt = dt_new(2);
	add_cpu(fdt, 0x100, "spin-table");
	add_cpu(fdt, 0x101, NULL);
	parses(fdt);
	g_assert_cmpuint(m.nr_cpus, ==, 4);
	g_assert_cmpuint(m.nr_cpus_found, ==, 6);

	/* the boot CPU alone needs no enable-method, but the others do need a PSCI that works */
	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/psci"));
	parses(fdt);
	g_assert_cmpuint(m.nr_cpus, ==, 1);
	g_assert_cmpint(m.psci.conduit, ==, PSCI_CONDUIT_NONE);

	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/cpus/cpu@0"));
	fails(fdt, "found no node below /cpus for the CPU that booted");
	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/cpus"));
	fails(fdt, "found no /cpus");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/cpus/cpu@2"), "reg", 1, 1);
	fails(fdt, "two cpu nodes with reg 0x1");
	fdt = dt_new(2);
	add_cpu(fdt, 0x80000001, "psci");
	fails(fdt, "malformed reg in /cpus/");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/cpus"), "#address-cells", 1, 2);
	fails(fdt, "malformed reg in /cpus/");
	fdt = dt_new(2);
	dt_set_string(fdt, "/cpus/cpu@3", "status", "disabled");
	parses(fdt);
	g_assert_cmpuint(m.nr_cpus, ==, 3);
}

static void test_gic(void)
{
	void *fdt = dt_new(2);
	int node = dt_at(fdt, "/intc@8000000");

	dt_set_cells(fdt, node, "#redistributor-regions", 1, 2);
	dt_set_cells(fdt, node, "redistributor-stride", 2, 0, 0x40000);
	dt_set_reg(fdt, node, 2, 3, (u64)0x8000000, (u64)0x10000, (u64)0x80a0000, (u64)0xf60000,
		   (u64)0x4000000000, (u64)0x4000000);
	parses(fdt);
	g_assert_cmpuint(m.gic.nr_gicr, ==, 2);
	assert_range(m.gic.gicr[1], 0x4000000000, 0x4000000);
	g_assert_cmphex(m.gic.gicr_stride, ==, 0x40000);

	fdt = dt_new(2);
	dt_set_string(fdt, "/intc@8000000", "compatible", "arm,cortex-a15-gic");
	fails(fdt, "found a GICv2, expected a GICv3");
	fdt = dt_new(2);
	dt_set_string(fdt, "/intc@8000000", "compatible", "acme,pic");
	fails(fdt, "gic-version=3");
	fdt = dt_new(2);
	dt_set_string(fdt, "/intc@8000000", "status", "disabled");
	fails(fdt, "expected a GICv3");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/intc@8000000"), "#redistributor-regions", 1, 0xffffffff);
	fails(fdt, "redistributor regions");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/intc@8000000"), "redistributor-stride", 1, 0x10000);
	fails(fdt, "stride 0x10000");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/intc@8000000"), "#interrupt-cells", 1, 1);
	fails(fdt, "interrupt cells");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/intc@8000000"), "#redistributor-regions", 1, 2);
	fails(fdt, "reg[2]");
	fdt = dt_new(2);
	fdt_delprop(fdt, dt_at(fdt, "/intc@8000000"), "interrupts");
	fails(fdt, "without a maintenance interrupt");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/intc@8000000"), "interrupts", 3, 0, 9, 4);
	fails(fdt, "without a maintenance interrupt");
	fdt = dt_new(2);
	dt_set_reg(fdt, dt_at(fdt, "/intc@8000000"), 2, 2, (u64)0x40000000, (u64)0x10000,
		   (u64)0x80a0000, (u64)0xf60000);
	fails(fdt, "usable distributor"); /* in the middle of RAM */
	fdt = dt_new(2);
	dt_set_reg(fdt, dt_at(fdt, "/intc@8000000/its@8080000"), 2, 1, (u64)0x8080000, (u64)0x100);
	fails(fdt, "ITS");
}

static void test_timer(void)
{
	void *fdt = dt_new(2);
	int node = dt_at(fdt, "/timer");

	/* without the EL2 virtual timer (Armv8.0) */
	dt_set_cells(fdt, node, "interrupts", 12, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	parses(fdt);
	g_assert_cmpuint(m.timer.hyp_virt, ==, 0);

	/* names say which is which */
	fdt = dt_new(2);
	node = dt_at(fdt, "/timer");
	dt_set_cells(fdt, node, "interrupts", 9, 1, 10, 4, 1, 11, 4, 1, 14, 4);
	fdt_setprop(fdt, node, "interrupt-names", "hyp-phys\0virt\0phys", 19);
	parses(fdt);
	g_assert_cmpuint(m.timer.phys, ==, 30);
	g_assert_cmpuint(m.timer.virt, ==, 27);
	g_assert_cmpuint(m.timer.hyp_phys, ==, 26);

	/* interrupts-extended: a phandle in front of each */
	fdt = dt_new(2);
	node = dt_at(fdt, "/timer");
	fdt_delprop(fdt, node, "interrupts");
	node = dt_at(fdt, "/timer");
	dt_set_cells(fdt, node, "interrupts-extended", 16, 1, 1, 13, 4, 1, 1, 14, 4, 1, 1, 11, 4, 1,
		     1, 10, 4);
	parses(fdt);
	g_assert_cmpuint(m.timer.hyp_phys, ==, 26);

	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/timer"), "interrupts", 9, 1, 13, 4, 1, 14, 4, 1, 11, 4);
	fails(fdt, "PPIs");
	fdt = dt_new(2);
	dt_set_cells(fdt, dt_at(fdt, "/timer"), "interrupts", 12, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1,
		     0xffffffff, 4);
	fails(fdt, "PPIs");
	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/timer"));
	fails(fdt, "found no timer node");
}

static void test_uart(void)
{
	void *fdt = dt_new(2);
	int node = dt_add(fdt, "/", "soc");

	/* behind two buses, the inner one with cells of its own */
	dt_set_cells(fdt, node, "#address-cells", 1, 2);
	dt_set_cells(fdt, node, "#size-cells", 1, 2);
	dt_set_cells(fdt, node, "ranges", 6, 0, 0, 0x1, 0x00000000, 0, 0x10000000);
	node = dt_add(fdt, "/soc", "bus");
	dt_set_cells(fdt, node, "#address-cells", 1, 1);
	dt_set_cells(fdt, node, "#size-cells", 1, 1);
	dt_set_cells(fdt, node, "ranges", 8, 0, 0, 0x1000000, 0x1000, 0x8000, 0, 0x3000000, 0x8000);
	node = dt_add(fdt, "/soc/bus", "serial@9000");
	dt_set_cells(fdt, node, "reg", 2, 0x9000, 0x1000);
	dt_set_string(fdt, "/soc/bus/serial@9000", "compatible", "arm,pl011");
	dt_set_string(fdt, "/chosen", "stdout-path", "/soc/bus/serial@9000");
	parses(fdt);
	assert_range(m.uart, 0x103001000, 0x1000);

	/* outside of the bus's ranges: none rather than a wrong one */
	fdt = dt_new(2);
	node = dt_add(fdt, "/", "soc");
	dt_set_cells(fdt, node, "ranges", 5, 0, 0, 0x10000000, 0, 0x1000);
	dt_set_cells(fdt, dt_add(fdt, "/soc", "serial@800"), "reg", 3, 0, 0x800, 0x1000);
	dt_set_string(fdt, "/soc/serial@800", "compatible", "arm,pl011");
	dt_set_string(fdt, "/chosen", "stdout-path", "/soc/serial@800");
	parses(fdt);
	assert_range(m.uart, 0, 0);

	fdt = dt_new(2);
	dt_set_string(fdt, "/chosen", "stdout-path", "/nowhere");
	parses(fdt);
	assert_range(m.uart, 0x9000000, 0x1000);
	g_assert_cmpuint(report.nr_warnings, ==, 1);
	fdt = dt_new(2);
	dt_set_string(fdt, "/chosen", "stdout-path", NULL);
	parses(fdt);
	assert_range(m.uart, 0x9000000, 0x1000);
	g_assert_cmpuint(report.nr_warnings, ==, 0);
	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/pl011@9000000"));
	parses(fdt);
	assert_range(m.uart, 0, 0);
}

static void test_psci(void)
{
	void *fdt = dt_new(2);

	dt_set_string(fdt, "/psci", "method", "hvc");
	parses(fdt);
	g_assert_cmpint(m.psci.conduit, ==, PSCI_CONDUIT_HVC);
	fdt = dt_new(2);
	dt_set_string(fdt, "/psci", "method", "carrier pigeon");
	parses(fdt);
	g_assert_cmpint(m.psci.conduit, ==, PSCI_CONDUIT_NONE);
	/* PSCI 0.1 has ids of its own and no system functions */
	fdt = dt_new(2);
	dt_set_string(fdt, "/psci", "compatible", "arm,psci");
	dt_set_cells(fdt, dt_at(fdt, "/psci"), "cpu_on", 1, 0x95c10002);
	parses(fdt);
	g_assert_cmphex(m.psci.cpu_on, ==, 0x95c10002);
	g_assert_cmphex(m.psci.system_off, ==, 0);
	g_assert_cmphex(m.psci.cpu_off, ==, 0);
	g_assert_cmpuint(m.nr_cpus, ==, 4);
}

static void test_options(void)
{
	static const struct {
		const char *line;
		const char *error; /* NULL: fine */
	} lines[] = {
		{"", NULL},
		{"  loglevel=0\t mode=nv2  l2-counters=on ", NULL},
		{"loglevel=4", "expected loglevel=err, warn"},
		{"loglevel=", "found the option \"loglevel=\""},
		{"loglevel", "unknown option \"loglevel\""},
		{"mode=nv2x", "expected mode=auto"},
		{"l2-counters=yes", "expected l2-counters=on or off"},
		{"trace=off trace=on trace=none", NULL},
		{"trace=ring", "expected trace=off, on or none"},
		{"loglevel=1 root=/dev/vda", "unknown option \"root=/dev/vda\""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		void *fdt = dt_new(2);

		dt_set_string(fdt, "/chosen", "bootargs", lines[i].line);
		if (lines[i].error)
			fails(fdt, lines[i].error);
		else
			parses(fdt);
	}
	g_assert_cmpuint(m.opt.loglevel, ==, LOG_WARN);
	parses(dt_new(2));
	g_assert_cmpint(m.opt.mode, ==, MODE_AUTO);
	g_assert_false(m.opt.l2_counters);
	/* console and PSCI are there also when the options are not */
	{
		void *fdt = dt_new(2);

		dt_set_string(fdt, "/chosen", "bootargs", "x");
		fails(fdt, "x");
		assert_range(m.uart, 0x9000000, 0x1000);
		g_assert_cmpint(m.psci.conduit, ==, PSCI_CONDUIT_SMC);
	}
}

static void test_options_many(void)
{
	void *fdt = dt_new(2);
	char *word = g_strnfill(3000, 'y');

	dt_set_string(fdt, "/chosen", "bootargs",
		      "l2-counters=on mode=pv-neve loglevel=info "
		      "l2-counters=off loglevel=err");
	parses(fdt);
	g_assert_false(m.opt.l2_counters);
	g_assert_cmpint(m.opt.mode, ==, MODE_PV_NEVE);
	g_assert_cmpuint(m.opt.loglevel, ==, LOG_ERR);
	fdt = dt_new(2);
	dt_set_string(fdt, "/chosen", "bootargs", word);
	fails(fdt, "unknown option \"yyyy");
	g_free(word);
}

static void test_modules(void)
{
	void *fdt = dt_new(2);

	/* no type: first the kernel, then the ramdisk; /chosen's own cells count */
	dt_set_string(fdt, "/chosen/module@50000000", "compatible", "multiboot,module");
	dt_set_string(fdt, "/chosen/module@58000000", "compatible", "multiboot,module");
	dt_set_cells(fdt, dt_at(fdt, "/chosen"), "#address-cells", 1, 1);
	dt_set_cells(fdt, dt_at(fdt, "/chosen"), "#size-cells", 1, 1);
	/* fdt_add_subnode puts the newest first: the order of the tree counts, not of addresses */
	dt_set_reg(fdt, dt_at(fdt, "/chosen/module@50000000"), 1, 1, (u64)DT_RAMDISK, (u64)0x1000);
	dt_set_reg(fdt, dt_at(fdt, "/chosen/module@58000000"), 1, 1, (u64)DT_KERNEL, (u64)0x2000);
	parses(fdt);
	assert_range(m.kernel.r, DT_KERNEL, 0x2000);
	assert_range(m.ramdisk.r, DT_RAMDISK, 0x1000);

	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/chosen/module@50000000"));
	parses(fdt);
	g_assert_cmphex(m.kernel.r.size, ==, 0);
	assert_range(m.ramdisk.r, DT_RAMDISK, DT_RAMDISK_SIZE);
	fdt = dt_new(2);
	fdt_del_node(fdt, dt_at(fdt, "/chosen"));
	parses(fdt);
	g_assert_cmphex(m.kernel.r.size, ==, 0);

	fdt = dt_new(2);
	dt_add_module(fdt, "/chosen", "module@70000000", "multiboot,ramdisk", 0x70000000, 0x1000,
		      2);
	fails(fdt, "second ramdisk module");
	fdt = dt_new(2);
	fdt_delprop(fdt, dt_at(fdt, "/chosen/module@58000000"), "reg");
	fails(fdt, "without a usable reg");
	fdt = dt_new(2);
	dt_set_reg(fdt, dt_at(fdt, "/chosen/module@58000000"), 2, 1, (u64)DT_RAMDISK, (u64)0);
	fails(fdt, "without a usable reg");
	fdt = dt_new(2);
	dt_set_reg(fdt, dt_at(fdt, "/chosen/module@58000000"), 2, 1, (u64)0xbffff000, (u64)0x2000);
	fails(fdt, "ramdisk module at 0xbffff000, size 0x2000, which is not all in");
	fdt = dt_new(2);
	dt_set_reg(fdt, dt_at(fdt, "/chosen/module@58000000"), 2, 1,
		   (u64)DT_KERNEL + DT_KERNEL_SIZE - 1, (u64)0x1000);
	fails(fdt, "overlapping");
	fdt = dt_new(2);
	dt_set_reg(fdt, dt_at(fdt, "/chosen/module@58000000"), 2, 1, (u64)DT_BASE, (u64)0x1000);
	fails(fdt, "device tree");
}

/* A second kernel: the guest finds its modules itself, and all but the lowest kernel are its. */
static void test_kept(void)
{
	void *fdt = dt_new(2);
	int node;

	dt_add_module(fdt, "/chosen", "xen", "multiboot,kernel", 0x4c000000, 0x100000, 2);
	dt_set_string(fdt, "/chosen/xen", "bootargs", "dom0_mem=512M");
	dt_add_module(fdt, "/chosen", "more", "multiboot,ramdisk", 0x70000000, 0x1000, 2);
	dt_add_module(fdt, "/chosen", "untyped", NULL, 0x70010000, 0x1000, 2);
	parses(fdt);
	g_assert_cmpuint(report.nr_warnings, ==, 0);
	assert_range(m.kernel.r, 0x4c000000, 0x100000);
	g_assert_cmpstr(m.kernel.bootargs, ==, "dom0_mem=512M");
	g_assert_cmphex(m.ramdisk.r.size, ==, 0);
	g_assert_cmpuint(m.nr_kept, ==, 4);

	/* one kernel: what neve does not use itself, also below other nodes with their own cells */
	fdt = dt_new(2);
	dt_add_module(fdt, "/chosen", "policy", "xen,xsm-policy", 0x70000000, 0x1000, 2);
	node = dt_add(fdt, "/chosen", "domU1");
	dt_set_cells(fdt, node, "#address-cells", 1, 1);
	dt_set_cells(fdt, node, "#size-cells", 1, 1);
	dt_add_module(fdt, "/chosen/domU1", "module@1", "multiboot,kernel", 0x70010000, 0x2000, 1);
	parses(fdt);
	assert_range(m.kernel.r, DT_KERNEL, DT_KERNEL_SIZE);
	assert_range(m.ramdisk.r, DT_RAMDISK, DT_RAMDISK_SIZE);
	g_assert_cmpuint(m.nr_kept, ==, 2);
	assert_range(m.kept[0], 0x70010000, 0x2000);
	assert_range(m.kept[1], 0x70000000, 0x1000);
}

static void test_kept_bad(void)
{
	char name[32];
	void *fdt = dt_new(2);

	dt_add_module(fdt, "/chosen", "k", "multiboot,kernel", 0x70000000, 0x1000, 2);
	fdt_delprop(fdt, dt_at(fdt, "/chosen/k"), "reg");
	fails(fdt, "kernel module k without a usable reg");
	fdt = dt_new(2);
	dt_add_module(fdt, "/chosen", "k", "multiboot,kernel", ~UINT64_C(0), 0, 2);
	fails(fdt, "guest's module k without a usable reg");
	fdt = dt_new(2);
	dt_add_module(fdt, "/chosen", "k", "multiboot,kernel", DT_KERNEL + 0x1000, 0x1000, 2);
	fails(fdt, "overlapping");
	fdt = dt_new(2);
	dt_add_module(fdt, "/chosen", "k", "multiboot,kernel", DT_RAM_BASE + DT_RAM_SIZE, 0x1000,
		      2);
	fails(fdt, "guest's module at 0xc0000000");
	fdt = dt_new(2);
	for (unsigned int i = 0; i <= MACHINE_MAX_KEPT; i++) {
		g_snprintf(name, sizeof(name), "k%u", i);
		dt_add_module(fdt, "/chosen", name, "acme,blob", 0x70000000 + i * 0x1000, 0x1000,
			      2);
	}
	fails(fdt, "more than the 16 modules");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/machine/virt", test_virt);
	g_test_add_func("/machine/blob", test_blob);
	g_test_add_func("/machine/memory", test_memory);
	g_test_add_func("/machine/memory-limit", test_memory_limit);
	g_test_add_func("/machine/reserved", test_reserved);
	g_test_add_func("/machine/cpus", test_cpus);
	g_test_add_func("/machine/gic", test_gic);
	g_test_add_func("/machine/timer", test_timer);
	g_test_add_func("/machine/uart", test_uart);
	g_test_add_func("/machine/psci", test_psci);
	g_test_add_func("/machine/options", test_options);
	g_test_add_func("/machine/options-many", test_options_many);
	g_test_add_func("/machine/modules", test_modules);
	g_test_add_func("/machine/kept", test_kept);
	g_test_add_func("/machine/kept-bad", test_kept_bad);
	return g_test_run();
}
