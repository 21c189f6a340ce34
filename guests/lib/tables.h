/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables of either stage and any granule, from a pool that is emptied as a whole. */
#ifndef GUEST_TABLES_H
#define GUEST_TABLES_H

#include "sysreg.h"
#include "types.h"

struct table {
	u64 root;
	u32 grain;	 /* bits of a page: 12, 14 or 16 */
	u32 start_level; /* of the first lookup */
	u32 ia_bits;
};

#define D_TABLE 3
#define D_BLOCK 1
#define D_PAGE	3
#define D_AF	BIT(10)
#define D_ISH	(UINT64_C(3) << 8)

/* Stage 1: MAIR index 0 is Device-nGnRE, 1 Normal. */
#define S1_NORMAL (D_AF | D_ISH | 1 << 2)
#define S1_DEVICE (D_AF | 0 << 2)
#define S1_AP1	  BIT(6) /* EL0 may */
#define S1_RO	  BIT(7)
#define S1_NG	  BIT(11)
#define S1_PXN	  BIT(53)
#define S1_UXN	  BIT(54)

#define S2_NORMAL (D_AF | D_ISH | 0xf << 2)
#define S2_R	  BIT(6)
#define S2_W	  BIT(7)
#define S2_XN	  BIT(54)

/* Drops all tables. */
void mm_reset(void);

/* An empty one. A root that needs up to 16 tables side by side gets them. */
void mm_table(struct table *t, u32 grain, u32 start_level, u32 ia_bits);

/* A leaf at `level`: its descriptor is `attrs`, an output address included, without bits 1:0. */
void mm_map(struct table *t, u64 ia, u32 level, u64 attrs);

/* The same with the descriptor as it is. */
void mm_set(struct table *t, u64 ia, u32 level, u64 desc);

u32 mm_shift(const struct table *t, u32 level);

/* The address of the entry that mm_map() wrote. */
u64 *mm_entry(struct table *t, u64 ia, u32 level);

#endif
