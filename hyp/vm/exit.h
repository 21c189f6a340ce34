/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every exception from a guest arrives (from cpu/vectors.S) and what each class of it does.
 */
#ifndef NEVE_VM_EXIT_H
#define NEVE_VM_EXIT_H

#include "vm/vcpu.h"

#define ESR_EC(esr) ((unsigned)FIELD(esr, 31, 26))
#define ESR_ISS(esr) ((esr)&GENMASK(24, 0))
#define ESR_IL BIT(25)

enum esr_ec {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_FP = 0x07,
	EC_PAUTH = 0x09,
	EC_ILLEGAL_STATE = 0x0e,
	EC_HVC = 0x16,
	EC_SMC = 0x17,
	EC_SYSREG = 0x18,
	EC_SVE = 0x19,
	EC_ERET = 0x1a,
	EC_FPAC = 0x1c,
	EC_SME = 0x1d,
	EC_IABT_LOWER = 0x20,
	EC_IABT_SAME = 0x21,
	EC_DABT_LOWER = 0x24,
	EC_DABT_SAME = 0x25,
	EC_SERROR = 0x2f,
};

/* ISS of EC_SYSREG */
#define SYSREG_ISS_KEY(iss) ((u32)((iss) & ~(UINT64_C(0x1f) << 5 | 1)))
#define SYSREG_ISS_RT(iss)  ((unsigned)FIELD(iss, 9, 5))
#define SYSREG_ISS_READ(iss) ((iss)&1)

/* ISS of instruction and data aborts */
#define ABT_ISV	  BIT(24)
#define ABT_SAS(iss) ((unsigned)FIELD(iss, 23, 22))
#define ABT_SSE	  BIT(21)
#define ABT_SRT(iss) ((unsigned)FIELD(iss, 20, 16))
#define ABT_SF	  BIT(15)
#define ABT_CM	  BIT(8)
#define ABT_S1PTW BIT(7)
#define ABT_WNR	  BIT(6)
#define ABT_FSC	  GENMASK(5, 0)

/* From vectors.S; `vector`: index of the vector, 8 synchronous, 9 IRQ, 10 FIQ, 11 SError. */
void exit_sync(struct vcpu *v, unsigned vector);
void exit_async(struct vcpu *v, unsigned vector);

/* Everything due before the guest runs: timers, interrupts, virtual SError. */
void exit_prepare_entry(struct vcpu *v);

/* Parts: one file each. */
enum exit_action exit_abort(struct vcpu *v, u64 esr);	   /* vm/abort.c */
enum exit_action exit_smc(struct vcpu *v);		   /* vm/smc.c */
bool hypercall(struct vcpu *v, u32 fn);			   /* vm/hypercall.c: true if `fn` is one */
enum exit_action vel2_sysreg(struct vcpu *v, u64 iss);	   /* nested/vel2_sysreg.c */
enum exit_action guest_sysreg(struct vcpu *v, u64 iss);	   /* nested/guest_sysreg.c */
enum exit_action vel2_eret(struct vcpu *v, u64 iss);	   /* nested/vel2_eret.c */

#endif
