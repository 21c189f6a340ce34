/* SPDX-License-Identifier: Apache-2.0 */
#include "ram.h"

/* The first range of `used` that touches [base, end); NULL if none does. */
static const struct mem_range *in_the_way(const struct mem_range *used, u32 nr_used, u64 base,
					  u64 end)
{
	for (u32 i = 0; i < nr_used; i++)
		if (used[i].size && used[i].base < end && used[i].base + used[i].size > base)
			return &used[i];
	return NULL;
}

u64 ram_find(const struct mem_range *mem, u32 nr_mem, const struct mem_range *used, u32 nr_used,
	     u64 size)
{
	size = ALIGN_UP(size, SZ_2M);
	for (u32 i = 0; i < nr_mem; i++) {
		u64 base = ALIGN_UP(mem[i].base, SZ_2M);
		u64 end = ALIGN_DOWN(mem[i].base + mem[i].size, SZ_2M);

		while (end > base && end - base >= size) {
			const struct mem_range *other = in_the_way(used, nr_used, end - size, end);

			if (!other)
				return end - size;
			end = ALIGN_DOWN(other->base, SZ_2M);
		}
	}
	return 0;
}
