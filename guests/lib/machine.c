/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings: Devicetree Specification v0.4; arm,gic-v3, arm,arch_timer, arm,psci, arm,pl011,
 * virtio,mmio, qemu,fw-cfg-mmio, xen,xen.
 */
#include "machine.h"

#include <libfdt.h>
#include <string.h>

#include "mmu.h"
#include "sysreg.h"

struct machine machine;

bool machine_node_reg(const void *dtb, int node, u32 index, struct mem_range *r)
{
	int parent = fdt_parent_offset(dtb, node), len;
	int ac = fdt_address_cells(dtb, parent), sc = fdt_size_cells(dtb, parent);
	const fdt32_t *cell = fdt_getprop(dtb, node, "reg", &len);

	if (!cell || ac < 1 || ac > 2 || sc < 0 || sc > 2 ||
	    (u64)len < (u64)(index + 1) * (u32)(ac + sc) * sizeof(*cell))
		return false;
	cell += index * (u32)(ac + sc);
	*r = (struct mem_range){0};
	while (ac--)
		r->base = r->base << 32 | fdt32_to_cpu(*cell++);
	while (sc--)
		r->size = r->size << 32 | fdt32_to_cpu(*cell++);
	return r->base + r->size >= r->base;
}

/* Interrupt `index` of a node, with the GIC's three cells each; 0 if there is none. */
static u32 node_intid(const void *dtb, int node, u32 index)
{
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "interrupts", &len);
	u32 type, num;

	if (!cell || (u64)len < (u64)(index + 1) * 3 * sizeof(*cell))
		return 0;
	type = fdt32_to_cpu(cell[index * 3]);
	num = fdt32_to_cpu(cell[index * 3 + 1]);
	if (type == 1 && num < 16)
		return num + 16;
	if (type == 0 && num < 988)
		return num + 32;
	return 0;
}

/* Is the node's first interrupt edge-triggered? */
static bool node_irq_edge(const void *dtb, int node)
{
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "interrupts", &len);

	return cell && len >= 12 && (fdt32_to_cpu(cell[2]) & 3);
}

static bool is_compatible(const void *dtb, int node, const char *what)
{
	return node >= 0 && fdt_node_check_compatible(dtb, node, what) == 0;
}

static int find_compatible(const void *dtb, const char *what)
{
	return fdt_node_offset_by_compatible(dtb, -1, what);
}

static bool is_uart(const void *dtb, int node)
{
	return is_compatible(dtb, node, "arm,pl011") || is_compatible(dtb, node, "arm,sbsa-uart");
}

static void find_uart(const void *dtb, int chosen)
{
	int node = -1, len;
	const char *path = chosen >= 0 ? fdt_getprop(dtb, chosen, "stdout-path", &len) : NULL;

	if (path && len > 0) {
		const char *end = memchr(path, ':', (size_t)len);

		node = fdt_path_offset_namelen(dtb, path, end ? (int)(end - path) : len - 1);
	}
	if (!is_uart(dtb, node))
		node = find_compatible(dtb, "arm,pl011");
	if (node < 0)
		node = find_compatible(dtb, "arm,sbsa-uart");
	if (node < 0 || !machine_node_reg(dtb, node, 0, &machine.uart))
		machine.uart = (struct mem_range){0};
	else
		machine.uart_intid = node_intid(dtb, node, 0);
}

static void find_psci(const void *dtb)
{
	int node = find_compatible(dtb, "arm,psci-0.2");
	const char *method;

	if (node < 0)
		node = find_compatible(dtb, "arm,psci-1.0");
	method = node < 0 ? NULL : fdt_getprop(dtb, node, "method", NULL);
	if (method && !strcmp(method, "hvc"))
		machine.psci = PSCI_HVC;
	else if (method && !strcmp(method, "smc"))
		machine.psci = PSCI_SMC;
}

static void find_memory(const void *dtb)
{
	for (int node = fdt_next_node(dtb, -1, NULL); node >= 0;
	     node = fdt_next_node(dtb, node, NULL)) {
		const char *type = fdt_getprop(dtb, node, "device_type", NULL);
		struct mem_range r;

		if (!type || strcmp(type, "memory"))
			continue;
		for (u32 i = 0;
		     machine.nr_mem < MACHINE_MAX_MEM && machine_node_reg(dtb, node, i, &r); i++)
			machine.mem[machine.nr_mem++] = r;
	}
}

/* The boot CPU is number 0, wherever it stands in the tree. CPUs beyond MAX_CPUS stay unused. */
static void find_cpus(const void *dtb)
{
	int parent = fdt_path_offset(dtb, "/cpus"), node;

	machine.mpidr[0] = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
	machine.nr_cpus = 1;
	if (parent < 0)
		return;
	for (node = fdt_first_subnode(dtb, parent); node >= 0; node = fdt_next_subnode(dtb, node)) {
		const char *type = fdt_getprop(dtb, node, "device_type", NULL);
		struct mem_range r;

		if (!type || strcmp(type, "cpu") || !machine_node_reg(dtb, node, 0, &r))
			continue;
		if (r.base != machine.mpidr[0] && machine.nr_cpus < MAX_CPUS)
			machine.mpidr[machine.nr_cpus++] = r.base;
	}
}

