/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/plan.h"

#include <string.h>

/* Pool: a fixed part a VM and a share of RAM (stage 2 tables, shadow tables, reverse maps). */
#define POOL_BASE  (8 * 0x100000ul)
#define POOL_SHARE 128
#define POOL_MIN   (4 * 0x100000ul)

/* What guest_dt_build may add to the machine's device tree */
#define DTB_SLACK SZ_64K

/* Image header flags */
#define FLAG_BIG_ENDIAN BIT(0)

/* image_size 0: kernels before 3.17. Their BSS was well below this. */
#define OLD_TEXT_OFFSET 0x80000
#define OLD_BSS_MAX	(16 * 0x100000ul)

#define MIB(bytes) (((bytes) + 0xfffff) >> 20)

/* RAM, a dozen cuts, the reserved ranges and the guest's modules */
#define MAX_FREE                                                                                   \
	(MACHINE_MAX_MEM + MACHINE_MAX_RESERVED + MACHINE_MAX_KEPT + 3 * MACHINE_MAX_VMS + 8)

struct free_list {
	struct mem_range r[MAX_FREE];
	unsigned int n;
};

/* Has room for every cut there can be. */
static void take(struct free_list *f, struct mem_range r)
{
	ranges_subtract(f->r, &f->n, MAX_FREE, r);
}

/* Where memory begins at 0: that address means "none" to Linux, of a device tree, and to vm_ram().
 */
static struct mem_range page_zero(void)
{
	return RANGE(0, PAGE_SIZE);
}

/* RAM without page 0, reserved ranges, the boot's device tree, ramdisks, and modules but the host
 * VM's. */
static void free_list_init(struct free_list *f, const struct machine *m)
{
	memcpy(f->r, m->mem, m->nr_mem * sizeof(f->r[0]));
	f->n = m->nr_mem;
	take(f, page_zero());
	for (unsigned int i = 0; i < m->nr_reserved; i++)
		take(f, m->reserved[i].r);
	take(f, m->dtb);
	take(f, m->ramdisk.r);
	for (unsigned int i = 0; i < m->nr_kept; i++)
		take(f, m->kept[i]);
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		take(f, m->vm[i].kernel.r);
		take(f, m->vm[i].ramdisk.r);
	}
}

static bool is_free(const struct free_list *f, struct mem_range r)
{
	for (unsigned int i = 0; i < f->n; i++) {
		if (range_contains(f->r[i], r))
			return true;
	}
	return false;
}

/* The lowest free range of `size` bytes at a multiple of `align`, plus `offset`; size 0: none. */
static struct mem_range find_free(const struct free_list *f, u64 size, u64 align, u64 offset)
{
	for (unsigned int i = 0; i < f->n; i++) {
		u64 end = range_end(f->r[i]);
		u64 base = ALIGN_DOWN(f->r[i].base.v, align) + offset;

		while (base < f->r[i].base.v && base + align > base)
			base += align;
		if (base >= f->r[i].base.v && base < end && end - base >= size)
			return RANGE(base, size);
	}
	return RANGE(0, 0);
}

/* Several VMs have what is promised to each (nested/shadow.c); one alone can do with less. */
static u64 pool_base(const struct machine *m)
{
	return POOL_BASE * (1 + m->nr_vms);
}

static u64 pool_min(const struct machine *m)
{
	return m->nr_vms ? pool_base(m) : POOL_MIN;
}

static struct mem_range image_block(struct mem_range image)
{
	u64 base = ALIGN_DOWN(image.base.v, SZ_2M);

	return RANGE(base, ALIGN_UP(range_end(image), SZ_2M) - base);
}

static bool check_outside(struct mem_range block, const char *name, struct mem_range module,
			  struct boot_report *r)
{
	if (!ranges_overlap(block, module))
		return true;
	return report_error(r,
			    "found the %s (0x%lx, size 0x%lx) in neve's own memory (0x%lx to "
			    "0x%lx); load it above that",
			    name, module.base.v, module.size, block.base.v, range_end(block));
}

