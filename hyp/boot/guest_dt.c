/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every edit moves what lies behind it, so offsets are looked up again after each one, and walks
 * that delete start over. A tree has a few hundred nodes, and this runs once.
 */
#include "boot/guest_dt.h"

#include <string.h>
#include "boot/dt.h"
#include "boot/machine_dev.h"
#include "boot/machine_dma.h"
#include "boot/machine_mod.h"

struct edit {
	void *fdt;
	const struct machine *m;
	const struct vm_plan *plan;
	struct boot_report *r;
};

static bool check(struct edit *e, int ret, const char *what)
{
	if (ret >= 0)
		return true;
	return report_error(e->r, "cannot edit the guest's device tree: %s: %s", what,
			    fdt_strerror(ret));
}

/* Removes a property if it is there. */
static bool drop_property(struct edit *e, int node, const char *name)
{
	int ret = fdt_delprop(e->fdt, node, name);

	return ret == -FDT_ERR_NOTFOUND || check(e, ret, name);
}

/*
 * Reg of a memory node: of each of its ranges, in whole pages, as in machine_from_dt, what is the
 * VM's. Returns the number of bytes in out, or -1 when there is no room.
 */
static int memory_reg(struct edit *e, int node, struct dt_cells cells, fdt32_t *out,
		      unsigned int max_cells)
{
	unsigned int n = 0;
	struct mem_range reg;

	for (unsigned int i = 0; !dt_reg(e->fdt, node, cells, i, &reg); i++) {
		reg = range_shrink(reg, PAGE_SIZE);
		for (unsigned int j = 0; j < e->plan->nr_ram; j++) {
			struct mem_range part = range_common(reg, e->plan->ram[j]);

			if (!part.size)
				continue;
			if (n + cells.address + cells.size > max_cells)
				return -1;
			if (cells.address == 2)
				out[n++] = cpu_to_fdt32(part.base.v >> 32);
			out[n++] = cpu_to_fdt32((u32)part.base.v);
			if (cells.size == 2)
				out[n++] = cpu_to_fdt32(part.size >> 32);
			out[n++] = cpu_to_fdt32((u32)part.size);
		}
	}
	return (int)(n * sizeof(*out));
}

static bool edit_memory(struct edit *e)
{
	struct dt_cells cells = dt_cells_of(e->fdt, 0);
	fdt32_t reg[4 * PLAN_MAX_RAM];
	int node = fdt_first_subnode(e->fdt, 0);

	while (node >= 0) {
		int len;

		if (!dt_is_memory(e->fdt, node)) {
			node = fdt_next_subnode(e->fdt, node);
			continue;
		}
		len = memory_reg(e, node, cells, reg, ARRAY_SIZE(reg));
		if (len < 0)
			return report_error(e->r, "found more memory regions than neve can keep");
		if (len == 0) {
			if (!check(e, fdt_del_node(e->fdt, node), "memory"))
				return false;
			node = fdt_first_subnode(e->fdt, 0);
			continue;
		}
		if (!check(e, fdt_setprop(e->fdt, node, "reg", reg, len), "memory"))
			return false;
		node = fdt_next_subnode(e->fdt, node);
	}
	return true;
}

static bool is_hidden(const struct vm_plan *plan, struct mem_range r)
{
	for (unsigned int i = 0; i < plan->nr_hidden; i++) {
		if (ranges_overlap(plan->hidden[i], r))
			return true;
	}
	return false;
}

/* Reservations in what the VM does not have (the boot's device tree) mean nothing to it. */
static bool edit_reservations(struct edit *e)
{
	for (int i = fdt_num_mem_rsv(e->fdt) - 1; i >= 0; i--) {
		u64 base, size;

		if (!check(e, fdt_get_mem_rsv(e->fdt, i, &base, &size), "memreserve"))
			return false;
		if (e->plan->owns_machine && !is_hidden(e->plan, RANGE(base, size)))
			continue;
		if (!check(e, fdt_del_mem_rsv(e->fdt, i), "memreserve"))
			return false;
	}
	return true;
}

/* neve's own modules, and VMs; the host VM's own modules stay, other VMs' are none. */
static bool drop_modules(struct edit *e, int chosen)
{
	int node = fdt_first_subnode(e->fdt, chosen);

	while (node >= 0) {
		if (e->plan->owns_machine && !machine_uses_node(e->fdt, e->m, node)) {
			node = fdt_next_subnode(e->fdt, node);
			continue;
		}
		if (!check(e, fdt_del_node(e->fdt, node), "module"))
			return false;
		node = fdt_first_subnode(e->fdt, chosen);
	}
	return true;
}

