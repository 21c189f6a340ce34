/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/plan.h"

#include <string.h>

/* Pool: a fixed part and a share of RAM (stage 2 tables, shadow tables, reverse maps). */
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
#define MAX_FREE (MACHINE_MAX_MEM + MACHINE_MAX_RESERVED + MACHINE_MAX_KEPT + 8)

struct free_list {
	struct mem_range r[MAX_FREE];
	unsigned int n;
};

/* Has room for every cut there can be. */
static void take(struct free_list *f, struct mem_range r)
{
	ranges_subtract(f->r, &f->n, MAX_FREE, r);
}

/* RAM without reserved ranges, the boot's device tree, the ramdisk and the guest's modules. */
static void free_list_init(struct free_list *f, const struct machine *m)
{
	memcpy(f->r, m->mem, m->nr_mem * sizeof(f->r[0]));
	f->n = m->nr_mem;
	for (unsigned int i = 0; i < m->nr_reserved; i++)
		take(f, m->reserved[i].r);
	take(f, m->dtb);
	take(f, m->ramdisk.r);
	for (unsigned int i = 0; i < m->nr_kept; i++)
		take(f, m->kept[i]);
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

static bool check_magic(const struct machine *m, const struct image_header *h, u64 bytes,
			struct boot_report *r)
{
	const u8 *b = (const u8 *)h;

	if (bytes == sizeof(*h) && h->magic == IMAGE_MAGIC)
		return true;
	if (bytes >= 2 && b[0] == 0x1f && b[1] == 0x8b)
		return report_error(r,
				    "found a gzip-compressed kernel module at 0x%lx, expected an "
				    "arm64 Image; unpack it first (gunzip)",
				    m->kernel.r.base.v);
	if (bytes >= 8 && !memcmp(b, "MZ", 2) && !memcmp(b + 4, "zimg", 4))
		return report_error(r,
				    "found an EFI zboot kernel module at 0x%lx, expected an arm64 "
				    "Image; unpack it first",
				    m->kernel.r.base.v);
	return report_error(r,
			    "found a kernel module at 0x%lx (size 0x%lx) that is no arm64 Image: "
			    "0x%x instead of 0x%x at offset 56; give Linux's arch/arm64/boot/Image",
			    m->kernel.r.base.v, m->kernel.r.size,
			    bytes == sizeof(*h) ? h->magic : 0, IMAGE_MAGIC);
}

/* Fills the sizes of plan's kernel; *text_offset: where from a 2 MiB boundary it has to be. */
static bool read_header(const struct machine *m, const void *header, struct host_vm_plan *plan,
			u64 *text_offset, struct boot_report *r)
{
	struct image_header h = {0};
	u64 bytes = m->kernel.r.size < sizeof(h) ? m->kernel.r.size : sizeof(h);

	if (!m->kernel.r.size)
		return report_error(r, "found no kernel module, expected a node of compatible "
				       "\"multiboot,kernel\" below /chosen; for QEMU: -device "
				       "guest-loader,addr=0x48000000,kernel=Image,bootargs=...");
	memcpy(&h, header, bytes);
	if (!check_magic(m, &h, bytes, r))
		return false;
	if (h.flags & FLAG_BIG_ENDIAN)
		return report_error(
			r, "found a big-endian kernel module, expected a little-endian one");
	*text_offset = h.image_size ? h.text_offset : OLD_TEXT_OFFSET;
	plan->kernel_from = m->kernel.r.base;
	plan->kernel_file_size = m->kernel.r.size;
	plan->kernel_size = h.image_size ? h.image_size : m->kernel.r.size + OLD_BSS_MAX;
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
			  const struct host_vm_plan *plan, struct boot_report *r)
{
	u64 need =
		image_block(image).size + POOL_MIN + plan->kernel_size + m->ramdisk.r.size + SZ_2M;

	if (m->mem_total >= need)
		return true;
	return report_error(
		r,
		"found %lu MiB of memory, expected at least %lu MiB for neve, the kernel "
		"(%lu MiB) and the ramdisk (%lu MiB); for QEMU: -m",
		m->mem_total >> 20, MIB(need), MIB(plan->kernel_size), MIB(m->ramdisk.r.size));
}

static bool no_place(struct boot_report *r, const char *what, u64 size)
{
	return report_error(r,
			    "found no free %lu MiB in one piece for %s; load the modules closer "
			    "together or give more memory (for QEMU: -m)",
			    MIB(size), what);
}

static bool place_pool(const struct machine *m, struct mem_range image, struct free_list *f,
		       struct host_vm_plan *plan)
{
	struct mem_range block = image_block(image);
	u64 size = POOL_BASE + ALIGN_DOWN(m->mem_total / POOL_SHARE, SZ_2M);

	for (; size >= POOL_MIN; size = ALIGN_DOWN(size / 2, SZ_2M)) {
		plan->pool = RANGE(range_end(block), size);
		if (!is_free(f, plan->pool))
			plan->pool = find_free(f, size, SZ_2M, 0);
		if (plan->pool.size)
			break;
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
static bool place_kernel(const struct machine *m, u64 text_offset, bool in_place,
			 struct host_vm_plan *plan)
{
	struct free_list f;
	struct mem_range kernel;

	plan->kernel_at = plan->kernel_from;
	if (in_place)
		return true;
	free_list_init(&f, m);
	for (unsigned int i = 0; i < plan->nr_own; i++)
		take(&f, plan->own[i]);
	kernel = find_free(&f, plan->kernel_size, SZ_2M, text_offset);
	plan->kernel_at = kernel.base;
	return kernel.size;
}

static bool set_ram(const struct machine *m, struct host_vm_plan *plan, struct boot_report *r)
{
	memcpy(plan->ram, m->mem, m->nr_mem * sizeof(m->mem[0]));
	plan->nr_ram = m->nr_mem;
	for (unsigned int i = 0; i < plan->nr_own; i++) {
		if (!ranges_subtract(plan->ram, &plan->nr_ram, PLAN_MAX_RAM, plan->own[i]))
			return report_error(r, "found more memory regions than neve can keep");
	}
	return true;
}

bool plan_memory(const struct machine *m, struct mem_range image, const void *header,
		 struct host_vm_plan *plan, struct boot_report *r)
{
	u64 text_offset = 0, dtb_room = ALIGN_UP(m->dtb.size + DTB_SLACK, PAGE_SIZE);
	struct mem_range in_place;
	struct free_list f;
	bool stays;

	memset(plan, 0, sizeof(*plan));
	if (!check_image(m, image, r) || !read_header(m, header, plan, &text_offset, r) ||
	    !enough_memory(m, image, plan, r))
		return false;
	free_list_init(&f, m);
	take(&f, image_block(image));
	in_place = RANGE(plan->kernel_from.v, plan->kernel_size);
	stays = IS_ALIGNED(plan->kernel_from.v - text_offset, SZ_2M) && is_free(&f, in_place);
	take(&f, stays ? in_place : m->kernel.r);
	if (!place_pool(m, image, &f, plan))
		return no_place(r, "neve's page pool", POOL_MIN);
	if (!place_kernel(m, text_offset, stays, plan))
		return no_place(r, "the kernel", plan->kernel_size);
	take(&f, RANGE(plan->kernel_at.v, plan->kernel_size));
	plan->ramdisk = m->ramdisk.r;
	if (dtb_room > DTB_MAX_SIZE)
		dtb_room = DTB_MAX_SIZE;
	plan->dtb = find_free(&f, dtb_room, SZ_2M, 0);
	if (!plan->dtb.size)
		return no_place(r, "the device tree", dtb_room);
	return set_ram(m, plan, r);
}

static bool shares_page(struct mem_range a, struct mem_range b)
{
	u64 a_last = (range_end(a) - 1) >> PAGE_SHIFT, b_last = (range_end(b) - 1) >> PAGE_SHIFT;

	return a.size && b.size && a.base.v >> PAGE_SHIFT <= b_last &&
	       b.base.v >> PAGE_SHIFT <= a_last;
}

bool plan_readable(const struct machine *m, const struct host_vm_plan *plan, struct mem_range r)
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
