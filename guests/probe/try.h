/* SPDX-License-Identifier: Apache-2.0 */
/* One short piece of code at some EL, and a line about how it ended. */
#ifndef PROBE_TRY_H
#define PROBE_TRY_H

#include "probe.h"

#define I_NOP		  0xd503201fu
#define I_ISB		  0xd5033fdfu
#define I_ESB		  0xd503221fu
#define I_SVC(n)	  (0xd4000001u | (n) << 5)
#define I_HVC(n)	  (0xd4000002u | (n) << 5)
#define I_SMC(n)	  (0xd4000003u | (n) << 5)
#define I_BRK(n)	  (0xd4200000u | (n) << 5)
#define I_HLT(n)	  (0xd4400000u | (n) << 5)
#define I_UDF(n)	  (0x00000000u | (n))
#define I_ERET		  0xd69f03e0u
#define I_ERETAA	  0xd69f0bffu
#define I_ERETAB	  0xd69f0fffu
#define I_RET		  0xd65f03c0u
#define I_BR_X1		  0xd61f0020u
#define I_LDR		  0xf9400020u /* ldr x0, [x1] */
#define I_STR		  0xf9000020u /* str x0, [x1] */
#define I_LDRB		  0x39400020u
#define I_STRH		  0x79000020u
#define I_LDRSW		  0xb9800020u
#define I_LDP		  0xa9400820u /* ldp x0, x2, [x1] */
#define I_STP		  0xa9000820u
#define I_LDR_POST	  0xf8408420u /* ldr x0, [x1], #8 */
#define I_STR_XZR	  0xf900003fu
#define I_LDTR		  0xf8400820u
#define I_STTR		  0xf8000820u
#define I_LDXR		  0xc85f7c20u
#define I_LDAR		  0xc8dffc20u
#define I_STLR		  0xc89ffc20u
#define I_LDADD		  0xf8200020u /* ldadd x0, x0, [x1] */
#define I_LDRD		  0xfd400020u /* ldr d0, [x1] */
#define I_DC_ZVA	  0xd50b7421u /* of x1, and so on */
#define I_DC_CIVAC	  0xd50b7e21u
#define I_DC_IVAC	  0xd5087621u
#define I_IC_IVAU	  0xd50b7521u
#define I_PRFM		  0xf9800020u
#define I_WFI		  0xd503207fu
#define I_WFE		  0xd503205fu
#define I_WFIT		  0xd5031020u /* wfit x0 */
#define I_FADD		  0x1e622820u
#define I_SVE		  0x04e00000u /* add z0.d, z0.d, z0.d */
#define I_PACIA		  0xdac10001u /* pacia x1, x0 */
#define I_LDR_SP	  0xf94003e0u /* ldr x0, [sp] */
#define I_MSR_ELR_EL1_X1  0xd5184021u
#define I_MSR_SPSR_EL1_X0 0xd5184000u

#define I_MSR(enc, t) (0xd5000000u | (enc) << 5 | (t))
#define I_MRS(enc, t) (0xd5200000u | (enc) << 5 | (t))

/* How the code ends when nothing else ends it. */
#define I_END_EL12 I_HVC(2)
#define I_END_EL0  I_SVC(3)

/* Where the code lies, and what x1 holds at first. */
struct attempt {
	u64 pstate;
	u64 x0, x1;
	u64 code_va; /* 0: where it is */
	u32 insn[6]; /* 0: no more */
};

/* The code's address, for breakpoints. */
extern u32 try_code[];

/*
 * Runs it, and prints `NAME: ` with the vector, syndrome, PC, SPSR and what else the exception
 * class defines. One that EL1 took is printed from EL1's registers, with PSTATE in its vector.
 */
void try_run(const struct attempt *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same in two steps. */
void try_enter(const struct attempt *a, struct frame *f);
void try_print(const struct frame *f, const char *name);

/* What try_print() prints, as numbers, with x1 to x3. */
void try_fold(const struct frame *f, void (*fold)(u64 val));

#endif
