/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any device tree: the machine, the memory plan and the guest's device tree made of it are refused
 * or sound. The input is a blob, or (since few blobs survive libfdt's own check) changes to a good
 * one: nodes and properties, then cells and bytes at offsets.
 */
#include "boot/guest_dt.h"

#include <libfdt.h>
#include "dtgen.h"
#include "fuzz.h"

static struct machine m;
static struct plan plan;
static struct vm_plan *const host = &plan.vm[0];

/* As for a guest that finds its modules itself */
static void add_guest_modules(void *fdt, unsigned int cells)
{
	int node;

	dt_add_module(fdt, "/chosen", "module@4c000000", "multiboot,kernel", 0x4c000000, 0x100000,
		      cells);
	node = dt_add(fdt, "/chosen", "domU1");
	dt_set_cells(fdt, node, "#address-cells", 1, 1);
	dt_set_cells(fdt, node, "#size-cells", 1, 1);
	dt_add_module(fdt, "/chosen/domU1", "module@0", "multiboot,kernel", 0x41000000, 0x2000, 1);
}

/* ---- changes to a good tree: those that do not fit are left out ---- */

static const char *const paths[] = {
	"/",
	"/psci",
	"/cpus",
	"/cpus/cpu@1",
	"/timer",
	"/intc@8000000",
	"/intc@8000000/its@8080000",
	"/pl011@9000000",
	"/memory@40000000",
	"/reserved-memory",
	"/reserved-memory/a",
	"/bus",
	"/bus/device",
	"/chosen",
	"/chosen/vm1",
	"/chosen/module@50000000",
};

static const char *const properties[] = {
	"reg",
	"ranges",
	"compatible",
	"status",
	"#address-cells",
	"#size-cells",
	"method",
	"enable-method",
	"interrupts",
	"bootargs",
	"interrupt-names",
	"no-map",
	"cpu_on",
	"cpu_off",
	"stdout-path",
	"memory",
	"cpus",
	"device_type",
};

/* Strings that neve looks for, in one way or another. */
static const char *const strings[] = {
	"",
	"okay",
	"disabled",
	"hvc",
	"smc",
	"psci",
	"spin-table",
	"memory",
	"cpu",
	"arm,psci",
	"arm,psci-0.2",
	"arm,gic-400",
	"arm,gic-v3",
	"arm,gic-v3-its",
	"arm,armv8-timer",
	"arm,pl011",
	"simple-bus",
	"multiboot,kernel",
	"multiboot,ramdisk",
	"neve,vm",
	"mode=nv trace=none l2-counters=on loglevel=0",
	"trace=on mode=pv nonsense=1",
	"/bus/device",
	"serial0",
	"hyp-phys",
	"virt",
};

/* A number that a tree may have: near RAM's ends, the modules, the image, powers of two. */
static u32 number(struct input *in)
{
	static const u32 base[] = {0,	       1,	  2,	      DT_RAM_BASE,
				   0xc0000000, DT_BASE,	  DT_KERNEL,  DT_RAMDISK,
				   DT_IMAGE,   0x9000000, 0x60000000, 0xfffff000};

	return fuzz_number(in, base, ARRAY_SIZE(base));
}

static void change(void *fdt, struct input *in)
{
	u8 what = (u8)take(in, 1);
	int node = fdt_path_offset(fdt, PICK(paths, take(in, 1)));
	const char *name = PICK(properties, take(in, 1)), *string;
	fdt32_t cells[8];
	unsigned int n = what / 16 % 8 + 1;

	switch (what % 8) {
	case 0:
		fdt_add_subnode(fdt, 0, what & 0x80 ? "bus" : "reserved-memory");
		break;
	case 1:
		if (node >= 0)
			fdt_add_subnode(fdt, node, what & 0x80 ? "device" : "a");
		break;
	case 2:
		if (node > 0)
			fdt_del_node(fdt, node);
		break;
	case 3:
		fdt_delprop(fdt, node, name);
		break;
	case 4:
		string = PICK(strings, take(in, 1));
		fdt_setprop_string(fdt, node, name, string);
		break;
	case 5:
		fdt_add_mem_rsv(fdt, number(in), number(in));
		break;
	default:
		for (unsigned int i = 0; i < n; i++)
			cells[i] = cpu_to_fdt32(number(in));
		fdt_setprop(fdt, node, name, cells, (int)n * 4);
	}
}

static void *make_blob(struct input *in, size_t *size)
{
	static const char *const vms[] = {"vm1", "vm2", "vm3"};
	u8 kind = take(in, 1);
	u8 *blob;

	if (kind == 0) {
		*size = in->size;
		blob = malloc(*size + 1);
		memcpy(blob, in->data, *size);
		return blob;
	}
	blob = dt_new(1 + kind % 2);
	if (kind & 2)
		add_guest_modules(blob, 1 + kind % 2);
	for (u32 i = 0; i < (kind >> 2) % 4; i++)
		dt_add_vm(blob, vms[i], 1, 16 << i, 0x60000000 + (i << 24));
	for (u32 i = 0; i < kind >> 4; i++)
		change(blob, in);
	CHECK(fdt_pack(blob) == 0);
	*size = fdt_totalsize(blob);
	while (in->size) {
		u64 at = take(in, 2), val = take(in, 4);

		if (at & 0x8000)
			blob[at % *size] = (u8)val;
		else
			memcpy(blob + at % (*size / 4) * 4, &val, 4);
	}
	return blob;
}

static void check_report(const struct boot_report *r, bool ok)
{
	CHECK(ok == !r->error[0]);
	CHECK(memchr(r->error, 0, sizeof(r->error)));
	CHECK(r->nr_warnings <= REPORT_WARNINGS);
}

static void check_machine(void)
{
	u64 total = 0;

	CHECK(m.nr_mem >= 1 && m.nr_mem <= MACHINE_MAX_MEM &&
	      m.nr_reserved <= MACHINE_MAX_RESERVED);
	for (unsigned int i = 0; i < m.nr_mem; i++) {
		CHECK(m.mem[i].size && IS_ALIGNED(m.mem[i].base.v | m.mem[i].size, PAGE_SIZE));
		CHECK(i == 0 || range_end(m.mem[i - 1]) < m.mem[i].base.v);
		total += m.mem[i].size;
	}
	CHECK(total == m.mem_total);
	CHECK(m.nr_cpus >= 1 && m.nr_cpus <= MAX_CPUS && m.nr_cpus <= m.nr_cpus_found);
	CHECK(m.gic.gicd.size && m.gic.nr_gicr >= 1 && m.gic.nr_gicr <= MACHINE_MAX_GICR);
	CHECK(m.gic.maintenance_intid >= 16 && m.gic.maintenance_intid < 32);
	CHECK(m.timer.hyp_phys >= 16 && m.timer.hyp_phys < 32);
	CHECK(m.kernel.r.size == 0 || machine_is_ram(&m, m.kernel.r));
	CHECK(strlen(m.kernel.bootargs) < DT_ROOM);
}

/* Everything that has a place: all in RAM, none on another. */
static void check_plan(struct mem_range image)
{
	struct mem_range part[5 + MACHINE_MAX_VMS] = {RANGE(host->kernel_at.v, host->kernel_size),
						      host->ramdisk, host->dtb, plan.own[0],
						      plan.own[1]};
	unsigned int n = 5, cpus = 0;

	for (unsigned int i = 1; i < plan.nr_vms; i++)
		part[n++] = plan.vm[i].ram[0];
	for (unsigned int i = 0; i < n; i++) {
		CHECK(part[i].size == 0 || machine_is_ram(&m, part[i]));
		for (unsigned int j = 0; j < i; j++)
			CHECK(!ranges_overlap(part[i], part[j]));
		for (unsigned int j = 0; j < m.nr_kept; j++)
			CHECK(!ranges_overlap(m.kept[j], part[i]));
		for (unsigned int j = 0; j < m.nr_vms; j++)
			CHECK(!ranges_overlap(m.vm[j].kernel.r, part[i]) &&
			      !ranges_overlap(m.vm[j].ramdisk.r, part[i]));
		for (unsigned int j = 0; i >= 3 && j < host->nr_ram; j++)
			CHECK(!ranges_overlap(host->ram[j], part[i]));
	}
	CHECK(!ranges_overlap(plan.pool, image) && !ranges_overlap(plan.pool, m.dtb));
	CHECK(range_contains(plan.own[0], plan.pool) || range_contains(plan.own[1], plan.pool));
	CHECK(!ranges_overlap(host->dtb, m.dtb));
	for (unsigned int i = 0; i < plan.nr_vms; i++) {
		const struct vm_plan *p = &plan.vm[i];

		CHECK(p->first_cpu == cpus && p->nr_cpus >= 1);
		cpus += p->nr_cpus;
		CHECK(p->owns_machine == (i == 0));
		CHECK(i == 0 ||
		      (range_contains(p->ram[0], p->dtb) && range_contains(p->ram[0], p->ramdisk) &&
		       range_contains(p->ram[0], RANGE(p->kernel_at.v, p->kernel_size))));
	}
	CHECK(cpus == m.nr_cpus && plan.nr_vms == 1 + m.nr_vms);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct mem_range image = {HPA(DT_IMAGE), DT_IMAGE_SIZE};
	struct input in = {data, size};
	struct image_header header = {
		.image_size = take(&in, 4), .text_offset = take(&in, 3), .magic = IMAGE_MAGIC};
	struct boot_report report = {.error = ""};
	size_t n;
	void *blob = make_blob(&in, &n), *out;
	bool ok = machine_from_dt(blob, n, HPA(DT_BASE), 0, &m, &report);

	check_report(&report, ok);
	if (ok) {
		check_machine();
		/* the header is 64 bytes, and so may be the module */
		ok = plan_memory(&m, image, EACH_HEADER(&header), &plan, &report);
		check_report(&report, ok);
	}
	if (ok)
		check_plan(image);
	for (unsigned int i = 0; ok && i < plan.nr_vms; i++) {
		out = malloc(plan.vm[i].dtb.size);
		ok = guest_dt_build(blob, &m, &plan.vm[i], out, &report);
		check_report(&report, ok);
		CHECK(!ok || fdt_check_full(out, plan.vm[i].dtb_size) == 0);
		free(out);
	}
	free(blob);
	return 0;
}
