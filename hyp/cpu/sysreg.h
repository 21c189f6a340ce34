/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accessors of system registers and barriers. `reg` is an architecture name in upper case
 * (SCTLR_EL12, ICH_LR0_EL2); the assembler gets the encoding, so it need not know the name.
 *
 * The "memory" clobber keeps the order of accesses with respect to memory and to each other; what
 * the architecture requires beyond that (isb after a context-changing write, dsb before it) is the
 * caller's.
 */
#ifndef NEVE_CPU_SYSREG_H
#define NEVE_CPU_SYSREG_H

#include "types.h"
#include "gen/sysreg_enc.h"

#define SYSREG_STRING_(x) #x
#define SYSREG_STRING(x)  SYSREG_STRING_(x)

#define read_sysreg(reg)                                                                           \
	({                                                                                         \
		u64 sysreg_read_;                                                                  \
		__asm__ volatile("mrs %0, " SYSREG_STRING(SYSREG_TOKEN_##reg)                      \
				 : "=r"(sysreg_read_)                                              \
				 :                                                                 \
				 : "memory");                                                      \
		sysreg_read_;                                                                      \
	})

#define write_sysreg(val, reg)                                                                     \
	do {                                                                                       \
		u64 sysreg_write_ = (val);                                                         \
		__asm__ volatile("msr " SYSREG_STRING(SYSREG_TOKEN_##reg) ", %x0"                  \
				 :                                                                 \
				 : "rZ"(sysreg_write_)                                             \
				 : "memory");                                                      \
	} while (0)

#define isb() __asm__ volatile("isb" : : : "memory")
/* scope: ish, ishst, nsh, sy ... */
#define dsb(scope) __asm__ volatile("dsb " #scope : : : "memory")

#endif
