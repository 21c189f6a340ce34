/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/dt.h"

#include <string.h>

/* Buses between a node and the root: a limit, since each costs a walk from the root. */
#define MAX_DEPTH 16

bool dt_available(const void *dtb, int node)
{
	const char *status = dt_string(dtb, node, "status");

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

bool dt_compatible(const void *dtb, int node, const char *compatible)
{
	return fdt_node_check_compatible(dtb, node, compatible) == 0;
}

bool dt_is_memory(const void *dtb, int node)
{
	const char *type = dt_string(dtb, node, "device_type");

	return type && !strcmp(type, "memory") && dt_available(dtb, node);
}

int dt_find_compatible(const void *dtb, const char *compatible)
{
	int node = -1;

	while ((node = fdt_node_offset_by_compatible(dtb, node, compatible)) >= 0) {
		if (dt_available(dtb, node))
			return node;
	}
	return -ENOENT;
}

const char *dt_string(const void *dtb, int node, const char *name)
{
	int len;
	const char *s = fdt_getprop(dtb, node, name, &len);

	if (!s || len <= 0 || strnlen(s, (size_t)len) != (size_t)len - 1)
		return NULL;
	return s;
}

/* Properties are aligned to cells only, so two cells are read one by one. */
static u64 read_cells(const fdt32_t *cell, unsigned int n)
{
	u64 val = 0;

	for (unsigned int i = 0; i < n; i++)
		val = val << 32 | fdt32_to_cpu(cell[i]);
	return val;
}

int dt_number(const void *dtb, int node, const char *name, u64 *val)
{
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, name, &len);

	if (!cell)
		return -ENOENT;
	if (len != 4 && len != 8)
		return -EINVAL;
	*val = read_cells(cell, (unsigned int)len / 4);
	return 0;
}

static unsigned int cells_property(const void *dtb, int bus, const char *name, unsigned int def)
{
	u64 val;

	switch (dt_number(dtb, bus, name, &val)) {
	case 0:
		return val <= 4 ? (unsigned int)val : 5; /* 5: refused by whoever uses it */
	case -ENOENT:
		return def;
	default:
		return 5;
	}
}

struct dt_cells dt_cells_of(const void *dtb, int bus)
{
	/* the defaults of the Devicetree Specification, 2.3.5 */
	return (struct dt_cells){
		.address = cells_property(dtb, bus, "#address-cells", 2),
		.size = cells_property(dtb, bus, "#size-cells", 1),
	};
}

int dt_reg(const void *dtb, int node, struct dt_cells cells, unsigned int index,
	   struct mem_range *out)
{
	unsigned int stride = cells.address + cells.size, bytes = stride * 4;
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "reg", &len);
	u64 base, size, end;

	if (!cell)
		return -ENOENT;
	if (cells.address < 1 || cells.address > 2 || cells.size > 2 || len <= 0 ||
	    (unsigned int)len % bytes)
		return -EINVAL;
	if (index >= (unsigned int)len / bytes)
		return -ENOENT;
	cell += (size_t)index * stride;
	base = read_cells(cell, cells.address);
	size = read_cells(cell + cells.address, cells.size);
	if (__builtin_add_overflow(base, size, &end))
		return -EINVAL;
	*out = RANGE(base, size);
	return 0;
}

/* One step up: *r is in the space of bus's children and becomes one in the space of its parent. */
static int translate_step(const void *dtb, int bus, int parent, struct mem_range *r)
{
	struct dt_cells child = dt_cells_of(dtb, bus), up = dt_cells_of(dtb, parent);
	unsigned int stride = child.address + up.address + child.size;
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, bus, "ranges", &len);
	u64 end;

	if (!cell)
		return -EINVAL; /* not addressable from outside of the bus */
	if (len == 0)
		return 0; /* the same space */
	if (child.address < 1 || child.address > 2 || up.address < 1 || up.address > 2 ||
	    child.size < 1 || child.size > 2 || (unsigned int)len % (stride * 4))
		return -EINVAL;
	for (; len > 0; len -= (int)stride * 4, cell += stride) {
		u64 from = read_cells(cell, child.address);
		u64 to = read_cells(cell + child.address, up.address);
		u64 size = read_cells(cell + child.address + up.address, child.size);

		if (r->base.v < from || r->base.v - from > size ||
		    r->size > size - (r->base.v - from))
			continue;
		if (__builtin_add_overflow(to, r->base.v - from, &r->base.v) ||
		    __builtin_add_overflow(r->base.v, r->size, &end))
			return -EINVAL;
		return 0;
	}
	return -EINVAL;
}

/* All the way up: *out is in the space of bus's children. */
static int translate_up(const void *dtb, int bus, struct mem_range *out)
{
	int ret = 0;

	for (unsigned int depth = 0; !ret && bus != 0; depth++) {
		int parent = fdt_parent_offset(dtb, bus);

		if (parent < 0 || depth == MAX_DEPTH)
			return -EINVAL;
		ret = translate_step(dtb, bus, parent, out);
		bus = parent;
	}
	return ret;
}

int dt_reg_cpu(const void *dtb, int node, unsigned int index, struct mem_range *out)
{
	int bus = fdt_parent_offset(dtb, node);
	int ret;

	if (bus < 0)
		return -EINVAL;
	ret = dt_reg(dtb, node, dt_cells_of(dtb, bus), index, out);
	return ret ? ret : translate_up(dtb, bus, out);
}

int dt_pci_window(const void *dtb, int node, unsigned int index, struct mem_range *out)
{
	int bus = fdt_parent_offset(dtb, node), len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "ranges", &len);
	struct dt_cells child = dt_cells_of(dtb, node), up;
	unsigned int stride;
	u64 base, size, end;

	if (!cell || bus < 0)
		return -ENOENT;
	up = dt_cells_of(dtb, bus);
	stride = child.address + up.address + child.size;
	if (child.address != 3 || child.size != 2 || up.address < 1 || up.address > 2 ||
	    (unsigned int)len % (stride * 4))
		return -EINVAL;
	if (index >= (unsigned int)len / (stride * 4))
		return -ENOENT;
	cell += (size_t)index * stride + child.address;
	base = read_cells(cell, up.address);
	size = read_cells(cell + up.address, child.size);
	if (__builtin_add_overflow(base, size, &end))
		return -EINVAL;
	*out = RANGE(base, size);
	return translate_up(dtb, bus, out);
}

u32 dt_intid(const void *dtb, int node, unsigned int cells, unsigned int index)
{
	unsigned int skip = 0, stride = cells;
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "interrupts", &len);

	if (!cell) {
		/* each entry begins with a phandle, here the GIC's */
		cell = fdt_getprop(dtb, node, "interrupts-extended", &len);
		skip = 1;
		stride = cells + 1;
	}
	if (!cell || len <= 0 || index >= (unsigned int)len / (stride * 4))
		return 0;
	cell += (size_t)index * stride + skip;
	/* arm,gic-v3: first cell 0 = SPI, second its number, 0 to 987; or 1 = PPI, 0 to 15 */
	if (fdt32_to_cpu(cell[0]) == 0 && fdt32_to_cpu(cell[1]) < 988)
		return fdt32_to_cpu(cell[1]) + 32;
	if (fdt32_to_cpu(cell[0]) == 1 && fdt32_to_cpu(cell[1]) < 16)
		return fdt32_to_cpu(cell[1]) + 16;
	return 0;
}

u32 dt_ppi(const void *dtb, int node, unsigned int cells, unsigned int index)
{
	u32 intid = dt_intid(dtb, node, cells, index);

	return intid < 32 ? intid : 0;
}
