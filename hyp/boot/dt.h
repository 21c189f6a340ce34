/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading properties of a device tree that nobody vouches for. Pure, read-only; the blob has passed
 * fdt_check_full. `node` is an offset of libfdt.
 */
#ifndef NEVE_BOOT_DT_H
#define NEVE_BOOT_DT_H

#include <libfdt.h>
#include "errcode.h"
#include "lib/range.h"
#include "types.h"

/* status absent, "okay" or "ok" */
bool dt_available(const void *dtb, int node);

bool dt_compatible(const void *dtb, int node, const char *compatible);

/* An available node of device_type "memory" */
bool dt_is_memory(const void *dtb, int node);

/* The first available node at or below the root that is compatible; -ENOENT. */
int dt_find_compatible(const void *dtb, const char *compatible);

/* A property that is one string, NUL-terminated inside the property; NULL otherwise. */
const char *dt_string(const void *dtb, int node, const char *name);

/* A property of one or two cells; -ENOENT, -EINVAL. */
int dt_number(const void *dtb, int node, const char *name, u64 *val);

/* #address-cells and #size-cells that apply to the children of a node. */
struct dt_cells {
	unsigned int address, size; /* 0 to 4, as they stand */
};

struct dt_cells dt_cells_of(const void *dtb, int bus);

/*
 * Entry `index` of reg, in the address space of the parent. -ENOENT: there is no such entry;
 * -EINVAL: length no multiple of the entries', more than 64 bits, or base + size overflows.
 */
int dt_reg(const void *dtb, int node, struct dt_cells cells, unsigned int index,
	   struct mem_range *out);

/* The same as a CPU address, through the ranges of all buses above; -EINVAL if there is no way. */
int dt_reg_cpu(const void *dtb, int node, unsigned int index, struct mem_range *out);

/*
 * Entry `index` of a PCI host bridge's ranges: the window's CPU address. -ENOENT: there is no such
 * entry; -EINVAL as above, or it is no PCI bus.
 */
int dt_pci_window(const void *dtb, int node, unsigned int index, struct mem_range *out);

/*
 * INTID of the PPI or SPI in entry `index` of interrupts or interrupts-extended, of a GIC with
 * #interrupt-cells = cells; 0 if there is none or it is something else.
 */
u32 dt_intid(const void *dtb, int node, unsigned int cells, unsigned int index);
/* The same if it is a PPI, 0 otherwise. */
u32 dt_ppi(const void *dtb, int node, unsigned int cells, unsigned int index);

#endif
