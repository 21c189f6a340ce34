/* SPDX-License-Identifier: Apache-2.0 */
/* VMs besides the host VM, all the way: what /chosen asks for, who gets what, each one's tree. */
#include "boot/guest_dt.h"

#include "prepared.h"

#define KERNEL_SIZE 0x800000 /* with its BSS */

static void fails(void *fdt, const char *part)
{
	g_assert_false(prepare(fdt, KERNEL_SIZE));
	if (!strstr(report.error, part))
		g_error("expected \"%s\" in: %s", part, report.error);
	g_assert_null(strchr(report.error, '\n'));
}

/* The tree of VM i; free with g_free(). */
static void *tree(unsigned int i)
{
	struct vm_plan *p = &plan.vm[i];
	void *out = g_malloc0(p->dtb.size);

	if (!guest_dt_build(blob, &m, p, out, &report))
		g_error("unexpected: %s", report.error);
	g_assert_cmpint(fdt_check_full(out, p->dtb_size), ==, 0);
	return out;
}

static void assert_has(const void *fdt, const char *path, bool there)
{
	if ((fdt_path_offset(fdt, path) >= 0) != there)
		g_error("%s is%s there", path, there ? " not" : "");
}

static void assert_memory(const void *fdt, unsigned int n, ...)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, dt_at(fdt, "/memory@40000000"), "reg", &len);
	va_list ap;

	g_assert_nonnull(cell);
	g_assert_cmpint(len, ==, (int)n * 8);
	va_start(ap, n);
	for (unsigned int i = 0; i < n; i++)
		g_assert_cmphex((u64)fdt32_to_cpu(cell[2 * i]) << 32 |
					fdt32_to_cpu(cell[2 * i + 1]),
				==, va_arg(ap, u64));
	va_end(ap);
}

static void *two_vms(void)
{
	void *fdt = dt_new(2);

	dt_set_string(fdt, "/chosen", "rng-seed", "secret");
	/* a new node goes before those that are there */
	dt_add_vm(fdt, "vm2", 2, 32, 0x70000000);
	dt_add_vm(fdt, "vm1", 1, 64, 0x60000000);
	dt_set_string(fdt, "/chosen/vm1/kernel", "bootargs", "first");
	return fdt;
}

static void test_plan(void)
{
	if (!prepare(two_vms(), KERNEL_SIZE))
		g_error("unexpected: %s", report.error);
	g_assert_cmpuint(m.nr_vms, ==, 2);
	g_assert_cmpuint(m.nr_kept, ==, 0);
	g_assert_cmpuint(m.uart_intid, ==, 33);
	g_assert_cmpstr(m.vm[0].kernel.bootargs, ==, "first");
	g_assert_cmpstr(m.vm[1].kernel.bootargs, ==, "");
	g_assert_cmpuint(plan.nr_vms, ==, 3);
	g_assert_cmpuint(plan.vm[0].nr_cpus, ==, 1);
	g_assert_cmpuint(plan.vm[1].first_cpu, ==, 1);
	g_assert_cmpuint(plan.vm[2].first_cpu, ==, 2);
	g_assert_cmpuint(plan.vm[2].nr_cpus, ==, 2);
	for (unsigned int i = 1; i < 3; i++) {
		const struct vm_plan *p = &plan.vm[i];

		g_assert_cmphex(p->ram[0].size, ==, i == 1 ? 64 << 20 : 32 << 20);
		g_assert_cmphex(p->kernel_at.v, ==, p->ram[0].base.v);
		g_assert_cmphex(p->dtb.base.v, ==, p->kernel_at.v + KERNEL_SIZE);
		g_assert_cmphex(p->ramdisk.base.v, ==, p->dtb.base.v + SZ_2M);
		g_assert_cmphex(p->ramdisk.size, ==, DT_VM_RAMDISK_SIZE);
		/* no VM's memory is another one's, for neve's own reads either */
		for (unsigned int j = 0; j < 3; j++)
			g_assert_cmpint(plan_readable(&m, &plan.vm[j], p->ram[0]), ==, i == j);
		g_assert_false(plan_readable(&m, p, RANGE(DT_KERNEL, 8)));
		g_assert_false(plan_readable(&m, p, plan.pool));
	}
}

