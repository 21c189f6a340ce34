/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breakpoints and watchpoints of vEL2 for itself. DBGBCR<n>_EL1 and DBGWCR<n>_EL1 say for which ELs
 * they are; vEL2 runs at EL1, where the hardware would heed those for EL1 and not those for EL2.
 *
 * Most of the time the hardware holds what L1 or its guest wrote, without a trap: as long as vEL2
 * takes no breakpoint or watchpoint exception from itself (MDSCR_EL1.{KDE,MDE} = {1,1} and
 * MDCR_EL2.TDE or HCR_EL2.TGE), nobody can tell. While it does, in hyp context alone, the hardware
 * holds a translation (vcpu->points.translated), and vEL2's accesses trap (MDCR_EL2.TDA, by
 * nested/debug.h).
 */
#ifndef NEVE_NESTED_BREAKPOINT_H
#define NEVE_NESTED_BREAKPOINT_H

#include "vm/vcpu.h"

/*
 * A control register, that of a breakpoint or of a watchpoint, with EL2's place taken by EL1, for
 * Non-secure state (Arm ARM, "Usage constraints on breakpoints", the tables of HMC, SSC, PMC). EL0
 * is left as it is. Pure.
 */
u64 breakpoint_at_el1(u64 bcr);
u64 watchpoint_at_el1(u64 wcr);

/* What L1 has in the registers -> the translation, and back. IN_HYP. */
void breakpoints_translate(struct vcpu *v);
void breakpoints_restore(struct vcpu *v);

/*
 * vEL2's access to one of DBGB{V,C}R<n>_EL1, DBGW{V,C}R<n>_EL1 that trapped: as if nothing were
 * translated. False: not one of them, or not there.
 */
bool breakpoints_access(struct vcpu *v, const struct sysreg_desc *d, bool read, unsigned rt);

#endif
