/* SPDX-License-Identifier: Apache-2.0 */
#include "dtgen.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PHANDLE_GIC 1
#define PHANDLE_ITS 2
#define PHANDLE_CPU 0x10

/* No GLib, since the fuzzer uses this file too. */
#define OK(call)                                                                                   \
	do {                                                                                       \
		int ret_ = (call);                                                                 \
		if (ret_ < 0) {                                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, fdt_strerror(ret_));    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#define MAX_CELLS 128

int dt_at(const void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);

	OK(node);
	return node;
}

int dt_add(void *fdt, const char *path, const char *name)
{
	int node = fdt_add_subnode(fdt, dt_at(fdt, path), name);

	OK(node);
	return node;
}

void dt_set_cells(void *fdt, int node, const char *name, unsigned int n, ...)
{
	fdt32_t cell[MAX_CELLS];
	va_list ap;

	OK(n <= MAX_CELLS ? 0 : -FDT_ERR_NOSPACE);
	va_start(ap, n);
	for (unsigned int i = 0; i < n; i++)
		cell[i] = cpu_to_fdt32(va_arg(ap, unsigned int));
	va_end(ap);
	OK(fdt_setprop(fdt, node, name, cell, (int)(n * 4)));
}

void dt_set_reg(void *fdt, int node, unsigned int cells, unsigned int n, ...)
{
	fdt32_t cell[MAX_CELLS];
	unsigned int used = 0;
	va_list ap;

	va_start(ap, n);
	for (unsigned int i = 0; i < 2 * n; i++) {
		uint64_t v = va_arg(ap, uint64_t);

		OK(used + 2 <= MAX_CELLS ? 0 : -FDT_ERR_NOSPACE);
		if (cells == 2)
			cell[used++] = cpu_to_fdt32((uint32_t)(v >> 32));
		else
			OK(v >> 32 ? -FDT_ERR_BADVALUE : 0);
		cell[used++] = cpu_to_fdt32((uint32_t)v);
	}
	va_end(ap);
	OK(fdt_setprop(fdt, node, "reg", cell, (int)(used * 4)));
}

void dt_set_string(void *fdt, const char *path, const char *name, const char *val)
{
	if (val)
		OK(fdt_setprop_string(fdt, dt_at(fdt, path), name, val));
	else
		OK(fdt_delprop(fdt, dt_at(fdt, path), name));
}

static void set_compatible(void *fdt, int node, const char *a, const char *b)
{
	OK(fdt_setprop_string(fdt, node, "compatible", a));
	if (b)
		OK(fdt_appendprop_string(fdt, node, "compatible", b));
}

static void add_psci(void *fdt)
{
	int node = dt_add(fdt, "/", "psci");

	set_compatible(fdt, node, "arm,psci-1.0", "arm,psci-0.2");
	OK(fdt_setprop_string(fdt, node, "method", "smc"));
	OK(fdt_setprop_u32(fdt, node, "cpu_suspend", 0xc4000001));
	OK(fdt_setprop_u32(fdt, node, "cpu_on", 0xc4000003));
	OK(fdt_setprop_u32(fdt, node, "migrate", 0xc4000005));
}

static void add_cpus(void *fdt)
{
	int node = dt_add(fdt, "/", "cpus");

	OK(fdt_setprop_u32(fdt, node, "#address-cells", 1));
	OK(fdt_setprop_u32(fdt, node, "#size-cells", 0));
	for (unsigned int i = 4; i-- > 0;) {
		char name[16];

		snprintf(name, sizeof(name), "cpu@%u", i);
		node = dt_add(fdt, "/cpus", name);
		OK(fdt_setprop_string(fdt, node, "device_type", "cpu"));
		OK(fdt_setprop_string(fdt, node, "enable-method", "psci"));
		OK(fdt_setprop_u32(fdt, node, "reg", i));
		OK(fdt_setprop_u32(fdt, node, "phandle", PHANDLE_CPU + i));
	}
	dt_add(fdt, "/cpus", "cpu-map");
}

