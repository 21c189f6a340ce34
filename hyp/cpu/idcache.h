/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID registers as L1 (and an L2 whose L1 does not care) reads them: sanitised once, at boot, from
 * the boot CPU's.
 */
#ifndef NEVE_CPU_IDCACHE_H
#define NEVE_CPU_IDCACHE_H

#include "gen/sysreg_id.h"
#include "types.h"

void idreg_init(void);

/* `id`: a register with WHERE_ID in the table. */
u64 idreg_read(enum sysreg_id id);

/* Does L1 have the feature: in what its ID registers say? */
bool feature_offered(enum sysreg_feature f);

/* The encodings that the architecture sets aside for ID registers: unallocated ones read as 0. */
static inline bool idreg_space(u32 key)
{
	/* op0 3, op1 0, CRn 0, CRm 1 to 7 */
	return FIELD(key, 21, 20) == 3 && FIELD(key, 16, 14) == 0 && FIELD(key, 13, 10) == 0 &&
	       FIELD(key, 4, 1) >= 1 && FIELD(key, 4, 1) <= 7;
}

/* IMPLEMENTATION DEFINED registers and instructions, that HCR_EL2.TIDCP traps: CRn 11 and 15. */
static inline bool sysreg_is_impdef(u32 key)
{
	return (FIELD(key, 21, 20) & 1) && (FIELD(key, 13, 10) == 11 || FIELD(key, 13, 10) == 15);
}

#endif
