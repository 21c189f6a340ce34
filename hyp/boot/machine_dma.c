/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/machine_dma.h"

#include <string.h>
#include "boot/dt.h"
#include "boot/machine_dev.h"

/* Two pages of 64 KiB: Arm IHI 0070, "Memory map" */
#define SMMU_SIZE (2 * SZ_64K)

/* Requester IDs of a PCI segment */
#define PCI_RIDS	 0x10000
#define PCI_RIDS_PER_BUS 256

enum device_class {
	DEVICE_NONE,	 /* has no registers, or is no device */
	DEVICE_ALLOWED,	 /* with its registers */
	DEVICE_EMULATED, /* stays in the tree; its registers are neve's */
	DEVICE_REFUSED,	 /* goes, with all that is below it */
};

/* ---- one node ---- */

static bool is_any(const void *dtb, int node, const char *const *compatible, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (dt_compatible(dtb, node, compatible[i]))
			return true;
	}
	return false;
}

/* Do what is below these nodes, children of the root, have other meanings of reg? */
static bool is_no_device(const void *dtb, int node)
{
	static const char *const names[] = {"chosen", "cpus", "reserved-memory"};
	const char *name = fdt_get_name(dtb, node, NULL);

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return dt_is_memory(dtb, node);
}

/* iommus: pairs of phandle and stream. Behind the SMMU is a device whose pairs all name it. */
static bool has_streams(const void *dtb, int node, u32 phandle)
{
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "iommus", &len);

	if (!cell || len <= 0 || len % 8)
		return false;
	for (int i = 0; i < len / 4; i += 2) {
		if (fdt32_to_cpu(cell[i]) != phandle)
			return false;
	}
	return true;
}

/* Requester IDs [*from, *to) that a PCI host bridge can have. */
static void pci_rids(const void *dtb, int node, u64 *from, u64 *to)
{
	int len;
	const fdt32_t *bus = fdt_getprop(dtb, node, "bus-range", &len);

	*from = 0;
	*to = PCI_RIDS;
	if (!bus || len != 8 || fdt32_to_cpu(bus[0]) > fdt32_to_cpu(bus[1]) ||
	    fdt32_to_cpu(bus[1]) >= PCI_RIDS / PCI_RIDS_PER_BUS)
		return;
	*from = (u64)fdt32_to_cpu(bus[0]) * PCI_RIDS_PER_BUS;
	*to = ((u64)fdt32_to_cpu(bus[1]) + 1) * PCI_RIDS_PER_BUS;
}

/*
 * iommu-map: quadruples of first requester ID, phandle, first stream, length. Behind the SMMU is
 * a bridge of which it translates every requester ID; one without a stream would pass by it.
 */
static bool has_stream_map(const void *dtb, int node, u32 phandle)
{
	int len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "iommu-map", &len);
	u64 rid, end;

	if (!cell || len <= 0 || len % 16)
		return false;
	for (int i = 0; i < len / 4; i += 4) {
		if (fdt32_to_cpu(cell[i + 1]) != phandle)
			return false;
	}
	pci_rids(dtb, node, &rid, &end);
	while (rid < end) {
		u64 next = rid;

		for (int i = 0; i < len / 4; i += 4) {
			u64 first = fdt32_to_cpu(cell[i]), n = fdt32_to_cpu(cell[i + 3]);

			if (first <= rid && first + n > next)
				next = first + n;
		}
		if (next == rid)
			return false;
		rid = next;
	}
	return true;
}

static enum device_class class_of(const void *dtb, const struct machine *m, int node)
{
	static const char *const emulated[] = {"arm,gic-v3", "arm,gic-v3-its"};
	/* not arm,primecell: DMA controllers are that too */
	static const char *const harmless[] = {
		"arm,pl011", "arm,sbsa-uart", "arm,pl031", "arm,pl061",		 "arm,sp804",
		"arm,sp805", "arm,sbsa-gwdt", "cfi-flash", "arm,armv7-timer-mem"};
	struct mem_range reg;

	if (!fdt_getprop(dtb, node, "reg", NULL))
		return DEVICE_NONE;
	if (dt_compatible(dtb, node, "arm,smmu-v3"))
		return DEVICE_REFUSED; /* whatever else it says of itself */
	if (is_any(dtb, node, emulated, ARRAY_SIZE(emulated)))
		return DEVICE_EMULATED;
	if (is_any(dtb, node, harmless, ARRAY_SIZE(harmless)))
		return DEVICE_ALLOWED;
	if (m->dma.phandle &&
	    (has_streams(dtb, node, m->dma.phandle) || has_stream_map(dtb, node, m->dma.phandle)))
		return DEVICE_ALLOWED;
	/* not an address that a CPU can use, as on an I2C bus: part of the device above */
	return dt_reg_cpu(dtb, node, 0, &reg) == -EINVAL ? DEVICE_NONE : DEVICE_REFUSED;
}

/* ---- all nodes ---- */

struct walk {
	int node, depth;
	int skip;    /* what is deeper is not looked at; 0: nothing is skipped */
	int refused; /* what is deeper is below a device that is refused; 0: nothing is */
};

/* Goes to the next node below the root; false: there is none. */
static bool walk_next(const void *dtb, struct walk *w)
{
	do
		w->node = fdt_next_node(dtb, w->node, &w->depth);
	while (w->node >= 0 && w->skip && w->depth > w->skip);
	if (w->node < 0 || w->depth <= 0)
		return false;
	w->skip = w->depth == 1 && is_no_device(dtb, w->node) ? w->depth : 0;
	if (w->refused && w->depth <= w->refused)
		w->refused = 0;
	return true;
}