static bool check_image(const struct machine *m, struct mem_range image, struct boot_report *r)
{
	struct mem_range block = image_block(image);

	if (!machine_is_ram(m, block))
		return report_error(
			r,
			"found neve's Image at 0x%lx, where the device tree has no 2 MiB "
			"of memory; load it elsewhere",
			image.base.v);
	if (!check_outside(block, "kernel module", m->kernel.r, r) ||
	    !check_outside(block, "ramdisk module", m->ramdisk.r, r))
		return false;
	for (unsigned int i = 0; i < m->nr_kept; i++) {
		if (!check_outside(block, "guest's module", m->kept[i], r))
			return false;
	}
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		if (!check_outside(block, "VM's kernel module", m->vm[i].kernel.r, r) ||
		    !check_outside(block, "VM's ramdisk module", m->vm[i].ramdisk.r, r))
			return false;
	}
	if (ranges_overlap(image, m->dtb))
		return report_error(
			r,
			"found the device tree (0x%lx) inside neve's Image (0x%lx, size "
			"0x%lx); load it elsewhere",
			m->dtb.base.v, image.base.v, image.size);
	for (unsigned int i = 0; i < m->nr_reserved; i++) {
		struct mem_range res = m->reserved[i].r;

		/* Loaders reserve the device tree they pass; it is not needed for long. */
		if (ranges_overlap(block, res) && !range_contains(m->dtb, res))
			return report_error(r,
					    "found neve's Image at 0x%lx beside reserved memory "
					    "(0x%lx, size 0x%lx); load it elsewhere",
					    image.base.v, res.base.v, res.size);
	}
	return true;
}

static bool check_magic(struct mem_range module, const struct image_header *h, u64 bytes,
			struct boot_report *r)
{
	const u8 *b = (const u8 *)h;

	if (bytes == sizeof(*h) && h->magic == IMAGE_MAGIC)
		return true;
	if (bytes >= 2 && b[0] == 0x1f && b[1] == 0x8b)
		return report_error(r,
				    "found a gzip-compressed kernel module at 0x%lx, expected an "
				    "arm64 Image; unpack it first (gunzip)",
				    module.base.v);
	if (bytes >= 8 && !memcmp(b, "MZ", 2) && !memcmp(b + 4, "zimg", 4))
		return report_error(r,
				    "found an EFI zboot kernel module at 0x%lx, expected an arm64 "
				    "Image; unpack it first",
				    module.base.v);
	return report_error(r,
			    "found a kernel module at 0x%lx (size 0x%lx) that is no arm64 Image: "
			    "0x%x instead of 0x%x at offset 56; give Linux's arch/arm64/boot/Image",
			    module.base.v, module.size, bytes == sizeof(*h) ? h->magic : 0,
			    IMAGE_MAGIC);
}

/* Fills plan's kernel, but where it goes; *text_offset: where from a 2 MiB boundary it has to be.
 */
static bool read_header(const struct machine_module *kernel, const void *header,
			struct vm_plan *plan, u64 *text_offset, struct boot_report *r)
{
	struct mem_range module = kernel->r;
	struct image_header h = {0};
	u64 bytes = module.size < sizeof(h) ? module.size : sizeof(h);

	if (!module.size)
		return report_error(r, "found no kernel module, expected a node of compatible "
				       "\"multiboot,kernel\" below /chosen; for QEMU: -device "
				       "guest-loader,addr=0x48000000,kernel=Image,bootargs=...");
	memcpy(&h, header, bytes);
	if (!check_magic(module, &h, bytes, r))
		return false;
	if (h.flags & FLAG_BIG_ENDIAN)
		return report_error(
			r, "found a big-endian kernel module, expected a little-endian one");
	*text_offset = h.image_size ? h.text_offset : OLD_TEXT_OFFSET;
	plan->bootargs = kernel->bootargs;
	plan->kernel_from = module.base;
	plan->kernel_file_size = module.size;
	plan->kernel_size = h.image_size ? h.image_size : module.size + OLD_BSS_MAX;
	if (plan->kernel_size < plan->kernel_file_size)
		plan->kernel_size = plan->kernel_file_size;
	/* what cannot be right is kept away from the arithmetic that follows */
	if (*text_offset >= SZ_2M || plan->kernel_size > BIT(48))
		return report_error(r,
				    "found a kernel module with text_offset 0x%lx and image_size "
				    "0x%lx, expected less than 2 MiB and what fits in memory",
				    *text_offset, plan->kernel_size);
	return true;
}

static bool enough_memory(const struct machine *m, struct mem_range image,
			  const struct vm_plan *host, struct boot_report *r)
{
	u64 need = image_block(image).size + pool_min(m) + host->kernel_size + m->ramdisk.r.size +
		   SZ_2M;
	u64 vms = 0;

	for (unsigned int i = 0; i < m->nr_vms; i++)
		vms += m->vm[i].memory;
	need += vms;
	if (m->mem_total >= need)
		return true;
	return report_error(
		r,
		"found %lu MiB of memory, expected at least %lu MiB for neve, the kernel "
		"(%lu MiB), the ramdisk (%lu MiB) and other VMs (%lu MiB); for QEMU: -m",
		m->mem_total >> 20, MIB(need), MIB(host->kernel_size), MIB(m->ramdisk.r.size),
		MIB(vms));
}