static bool edit_chosen(struct edit *e)
{
	int chosen = fdt_path_offset(e->fdt, "/chosen");

	/* plan_memory has found a kernel module there */
	if (!check(e, chosen, "/chosen") || !drop_modules(e, chosen) ||
	    !check(e, fdt_setprop_string(e->fdt, chosen, "bootargs", e->plan->bootargs),
		   "bootargs"))
		return false;
	if (!e->plan->ramdisk.size)
		return drop_property(e, chosen, "linux,initrd-start") &&
		       drop_property(e, chosen, "linux,initrd-end");
	return check(e,
		     fdt_setprop_u64(e->fdt, chosen, "linux,initrd-start", e->plan->ramdisk.base.v),
		     "initrd") &&
	       check(e,
		     fdt_setprop_u64(e->fdt, chosen, "linux,initrd-end",
				     range_end(e->plan->ramdisk)),
		     "initrd");
}

/* PSCI as neve answers it: by SMC, since HVC belongs to the guest's own EL2; fixed ids. */
static bool edit_psci(struct edit *e)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";
	static const char *const ids[] = {"cpu_on", "cpu_off", "cpu_suspend", "migrate"};
	int node = dt_find_compatible(e->fdt, "arm,psci-1.0");

	if (node < 0)
		node = dt_find_compatible(e->fdt, "arm,psci-0.2");
	if (node < 0)
		node = dt_find_compatible(e->fdt, "arm,psci");
	if (node < 0)
		node = fdt_add_subnode(e->fdt, 0, "psci");
	if (!check(e, node, "psci") ||
	    !check(e, fdt_setprop(e->fdt, node, "compatible", compatible, sizeof(compatible)),
		   "psci") ||
	    !check(e, fdt_setprop_string(e->fdt, node, "method", "smc"), "psci"))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		if (!drop_property(e, node, ids[i]))
			return false;
	}
	return true;
}

static bool is_used_cpu(struct edit *e, int node, struct dt_cells cells)
{
	struct mem_range reg;

	if (dt_reg(e->fdt, node, cells, 0, &reg))
		return false;
	for (unsigned int i = 0; i < e->plan->nr_cpus; i++) {
		if (e->m->cpus[e->plan->first_cpu + i].mpidr == reg.base.v)
			return dt_available(e->fdt, node);
	}
	return false;
}

/* A subnode of /cpus, if it is there. */
static bool drop_cpus_subnode(struct edit *e, const char *name)
{
	int cpus = fdt_path_offset(e->fdt, "/cpus");
	int node = fdt_subnode_offset(e->fdt, cpus, name);

	return node < 0 || check(e, fdt_del_node(e->fdt, node), name);
}

static bool edit_cpus(struct edit *e)
{
	int cpus = fdt_path_offset(e->fdt, "/cpus"), node;
	struct dt_cells cells = dt_cells_of(e->fdt, cpus);
	bool all = true;

	cells.size = 0;
	node = fdt_first_subnode(e->fdt, cpus);
	while (node >= 0) {
		const char *type = dt_string(e->fdt, node, "device_type");

		if (!type || strcmp(type, "cpu")) {
			node = fdt_next_subnode(e->fdt, node);
			continue;
		}
		if (!is_used_cpu(e, node, cells)) {
			if (!check(e, fdt_del_node(e->fdt, node), "cpu"))
				return false;
			all = false;
			node = fdt_first_subnode(e->fdt, cpus);
			continue;
		}
		/* there is no CPU_SUSPEND, so there are no idle states to enter by it */
		if (!drop_property(e, node, "cpu-idle-states") ||
		    !drop_property(e, node, "cpu-release-addr") ||
		    !check(e, fdt_setprop_string(e->fdt, node, "enable-method", "psci"), "cpu"))
			return false;
		node = fdt_next_subnode(e->fdt, node);
	}
	/* a cpu-map with dangling phandles makes Linux reject the topology; without one it is flat
	 */
	return drop_cpus_subnode(e, "idle-states") && (all || drop_cpus_subnode(e, "cpu-map"));
}

/* Does a property with a phandle in every `stride`th cell, from `first` on, name this one? */
static bool names_phandle(const void *fdt, int node, const char *name, unsigned int first,
			  unsigned int stride, u32 phandle)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	for (unsigned int i = first; cell && (int)(i * 4 + 4) <= len; i += stride) {
		if (fdt32_to_cpu(cell[i]) == phandle)
			return true;
	}
	return false;
}

static bool drop_msi_users(struct edit *e, u32 phandle)
{
	int node = 0;

	while (node >= 0) {
		/*
		 * msi-parent: phandles, each with up to one cell behind it, so every cell is
		 * compared. msi-map: quadruples with the phandle second.
		 */
		if (names_phandle(e->fdt, node, "msi-parent", 0, 1, phandle) &&
		    !drop_property(e, node, "msi-parent"))
			return false;
		if (names_phandle(e->fdt, node, "msi-map", 1, 4, phandle) &&
		    !(drop_property(e, node, "msi-map") && drop_property(e, node, "msi-map-mask")))
			return false;
		node = fdt_next_node(e->fdt, node, NULL);
	}
	return true;
}