int machine_dma_refused(const void *dtb, const struct machine *m)
{
	struct walk w = {0};

	while (walk_next(dtb, &w)) {
		if (!w.skip && class_of(dtb, m, w.node) == DEVICE_REFUSED)
			return w.node;
	}
	return -ENOENT;
}

/* A page is the least that a VM can be given. */
static struct mem_range whole_pages(struct mem_range r)
{
	u64 start = ALIGN_DOWN(r.base.v, PAGE_SIZE), end = ALIGN_UP(range_end(r), PAGE_SIZE);

	if (r.size && end <= start) /* up to the end of the address space */
		end = ALIGN_DOWN(~UINT64_C(0), PAGE_SIZE);
	return RANGE(start, r.size ? end - start : 0);
}

static bool too_many(struct boot_report *r)
{
	return report_error(r,
			    "found more than the %u ranges of devices that neve can keep with "
			    "dma=smmu",
			    MACHINE_MAX_ALLOWED);
}

static bool allow(struct machine_dma *d, struct mem_range range, struct boot_report *r)
{
	if (d->nr_allowed == MACHINE_MAX_ALLOWED)
		return too_many(r);
	d->allowed[d->nr_allowed++] = whole_pages(range);
	return true;
}

/* All registers, and the windows of a PCI host bridge; what is malformed is not the VM's. */
static bool allow_node(const void *dtb, struct machine *m, int node, struct boot_report *r)
{
	const char *type = dt_string(dtb, node, "device_type");
	struct mem_range range;
	int ret;

	for (unsigned int i = 0; (ret = dt_reg_cpu(dtb, node, i, &range)) != -ENOENT; i++) {
		if (ret)
			break;
		if (!allow(&m->dma, range, r))
			return false;
	}
	for (unsigned int i = 0; type && !strcmp(type, "pci"); i++) {
		if (dt_pci_window(dtb, node, i, &range))
			break;
		if (!allow(&m->dma, range, r))
			return false;
	}
	return true;
}

static bool forbid_node(const void *dtb, struct machine *m, int node, struct boot_report *r)
{
	struct machine_dma *d = &m->dma;
	struct mem_range range;

	for (unsigned int i = 0; !dt_reg_cpu(dtb, node, i, &range); i++) {
		if (!ranges_subtract(d->allowed, &d->nr_allowed, MACHINE_MAX_ALLOWED,
				     whole_pages(range)))
			return too_many(r);
	}
	return true;
}

/* What is allowed less what is refused, should they overlap. */
static bool find_allowed(const void *dtb, struct machine *m, struct boot_report *r)
{
	struct walk w = {0};

	while (walk_next(dtb, &w)) {
		enum device_class c = w.skip || w.refused ? DEVICE_NONE : class_of(dtb, m, w.node);

		if (c == DEVICE_REFUSED) {
			w.refused = w.depth;
			m->dma.nr_refused += !dt_compatible(dtb, w.node, "arm,smmu-v3");
		}
		if (c == DEVICE_ALLOWED && !allow_node(dtb, m, w.node, r))
			return false;
	}
	m->dma.nr_allowed = ranges_normalise(m->dma.allowed, m->dma.nr_allowed);
	w = (struct walk){0};
	while (walk_next(dtb, &w)) {
		enum device_class c = w.skip ? DEVICE_NONE : class_of(dtb, m, w.node);

		if (w.refused)
			c = DEVICE_REFUSED;
		else if (c == DEVICE_REFUSED)
			w.refused = w.depth;
		if ((c == DEVICE_REFUSED || c == DEVICE_EMULATED) &&
		    !forbid_node(dtb, m, w.node, r))
			return false;
	}
	/* wherever its node is */
	return ranges_subtract(m->dma.allowed, &m->dma.nr_allowed, MACHINE_MAX_ALLOWED,
			       whole_pages(m->dma.smmu)) ||
	       too_many(r);
}

/* ---- the SMMU ---- */

static bool find_smmu(const void *dtb, struct machine *m, struct boot_report *r)
{
	int node = dt_find_compatible(dtb, "arm,smmu-v3"), index;

	if (node < 0)
		return report_error(r, "found no SMMU in the device tree, expected one for "
				       "dma=smmu (compatible \"arm,smmu-v3\"); for QEMU: -machine "
				       "virt,iommu=smmuv3 -global arm-smmuv3.stage=2");
	if (machine_device_reg(dtb, node, 0, SMMU_SIZE, m, &m->dma.smmu))
		return report_error(r, "found a malformed reg in the SMMU node %.40s",
				    fdt_get_name(dtb, node, NULL));
	m->dma.phandle = fdt_get_phandle(dtb, node);
	if (m->dma.phandle == ~0u)
		m->dma.phandle = 0;
	index = fdt_stringlist_search(dtb, node, "interrupt-names", "eventq");
	if (index >= 0)
		m->dma.event_intid =
			dt_intid(dtb, node, m->gic.interrupt_cells, (unsigned int)index);
	if (m->dma.event_intid < 32)
		m->dma.event_intid = 0;
	return true;
}

bool machine_parse_dma(const void *dtb, struct machine *m, struct boot_report *r)
{
	return !m->opt.dma_smmu || (find_smmu(dtb, m, r) && find_allowed(dtb, m, r));
}