static bool no_place(struct boot_report *r, const char *what, u64 size)
{
	return report_error(r,
			    "found no free %lu MiB in one piece for %s; load the modules closer "
			    "together or give more memory (for QEMU: -m)",
			    MIB(size), what);
}

static bool place_pool(const struct machine *m, struct mem_range image, struct free_list *f,
		       struct plan *plan)
{
	struct mem_range block = image_block(image);
	u64 size = pool_base(m) + ALIGN_DOWN(m->mem_total / POOL_SHARE, SZ_2M), min = pool_min(m);

	for (;;) {
		plan->pool = RANGE(range_end(block), size);
		if (!is_free(f, plan->pool))
			plan->pool = find_free(f, size, SZ_2M, 0);
		if (plan->pool.size || size == min)
			break;
		size = ALIGN_DOWN(size / 2, SZ_2M);
		size = size < min ? min : size;
	}
	if (!plan->pool.size)
		return false;
	plan->own[0] = block;
	plan->own[1] = plan->pool;
	plan->nr_own = ranges_normalise(plan->own, 2);
	if (plan->nr_own == 1)
		plan->own[1] = RANGE(0, 0);
	take(f, plan->pool);
	return true;
}

/* In place if it can stay; else to the lowest place, which may overlap where it is now. */
static bool place_kernel(const struct machine *m, u64 text_offset, bool in_place, struct plan *plan)
{
	struct vm_plan *host = &plan->vm[0];
	struct free_list f;
	struct mem_range kernel;

	host->kernel_at = host->kernel_from;
	if (in_place)
		return true;
	free_list_init(&f, m);
	for (unsigned int i = 0; i < plan->nr_own; i++)
		take(&f, plan->own[i]);
	kernel = find_free(&f, host->kernel_size, SZ_2M, text_offset);
	host->kernel_at = kernel.base;
	return kernel.size;
}

/* What guest_dt_build makes of the machine's tree. */
static u64 dtb_room(const struct machine *m)
{
	u64 room = ALIGN_UP(m->dtb.size + DTB_SLACK, PAGE_SIZE);

	return room < DTB_MAX_SIZE ? room : DTB_MAX_SIZE;
}

static bool plan_host(const struct machine *m, struct mem_range image, const void *header,
		      struct free_list *f, struct plan *plan, struct boot_report *r)
{
	struct vm_plan *host = &plan->vm[0];
	struct mem_range in_place;
	u64 text_offset = 0;
	bool stays;

	if (!read_header(&m->kernel, header, host, &text_offset, r) ||
	    !enough_memory(m, image, host, r))
		return false;
	in_place = RANGE(host->kernel_from.v, host->kernel_size);
	stays = IS_ALIGNED(host->kernel_from.v - text_offset, SZ_2M) && is_free(f, in_place);
	take(f, stays ? in_place : m->kernel.r);
	if (!place_pool(m, image, f, plan))
		return no_place(r, "neve's page pool", pool_min(m));
	if (!place_kernel(m, text_offset, stays, plan))
		return no_place(r, "the kernel", host->kernel_size);
	take(f, RANGE(host->kernel_at.v, host->kernel_size));
	host->ramdisk = m->ramdisk.r;
	host->ramdisk_from = m->ramdisk.r.base;
	host->dtb = find_free(f, dtb_room(m), SZ_2M, 0);
	if (!host->dtb.size)
		return no_place(r, "the device tree", dtb_room(m));
	take(f, host->dtb);
	host->owns_machine = true;
	return true;
}

/* One range of memory; from its start the kernel, the device tree, the ramdisk. */
static bool plan_vm(const struct machine *m, const struct machine_vm *want, const void *header,
		    struct free_list *f, struct vm_plan *p, struct boot_report *r)
{
	struct mem_range ram;
	u64 text_offset = 0, end;

