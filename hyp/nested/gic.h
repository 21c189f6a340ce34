/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose virtual CPU interface is in hardware. L1's own, with interrupts from its vGIC, unless L2
 * runs with HCR_EL2.IMO = 1: then what L1 wrote to the ICH_ registers in its page.
 *
 * All on the vCPU's own CPU.
 */
#ifndef NEVE_NESTED_GIC_H
#define NEVE_NESTED_GIC_H

#include "vm/vcpu.h"

/* First load on this CPU: L1's interface, reset state. */
void nested_gic_load(struct vcpu *v);

/*
 * A change of context in three steps: nested_gic_leave() takes all list registers to memory (L1's
 * vGIC, or its page), the timers change hands (nested/timer.h), nested_gic_enter() loads the
 * interface: L2's if `l2`, else L1's.
 */
void nested_gic_leave(struct vcpu *v);
void nested_gic_enter(struct vcpu *v, bool l2);

/* L1's list registers brought to the vGIC model: before its MMIO and the like. */
void nested_gic_sync(struct vcpu *v);

/* The physical maintenance interrupt. */
void nested_gic_maintenance(struct vcpu *v);

/*
 * Before each entry: L1's maintenance interrupt follows its page; interrupts for L1 are put in list
 * registers, or, while L2's are loaded, taken to vEL2.
 */
void nested_gic_before_entry(struct vcpu *v);

/* The read-only ICH_ registers as L1 sees them; `r` is one of SR_ICH_{VTR,MISR,EISR,ELRSR}_EL2. */
u64 nested_gic_status(struct vcpu *v, enum sysreg_id r);

#endif
