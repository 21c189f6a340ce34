/* SPDX-License-Identifier: Apache-2.0 */
/* Exception classes of AArch64 (Arm ARM, ESR_EL2.EC), as far as neve can meet them. */
#ifndef NEVE_CPU_ESR_H
#define NEVE_CPU_ESR_H

#include "types.h"

#define ESR_EC(esr)  ((unsigned)FIELD(esr, 31, 26))
#define ESR_ISS(esr) (GENMASK(24, 0) & (esr))
#define ESR_IL	     BIT(25)

/* ISS of EC_SYSREG */
#define SYSREG_ISS_KEY(iss)  ((u32)((iss) & ~(UINT64_C(0x1f) << 5 | 1)))
#define SYSREG_ISS_RT(iss)   ((unsigned)FIELD(iss, 9, 5))
#define SYSREG_ISS_READ(iss) (1 & (iss))

enum esr_ec {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_FP = 0x07,
	EC_PAUTH = 0x09,
	EC_BTI = 0x0d,
	EC_ILLEGAL_STATE = 0x0e,
	EC_SVC = 0x15,
	EC_HVC = 0x16,
	EC_SMC = 0x17,
	EC_SYSREG = 0x18,
	EC_SVE = 0x19,
	EC_ERET = 0x1a,
	EC_FPAC = 0x1c,
	EC_SME = 0x1d,
	EC_IABT_LOWER = 0x20,
	EC_IABT_SAME = 0x21,
	EC_PC_ALIGN = 0x22,
	EC_DABT_LOWER = 0x24,
	EC_DABT_SAME = 0x25,
	EC_SP_ALIGN = 0x26,
	EC_MOPS = 0x27,
	EC_FP_EXCEPTION = 0x2c,
	EC_SERROR = 0x2f,
	EC_BREAKPOINT_LOWER = 0x30,
	EC_STEP_LOWER = 0x32,
	EC_WATCHPOINT_LOWER = 0x34,
	EC_BKPT32 = 0x38,
	EC_BRK = 0x3c,
};

#endif
