/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/machine.h"

#include <string.h>
#include "boot/dt.h"
#include "boot/machine_dev.h"
#include "boot/machine_dma.h"
#include "boot/machine_mod.h"
#include "boot/options.h"

/* Aff3 and Aff2-0: what a cpu node's reg holds */
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

bool machine_is_ram(const struct machine *m, struct mem_range r)
{
	for (unsigned int i = 0; i < m->nr_mem; i++) {
		if (range_contains(m->mem[i], r))
			return true;
	}
	return false;
}

static bool parse_memory(const void *dtb, struct machine *m, struct boot_report *r)
{
	struct dt_cells cells = dt_cells_of(dtb, 0);
	int node;

	fdt_for_each_subnode (node, dtb, 0) {
		struct mem_range reg;
		int ret;

		if (!dt_is_memory(dtb, node))
			continue;
		for (unsigned int i = 0; !(ret = dt_reg(dtb, node, cells, i, &reg)); i++) {
			if (m->nr_mem == MACHINE_MAX_MEM)
				return report_error(r,
						    "found more than the %u memory regions that "
						    "neve can keep",
						    MACHINE_MAX_MEM);
			reg = range_shrink(reg, PAGE_SIZE);
			if (reg.size)
				m->mem[m->nr_mem++] = reg;
		}
		if (ret != -ENOENT)
			return report_error(r,
					    "found a malformed reg in the memory node %.40s, "
					    "expected pairs of address and size",
					    fdt_get_name(dtb, node, NULL));
	}
	m->nr_mem = ranges_normalise(m->mem, m->nr_mem);
	for (unsigned int i = 0; i < m->nr_mem; i++)
		m->mem_total += m->mem[i].size;
	if (!m->nr_mem)
		return report_error(r, "found no memory in the device tree, expected a node of "
				       "device_type \"memory\" below the root");
	return true;
}

static bool add_reserved(struct machine *m, struct mem_range range, bool no_map,
			 struct boot_report *r)
{
	if (!range.size)
		return true;
	if (m->nr_reserved == MACHINE_MAX_RESERVED)
		return report_error(r,
				    "found more than the %u reserved memory ranges that neve can "
				    "keep",
				    MACHINE_MAX_RESERVED);
	m->reserved[m->nr_reserved++] = (struct reserved_range){range, no_map};
	return true;
}

static bool parse_reserved(const void *dtb, struct machine *m, struct boot_report *r)
{
	int parent = fdt_path_offset(dtb, "/reserved-memory");
	int node, n = fdt_num_mem_rsv(dtb);
	struct dt_cells cells;

	for (int i = 0; i < n; i++) {
		u64 base, size, end;

		if (fdt_get_mem_rsv(dtb, i, &base, &size) ||
		    __builtin_add_overflow(base, size, &end))
			return report_error(r, "found a malformed memory reservation block");
		if (!add_reserved(m, RANGE(base, size), false, r))
			return false;
	}
	if (parent < 0)
		return true;
	cells = dt_cells_of(dtb, parent);
	fdt_for_each_subnode (node, dtb, parent) {
		bool no_map = fdt_getprop(dtb, node, "no-map", NULL);
		struct mem_range reg;
		int ret;

		if (!dt_available(dtb, node))
			continue;
		/* without reg: the guest chooses a place when it boots */
		for (unsigned int i = 0; !(ret = dt_reg(dtb, node, cells, i, &reg)); i++) {
			if (!add_reserved(m, reg, no_map, r))
				return false;
		}
		if (ret != -ENOENT)
			return report_error(r, "found a malformed reg in /reserved-memory/%.40s",
					    fdt_get_name(dtb, node, NULL));
	}
	return true;
}

