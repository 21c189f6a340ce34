/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/machine_mod.h"

#include "boot/dt.h"

enum module_kind { MODULE_NONE, MODULE_KERNEL, MODULE_RAMDISK, MODULE_UNTYPED, MODULE_OTHER };

static enum module_kind module_kind(const void *dtb, int node)
{
	if (!dt_compatible(dtb, node, "multiboot,module"))
		return MODULE_NONE;
	if (dt_compatible(dtb, node, "multiboot,kernel"))
		return MODULE_KERNEL;
	if (dt_compatible(dtb, node, "multiboot,ramdisk"))
		return MODULE_RAMDISK;
	/* something more specific that neve does not know, or nothing more specific */
	return fdt_stringlist_count(dtb, node, "compatible") == 1 ? MODULE_UNTYPED : MODULE_OTHER;
}

/*
 * The cells of /chosen's children; where /chosen does not say, the root's. (The specification's
 * defaults would be 2 and 1, but QEMU's guest-loader writes 2 and 2, and Xen inherits them too.)
 */
static struct dt_cells module_cells(const void *dtb, int chosen)
{
	struct dt_cells root = dt_cells_of(dtb, 0), own = dt_cells_of(dtb, chosen);

	return (struct dt_cells){
		fdt_getprop(dtb, chosen, "#address-cells", NULL) ? own.address : root.address,
		fdt_getprop(dtb, chosen, "#size-cells", NULL) ? own.size : root.size,
	};
}

static bool module_reg(const void *dtb, int node, struct dt_cells cells, const char *what,
		       struct mem_range *reg, struct boot_report *r)
{
	if (!dt_reg(dtb, node, cells, 0, reg) && reg->size)
		return true;
	return report_error(r,
			    "found the %s module %.40s without a usable reg, expected address and "
			    "size, with the cells of /chosen",
			    what, fdt_get_name(dtb, node, NULL));
}

static bool take_module(const void *dtb, int node, struct dt_cells cells,
			struct machine_module *module, const char *what, struct boot_report *r)
{
	if (module->r.size)
		return report_error(r, "found a second %s module (%.40s), expected one", what,
				    fdt_get_name(dtb, node, NULL));
	if (!module_reg(dtb, node, cells, what, &module->r, r))
		return false;
	module->bootargs = dt_string(dtb, node, "bootargs");
	if (!module->bootargs)
		module->bootargs = "";
	return true;
}

static bool keep_module(const void *dtb, int node, struct dt_cells cells, struct machine *m,
			struct boot_report *r)
{
	if (m->nr_kept == MACHINE_MAX_KEPT)
		return report_error(r, "found more than the %u modules that neve can keep",
				    MACHINE_MAX_KEPT);
	return module_reg(dtb, node, cells, "guest's", &m->kept[m->nr_kept++], r);
}

/* Those of a domain that the guest hypervisor is to make: below a node of their own. */
static bool keep_nested(const void *dtb, int parent, struct machine *m, struct boot_report *r)
{
	struct dt_cells cells = dt_cells_of(dtb, parent);
	int node;

	fdt_for_each_subnode (node, dtb, parent) {
		if (module_kind(dtb, node) != MODULE_NONE && !keep_module(dtb, node, cells, m, r))
			return false;
	}
	return true;
}

/* The kernel module at the lowest address, and how many there are; -ENOENT. */
static int find_kernel(const void *dtb, int chosen, struct dt_cells cells, unsigned int *count)
{
	struct mem_range reg, lowest = RANGE(0, 0);
	int node, kernel = -ENOENT;

	*count = 0;
	fdt_for_each_subnode (node, dtb, chosen) {
		if (module_kind(dtb, node) != MODULE_KERNEL)
			continue;
		(*count)++;
		/* one that is malformed is found, and then reported */
		if (dt_reg(dtb, node, cells, 0, &reg))
			return node;
		if (kernel < 0 || reg.base.v < lowest.base.v) {
			lowest = reg;
			kernel = node;
		}
	}
	return kernel;
}

static bool check_modules(struct machine *m, struct boot_report *r)
{
	struct {
		const char *name;
		struct mem_range r;
	} part[3 + MACHINE_MAX_KEPT] = {{"kernel module", m->kernel.r},
					{"ramdisk module", m->ramdisk.r},
					{"device tree", m->dtb}};
	unsigned int n = 3;

	for (unsigned int i = 0; i < m->nr_kept; i++, n++) {
		part[n].name = "guest's module";
		part[n].r = m->kept[i];
	}
	for (unsigned int i = 0; i < n; i++) {
		if (part[i].r.size && !machine_is_ram(m, part[i].r))
			return report_error(r,
					    "found the %s at 0x%lx, size 0x%lx, which is not all "
					    "in one memory region of the device tree",
					    part[i].name, part[i].r.base.v, part[i].r.size);
		for (unsigned int j = 0; j < i; j++) {
			if (ranges_overlap(part[i].r, part[j].r))
				return report_error(r,
						    "found the %s (0x%lx, size 0x%lx) and the %s "
						    "(0x%lx, size 0x%lx) overlapping: load them "
						    "apart",
						    part[j].name, part[j].r.base.v, part[j].r.size,
						    part[i].name, part[i].r.base.v, part[i].r.size);
		}
	}
	return true;
}

/* Modules without a type fill what is left, the kernel first. */
static bool take_untyped(const void *dtb, int chosen, struct dt_cells cells, struct machine *m,
			 struct boot_report *r)
{
	int node;

	fdt_for_each_subnode (node, dtb, chosen) {
		bool kernel = !m->kernel.r.size;

		if (module_kind(dtb, node) != MODULE_UNTYPED)
			continue;
		if (!take_module(dtb, node, cells, kernel ? &m->kernel : &m->ramdisk,
				 kernel ? "kernel" : "ramdisk", r))
			return false;
	}
	return true;
}

bool machine_parse_modules(const void *dtb, struct machine *m, struct boot_report *r)
{
	int chosen = fdt_path_offset(dtb, "/chosen"), kernel, node;
	struct dt_cells cells;
	unsigned int kernels;
	bool ok = true;

	m->kernel.bootargs = m->ramdisk.bootargs = "";
	if (chosen < 0)
		return true;
	cells = module_cells(dtb, chosen);
	kernel = find_kernel(dtb, chosen, cells, &kernels);
	if (kernels && !take_module(dtb, kernel, cells, &m->kernel, "kernel", r))
		return false;
	fdt_for_each_subnode (node, dtb, chosen) {
		enum module_kind kind = module_kind(dtb, node);

		if (node == kernel)
			continue;
		if (kind == MODULE_NONE)
			ok = keep_nested(dtb, node, m, r);
		else if (kernels > 1 || kind == MODULE_OTHER)
			ok = keep_module(dtb, node, cells, m, r);
		else if (kind == MODULE_RAMDISK)
			ok = take_module(dtb, node, cells, &m->ramdisk, "ramdisk", r);
		if (!ok)
			return false;
	}
	if (kernels <= 1 && !take_untyped(dtb, chosen, cells, m, r))
		return false;
	return check_modules(m, r);
}

bool machine_uses_module(const void *dtb, const struct machine *m, int node)
{
	struct mem_range reg;

	if (module_kind(dtb, node) == MODULE_NONE ||
	    dt_reg(dtb, node, module_cells(dtb, fdt_path_offset(dtb, "/chosen")), 0, &reg))
		return false;
	/* check_modules: there are no two at one address */
	return reg.base.v == m->kernel.r.base.v ||
	       (m->ramdisk.r.size && reg.base.v == m->ramdisk.r.base.v);
}
