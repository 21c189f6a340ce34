/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device trees for the tests: one that looks like QEMU's virt machine (GICv3 with ITS, 4 CPUs, 2
 * GiB at 0x40000000, PL011, a kernel and a ramdisk module), and small tools to spoil it.
 */
#ifndef NEVE_TEST_DTGEN_H
#define NEVE_TEST_DTGEN_H

#include <stdint.h>

#define DT_ROOM 0x10000

#define DT_RAM_BASE	0x40000000u
#define DT_RAM_SIZE	0x80000000u
#define DT_BASE		0x48000000u /* where the boot loader has put the blob */
#define DT_KERNEL	0x50000000u
#define DT_KERNEL_SIZE	0x2000000u
#define DT_RAMDISK	0x58000000u
#define DT_RAMDISK_SIZE 0x1000000u
#define DT_IMAGE	0x40200000u /* neve itself */
#define DT_IMAGE_SIZE	0x80000u

/* A new tree in DT_ROOM bytes from malloc; cells: #address-cells and #size-cells of the root, 1
 * or 2. */
void *dt_new(unsigned int cells);

/* The node of a path; it must exist. */
int dt_at(const void *fdt, const char *path);

/* A new node below path; returns its offset. */
int dt_add(void *fdt, const char *path, const char *name);

void dt_set_cells(void *fdt, int node, const char *name, unsigned int n, ...);

/* reg = <base size> pairs with the given number of cells each; n pairs of uint64_t follow. */
void dt_set_reg(void *fdt, int node, unsigned int cells, unsigned int n, ...);

/* A node below path with compatible = "multiboot,module", and `compatible` (NULL: nothing more). */
void dt_add_module(void *fdt, const char *path, const char *name, const char *compatible,
		   uint64_t base, uint64_t size, unsigned int cells);

/*
 * A VM in /chosen, with a kernel module of 1 MiB at `kernel` (0: none) and a ramdisk of 64 KiB
 * behind it. Returns its node.
 */
int dt_add_vm(void *fdt, const char *name, unsigned int cpus, uint64_t mib, uint64_t kernel);
#define DT_VM_KERNEL_SIZE  0x100000u
#define DT_VM_RAMDISK_SIZE 0x10000u

/* A node with one range of registers, of two cells each. */
void dt_add_device(void *fdt, const char *path, const char *name, const char *compatible,
		   uint64_t base, uint64_t size);

/*
 * To a tree of two cells: an SMMU, PCI and an Ethernet device behind it, devices that are no bus
 * masters, and some that are and have no SMMU.
 */
void dt_add_dma(void *fdt);
#define DT_SMMU		0x9050000u
#define DT_SMMU_PHANDLE 3u

/* For plan_memory(): the same header for all VMs. */
#define EACH_HEADER(h) ((const void *const[1 + MACHINE_MAX_VMS]){(h), (h), (h), (h)})

/* Replaces a whole string property, or removes it (NULL). */
void dt_set_string(void *fdt, const char *path, const char *name, const char *val);

#endif
