/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is memory that nothing uses. Pure. */
#ifndef BEAT_RAM_H
#define BEAT_RAM_H

#include "machine.h"

/*
 * The highest address of a piece of `size` bytes (not 0) in one of the ranges of `mem`, none of
 * whose 2 MiB blocks is touched by a range of `used`. Whole blocks only, as machine_map() maps
 * them. 0: there is none.
 */
u64 ram_find(const struct mem_range *mem, u32 nr_mem, const struct mem_range *used, u32 nr_used,
	     u64 size);

#endif
