/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/machine_dev.h"

#include <string.h>
#include "boot/dt.h"

/* Frames of the GICv3 (Arm IHI 0069): distributor 64 KiB, redistributor two of 64 KiB, ITS two */
#define GICD_SIZE SZ_64K
#define GICR_SIZE (2 * SZ_64K)
#define ITS_SIZE  (2 * SZ_64K)

static bool is_pl011(const void *dtb, int node)
{
	/* the SBSA generic UART is a subset with the same data and flag registers */
	return dt_compatible(dtb, node, "arm,pl011") || dt_compatible(dtb, node, "arm,sbsa-uart");
}

static int stdout_node(const void *dtb, struct boot_report *r)
{
	int chosen = fdt_path_offset(dtb, "/chosen"), node;
	const char *path = chosen >= 0 ? dt_string(dtb, chosen, "stdout-path") : NULL;
	const char *colon;

	if (!path)
		return -ENOENT;
	/* a path or an alias; what follows a colon is for the driver */
	colon = strchr(path, ':');
	node = fdt_path_offset_namelen(dtb, path,
				       (int)(colon ? (size_t)(colon - path) : strlen(path)));
	if (node >= 0 && is_pl011(dtb, node))
		return node;
	if (r)
		report_warning(
			r,
			"found stdout-path \"%.60s\", which is no PL011 UART; using the first "
			"PL011 of the device tree",
			path);
	return -ENOENT;
}

int machine_uart_node(const void *dtb, struct boot_report *r)
{
	int node = stdout_node(dtb, r);

	if (node < 0)
		node = dt_find_compatible(dtb, "arm,pl011");
	return node < 0 ? dt_find_compatible(dtb, "arm,sbsa-uart") : node;
}

void machine_parse_uart(const void *dtb, struct machine *m, struct boot_report *r)
{
	int node = machine_uart_node(dtb, r);

	if (node < 0 || dt_reg_cpu(dtb, node, 0, &m->uart) || m->uart.size < SZ_4K)
		m->uart = RANGE(0, 0);
}

void machine_parse_psci(const void *dtb, struct machine *m)
{
	struct machine_psci *p = &m->psci;
	bool fixed_ids = true;
	const char *method;
	int node = dt_find_compatible(dtb, "arm,psci-1.0");
	u64 id;

	if (node < 0)
		node = dt_find_compatible(dtb, "arm,psci-0.2");
	if (node < 0) {
		node = dt_find_compatible(dtb, "arm,psci");
		fixed_ids = false;
	}
	method = node < 0 ? NULL : dt_string(dtb, node, "method");
	if (!method)
		return;
	if (!strcmp(method, "smc"))
		p->conduit = PSCI_CONDUIT_SMC;
	else if (!strcmp(method, "hvc"))
		p->conduit = PSCI_CONDUIT_HVC;
	else
		return;
	if (fixed_ids) {
		/* Arm DEN0022, 5.1; the SMC64 one where there are two */
		p->cpu_on = 0xc4000003;
		p->cpu_off = 0x84000002;
		p->affinity_info = 0xc4000004;
		p->system_off = 0x84000008;
		p->system_reset = 0x84000009;
		return;
	}
	if (!dt_number(dtb, node, "cpu_on", &id))
		p->cpu_on = (u32)id;
	if (!dt_number(dtb, node, "cpu_off", &id))
		p->cpu_off = (u32)id;
}

static bool no_gic(const void *dtb, struct boot_report *r)
{
	static const char *const gicv2[] = {"arm,cortex-a15-gic", "arm,gic-400",
					    "arm,cortex-a7-gic", "arm,cortex-a9-gic"};
	const char *found = "no interrupt controller that neve knows";

	for (unsigned int i = 0; i < ARRAY_SIZE(gicv2); i++) {
		if (dt_find_compatible(dtb, gicv2[i]) >= 0)
			found = "a GICv2";
	}
	return report_error(r,
			    "found %s, expected a GICv3 (compatible \"arm,gic-v3\"); for QEMU: "
			    "-machine virt,gic-version=3",
			    found);
}

int machine_device_reg(const void *dtb, int node, unsigned int index, u64 size,
		       const struct machine *m, struct mem_range *out)
{
	int ret = dt_reg_cpu(dtb, node, index, out);

	if (ret)
		return ret;
	if (out->size < size || !IS_ALIGNED(out->base.v, SZ_64K))
		return -EINVAL;
	for (unsigned int i = 0; i < m->nr_mem; i++) {
		if (ranges_overlap(m->mem[i], *out))
			return -EINVAL;
	}
	return 0;
}