static bool add_cpu(struct machine *m, u64 mpidr, bool startable, struct boot_report *r)
{
	m->nr_cpus_found++;
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		if (m->cpus[i].mpidr != mpidr)
			continue;
		/* [0] is there from the start, without its node */
		if (i == 0 && !m->boot_cpu_seen) {
			m->boot_cpu_seen = true;
			return true;
		}
		return report_error(r, "found two cpu nodes with reg 0x%lx", mpidr);
	}
	if (startable && m->nr_cpus < MAX_CPUS)
		m->cpus[m->nr_cpus++].mpidr = mpidr;
	return true;
}

static bool parse_cpus(const void *dtb, u64 boot_mpidr, struct machine *m, struct boot_report *r)
{
	int parent = fdt_path_offset(dtb, "/cpus"), node;
	struct dt_cells cells;

	if (parent < 0)
		return report_error(r, "found no /cpus in the device tree");
	cells = dt_cells_of(dtb, parent);
	cells.size = 0; /* #size-cells = 0 by the binding */
	m->cpus[0].mpidr = boot_mpidr & MPIDR_AFFINITY;
	m->nr_cpus = 1;
	fdt_for_each_subnode (node, dtb, parent) {
		const char *type = dt_string(dtb, node, "device_type");
		const char *method = dt_string(dtb, node, "enable-method");
		bool startable = method && !strcmp(method, "psci") && m->psci.cpu_on;
		struct mem_range reg;

		if (!type || strcmp(type, "cpu") || !dt_available(dtb, node))
			continue;
		if (dt_reg(dtb, node, cells, 0, &reg) || reg.base.v & ~MPIDR_AFFINITY)
			return report_error(r,
					    "found a malformed reg in /cpus/%.40s, expected the "
					    "affinity fields of its MPIDR_EL1",
					    fdt_get_name(dtb, node, NULL));
		if (!add_cpu(m, reg.base.v, startable, r))
			return false;
	}
	if (!m->boot_cpu_seen)
		return report_error(r,
				    "found no node below /cpus for the CPU that booted (MPIDR "
				    "affinity 0x%lx)",
				    m->cpus[0].mpidr);
	if (m->nr_cpus < m->nr_cpus_found)
		report_warning(r,
			       "found %u CPUs, using %u: neve uses at most %u, and only those "
			       "that PSCI can start",
			       m->nr_cpus_found, m->nr_cpus, MAX_CPUS);
	return true;
}

static bool parse_options(const void *dtb, struct machine *m, struct boot_report *r)
{
	int chosen = fdt_path_offset(dtb, "/chosen");
	const char *line = chosen >= 0 ? dt_string(dtb, chosen, "bootargs") : NULL;

	return options_parse(line ? line : "", &m->opt, r);
}

static bool check_blob(const void *dtb, size_t limit, struct boot_report *r)
{
	int ret = fdt_check_header(dtb);

	if (!ret && fdt_totalsize(dtb) > limit)
		return report_error(r, "found a device tree of %u bytes, expected at most %zu",
				    fdt_totalsize(dtb), limit);
	if (!ret)
		ret = fdt_check_full(dtb, limit);
	if (ret)
		return report_error(r,
				    "found a malformed device tree (%s), expected its address in "
				    "x0 at entry",
				    fdt_strerror(ret));
	return true;
}

bool machine_from_dt(const void *dtb, size_t limit, hpa_t dtb_base, u64 boot_mpidr,
		     struct machine *m, struct boot_report *r)
{
	memset(m, 0, sizeof(*m));
	if (!check_blob(dtb, limit, r))
		return false;
	m->dtb = RANGE(dtb_base.v, fdt_totalsize(dtb));
	machine_parse_uart(dtb, m, r);
	machine_parse_psci(dtb, m);
	return parse_options(dtb, m, r) && parse_memory(dtb, m, r) && parse_reserved(dtb, m, r) &&
	       parse_cpus(dtb, boot_mpidr, m, r) && machine_parse_gic(dtb, m, r) &&
	       machine_parse_timer(dtb, m, r) && machine_parse_modules(dtb, m, r) &&
	       machine_parse_dma(dtb, m, r);
}
