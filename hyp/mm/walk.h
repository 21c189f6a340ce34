/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the software walkers of guests' tables (s1walk, s2walk) have in common.
 */
#ifndef NEVE_MM_WALK_H
#define NEVE_MM_WALK_H

#include "types.h"
#include "errcode.h"
#include "mm/pte.h"

enum walk_fault {
	WALK_OK = 0,
	WALK_TRANSLATION,
	WALK_ACCESS_FLAG,
	WALK_PERMISSION,
	WALK_ADDRESS_SIZE,
	WALK_EXTERNAL, /* synchronous external abort on the walk */
	WALK_AGAIN,    /* the descriptor kept changing: no fault, repeat the guest's access */
};

/* Fault status code (DFSC, IFSC, PAR_EL1.FST) of a fault at `level` (Arm ARM, ESR_ELx). */
static inline u8 walk_fsc(enum walk_fault fault, unsigned int level)
{
	static const u8 base[] = {
		[WALK_TRANSLATION] = 0x04,  [WALK_ACCESS_FLAG] = 0x08, [WALK_PERMISSION] = 0x0c,
		[WALK_ADDRESS_SIZE] = 0x00, [WALK_EXTERNAL] = 0x14,    [WALK_AGAIN] = 0,
	};

	return base[fault] + level;
}

/* Translation granules, as a mask of log2(bytes) */
#define GRANULE_4K  BIT(12)
#define GRANULE_16K BIT(14)
#define GRANULE_64K BIT(16)
#define GRANULE_ALL (GRANULE_4K | GRANULE_16K | GRANULE_64K)

/*
 * Access to L1's memory. Values are in memory order as a little-endian 64-bit load sees them; the
 * walkers swap for big-endian tables. `ipa` is 8-byte aligned and within the output size, and is
 * otherwise whatever the guest wrote: the callback validates.
 */
struct walk_mem {
	/* 0, or negative: no memory there (external abort on the walk). */
	int (*read64)(void *ctx, ipa_t ipa, u64 *val);
	/*
	 * Atomic compare and swap, for hardware update of AF and dirty state. 0 done, 1 the value
	 * was not `old`, negative: no writable memory there. NULL: the walk is a probe that updates
	 * nothing and takes updates for done.
	 */
	int (*cas64)(void *ctx, ipa_t ipa, u64 old, u64 new);
};

/* Output address bits of {I}PS, PARange encodings 0 to 5; more than 48 bits are not offered. */
static inline unsigned int walk_oa_bits(unsigned int ps)
{
	static const u8 bits[] = {32, 36, 40, 42, 44, 48, 48, 48};

	return bits[ps & 7];
}

#endif
