/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug of vEL2. The hardware decides by the real MDSCR_EL1 and by EL1's rules, as vEL2
 * runs there; these functions make that come out as EL2's rules do:
 *
 *   MDSCR_EL1.KDE enables debug exceptions from vEL2 only with MDCR_EL2.TDE or HCR_EL2.TGE. Without
 *   them the hardware's is 0.
 *
 *   Breakpoints and watchpoints: nested/breakpoint.h.
 *
 *   HCR_EL2.TGE implies MDCR_EL2.TDA for vEL0: its accesses to the Debug Communications Channel
 *   trap.
 *
 * vEL2 changes MDSCR_EL1 (mode nv2: it is in the page) and TGE without a trap, so a change takes
 * effect at the next return from neve.
 *
 * A single step of vEL2 begins with an ERET of vEL2 to itself. If the instruction that it steps is
 * an ERET again, ELR_EL2 and SPSR_EL2 are still those of the first: it returns to itself, and a
 * step never leaves vEL2 by an ERET.
 *
 * While IN_HYP, TDA in the real MDCR_EL2 means that vEL2's MDSCR_EL1 is in the page in mode nv too.
 */
#ifndef NEVE_NESTED_DEBUG_H
#define NEVE_NESTED_DEBUG_H

#include "vm/vcpu.h"

/* At an ERET of vEL2 to itself or to vEL0; v->pstate is the new one. */
void debug_return_to_hyp(struct vcpu *v);

/*
 * At an ERET of vEL2 to its guest, whose registers are loaded: PSTATE.SS is as the return leaves
 * it (the architecture's DebugExceptionReturnSS()), as an interrupt may be taken before it runs.
 */
void debug_return_to_guest(struct vcpu *v);

/*
 * IN_GUEST -> IN_HYP with MDSCR_EL1.KDE, which is saved: vEL2 is not to take what its guest asked
 * for.
 */
void debug_hide_guest(struct vcpu *v);

/* Removes the traps: what vEL2 does to debug registers reaches the hardware. */
void debug_open(struct vcpu *v);

/*
 * neve has executed the instruction of a single step, PSTATE.SS being 1: takes the exception now,
 * as the hardware would do at the return, but with the syndrome of a step (ESR_ELx.ISS.ISV).
 */
void debug_stepped(struct vcpu *v);

/* A debug register that trapped at vEL2 or vEL0, by these traps. */
enum exit_action debug_access(struct vcpu *v, const struct sysreg_desc *d, bool read, unsigned rt);

#endif
