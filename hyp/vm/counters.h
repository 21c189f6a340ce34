/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trap counters: one for every cause and for each level that can trap. A cause is an exception
 * class of ESR_EL2, an asynchronous exception, or, for a trapped system register, the register.
 * Always on; `include/neve/hypercall.h` says how a guest reads them.
 */
#ifndef NEVE_VM_COUNTERS_H
#define NEVE_VM_COUNTERS_H

#include "cpu/esr.h"
#include "types.h"
#include "gen/sysreg_id.h"

enum trap_cause {
	CAUSE_EC = 0, /* + ESR_EL2.EC */
	CAUSE_IRQ = 64,
	CAUSE_FIQ,
	CAUSE_SERROR,
	CAUSE_SYSREG_OTHER, /* an encoding that the register table does not name */
	CAUSE_SYSREG,	    /* + enum sysreg_id */
	CAUSE_COUNT = CAUSE_SYSREG + SR_COUNT,
};

enum trap_level { LEVEL_L1, LEVEL_L2, LEVEL_COUNT };

struct trap_counters {
	u64 count[LEVEL_COUNT][CAUSE_COUNT];
};

/* The cause of a synchronous exception, by its ESR_EL2. */
static inline unsigned trap_cause_sync(u64 esr)
{
	const struct sysreg_desc *d;

	if (ESR_EC(esr) != EC_SYSREG)
		return CAUSE_EC + ESR_EC(esr);
	d = sysreg_find(SYSREG_ISS_KEY(ESR_ISS(esr)));
	return d ? CAUSE_SYSREG + d->id : CAUSE_SYSREG_OTHER;
}

/* The cause of an exception at one of vcpu.h's VECTOR_IRQ, _FIQ, _SERROR. */
static inline unsigned trap_cause_async(unsigned vector)
{
	return CAUSE_IRQ + vector - 9;
}

/* Name of a cause for people; "" for one that cannot occur. `buf` is zero padded. */
void trap_cause_name(unsigned cause, char buf[32]);

#endif
