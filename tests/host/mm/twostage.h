/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two stages for tests: an L2 whose stage 1 maps VA 0 to IPA 0x777000 by pages, with tables that
 * its hypervisor's stage 2 moved by S2_OFFSET; both in one memory of L1.
 */
#ifndef NEVE_TESTS_TWOSTAGE_H
#define NEVE_TESTS_TWOSTAGE_H

#include "mm/s1walk.h"

#include "guesttab.h"

#define S2_OFFSET UINT64_C(0x100000000)

struct two_stages {
	struct guest_tables s1, s2; /* the second one lies GT_SIZE above the first in L1's memory */
	struct s1walk_cfg cfg1;
	struct s2walk_cfg cfg2;
	struct s1walk_tables tables;
	u64 slot3;   /* stage-1 leaf */
	u64 s2_slot; /* stage-2 leaf of the page that slot3 is in */
};

static inline int two_read64(void *ctx, ipa_t ipa, u64 *val)
{
	struct two_stages *t = ctx;

	if (ipa.v >= GT_BASE + GT_SIZE)
		return gt_read64(&t->s2, IPA(ipa.v - GT_SIZE), val);
	return gt_read64(&t->s1, ipa, val);
}

static inline void two_map(struct two_stages *t, u64 in, u64 out, unsigned int perms,
			   unsigned int memattr, unsigned int sh)
{
	u64 table = t->s2.root;

	for (unsigned int level = 1; level < 3; level++) {
		u64 slot = table + (in >> gt_shift(&t->s2, level)) % 512 * 8;

		if (!gt_get(&t->s2, slot)) {
			gt_put(&t->s2, slot, (t->s2.next + GT_SIZE) | 3);
			t->s2.next += SZ_4K;
		}
		table = (gt_get(&t->s2, slot) & GENMASK(47, 12)) - GT_SIZE;
	}
	t->s2_slot = table + (in >> 12) % 512 * 8;
	gt_put(&t->s2, t->s2_slot, out | pgtable_s2_attrs(perms, memattr, sh) | 3);
}

static inline void two_build(struct two_stages *t)
{
	static const u64 pages[3] = {GT_BASE + 0x100000, GT_BASE + 0x101000, GT_BASE + 0x102000};

	memset(t, 0, sizeof(*t));
	gt_init(&t->s1, 12, 1, 39);
	gt_init(&t->s2, 12, 1, 39);
	for (int i = 0; i < 3; i++) {
		gt_put(&t->s1, pages[i],
		       i < 2 ? (pages[i + 1] + S2_OFFSET) | 3
			     : 0x777000 | PTE_AF | S1_ATTRIDX(1) | 3);
		two_map(t, pages[i] + S2_OFFSET, pages[i], PERM_R | PERM_W, MEMATTR_NORMAL_WB,
			SH_INNER);
	}
	t->slot3 = pages[2];
	t->cfg1 = (struct s1walk_cfg){.regime = S1_EL10,
				      .sctlr = 1,
				      .tcr = 25 | 25 << 16 | UINT64_C(5) << 32,
				      .ttbr0 = pages[0] + S2_OFFSET,
				      .mair = 0xff00,
				      .granules = GRANULE_ALL,
				      .pa_bits = 48};
	t->cfg2 = (struct s2walk_cfg){.vtcr = 25 | 1 << 6 | 5 << 16,
				      .vttbr = t->s2.root + GT_SIZE,
				      .granules = GRANULE_ALL,
				      .pa_bits = 48};
	t->tables = (struct s1walk_tables){.s2 = &t->cfg2, .read64 = two_read64, .ctx = t};
}

static inline void two_fini(struct two_stages *t)
{
	gt_fini(&t->s1);
	gt_fini(&t->s2);
}

#endif
