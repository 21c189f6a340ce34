/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor bits of the VMSAv8-64 translation tables (Arm ARM, D8.3), permissions and memory
 * types, as neve's own tables and the walkers of guests' tables use them. Constants only.
 */
#ifndef NEVE_MM_PTE_H
#define NEVE_MM_PTE_H

#include "types.h"

#define PTE_VALID      BIT(0)
#define PTE_TYPE_TABLE BIT(1) /* table at levels 0-2, page at level 3; clear: block */
#define PTE_AF	       BIT(10)
#define PTE_DBM	       BIT(51)
#define PTE_CONTIG     BIT(52)
#define PTE_SH(sh)     ((u64)(sh) << 8)
#define PTE_SH_MASK    GENMASK(9, 8)
#define PTE_SW_MASK    GENMASK(58, 55) /* ignored by hardware: neve's leaf tag */

/* Shareability, in descriptors and in PAR_EL1 */
#define SH_NON	 0u
#define SH_OUTER 2u
#define SH_INNER 3u

/* Stage 2 leaf */
#define S2_MEMATTR(m)	((u64)(m) << 2)
#define S2_MEMATTR_MASK GENMASK(5, 2)
#define S2_S2AP_R	BIT(6)
#define S2_S2AP_W	BIT(7)
#define S2_XN_MASK	GENMASK(54, 53)

/* MemAttr[3:0] of stage 2 with HCR_EL2.FWB = 0: device types, or {outer, inner} cacheability */
#define MEMATTR_nGnRnE	  0x0u
#define MEMATTR_nGnRE	  0x1u
#define MEMATTR_nGRE	  0x2u
#define MEMATTR_GRE	  0x3u
#define MEMATTR_NORMAL_NC 0x5u
#define MEMATTR_NORMAL_WT 0xau
#define MEMATTR_NORMAL_WB 0xfu

/* Stage 1 leaf */
#define S1_ATTRIDX(i)	 ((u64)(i) << 2)
#define S1_AP_EL0	 BIT(6) /* AP[1]; RES1 in a regime with one privilege level */
#define S1_AP_RO	 BIT(7) /* AP[2] */
#define S1_PXN		 BIT(53)
#define S1_UXN		 BIT(54) /* XN where there is one privilege level */
#define S1_PXNTABLE	 BIT(59)
#define S1_UXNTABLE	 BIT(60)
#define S1_APTABLE_NOEL0 BIT(61)
#define S1_APTABLE_RO	 BIT(62)

/*
 * Stage-2 permissions, and the access that asks for them: FEAT_XNX tells execution at EL0 and EL1
 * apart. An access is allowed when each of its bits is in the permissions.
 */
#define PERM_R	BIT(0)
#define PERM_W	BIT(1)
#define PERM_XU BIT(2) /* execute at EL0 */
#define PERM_XP BIT(3) /* execute at EL1 */
#define PERM_X	(PERM_XU | PERM_XP)

#endif
