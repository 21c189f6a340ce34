/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running code at EL2 or below from C at EL2, up to the next exception that EL2 takes. On any
 * number of CPUs, each with its own frame. Included by assembly for the offsets. A payload that
 * uses it compiles enter.S.
 */
#ifndef GUEST_ENTER_H
#define GUEST_ENTER_H

/* Offsets in struct frame */
#define FRAME_PC      248
#define FRAME_VECTOR  264
#define FRAME_SYN     272
#define FRAME_HPFAR   288
#define FRAME_ENTERED 296

#ifndef __ASSEMBLER__
#include "types.h"

/* PSTATE, as in SPSR_EL2 */
#define P_NZCV GENMASK(31, 28)
#define P_DIT  BIT(24)
#define P_DAIF GENMASK(9, 6)
#define P_D    BIT(9)
#define P_EL0t 0
#define P_EL1t 4
#define P_EL1h 5
#define P_EL2t 8
#define P_EL2h 9
#define P_MODE GENMASK(4, 0)

/* What enter() loads, and what it finds when the next exception is taken to EL2. */
struct frame {
	u64 x[31];
	u64 pc, pstate;
	u64 vector; /* offset in the table */
	u64 esr, far, hpfar;
	u64 entered; /* PSTATE in the vector, as far as it can be read */
};

_Static_assert(offsetof(struct frame, pc) == FRAME_PC, "enter.S");
_Static_assert(offsetof(struct frame, vector) == FRAME_VECTOR, "enter.S");
_Static_assert(offsetof(struct frame, esr) == FRAME_SYN, "enter.S");
_Static_assert(offsetof(struct frame, hpfar) == FRAME_HPFAR, "enter.S");
_Static_assert(offsetof(struct frame, entered) == FRAME_ENTERED, "enter.S");

/* ERET with ELR_EL2 = pc, SPSR_EL2 = pstate; returns when an exception is taken to EL2. */
void enter(struct frame *f);

/* To be VBAR_EL2. SP_EL2 has to be what it was at enter(): code at EL2 takes EL2t. */
extern char enter_vectors[];

/* The payload's: an exception of EL2 that is not one of a frame's code. */
void enter_stray(u64 vector, u64 esr, u64 elr, u64 far, u64 spsr) __attribute__((noreturn));

#endif
#endif
