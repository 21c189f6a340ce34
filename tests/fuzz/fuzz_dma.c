/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dma=smmu with any device tree: a good one with other nodes and properties. What the host VM may
 * access is sorted, and never what neve has for itself, nor the registers of a device that no
 * change has made harmless.
 */
#include "boot/guest_dt.h"

#include <libfdt.h>
#include "dtgen.h"
#include "fuzz.h"

static struct machine m;
static struct plan plan;

static const char *const paths[] = {
	"/smmuv3@9050000",
	"/pcie@10000000",
	"/ethernet@c000000",
	"/engine@b000000",
	"/flash@0",
	"/pl031@9010000",
	"/fw-cfg@9020000",
	"/soc",
	"/soc/a",
	"/soc/a/a",
	"/gpio-keys",
	"/intc@8000000",
	"/pl011@9000000",
	"/pcie@10000000/a",
	"/intc@8000000/its@8080000",
	"/reserved-memory",
};

static const char *const properties[] = {
	"reg",	     "ranges",	   "compatible",     "iommus",		"iommu-map",
	"bus-range", "phandle",	   "#address-cells", "#size-cells",	"device_type",
	"status",    "interrupts", "linux,phandle",  "interrupt-names",
};

static const char *const strings[] = {
	"arm,smmu-v3", "arm,pl061", "arm,gic-v3-its", "cfi-flash", "pci", "memory",
	"disabled",    "okay",	    "simple-bus",     "eventq",	   "",
};

static u32 number(struct input *in)
{
	static const u32 base[] = {0,	      1,	 2,	     3,		 DT_SMMU_PHANDLE,
				   DT_SMMU,   0x10000,	 0x20000,    0x1000,	 0x8000000,
				   0x9000000, 0xa000000, 0xffffffff, 0xfffff000, 0x8080000,
				   DT_IMAGE};

	return fuzz_number(in, base, ARRAY_SIZE(base));
}

static void change(void *fdt, struct input *in)
{
	u8 what = (u8)take(in, 1);
	int node = fdt_path_offset(fdt, PICK(paths, take(in, 1)));
	const char *name = PICK(properties, take(in, 1)), *string;
	unsigned int n = what / 8 % 16 + 1;
	fdt32_t cells[16];

	if (node < 0 && what % 8 != 0)
		return;
	switch (what % 8) {
	case 0:
		fdt_add_subnode(fdt, 0, what & 0x80 ? "soc" : "reserved-memory");
		break;
	case 1:
		fdt_add_subnode(fdt, node, "a");
		break;
	case 2:
		fdt_delprop(fdt, node, name);
		break;
	case 3:
		string = PICK(strings, take(in, 1));
		fdt_setprop_string(fdt, node, name, string); /* a macro */
		break;
	case 4:
		fdt_setprop_empty(fdt, node, name);
		break;
	default:
		for (unsigned int i = 0; i < n; i++)
			cells[i] = cpu_to_fdt32(number(in));
		fdt_setprop(fdt, node, name, cells, (int)n * 4);
	}
}

static void check_allowed(void)
{
	/* the node of this one is as it was */
	static const struct mem_range virtio = {HPA(0xa000000), PAGE_SIZE};
	const struct machine_dma *d = &m.dma;

	CHECK(d->smmu.size >= 2 * SZ_64K && d->nr_allowed <= MACHINE_MAX_ALLOWED);
	CHECK(!d->event_intid || (d->event_intid >= 32 && d->event_intid < 1020));
	for (unsigned int i = 0; i < d->nr_allowed; i++) {
		struct mem_range r = d->allowed[i];

		CHECK(r.size && IS_ALIGNED(r.base.v | r.size, PAGE_SIZE));
		CHECK(r.base.v + r.size > r.base.v);
		CHECK(i == 0 || range_end(d->allowed[i - 1]) < r.base.v);
		CHECK(!ranges_overlap(r, d->smmu) && !ranges_overlap(r, virtio));
	}
}

static void check_tree(const void *fdt)
{
	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
		CHECK(!fdt_getprop(fdt, node, "iommus", NULL));
		CHECK(!fdt_getprop(fdt, node, "iommu-map", NULL));
	}
	CHECK(fdt_path_offset(fdt, "/virtio_mmio@a000000") < 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct mem_range image = {HPA(DT_IMAGE), DT_IMAGE_SIZE};
	static const struct image_header header = {.image_size = 0x800000, .magic = IMAGE_MAGIC};
	struct input in = {data, size};
	struct boot_report report = {.error = ""};
	void *fdt = dt_new(2), *out;

	dt_set_string(fdt, "/chosen", "bootargs", "dma=smmu");
	dt_add_dma(fdt);
	while (in.size)
		change(fdt, &in);
	if (machine_from_dt(fdt, DT_ROOM, HPA(DT_BASE), 0, &m, &report)) {
		check_allowed();
		if (plan_memory(&m, image, EACH_HEADER(&header), &plan, &report)) {
			out = malloc(plan.vm[0].dtb.size);
			if (guest_dt_build(fdt, &m, &plan.vm[0], out, &report))
				check_tree(out);
			free(out);
		}
	}
	free(fdt);
	return 0;
}