	if (!read_header(&want->kernel, header, p, &text_offset, r))
		return false;
	ram = find_free(f, want->memory, SZ_2M, 0);
	if (!ram.size)
		return no_place(r, "a VM's memory", want->memory);
	take(f, ram);
	p->ram[0] = ram;
	p->nr_ram = 1;
	p->kernel_at = HPA(ram.base.v + text_offset);
	p->dtb = RANGE(ALIGN_UP(p->kernel_at.v + p->kernel_size, SZ_2M), dtb_room(m));
	p->ramdisk_from = want->ramdisk.r.base;
	p->ramdisk = RANGE(ALIGN_UP(range_end(p->dtb), SZ_2M), want->ramdisk.r.size);
	end = range_end(p->ramdisk);
	if (end <= range_end(ram))
		return true;
	return report_error(r,
			    "found %lu MiB of memory for a VM, expected at least %lu MiB for its "
			    "kernel (%lu MiB) and its ramdisk (%lu MiB)",
			    want->memory >> 20, MIB(end - ram.base.v), MIB(p->kernel_size),
			    MIB(want->ramdisk.r.size));
}

/* The host VM has the first CPUs, with the one that booted. */
static bool split_cpus(const struct machine *m, struct plan *plan, struct boot_report *r)
{
	unsigned int others = 0;

	for (unsigned int i = 0; i < m->nr_vms; i++)
		others += m->vm[i].nr_cpus;
	if (others >= m->nr_cpus)
		return report_error(r,
				    "found %u CPUs, expected at least %u for the VMs and one more "
				    "for the host VM; for QEMU: -smp",
				    m->nr_cpus, others);
	plan->vm[0].nr_cpus = m->nr_cpus - others;
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		const struct vm_plan *before = &plan->vm[i];

		plan->vm[i + 1].first_cpu = before->first_cpu + before->nr_cpus;
		plan->vm[i + 1].nr_cpus = m->vm[i].nr_cpus;
	}
	return true;
}

/* The host VM gets all RAM that is nobody else's. */
static bool set_host_ram(const struct machine *m, struct plan *plan, struct boot_report *r)
{
	struct vm_plan *host = &plan->vm[0];

	for (unsigned int i = 0; i < plan->nr_own; i++)
		host->hidden[host->nr_hidden++] = plan->own[i];
	for (unsigned int i = 1; i < plan->nr_vms; i++)
		host->hidden[host->nr_hidden++] = plan->vm[i].ram[0];
	if (machine_is_ram(m, page_zero()))
		host->hidden[host->nr_hidden++] = page_zero();
	host->nr_hidden = ranges_normalise(host->hidden, host->nr_hidden);
	memcpy(host->ram, m->mem, m->nr_mem * sizeof(m->mem[0]));
	host->nr_ram = m->nr_mem;
	for (unsigned int i = 0; i < host->nr_hidden; i++) {
		if (!ranges_subtract(host->ram, &host->nr_ram, PLAN_MAX_RAM, host->hidden[i]))
			return report_error(r, "found more memory regions than neve can keep");
	}
	return true;
}

bool plan_memory(const struct machine *m, struct mem_range image, const void *const *headers,
		 struct plan *plan, struct boot_report *r)
{
	struct free_list f;

	memset(plan, 0, sizeof(*plan));
	if (!check_image(m, image, r) || !split_cpus(m, plan, r))
		return false;
	free_list_init(&f, m);
	take(&f, image_block(image));
	if (!plan_host(m, image, headers[0], &f, plan, r))
		return false;
	for (plan->nr_vms = 1; plan->nr_vms <= m->nr_vms; plan->nr_vms++) {
		unsigned int i = plan->nr_vms;

		if (!plan_vm(m, &m->vm[i - 1], headers[i], &f, &plan->vm[i], r))
			return false;
	}
	return set_host_ram(m, plan, r);
}

static bool shares_page(struct mem_range a, struct mem_range b)
{
	u64 a_last = (range_end(a) - 1) >> PAGE_SHIFT, b_last = (range_end(b) - 1) >> PAGE_SHIFT;

	return a.size && b.size && a.base.v >> PAGE_SHIFT <= b_last &&
	       b.base.v >> PAGE_SHIFT <= a_last;
}

bool plan_readable(const struct machine *m, const struct vm_plan *plan, struct mem_range r)
{
	unsigned int i = 0;

	if (r.base.v + r.size < r.base.v)
		return false;
	while (i < plan->nr_ram && !range_contains(plan->ram[i], r))
		i++;
	if (i == plan->nr_ram)
		return false;
	for (i = 0; i < m->nr_reserved; i++) {
		if (m->reserved[i].no_map && shares_page(m->reserved[i].r, r))
			return false;
	}
	return true;
}
