/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four generic timers of a vCPU on the two EL1 timers of the hardware.
 *
 *  context           CNTP (physical)      CNTV (virtual)        in memory
 *  IN_HYP, E2H=1     vEL2's CNTHP         vEL2's CNTHV          vEL1's, in the page
 *  IN_HYP, E2H=0     vEL2's CNTHP         off, or vEL1's CNTV   vEL1's, in the page; CNTHV
 *                                         (as the mode says)
 *  IN_GUEST          vEL1's CNTP          vEL1's CNTV           vEL2's
 *
 * A timer in hardware interrupts by its own PPI, which a list register may deactivate. A timer in
 * memory has neve's own timer, the EL2 physical one, as its alarm, and is a line of L1's vGIC.
 */
#ifndef NEVE_NESTED_TIMER_H
#define NEVE_NESTED_TIMER_H

#include "vm/vcpu.h"

/* First load on this CPU, with the list registers empty. */
void timer_load(struct vcpu *v);

/* Takes the hardware's timers to memory; the context is still the old one. */
void timer_save(struct vcpu *v);

/*
 * Loads those of the context (and E2H) that v has now, and hands the PPIs over from what they stood
 * for before. At a change of context between nested_gic_leave() and nested_gic_enter().
 */
void timer_restore(struct vcpu *v);

/*
 * Before CPU_OFF: the hardware's, neve's own included. On a CPU that is off one would go off in the
 * end, and the line may still be high, with the timer off, when the CPU is back.
 */
void timer_stop(void);

/* neve's alarm went off. */
void timer_expired(struct vcpu *v);

/* Before each entry: the lines of the timers in memory, and the alarm. */
void timer_before_entry(struct vcpu *v);

/* The INTID that L1 knows the physical PPI `intid` by now; 0: none. */
u32 timer_vintid(const struct vcpu *v, u32 intid);

/*
 * An interrupt of a timer that stands for nothing now has been acknowledged: the GIC had signalled
 * it before, or the timer is vEL2's virtual one on a machine without an interrupt for it. It stays
 * active until the timer stands for something, as its line may stay high.
 */
void timer_hold(struct vcpu *v, u32 intid);

/* vEL2's timers by their own names: CNTHP_*, CNTHV_* (reg: SR_CNTH{P,V}_{CTL,CVAL,TVAL}_EL2), and
 * vEL1's CNT{P,V}_{CTL,CVAL,TVAL}_EL02, or _EL0 with E2H = 0, when they trap. */
u64 timer_read(struct vcpu *v, enum sysreg_id reg);
void timer_write(struct vcpu *v, enum sysreg_id reg, u64 val);

#endif