static bool parse_its(const void *dtb, struct machine *m, struct boot_report *r)
{
	struct machine_gic *g = &m->gic;
	int node = -1;

	while ((node = fdt_node_offset_by_compatible(dtb, node, "arm,gic-v3-its")) >= 0) {
		if (!dt_available(dtb, node))
			continue;
		if (g->nr_its == MACHINE_MAX_ITS)
			return report_error(r, "found more than the %u ITSs that neve can keep",
					    MACHINE_MAX_ITS);
		if (machine_device_reg(dtb, node, 0, ITS_SIZE, m, &g->its[g->nr_its]))
			return report_error(r, "found a malformed reg in the ITS node %.40s",
					    fdt_get_name(dtb, node, NULL));
		g->nr_its++;
	}
	return true;
}

bool machine_parse_gic(const void *dtb, struct machine *m, struct boot_report *r)
{
	struct machine_gic *g = &m->gic;
	int node = dt_find_compatible(dtb, "arm,gic-v3");
	u64 regions = 1, cells = 0;

	if (node < 0)
		return no_gic(dtb, r);
	dt_number(dtb, node, "#redistributor-regions", &regions);
	dt_number(dtb, node, "redistributor-stride", &g->gicr_stride);
	dt_number(dtb, node, "#interrupt-cells", &cells);
	if (regions < 1 || regions > MACHINE_MAX_GICR || cells < 3 || cells > 4 ||
	    !IS_ALIGNED(g->gicr_stride, SZ_64K) || (g->gicr_stride && g->gicr_stride < GICR_SIZE))
		return report_error(r,
				    "found a GICv3 node with %lu redistributor regions, stride "
				    "0x%lx, %lu interrupt cells; expected 1 to %u regions, a "
				    "multiple of 64 KiB, 3 or 4 cells",
				    regions, g->gicr_stride, cells, MACHINE_MAX_GICR);
	if (machine_device_reg(dtb, node, 0, GICD_SIZE, m, &g->gicd))
		return report_error(r, "found a GICv3 node without a usable distributor in reg[0]");
	for (; g->nr_gicr < regions; g->nr_gicr++) {
		if (machine_device_reg(dtb, node, g->nr_gicr + 1, GICR_SIZE, m,
				       &g->gicr[g->nr_gicr]))
			return report_error(r,
					    "found a GICv3 node without usable redistributors in "
					    "reg[%u]",
					    g->nr_gicr + 1);
	}
	g->interrupt_cells = (unsigned int)cells;
	g->maintenance_intid = dt_ppi(dtb, node, g->interrupt_cells, 0);
	if (!g->maintenance_intid)
		return report_error(r,
				    "found a GICv3 without a maintenance interrupt, expected one "
				    "(a PPI): this GIC has no virtualization; for QEMU: -machine "
				    "virt,virtualization=on");
	if (m->uart.size)
		m->uart_intid = dt_intid(dtb, machine_uart_node(dtb, NULL), g->interrupt_cells, 0);
	return parse_its(dtb, m, r);
}

bool machine_parse_timer(const void *dtb, struct machine *m, struct boot_report *r)
{
	/* The binding's order, and its names where the node has them */
	const struct {
		const char *name;
		unsigned int index;
		u32 *intid;
	} irq[] = {{"phys", 1, &m->timer.phys},
		   {"virt", 2, &m->timer.virt},
		   {"hyp-phys", 3, &m->timer.hyp_phys},
		   {"hyp-virt", 4, &m->timer.hyp_virt}};
	int node = dt_find_compatible(dtb, "arm,armv8-timer");

	if (node < 0)
		return report_error(r, "found no timer node, expected compatible "
				       "\"arm,armv8-timer\"");
	for (unsigned int i = 0; i < ARRAY_SIZE(irq); i++) {
		int index = (int)irq[i].index;

		if (fdt_getprop(dtb, node, "interrupt-names", NULL))
			index = fdt_stringlist_search(dtb, node, "interrupt-names", irq[i].name);
		*irq[i].intid =
			index < 0 ? 0
				  : dt_ppi(dtb, node, m->gic.interrupt_cells, (unsigned int)index);
	}
	if (!m->timer.phys || !m->timer.virt || !m->timer.hyp_phys)
		return report_error(r,
				    "found a timer node without the PPIs of the EL1 physical, the "
				    "virtual and the EL2 physical timer");
	return true;
}