static void test_host_tree(void)
{
	u64 first, second;
	void *g;

	g_assert_true(prepare(two_vms(), KERNEL_SIZE));
	g = tree(0);
	first = plan.vm[1].ram[0].base.v;
	second = plan.vm[2].ram[0].base.v;
	g_assert_cmphex(first, ==, 0x42c00000);	      /* behind neve */
	g_assert_cmphex(second, ==, DT_BASE + SZ_2M); /* behind the machine's device tree */
	/* up to neve, between the VMs and behind them */
	assert_memory(g, 6, (u64)0x40000000, (u64)0x200000, first + (64 << 20),
		      second - first - (64 << 20), second + (32 << 20),
		      DT_RAM_BASE + (u64)DT_RAM_SIZE - second - (32 << 20));
	assert_has(g, "/chosen/vm1", false);
	assert_has(g, "/chosen/vm2", false);
	assert_has(g, "/cpus/cpu@0", true);
	assert_has(g, "/cpus/cpu@1", false);
	assert_has(g, "/cpus/cpu@3", false);
	assert_has(g, "/pcie@10000000", true);
	g_free(g);
}

static void test_vm_tree(void)
{
	static const char *const there[] = {"/cpus/cpu@1",   "/timer",	       "/psci", "/aliases",
					    "/intc@8000000", "/pl011@9000000", "/pmu",	"/clk"};
	static const char *const gone[] = {"/cpus/cpu@0",     "/cpus/cpu@2",
					   "/cpus/cpu@3",     "/chosen/vm1",
					   "/chosen/vm2",     "/chosen/module@50000000",
					   "/pcie@10000000",  "/intc@8000000/its@8080000",
					   "/dma@10010000",   "/firmware",
					   "/reserved-memory"};
	void *fdt = two_vms(), *g;
	int chosen;

	dt_add(fdt, "/", "firmware");
	dt_add(fdt, "/", "reserved-memory");
	dt_set_string(fdt, "/reserved-memory", "compatible", "x");
	dt_add(fdt, "/", "pmu");
	dt_set_string(fdt, "/pmu", "compatible", "arm,armv8-pmuv3");
	dt_add(fdt, "/", "clk");
	dt_set_string(fdt, "/clk", "compatible", "fixed-clock");
	dt_set_string(fdt, "/pl011@9000000", "dmas", "x");
	fdt_add_mem_rsv(fdt, DT_BASE, 0x1000);
	g_assert_true(prepare(fdt, KERNEL_SIZE));
	g = tree(1);
	for (unsigned int i = 0; i < G_N_ELEMENTS(there); i++)
		assert_has(g, there[i], true);
	for (unsigned int i = 0; i < G_N_ELEMENTS(gone); i++)
		assert_has(g, gone[i], false);
	assert_memory(g, 2, plan.vm[1].ram[0].base.v, (u64)64 << 20);
	chosen = dt_at(g, "/chosen");
	g_assert_cmpstr(fdt_getprop(g, chosen, "bootargs", NULL), ==, "first");
	g_assert_cmpstr(fdt_getprop(g, chosen, "stdout-path", NULL), ==, "serial0:115200n8");
	g_assert_null(fdt_getprop(g, chosen, "kaslr-seed", NULL));
	g_assert_null(fdt_getprop(g, chosen, "rng-seed", NULL));
	g_assert_null(fdt_getprop(g, dt_at(g, "/pl011@9000000"), "dmas", NULL));
	g_assert_nonnull(fdt_getprop(g, dt_at(g, "/pl011@9000000"), "interrupts", NULL));
	g_assert_cmpint(fdt_num_mem_rsv(g), ==, 0);
	g_free(g);
	g = tree(2);
	assert_has(g, "/cpus/cpu@1", false);
	assert_has(g, "/cpus/cpu@2", true);
	assert_has(g, "/cpus/cpu@3", true);
	g_free(g);
}

/*
 * Nor is anything of the others' left behind the tree, from before it was cut: all of the room for
 * it is the VM's memory.
 */
static void test_left_over(void)
{
	static const char *const words[] = {"words-of-the-host", "words-of-vm1", "words-of-vm2",
					    "a-seed-of-the-host"};
	static const u8 much[8192];
	void *fdt = two_vms();

	/* what goes at once is more than there is behind it */
	g_assert_cmpint(fdt_setprop(fdt, dt_add(fdt, "/", "soc"), "much", much, sizeof(much)), ==,
			0);
	dt_set_string(fdt, "/chosen", "rng-seed", words[3]);
	dt_set_string(fdt, "/chosen/module@50000000", "bootargs", words[0]);
	dt_set_string(fdt, "/chosen/vm1/kernel", "bootargs", words[1]);
	dt_set_string(fdt, "/chosen/vm2/kernel", "bootargs", words[2]);
	g_assert_true(prepare(fdt, KERNEL_SIZE));
	for (unsigned int i = 0; i < 3; i++) {
		u8 *g = tree(i);

		for (unsigned int w = 0; w < G_N_ELEMENTS(words); w++) {
			bool own = w == i || (w == 3 && !i), found = false;

			for (size_t at = 0; at + strlen(words[w]) <= plan.vm[i].dtb.size; at++)
				found |= !memcmp(g + at, words[w], strlen(words[w]));
			if (found != own)
				g_error("VM %u: \"%s\" is %sthere", i, words[w], own ? "not " : "");
		}
		g_free(g);
	}
}