/* A virtual GIC without LPIs has no ITS either. */
static bool drop_its(struct edit *e)
{
	int node;

	while ((node = fdt_node_offset_by_compatible(e->fdt, -1, "arm,gic-v3-its")) >= 0) {
		u32 phandle = fdt_get_phandle(e->fdt, node);

		if (!check(e, fdt_del_node(e->fdt, node), "its"))
			return false;
		if (phandle && !drop_msi_users(e, phandle))
			return false;
	}
	return true;
}

/*
 * Does a VM that does not own the machine have this node? Memory is cut by edit_memory, and clocks
 * are there because the UART's driver asks for one.
 */
static bool is_kept(const void *fdt, int node, int uart)
{
	static const char *const names[] = {"aliases", "chosen", "cpus"};
	static const char *const compatible[] = {
		"arm,gic-v3",	"arm,armv8-timer", "arm,armv8-pmuv3", "arm,psci-1.0",
		"arm,psci-0.2", "arm,psci",	   "fixed-clock"};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(fdt_get_name(fdt, node, NULL), names[i]))
			return fdt_parent_offset(fdt, node) == 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(compatible); i++) {
		if (dt_compatible(fdt, node, compatible[i]))
			return true;
	}
	return dt_is_memory(fdt, node) || node == uart;
}

static bool holds_kept(const void *fdt, int parent, int uart)
{
	int depth = 0;

	for (int node = fdt_next_node(fdt, parent, &depth); node >= 0 && depth > 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (is_kept(fdt, node, uart))
			return true;
	}
	return false;
}

/* The first node that is not kept, nor inside or above one that is; negative: there is none. */
static int first_foreign(const void *fdt)
{
	int uart = machine_uart_node(fdt, NULL), depth = 0, kept = 0;

	for (int node = fdt_next_node(fdt, 0, &depth); node >= 0 && depth > 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (kept && depth > kept)
			continue;
		kept = is_kept(fdt, node, uart) ? depth : 0;
		if (!kept && !holds_kept(fdt, node, uart))
			return node;
	}
	return -ENOENT;
}

static bool drop_foreign(struct edit *e)
{
	int node;

	while ((node = first_foreign(e->fdt)) >= 0) {
		if (!check(e, fdt_del_node(e->fdt, node), "device"))
			return false;
	}
	return true;
}

/* Seeds are the host VM's secrets; the rest leads to devices that are not there. */
static bool drop_foreign_properties(struct edit *e)
{
	static const char *const chosen[] = {"kaslr-seed", "rng-seed"};
	static const char *const uart[] = {"dmas", "pinctrl-0", "power-domains", "resets",
					   "iommus"};

	for (unsigned int i = 0; i < ARRAY_SIZE(chosen); i++) {
		if (!drop_property(e, fdt_path_offset(e->fdt, "/chosen"), chosen[i]))
			return false;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(uart) && e->m->uart.size; i++) {
		if (!drop_property(e, machine_uart_node(e->fdt, NULL), uart[i]))
			return false;
	}
	return true;
}

/* With dma=smmu: the SMMU is neve's, and so is what writes memory without it. */
static bool drop_masters(struct edit *e)
{
	static const char *const names[] = {"iommus", "iommu-map", "iommu-map-mask"};
	int node;

	if (!e->m->opt.dma_smmu || !e->plan->owns_machine)
		return true;
	while ((node = machine_dma_refused(e->fdt, e->m)) >= 0) {
		if (!check(e, fdt_del_node(e->fdt, node), "device"))
			return false;
	}
	for (node = 0; node >= 0; node = fdt_next_node(e->fdt, node, NULL)) {
		for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
			if (!drop_property(e, node, names[i]))
				return false;
		}
	}
	return true;
}

bool guest_dt_build(const void *dtb, const struct machine *m, struct vm_plan *plan, void *out,
		    struct boot_report *r)
{
	struct edit e = {.fdt = out, .m = m, .plan = plan, .r = r};

	if (!check(&e, fdt_open_into(dtb, out, (int)plan->dtb.size), "copy") ||
	    !(plan->owns_machine || (drop_foreign(&e) && drop_foreign_properties(&e))) ||
	    !drop_masters(&e) || !edit_memory(&e) || !edit_reservations(&e) || !edit_chosen(&e) ||
	    !edit_psci(&e) || !edit_cpus(&e) ||
	    !((plan->owns_machine && m->gic.lpis) || drop_its(&e)) ||
	    !check(&e, fdt_pack(out), "pack"))
		return false;
	plan->dtb_size = fdt_totalsize(out);
	/* What was cut away: the seeds, other VMs' words. */
	memset((u8 *)out + plan->dtb_size, 0, plan->dtb.size - plan->dtb_size);
	return true;
}
