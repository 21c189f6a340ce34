/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception return and exception entry of a virtual EL2, as functions of values: no state, no
 * hardware. PSTATE and SPSR here have the SPSR_ELx layout. "virtual" mode fields name EL2 as 8/9;
 * "real" ones are what the hardware runs, where vEL2 is EL1 (4/5).
 */
#ifndef NEVE_NESTED_ERET_H
#define NEVE_NESTED_ERET_H

#include "types.h"

#define PSTATE_N_TO_V GENMASK(31, 28)
#define PSTATE_TCO    BIT(25)
#define PSTATE_DIT    BIT(24)
#define PSTATE_UAO    BIT(23)
#define PSTATE_PAN    BIT(22)
#define PSTATE_SS     BIT(21)
#define PSTATE_IL     BIT(20)
#define PSTATE_ALLINT BIT(13)
#define PSTATE_SSBS   BIT(12)
#define PSTATE_BTYPE  GENMASK(11, 10)
#define PSTATE_DAIF   GENMASK(9, 6)
#define PSTATE_D      BIT(9)
#define PSTATE_M      GENMASK(4, 0)
#define PSTATE_A32    BIT(4)
#define PSTATE_A32_E  BIT(9)
#define MODE_EL0t     UINT64_C(0)
#define MODE_EL1t     UINT64_C(4)
#define MODE_EL1h     UINT64_C(5)
#define MODE_EL2t     UINT64_C(8)
#define MODE_EL2h     UINT64_C(9)
#define MODE_A32_USR  UINT64_C(0x10)

/* At EL0: in AArch64, or in AArch32 (User mode), which an L2 may enter without a trap. */
static inline bool pstate_is_el0(u64 pstate)
{
	return (pstate & 0xf) == 0;
}

/* SP is SP_EL1, vEL2's SP_EL2 too; else SP_EL0. */
static inline bool pstate_has_sp_el1(u64 pstate)
{
	return (pstate & PSTATE_M) == MODE_EL1h;
}

enum eret_target {
	ERET_HYP,   /* to vEL2, or to vEL0 of the host regime: the context stays */
	ERET_GUEST, /* to vEL1 or vEL0 below vEL2 */
};

struct eret_result {
	enum eret_target target;
	u64 pstate; /* real */
};

/*
 * ERET at vEL2. `spsr`: vEL2's SPSR_EL2. `hcr`: vEL2's HCR_EL2. `pstate`: the real PSTATE at the
 * ERET. An illegal return (Arm ARM, "Illegal exception returns from AArch64 state") keeps the
 * exception level and sets PSTATE.IL. `a32`: the CPU has AArch32 at EL0. L1 is not told of that,
 * but an L2 may be there by an ERET that does not trap, and L1 has to be able to go on with it.
 */
struct eret_result eret_decode(u64 spsr, u64 hcr, u64 pstate, bool a32);

/* PSTATE after an instruction in AArch32 that neve did in the guest's place: IT, of an IT block. */
u64 pstate_advance_it(u64 pstate);

/* The SPSR that an exception from a real `pstate` leaves, when that is of vEL2 or its vEL0. */
u64 spsr_from_real(u64 pstate);

/*
 * Between vEL2's SPSR_EL2 and a register in which the hardware, at an exception from vEL2 to
 * itself, names the real EL1: with EL1 and EL2 exchanged, every mode that vEL2 writes can be told
 * from that. Its own inverse.
 */
u64 spsr_swap_levels(u64 spsr);

enum exception_kind { EXC_SYNC = 0x000, EXC_IRQ = 0x080, EXC_FIQ = 0x100, EXC_SERROR = 0x180 };

struct exception_entry {
	u64 offset; /* from VBAR */
	u64 pstate; /* real */
};

/*
 * Takes an exception to the EL whose stage-1 registers are in hardware (vEL2 or vEL1: both run at
 * real EL1). `from`: the real PSTATE it is taken from. `lower`: the exception comes from a lower
 * EL. `sctlr`: the hardware's SCTLR_EL1. `pan_set`: PSTATE.PAN is set when SCTLR.SPAN is 0 (EL1,
 * and EL2 with {E2H,TGE} = {1,1}). `nmi`: the CPU has FEAT_NMI, so its exceptions set
 * PSTATE.ALLINT, and those that neve makes are to look the same.
 */
struct exception_entry exception_enter(u64 from, bool lower, enum exception_kind kind, u64 sctlr,
				       bool pan_set, bool nmi);

#endif