static void add_gic(void *fdt, unsigned int cells)
{
	int node = dt_add(fdt, "/", "intc@8000000");

	set_compatible(fdt, node, "arm,gic-v3", NULL);
	dt_set_reg(fdt, node, cells, 2, (uint64_t)0x8000000, (uint64_t)0x10000, (uint64_t)0x80a0000,
		   (uint64_t)0xf60000);
	OK(fdt_setprop_u32(fdt, node, "#interrupt-cells", 3));
	OK(fdt_setprop_u32(fdt, node, "#redistributor-regions", 1));
	OK(fdt_setprop_u32(fdt, node, "#address-cells", cells));
	OK(fdt_setprop_u32(fdt, node, "#size-cells", cells));
	OK(fdt_setprop_empty(fdt, node, "interrupt-controller"));
	OK(fdt_setprop_empty(fdt, node, "ranges"));
	dt_set_cells(fdt, node, "interrupts", 3, 1, 9, 4);
	OK(fdt_setprop_u32(fdt, node, "phandle", PHANDLE_GIC));

	node = dt_add(fdt, "/intc@8000000", "its@8080000");
	set_compatible(fdt, node, "arm,gic-v3-its", NULL);
	dt_set_reg(fdt, node, cells, 1, (uint64_t)0x8080000, (uint64_t)0x20000);
	OK(fdt_setprop_u32(fdt, node, "phandle", PHANDLE_ITS));

	node = dt_add(fdt, "/", "pcie@10000000");
	set_compatible(fdt, node, "pci-host-ecam-generic", NULL);
	dt_set_cells(fdt, node, "msi-map", 4, 0, PHANDLE_ITS, 0, 0x10000);
	node = dt_add(fdt, "/", "dma@10010000");
	dt_set_cells(fdt, node, "msi-parent", 2, PHANDLE_ITS, 7);
}

static void add_devices(void *fdt, unsigned int cells)
{
	int node = dt_add(fdt, "/", "pl011@9000000");

	set_compatible(fdt, node, "arm,pl011", "arm,primecell");
	dt_set_reg(fdt, node, cells, 1, (uint64_t)0x9000000, (uint64_t)0x1000);
	dt_set_cells(fdt, node, "interrupts", 3, 0, 1, 4);
	node = dt_add(fdt, "/", "timer");
	set_compatible(fdt, node, "arm,armv8-timer", "arm,armv7-timer");
	dt_set_cells(fdt, node, "interrupts", 15, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4, 1, 12, 4);
	node = dt_add(fdt, "/", "aliases");
	OK(fdt_setprop_string(fdt, node, "serial0", "/pl011@9000000"));
}

void dt_add_module(void *fdt, const char *path, const char *name, const char *compatible,
		   uint64_t base, uint64_t size, unsigned int cells)
{
	int node = dt_add(fdt, path, name);

	set_compatible(fdt, node, "multiboot,module", compatible);
	dt_set_reg(fdt, node, cells, 1, base, size);
}

int dt_add_vm(void *fdt, const char *name, unsigned int cpus, uint64_t mib, uint64_t kernel)
{
	int node = dt_add(fdt, "/chosen", name);
	char path[64];

	snprintf(path, sizeof(path), "/chosen/%s", name);
	set_compatible(fdt, node, "neve,vm", NULL);
	OK(fdt_setprop_u32(fdt, node, "cpus", cpus));
	OK(fdt_setprop_u64(fdt, node, "memory", mib << 10));
	OK(fdt_setprop_u32(fdt, node, "#address-cells", 2));
	OK(fdt_setprop_u32(fdt, node, "#size-cells", 2));
	if (kernel) {
		dt_add_module(fdt, path, "kernel", "multiboot,kernel", kernel, DT_VM_KERNEL_SIZE,
			      2);
		dt_add_module(fdt, path, "ramdisk", "multiboot,ramdisk", kernel + DT_VM_KERNEL_SIZE,
			      DT_VM_RAMDISK_SIZE, 2);
	}
	return dt_at(fdt, path);
}

void dt_add_device(void *fdt, const char *path, const char *name, const char *compatible,
		   uint64_t base, uint64_t size)
{
	int node = dt_add(fdt, path, name);

	OK(fdt_setprop_string(fdt, node, "compatible", compatible));
	dt_set_reg(fdt, node, 2, 1, base, size);
}

