/* SPDX-License-Identifier: Apache-2.0 */
#include "mm/el2map.h"

#include <string.h>
#include "boot/entry.h"
#include "cpu/hcr.h"
#include "cpu/spinlock.h"
#include "cpu/sysreg.h"
#include "mm/alloc.h"
#include "mm/pgtable.h"

/*
 * Table pages until the allocator works. The Image, the device tree, the UART, a module's header
 * and the pool may each lie in a gigabyte of their own, or across two.
 */
#define EARLY_PAGES 32

static u8 early_page[EARLY_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int early_used;
static bool allocator_works;

/*
 * AP[1] is RES1 at EL2 and EL3. Where EL0 exists too it would give it access, and take the right to
 * execute writable pages, or (PAN) to touch them, from EL1: left out there.
 */
static u64 attrs_mask;

static struct pgtable tables;
static struct spinlock lock;

struct boot_mmu boot_mmu;

static bool table_alloc(void *ctx, unsigned int order, hpa_t *pa)
{
	void *p;

	if (allocator_works)
		p = alloc_pages(order);
	else
		p = order || early_used == EARLY_PAGES ? NULL : early_page[early_used++];
	*pa = virt_to_hpa(p);
	return p;
}

/* Nothing is ever unmapped: this one is empty, as there was no page for the table below it. */
static void table_free(void *ctx, hpa_t pa, unsigned int order)
{
	if (early_used && pa.v == virt_to_hpa(early_page[early_used - 1]).v)
		early_used--;
	else if (allocator_works)
		free_pages(hpa_to_virt(pa), order);
}

static u64 *table_ptr(void *ctx, hpa_t pa)
{
	return hpa_to_virt(pa);
}

static void table_publish(void *ctx)
{
	dsb(ishst);
	isb();
}

static const struct pgtable_mem table_mem = {
	.alloc = table_alloc,
	.free = table_free,
	.ptr = table_ptr,
	.publish = table_publish,
};

/* At most 5, 48 bits, which is the most that 4 KiB descriptors hold (no LPA2). */
static u64 parange(void)
{
	u64 r = FIELD(read_sysreg(ID_AA64MMFR0_EL1), 3, 0);

	return r < 5 ? r : 5;
}

static unsigned int pa_bits(void)
{
	static const u8 bits[] = {32, 36, 40, 42, 44, 48};

	return bits[parange()];
}

/* TCR_ELx: inner shareable, write-back walks, 4 KiB granule */
#define TCR_WALKS    (UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12)
#define TCR_EL2_RES1 (BIT(31) | BIT(23))
#define TCR_EL1_T1SZ (UINT64_C(16) << 16)
#define TCR_EL1_TG1  (UINT64_C(2) << 30)

#define SCTLR_EL2_RES1 UINT64_C(0x30c50830)

static void set_registers(u64 kind)
{
	u64 ps = parange();
	u64 on = SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I;

	boot_mmu.ttbr = tables.root.v;
	boot_mmu.mair = PGTABLE_EL2_MAIR;
	boot_mmu.tcr = pgtable_tcr(&tables) | TCR_WALKS;
	if (kind == ENTRY_EL2 || kind == ENTRY_EL3) {
		boot_mmu.tcr |= TCR_EL2_RES1 | ps << 16;
		boot_mmu.sctlr = SCTLR_EL2_RES1 | on;
	} else {
		boot_mmu.tcr |= TCR_EL1_EPD1 | TCR_EL1_T1SZ | TCR_EL1_TG1 | ps << 32;
		boot_mmu.sctlr = SCTLR_EL1_RES1 | on;
	}
	if (kind == ENTRY_EL2)
		boot_mmu.sctlr |= SCTLR_WXN;
}

static int map(u64 start, u64 end, u64 attrs)
{
	if (end == start)
		return 0;
	if (end < start) /* rounded up past the last address */
		return -EINVAL;
	return pgtable_map(&tables, start, HPA(start), end - start, attrs & attrs_mask, 0);
}

static u64 address_of(const char *sym)
{
	return (u64)(uintptr_t)sym;
}

static void map_image(void)
{
	u64 stacks = address_of(boot_stacks);

	map(address_of(text_start), address_of(text_end), PGTABLE_EL2_RX);
	map(address_of(text_end), address_of(rodata_end), PGTABLE_EL2_RO);
	map(address_of(rodata_end), stacks, PGTABLE_EL2_RW);
	for (unsigned int i = 0; i < STACK_COUNT; i++) {
		u64 bottom = stacks + i * STACK_STRIDE + STACK_GUARD;

		map(bottom, bottom + STACK_SIZE, PGTABLE_EL2_RW);
	}
}

/*
 * The device tree's pages, as far as its own header says. A wrong header leaves it unmapped or cut
 * short, and machine_from_dt is told how much there is.
 */
static void map_dtb(hpa_t dtb)
{
	const u32 *header = hpa_to_virt(dtb);
	u64 size = SZ_4K;

	if (!dtb.v || !IS_ALIGNED(dtb.v, 8))
		return;
	if (__builtin_bswap32(header[0]) == 0xd00dfeed)
		size = __builtin_bswap32(header[1]);
	if (size > DTB_MAX_SIZE)
		size = SZ_4K;
	map(ALIGN_DOWN(dtb.v, PAGE_SIZE), ALIGN_UP(dtb.v + size, PAGE_SIZE), PGTABLE_EL2_RW);
}

void boot_early_map(u64 kind, hpa_t dtb)
{
	unsigned int bits = pa_bits();

	attrs_mask = kind == ENTRY_EL2 || kind == ENTRY_EL3 ? ~UINT64_C(0) : ~S1_AP_EL0;
	if (pgtable_init(&tables, false, bits, bits, &table_mem, NULL))
		return;
	map_image();
	map_dtb(dtb);
	set_registers(kind);
}

static int map_locked(u64 start, u64 end, u64 attrs)
{
	int ret;

	spin_lock(&lock);
	ret = map(start, end, attrs);
	spin_unlock(&lock);
	return ret;
}

int el2_map_memory(struct mem_range r)
{
	return map_locked(ALIGN_DOWN(r.base.v, PAGE_SIZE), ALIGN_UP(range_end(r), PAGE_SIZE),
			  PGTABLE_EL2_RW);
}

int el2_map_device(hpa_t pa, u64 size)
{
	return map_locked(ALIGN_DOWN(pa.v, PAGE_SIZE), ALIGN_UP(pa.v + size, PAGE_SIZE),
			  PGTABLE_EL2_DEVICE);
}

int el2_map_ram(const struct machine *m)
{
	static struct mem_range ram[MACHINE_MAX_MEM + MACHINE_MAX_RESERVED + 1];
	struct mem_range image =
		RANGE(address_of(image_start), address_of(image_end) - address_of(image_start));
	unsigned int n = m->nr_mem;
	int ret = 0;

	/* neve has no use for what must not be mapped, but a VM's addresses are as limited */
	if (range_end(m->mem[n - 1]) > BIT(pa_bits()))
		return -EINVAL;
	allocator_works = true;
	memcpy(ram, m->mem, n * sizeof(ram[0]));
	ranges_subtract(ram, &n, ARRAY_SIZE(ram), image);
	for (unsigned int i = 0; i < m->nr_reserved; i++) {
		if (m->reserved[i].no_map)
			ranges_subtract(ram, &n, ARRAY_SIZE(ram), m->reserved[i].r);
	}
	for (unsigned int i = 0; i < n && !ret; i++) {
		struct mem_range r = range_shrink(ram[i], PAGE_SIZE);

		ret = map_locked(r.base.v, range_end(r), PGTABLE_EL2_RW);
	}
	return ret;
}
