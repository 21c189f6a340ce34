/* SPDX-License-Identifier: Apache-2.0 */
#include "mmu.h"

#include "sysreg.h"

/* Descriptors: Arm ARM, "VMSAv8-64 translation table format", 4 KiB granule. */
#define DESC_VALID   BIT(0)
#define DESC_TABLE   BIT(1) /* in a block descriptor: 0 */
#define DESC_ATTR(n) ((u64)(n) << 2)
#define DESC_AP1     BIT(6) /* EL1: accessible to EL0; EL2 with E2H = 0: RES1 */
#define DESC_ISH     (UINT64_C(3) << 8)
#define DESC_AF	     BIT(10)
#define DESC_PXN     BIT(53)
#define DESC_XN	     BIT(54) /* UXN in a regime with EL0 */
#define DESC_ADDR    GENMASK(47, 12)

#define ENTRIES	      512
#define ADDRESS_BITS  39
#define LEVEL2_TABLES 16
#define DTB_MAX_SIZE  SZ_2M
#define FDT_MAGIC     0xd00dfeed

u64 mmu_level1[ENTRIES] __attribute__((aligned(4096)));
static u64 level2[LEVEL2_TABLES][ENTRIES] __attribute__((aligned(4096)));
static u32 nr_level2;

void mmu_init_tables(u64 image, u64 image_end, u64 dtb);

static u64 block_desc(u64 addr, enum mmu_type type)
{
	u64 desc = addr | DESC_VALID | DESC_AF;

	/* MAIR indices: start.S */
	desc |= type == MMU_RAM ? DESC_ATTR(1) | DESC_ISH : DESC_ATTR(0) | DESC_PXN | DESC_XN;
	if (needs_el2_names())
		return desc | DESC_AP1;
	return desc | DESC_XN; /* no EL0 code, ever */
}

static bool same_type(u64 desc, enum mmu_type type)
{
	return FIELD(desc, 4, 2) == (type == MMU_RAM ? 1 : 0);
}

/* The level 2 table for a GiB; NULL if there is none and none can be had. */
static u64 *level2_table(u64 addr)
{
	u64 *entry = &mmu_level1[addr / SZ_1G];

	if (!(*entry & DESC_VALID)) {
		if (nr_level2 == LEVEL2_TABLES)
			return NULL;
		*entry = (u64)level2[nr_level2++] | DESC_VALID | DESC_TABLE;
	}
	return (u64 *)(*entry & DESC_ADDR);
}

static bool map_block(u64 addr, enum mmu_type type)
{
	u64 l1 = mmu_level1[addr / SZ_1G];
	u64 *entry;

	if ((l1 & DESC_VALID) && !(l1 & DESC_TABLE))
		return same_type(l1, type);
	entry = level2_table(addr);
	if (!entry)
		return false;
	entry += addr / SZ_2M % ENTRIES;
	if (*entry & DESC_VALID)
		return same_type(*entry, type);
	*entry = block_desc(addr, type);
	return true;
}

bool mmu_map(u64 base, u64 size, enum mmu_type type)
{
	u64 addr = ALIGN_DOWN(base, SZ_2M), end = base + size;
	bool ok = true;

	if (end < base || end > BIT(ADDRESS_BITS))
		return false;
	while (ok && addr < end) {
		u64 *l1 = &mmu_level1[addr / SZ_1G];

		if (IS_ALIGNED(addr, SZ_1G) && end - addr >= SZ_1G && !*l1) {
			*l1 = block_desc(addr, type);
			addr += SZ_1G;
		} else {
			ok = map_block(addr, type);
			addr += SZ_2M;
		}
	}
	/* Invalid entries became valid: no TLB maintenance, the walker only has to see them. */
	dsb(ish);
	isb();
	return ok;
}

/*
 * Called with the MMU off: maps the image and the device tree, enough to read the rest of the map
 * from it. What cannot be mapped faults later, with a report if there is a console by then.
 */
void mmu_init_tables(u64 image, u64 image_end, u64 dtb)
{
	u64 size = 0;

	mmu_map(image, image_end - image, MMU_RAM);
	if (dtb && IS_ALIGNED(dtb, 8)) {
		const u32 *header = (const u32 *)dtb;

		if (__builtin_bswap32(header[0]) == FDT_MAGIC)
			size = __builtin_bswap32(header[1]);
	}
	if (size && size <= DTB_MAX_SIZE)
		mmu_map(dtb, size, MMU_RAM);
}