void dt_add_dma(void *fdt)
{
	int node;

	dt_add_device(fdt, "/", "smmuv3@9050000", "arm,smmu-v3", DT_SMMU, 0x20000);
	node = dt_at(fdt, "/smmuv3@9050000");
	dt_set_cells(fdt, node, "interrupts", 6, 0, 74, 1, 0, 75, 1);
	OK(fdt_setprop(fdt, node, "interrupt-names", "gerror\0eventq", 14));
	dt_set_cells(fdt, dt_at(fdt, "/smmuv3@9050000"), "phandle", 1, DT_SMMU_PHANDLE);
	node = dt_at(fdt, "/pcie@10000000");
	dt_set_cells(fdt, node, "reg", 4, 0x40, 0x10000000, 0, 0x10000000);
	dt_set_cells(fdt, node, "#address-cells", 1, 3);
	dt_set_cells(fdt, node, "#size-cells", 1, 2);
	dt_set_cells(fdt, node, "iommu-map", 4, 0, DT_SMMU_PHANDLE, 0, 0x10000);
	dt_set_cells(fdt, node, "iommu-map-mask", 1, 0xffff);
	dt_set_cells(fdt, node, "bus-range", 2, 0, 255);
	dt_set_cells(fdt, node, "ranges", 14, 0x2000000, 0, 0x10000000, 0, 0x10000000, 0,
		     0x2eff0000, 0x3000000, 0x80, 0, 0x80, 0, 0x80, 0);
	dt_set_string(fdt, "/pcie@10000000", "device_type", "pci");
	dt_add_device(fdt, "/", "fw-cfg@9020000", "qemu,fw-cfg-mmio", 0x9020000, 0x18);
	dt_add_device(fdt, "/", "virtio_mmio@a000000", "virtio,mmio", 0xa000000, 0x200);
	dt_add_device(fdt, "/", "pl031@9010000", "arm,pl031", 0x9010000, 0x1000);
	dt_add_device(fdt, "/", "flash@0", "cfi-flash", 0, 0x4000000);
	dt_add_device(fdt, "/", "engine@b000000", "arm,primecell", 0xb000000, 0x1000);
	dt_add_device(fdt, "/", "ethernet@c000000", "x,net", 0xc000000, 0x800);
	dt_set_cells(fdt, dt_at(fdt, "/ethernet@c000000"), "iommus", 4, DT_SMMU_PHANDLE, 0x20,
		     DT_SMMU_PHANDLE, 0x21);
	dt_add(fdt, "/", "gpio-keys");
	dt_set_string(fdt, "/gpio-keys", "compatible", "gpio-keys");
}

void *dt_new(unsigned int cells)
{
	void *fdt = calloc(1, DT_ROOM);
	int node;

	OK(fdt ? 0 : -FDT_ERR_NOSPACE);
	OK(fdt_create_empty_tree(fdt, DT_ROOM));
	OK(fdt_setprop_u32(fdt, 0, "#address-cells", cells));
	OK(fdt_setprop_u32(fdt, 0, "#size-cells", cells));
	node = dt_add(fdt, "/", "memory@40000000");
	OK(fdt_setprop_string(fdt, node, "device_type", "memory"));
	dt_set_reg(fdt, node, cells, 1, (uint64_t)DT_RAM_BASE, (uint64_t)DT_RAM_SIZE);
	add_psci(fdt);
	add_cpus(fdt);
	add_gic(fdt, cells);
	add_devices(fdt, cells);
	node = dt_add(fdt, "/", "chosen");
	OK(fdt_setprop_string(fdt, node, "stdout-path", "serial0:115200n8"));
	OK(fdt_setprop_string(fdt, node, "bootargs", "loglevel=debug"));
	OK(fdt_setprop_u64(fdt, node, "kaslr-seed", 0x123456789abcdef));
	dt_add_module(fdt, "/chosen", "module@50000000", "multiboot,kernel", DT_KERNEL,
		      DT_KERNEL_SIZE, cells);
	dt_set_string(fdt, "/chosen/module@50000000", "bootargs", "console=ttyAMA0 quiet");
	dt_add_module(fdt, "/chosen", "module@58000000", "multiboot,ramdisk", DT_RAMDISK,
		      DT_RAMDISK_SIZE, cells);
	return fdt;
}