/* Devices below a bus: what the VM has stays, with the way to it; its neighbours go. */
static void test_bus(void)
{
	void *fdt = two_vms(), *g;
	int node;

	fdt_del_node(fdt, dt_at(fdt, "/pl011@9000000"));
	node = dt_add(fdt, "/", "soc");
	fdt_setprop_empty(fdt, node, "ranges");
	fdt_setprop_u32(fdt, node, "#address-cells", 2);
	fdt_setprop_u32(fdt, node, "#size-cells", 2);
	dt_add(fdt, "/soc", "z-after");
	node = dt_add(fdt, "/soc", "uart");
	dt_set_string(fdt, "/soc/uart", "compatible", "arm,pl011");
	dt_set_reg(fdt, dt_at(fdt, "/soc/uart"), 2, 1, (u64)0x9000000, (u64)0x1000);
	dt_add(fdt, "/soc/uart", "child");
	dt_add(fdt, "/soc", "before");
	dt_add(fdt, "/soc/before", "child");
	dt_set_string(fdt, "/chosen", "stdout-path", "/soc/uart");
	g_assert_true(prepare(fdt, KERNEL_SIZE));
	g = tree(1);
	assert_has(g, "/soc/uart/child", true);
	assert_has(g, "/soc/before", false);
	assert_has(g, "/soc/z-after", false);
	g_free(g);
}

static void test_bad(void)
{
	void *fdt = dt_new(2);
	char name[8];

	dt_add_vm(fdt, "vm1", 4, 64, 0x60000000);
	fails(fdt, "found 4 CPUs, expected at least 4 for the VMs and one more");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 0, 64, 0x60000000);
	fails(fdt, "found no usable cpus in vm1");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 0xffffffff, 64, 0x60000000);
	fails(fdt, "found no usable cpus in vm1");
	fdt = dt_new(2);
	fdt_delprop(fdt, dt_add_vm(fdt, "vm1", 1, 64, 0x60000000), "cpus");
	fails(fdt, "found no usable cpus in vm1");
	for (unsigned int i = 0; i < 4; i++) {
		static const u64 bad[] = {0, 65, UINT64_C(1) << 28, ~UINT64_C(0) >> 10};

		fdt = dt_new(2);
		dt_add_vm(fdt, "vm1", 1, bad[i], 0x60000000);
		fails(fdt, "found no usable memory in vm1");
	}
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 64, 0);
	fails(fdt, "found no module of compatible \"multiboot,kernel\" in vm1");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 64, 0x60000000);
	dt_add_module(fdt, "/chosen/vm1", "x", NULL, 0x70000000, 0x1000, 2);
	fails(fdt, "found the module x of a VM");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 64, DT_KERNEL);
	fails(fdt, "overlapping");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 64, 0x10000000);
	fails(fdt, "found the VM's kernel module at 0x10000000");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 64, DT_IMAGE + 0x100000);
	fails(fdt, "found the VM's kernel module (0x40300000");
	fdt = dt_new(2);
	for (unsigned int i = 0; i <= MACHINE_MAX_VMS; i++) {
		g_snprintf(name, sizeof(name), "vm%u", i);
		dt_add_vm(fdt, name, 1, 64, 0x60000000 + i * 0x1000000);
	}
	fails(fdt, "found more than 3 VMs");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 10, 0x60000000);
	fails(fdt,
	      "found 10 MiB of memory for a VM, expected at least 11 MiB for its kernel (8 MiB)");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 1900, 0x60000000);
	fails(fdt, "for a VM's memory");
	fdt = dt_new(2);
	dt_add_vm(fdt, "vm1", 1, 4096, 0x60000000);
	fails(fdt, "and other VMs (4096 MiB)");
}

static void test_disabled(void)
{
	void *fdt = dt_new(2), *g;

	dt_add_vm(fdt, "vm1", 1, 64, 0x60000000);
	dt_set_string(fdt, "/chosen/vm1", "status", "disabled");
	g_assert_true(prepare(fdt, KERNEL_SIZE));
	g_assert_cmpuint(plan.nr_vms, ==, 1);
	g = tree(0);
	assert_has(g, "/chosen/vm1", false);
	g_free(g);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vms/plan", test_plan);
	g_test_add_func("/vms/host-tree", test_host_tree);
	g_test_add_func("/vms/vm-tree", test_vm_tree);
	g_test_add_func("/vms/left-over", test_left_over);
	g_test_add_func("/vms/bus", test_bus);
	g_test_add_func("/vms/bad", test_bad);
	g_test_add_func("/vms/disabled", test_disabled);
	return g_test_run();
}