static void find_gic(const void *dtb)
{
	int node = find_compatible(dtb, "arm,gic-v3"), its;
	const fdt32_t *regions;
	u32 n = 1;

	if (node < 0 || !machine_node_reg(dtb, node, 0, &machine.gicd)) {
		machine.gicd = (struct mem_range){0};
		return;
	}
	its = find_compatible(dtb, "arm,gic-v3-its");
	if (its < 0 || !machine_node_reg(dtb, its, 0, &machine.its))
		machine.its = (struct mem_range){0};
	regions = fdt_getprop(dtb, node, "#redistributor-regions", NULL);
	if (regions)
		n = fdt32_to_cpu(*regions);
	while (machine.nr_gicr < n && machine.nr_gicr < MACHINE_MAX_GICR &&
	       machine_node_reg(dtb, node, 1 + machine.nr_gicr, &machine.gicr[machine.nr_gicr]))
		machine.nr_gicr++;
}

static void find_timer(const void *dtb)
{
	int node = find_compatible(dtb, "arm,armv8-timer");

	if (node < 0)
		return;
	/* The binding's fixed order: secure physical, physical, virtual, hypervisor. */
	machine.phys_timer_intid = node_intid(dtb, node, 1);
	machine.virt_timer_intid = node_intid(dtb, node, 2);
	machine.hyp_timer_intid = node_intid(dtb, node, 3);
}

static void find_virtio(const void *dtb)
{
	int node = find_compatible(dtb, "virtio,mmio");

	while (node >= 0 && machine.nr_virtio < MACHINE_MAX_VIRTIO) {
		u32 n = machine.nr_virtio;

		if (machine_node_reg(dtb, node, 0, &machine.virtio[n].reg)) {
			machine.virtio[n].irq.intid = node_intid(dtb, node, 0);
			machine.virtio[n].irq.edge = node_irq_edge(dtb, node);
			machine.nr_virtio++;
		}
		node = fdt_node_offset_by_compatible(dtb, node, "virtio,mmio");
	}
}

static void find_fw_cfg(const void *dtb)
{
	int node = find_compatible(dtb, "qemu,fw-cfg-mmio");

	if (node < 0 || !machine_node_reg(dtb, node, 0, &machine.fw_cfg))
		machine.fw_cfg = (struct mem_range){0};
}

const char *machine_init(const void *dtb)
{
	const char *args = NULL;
	int chosen, len = 0;

	machine.bootargs = "";
	/* mmu_init_tables mapped it only if this holds. */
	if (!dtb || (uintptr_t)dtb % 8 || fdt_check_header(dtb) || fdt_totalsize(dtb) > SZ_2M)
		return "no device tree in x0, expected one of at most 2 MiB";
	machine.dtb = (struct mem_range){(u64)dtb, fdt_totalsize(dtb)};
	chosen = fdt_path_offset(dtb, "/chosen");
	find_psci(dtb);
	find_uart(dtb, chosen);
	if (chosen >= 0)
		args = fdt_getprop(dtb, chosen, "bootargs", &len);
	if (args && len > 0 && args[len - 1] == '\0')
		machine.bootargs = args;
	find_cpus(dtb);
	find_memory(dtb);
	find_gic(dtb);
	find_timer(dtb);
	find_virtio(dtb);
	find_fw_cfg(dtb);
	machine.xen = find_compatible(dtb, "xen,xen") >= 0;
	if (!machine.nr_mem)
		return "the device tree has no memory node";
	return NULL;
}

const char *machine_map(void)
{
	for (u32 i = 0; i < machine.nr_mem; i++) {
		/* Whole blocks only: what shares one with the end of RAM may be a device. */
		u64 base = ALIGN_UP(machine.mem[i].base, SZ_2M);
		u64 end = ALIGN_DOWN(machine.mem[i].base + machine.mem[i].size, SZ_2M);

		if (end > base && !mmu_map(base, end - base, MMU_RAM))
			return "RAM";
	}
	if (machine.gicd.size && !mmu_map(machine.gicd.base, machine.gicd.size, MMU_DEVICE))
		return "the GIC distributor";
	for (u32 i = 0; i < machine.nr_gicr; i++)
		if (!mmu_map(machine.gicr[i].base, machine.gicr[i].size, MMU_DEVICE))
			return "the GIC redistributors";
	if (machine.fw_cfg.size && !mmu_map(machine.fw_cfg.base, machine.fw_cfg.size, MMU_DEVICE))
		return "fw_cfg";
	for (u32 i = 0; i < machine.nr_virtio; i++)
		if (!mmu_map(machine.virtio[i].reg.base, machine.virtio[i].reg.size, MMU_DEVICE))
			return "virtio-mmio";
	return NULL;
}
