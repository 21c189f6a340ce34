/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To whom does a trap from guest context (vEL1 or vEL0, below vEL2) belong? neve's controls and
 * L1's are OR-ed in hardware (route_merge); when something traps, L1's controls alone decide
 * whether L1 hears of it (route_sysreg, route_trap). Pure: values in, values out.
 *
 * Not for vEL2 or vEL0 of its host regime ({E2H,TGE} = {1,1}): L1's controls do not apply there.
 */
#ifndef NEVE_NESTED_ROUTE_H
#define NEVE_NESTED_ROUTE_H

#include "types.h"
#include "gen/sysreg_id.h"

/*
 * L1's trap controls. Values as L1 wrote them, bits it should not have written included, but for
 * `hcr`, which is already masked to what L1 is offered. `cptr` and `cnthctl` in the layout that
 * `e2h` says.
 */
struct l1_controls {
	u64 hcr, hcrx, mdcr, cptr, cnthctl, ich_hcr, hstr;
	u64 hfgrtr, hfgwtr, hfgitr, hdfgrtr, hdfgwtr;
	bool e2h;
	bool has_fgt, has_hcx, has_sve; /* L1 is offered the feature; else the values are ignored */
};

/* For the real registers. neve runs with E2H = 0, so cptr and cnthctl have that layout. */
struct hw_controls {
	u64 hcr, mdcr, cptr, cnthctl, hstr, hcrx;
	u64 hfgrtr, hfgwtr, hfgitr, hdfgrtr, hdfgwtr;
};

enum route {
	ROUTE_L0,    /* not L1's: neve emulates it, or makes it undefined */
	ROUTE_L1,    /* to vEL2, with the syndrome as it is */
	ROUTE_UNDEF, /* Undefined Instruction exception where it was executed */
};

/*
 * An access to the system register, or the SYS instruction, that `desc` describes, trapped from
 * `el` (0 or 1). `key`: ISS of the trap, Rt and Dir clear. `desc` NULL: not in the table, which is
 * undefined, as is what belongs to a feature that L1 is never offered. For a SYS instruction and an
 * MSR, `read` is false.
 */
enum route route_sysreg(const struct l1_controls *c, const struct sysreg_desc *desc, bool read,
			unsigned int el, u32 key);

/*
 * Any other exception but stage-2 aborts, EC 0x20 and 0x24. `esr`: ESR_EL2. ROUTE_L0 only for an
 * SMC that L1 does not trap, and for what L1 did not ask for, which neve then did.
 */
enum route route_trap(const struct l1_controls *c, u64 esr, unsigned int el);

/*
 * The controls to run guest context with: `own` (what neve traps for itself; bits that trap when 0
 * are 0 where neve wants the trap) and L1's. Every bit that L1 controls and that means something
 * to L2 is L1's; those of nesting, and of features that L1 is not offered, are not taken over.
 * `out` may not be `own`.
 */
void route_merge(const struct l1_controls *l1, const struct hw_controls *own,
		 struct hw_controls *out);

/* The same for MDCR_EL2 alone. */
u64 route_merge_mdcr(u64 l1, u64 own);

#endif
