/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two contexts of a vCPU and the change between them: the EL1 registers, the trap controls,
 * stage 2, the timers and the virtual CPU interface. Runs on the vCPU's own CPU.
 */
#ifndef NEVE_NESTED_WORLD_H
#define NEVE_NESTED_WORLD_H

#include "nested/eret.h"
#include "nested/route.h"
#include "vm/vcpu.h"

/* vEL2's HCR_EL2 as its page has it now, less what neve does not honour. */
u64 world_hcr(const struct vcpu *v);

/* IN_HYP -> IN_GUEST, for an ERET that leaves vEL2. */
void world_enter_guest(struct vcpu *v);

/* IN_GUEST -> IN_HYP, for an exception taken to vEL2. */
void world_enter_hyp(struct vcpu *v);

/*
 * vEL2 has changed HCR_EL2.E2H, without a trap: brings NV1 and the layout of the EL1 registers in
 * hardware in line. True if there was a change; the instruction that trapped is to be tried again.
 */
bool world_follow_e2h(struct vcpu *v);

/* First load on this CPU: everything, whatever the hardware held before. IN_HYP. */
void world_load(struct vcpu *v);

/* MDCR_EL2 again, when v->pmu.mdcr has changed. */
void world_sync_mdcr(struct vcpu *v);

/*
 * vEL2's registers without a slot (ctx[] in struct vcpu), wherever they are now: live in an EL1
 * register while IN_HYP with E2H, otherwise in memory, with a translation of it in hardware.
 */
u64 world_read_ctx(struct vcpu *v, enum ctx_reg r);
void world_write_ctx(struct vcpu *v, enum ctx_reg r, u64 val);

/* L1's controls over L2, as they are in its registers now. */
void world_l1_controls(struct vcpu *v, struct l1_controls *c);

/*
 * Takes an exception to vEL2, from whichever context. FAR_EL2 is written for synchronous ones,
 * HPFAR_EL2 by the caller. PC and PSTATE of the vCPU are those of the vector afterwards.
 */
void world_take_to_vel2(struct vcpu *v, enum exception_kind kind, u64 esr, u64 far);

/*
 * Takes a synchronous exception to the EL that the current context takes its own exceptions to:
 * vEL2 while IN_HYP, vEL1 while IN_GUEST (vEL2 if HCR_EL2.TGE says so). `esr` without the
 * difference between "same" and "lower" EL: the EC is adjusted here.
 */
void world_take_own(struct vcpu *v, u64 esr, u64 far);

/*
 * neve got an SError, which is L1's: the EL that it is routed to takes it, with its syndrome. One
 * for vEL2 or vEL1 is real EL1's virtual SError until PSTATE.A lets it in.
 */
void world_serror(struct vcpu *v, u64 esr);
/* Before each entry. */
void world_sync_serror(struct vcpu *v);

/* Undefined Instruction exception for the instruction at vcpu->pc. */
void world_undef(struct vcpu *v);

#endif
