/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's memory and the translation tables in it, for tests of the walkers: any granule, any
 * start level, descriptors as raw as the test wants them, and memory that fails on demand.
 */
#ifndef NEVE_TESTS_GUESTTAB_H
#define NEVE_TESTS_GUESTTAB_H

#include "mm/walk.h"

#include <glib.h>
#include <string.h>

#define GT_SIZE (8u << 20)
#define GT_BASE UINT64_C(0x40000000)

struct guest_tables {
	guint8 *bytes;
	u64 next; /* free memory starts here */
	u64 root;
	unsigned int granule, start, ia_bits;
	bool big_endian;
	/* behaviour of the memory */
	u64 abort_at;		/* reads of this descriptor fail */
	bool read_only;		/* updates fail */
	unsigned int conflicts; /* that many updates find another value, ... */
	u64 conflict_value;	/* ... this one (not 0), or the old one */
	unsigned int reads, updates;
};

static inline unsigned int gt_shift(const struct guest_tables *gt, unsigned int level)
{
	return gt->granule + (gt->granule - 3) * (3 - level);
}

static inline void gt_init(struct guest_tables *gt, unsigned int granule, unsigned int start,
			   unsigned int ia_bits)
{
	guint8 *bytes = gt->bytes;
	u64 used = gt->next, root_size;

	if (!bytes)
		bytes = g_malloc0(GT_SIZE);
	else
		memset(bytes, 0, used - GT_BASE);
	memset(gt, 0, sizeof(*gt));
	gt->bytes = bytes;
	gt->granule = granule;
	gt->start = start;
	gt->ia_bits = ia_bits;
	root_size = UINT64_C(8) << (ia_bits - gt_shift(gt, start));
	/* not at the start of memory, and aligned to no more than it must be */
	gt->root = GT_BASE + root_size;
	gt->next = ALIGN_UP(gt->root + root_size, UINT64_C(1) << granule);
	gt->abort_at = ~UINT64_C(0);
}

static inline void gt_fini(struct guest_tables *gt)
{
	g_free(gt->bytes);
}

static inline bool gt_has(u64 addr)
{
	return addr >= GT_BASE && addr <= GT_BASE + GT_SIZE - 8;
}

static inline u64 *gt_word(const struct guest_tables *gt, u64 addr)
{
	g_assert_true(gt_has(addr) && addr % 8 == 0);
	return (u64 *)(gt->bytes + (addr - GT_BASE));
}

static inline u64 gt_get(const struct guest_tables *gt, u64 addr)
{
	u64 v = *gt_word(gt, addr);

	return gt->big_endian ? GUINT64_SWAP_LE_BE(v) : v;
}

static inline void gt_put(const struct guest_tables *gt, u64 addr, u64 desc)
{
	*gt_word(gt, addr) = gt->big_endian ? GUINT64_SWAP_LE_BE(desc) : desc;
}

/* Address of the descriptor of `ia` at `level`; makes the tables above, with `table_bits`. */
static inline u64 gt_slot(struct guest_tables *gt, u64 ia, unsigned int level, u64 table_bits)
{
	u64 table = gt->root;

	for (unsigned int l = gt->start;; l++) {
		u64 index = ia >> gt_shift(gt, l), slot;

		index &= l == gt->start ? (UINT64_C(1) << (gt->ia_bits - gt_shift(gt, l))) - 1
					: (UINT64_C(1) << (gt->granule - 3)) - 1;
		slot = table + index * 8;
		if (l == level)
			return slot;
		if (!gt_get(gt, slot)) {
			gt_put(gt, slot, gt->next | table_bits | 3);
			gt->next += UINT64_C(1) << gt->granule;
			g_assert_cmphex(gt->next, <=, GT_BASE + GT_SIZE);
		}
		table = gt_get(gt, slot) & GENMASK(47, gt->granule);
	}
}

static inline u64 gt_set(struct guest_tables *gt, u64 ia, unsigned int level, u64 desc)
{
	u64 slot = gt_slot(gt, ia, level, 0);

	gt_put(gt, slot, desc);
	return slot;
}

static inline int gt_read64(void *ctx, ipa_t ipa, u64 *val)
{
	struct guest_tables *gt = ctx;

	gt->reads++;
	g_assert_cmphex(ipa.v % 8, ==, 0);
	if (!gt_has(ipa.v) || ipa.v == gt->abort_at)
		return -EFAULT;
	*val = *gt_word(gt, ipa.v);
	return 0;
}

static inline int gt_cas64(void *ctx, ipa_t ipa, u64 old, u64 new)
{
	struct guest_tables *gt = ctx;

	gt->updates++;
	if (!gt_has(ipa.v) || gt->read_only)
		return -EFAULT;
	if (gt->conflicts) {
		gt->conflicts--;
		if (gt->conflict_value)
			gt_put(gt, ipa.v, gt->conflict_value);
		return 1;
	}
	if (*gt_word(gt, ipa.v) != old)
		return 1;
	*gt_word(gt, ipa.v) = new;
	return 0;
}

static const struct walk_mem gt_mem = {.read64 = gt_read64, .cas64 = gt_cas64};
static const struct walk_mem gt_probe = {.read64 = gt_read64};

#endif
