/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include <string.h>

#include "exception.h"

#define POOL_SIZE (4 * SZ_2M)

/* Aligned for 16 tables of 64 KiB side by side, the largest root. */
static u8 pool[POOL_SIZE] __attribute__((aligned(1 << 20)));
static u64 used;

void mm_reset(void)
{
	used = 0;
}

static u64 take(u64 size)
{
	u64 at = ALIGN_UP(used, size);

	if (at + size > POOL_SIZE)
		fatal("the pool of translation tables is used up");
	used = at + size;
	memset(pool + at, 0, size);
	return (u64)pool + at;
}

u32 mm_shift(const struct table *t, u32 level)
{
	return t->grain + (3 - level) * (t->grain - 3);
}

void mm_table(struct table *t, u32 grain, u32 start_level, u32 ia_bits)
{
	u64 size;

	*t = (struct table){.grain = grain, .start_level = start_level, .ia_bits = ia_bits};
	size = BIT(ia_bits - mm_shift(t, start_level)) * 8;
	t->root = take(size < BIT(grain) ? BIT(grain) : size);
}

u64 *mm_entry(struct table *t, u64 ia, u32 level)
{
	u64 table = t->root, mask = BIT(t->ia_bits - mm_shift(t, t->start_level)) - 1;

	for (u32 l = t->start_level;; l++) {
		u64 *entry = (u64 *)table + ((ia >> mm_shift(t, l)) & mask);

		if (l == level)
			return entry;
		if (!(*entry & 1))
			*entry = take(BIT(t->grain)) | D_TABLE;
		table = *entry & GENMASK(47, 12) & ~(BIT(t->grain) - 1);
		mask = BIT(t->grain - 3) - 1;
	}
}

void mm_set(struct table *t, u64 ia, u32 level, u64 desc)
{
	*mm_entry(t, ia, level) = desc;
	dsb(ish);
}

void mm_map(struct table *t, u64 ia, u32 level, u64 attrs)
{
	mm_set(t, ia, level, attrs | (level == 3 ? D_PAGE : D_BLOCK));
}
