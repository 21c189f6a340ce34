/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID registers that L1 (and, through it, L2) sees: an allow-list, so that a feature neve does
 * not know of is not there, and the same hardware looks the same to L1 whatever is added to it
 * later. The fields and their limits are in arch/sysreg.tbl. Pure.
 */
#ifndef NEVE_NESTED_IDREGS_H
#define NEVE_NESTED_IDREGS_H

#include "types.h"
#include "gen/sysreg_id.h"

/*
 * `hw`: what this CPU's register holds. Fields without a rule, and registers without any, read as
 * 0: the feature is absent.
 */
u64 id_sanitise(enum sysreg_id id, u64 hw);

#endif
