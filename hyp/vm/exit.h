/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every exception from a guest arrives (from cpu/vectors.S) and what each class of it does.
 */
#ifndef NEVE_VM_EXIT_H
#define NEVE_VM_EXIT_H

#include "cpu/esr.h"
#include "vm/vcpu.h"

/* ISS of instruction and data aborts */
#define ABT_ISV	     BIT(24)
#define ABT_SAS(iss) ((unsigned)FIELD(iss, 23, 22))
#define ABT_SSE	     BIT(21)
#define ABT_SRT(iss) ((unsigned)FIELD(iss, 20, 16))
#define ABT_SF	     BIT(15)
#define ABT_CM	     BIT(8)
#define ABT_S1PTW    BIT(7)
#define ABT_WNR	     BIT(6)
#define ABT_FSC	     GENMASK(5, 0)

/* From vectors.S, with ESR_EL2 or one of VECTOR_IRQ, VECTOR_FIQ, VECTOR_SERROR. */
void exit_sync(struct vcpu *v, u64 esr);
void exit_async(struct vcpu *v, unsigned vector);

/* Who the code is that runs in the vCPU's context. */
enum trap_level exit_level(const struct vcpu *v);

/* Everything due before the guest runs: timers, interrupts, virtual SError. */
void exit_prepare_entry(struct vcpu *v);

/* Parts: one file each. */
enum exit_action exit_abort(struct vcpu *v, u64 esr);	/* vm/abort.c */
enum exit_action exit_smc(struct vcpu *v);		/* vm/smc.c */
bool hypercall(struct vcpu *v, u32 fn);			/* vm/hypercall.c: true if `fn` is one */
enum exit_action vel2_sysreg(struct vcpu *v, u64 iss);	/* nested/vel2_sysreg.c */
enum exit_action guest_sysreg(struct vcpu *v, u64 iss); /* nested/guest_sysreg.c */
enum exit_action vel2_eret(struct vcpu *v, u64 iss);	/* nested/vel2_eret.c */

#endif
