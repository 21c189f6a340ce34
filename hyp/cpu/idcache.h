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

/* IMPLEMENTATION DEFINED registers and instructions, that HCR_EL2.TIDCP traps: CRn 11 and 15. */
static inline bool sysreg_is_impdef(u32 key)
{
	return (FIELD(key, 21, 20) & 1) && (FIELD(key, 13, 10) == 11 || FIELD(key, 13, 10) == 15);
}

#endif
