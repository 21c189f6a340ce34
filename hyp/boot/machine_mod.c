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

static bool is_vm(const void *dtb, int node)
{
	return dt_compatible(dtb, node, "neve,vm");
}

static bool parse_vm_modules(const void *dtb, int parent, struct machine_vm *vm,
			     struct boot_report *r)
{
	struct dt_cells cells = module_cells(dtb, parent);
	int node;

	vm->kernel.bootargs = vm->ramdisk.bootargs = "";
	fdt_for_each_subnode (node, dtb, parent) {
		enum module_kind kind = module_kind(dtb, node);

		if (kind == MODULE_KERNEL || kind == MODULE_RAMDISK) {
			bool kernel = kind == MODULE_KERNEL;

			if (!take_module(dtb, node, cells, kernel ? &vm->kernel : &vm->ramdisk,
					 kernel ? "VM's kernel" : "VM's ramdisk", r))
				return false;
		} else if (kind != MODULE_NONE) {
			return report_error(r,
					    "found the module %.40s of a VM, expected "
					    "\"multiboot,kernel\" or \"multiboot,ramdisk\" as its "
					    "compatible",
					    fdt_get_name(dtb, node, NULL));
		}
	}
	if (vm->kernel.r.size)
		return true;
	return report_error(r, "found no module of compatible \"multiboot,kernel\" in %.40s",
			    fdt_get_name(dtb, parent, NULL));
}

static bool parse_vm(const void *dtb, int node, struct machine *m, struct boot_report *r)
{
	const char *name = fdt_get_name(dtb, node, NULL);
	struct machine_vm *vm = &m->vm[m->nr_vms];
	u64 cpus, kib;

	if (!dt_available(dtb, node))
		return true;
	if (m->nr_vms == MACHINE_MAX_VMS)
		return report_error(r, "found more than %u VMs in /chosen, which is what neve has",
				    MACHINE_MAX_VMS);
	if (dt_number(dtb, node, "cpus", &cpus) || cpus < 1 || cpus > MAX_CPUS)
		return report_error(r,
				    "found no usable cpus in %.40s, expected a number from 1 to %u",
				    name, MAX_CPUS);
	if (dt_number(dtb, node, "memory", &kib) || !kib || kib >> 38 ||
	    !IS_ALIGNED(kib << 10, SZ_2M))
		return report_error(r,
				    "found no usable memory in %.40s, expected its size in KiB, a "
				    "multiple of 2048",
				    name);
	vm->nr_cpus = (unsigned int)cpus;
	vm->memory = kib << 10;
	m->nr_vms++;
	return parse_vm_modules(dtb, node, vm, r);
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
	} part[3 + MACHINE_MAX_KEPT + 2 * MACHINE_MAX_VMS] = {{"kernel module", m->kernel.r},
							      {"ramdisk module", m->ramdisk.r},
							      {"device tree", m->dtb}};
	unsigned int n = 3;

	for (unsigned int i = 0; i < m->nr_kept; i++, n++) {
		part[n].name = "guest's module";
		part[n].r = m->kept[i];
	}
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		part[n].name = "VM's kernel module";
		part[n++].r = m->vm[i].kernel.r;
		part[n].name = "VM's ramdisk module";
		part[n++].r = m->vm[i].ramdisk.r;
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
		if (is_vm(dtb, node))
			ok = parse_vm(dtb, node, m, r);
		else if (kind == MODULE_NONE)
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

bool machine_uses_node(const void *dtb, const struct machine *m, int node)
{
	struct mem_range reg;

	if (is_vm(dtb, node))
		return true;
	if (module_kind(dtb, node) == MODULE_NONE ||
	    dt_reg(dtb, node, module_cells(dtb, fdt_path_offset(dtb, "/chosen")), 0, &reg))
		return false;
	/* check_modules: there are no two at one address */
	return reg.base.v == m->kernel.r.base.v ||
	       (m->ramdisk.r.size && reg.base.v == m->ramdisk.r.base.v);
}
