/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to firmware or hypervisor: SMC Calling Convention 1.2 and PSCI 1.1 (Arm DEN0028, DEN0022)
 */
#ifndef GUEST_PSCI_H
#define GUEST_PSCI_H

#include "types.h"

#define PSCI_CPU_ON	0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008

struct smccc_result {
	u64 x[5]; /* x0..x4 */
};

struct smccc_result smccc_hvc(u64 function, u64 a1, u64 a2, u64 a3);
struct smccc_result smccc_smc(u64 function, u64 a1, u64 a2, u64 a3);

/* An SMC that may be UNDEFINED (no EL3, nobody traps it): false then. */
bool smccc_try_smc(u64 function, u64 a1, struct smccc_result *res);

/* 0 or a PSCI error. The CPU starts at `entry` with the MMU off and x0 = context. */
s64 psci_cpu_on(u64 mpidr, u64 entry, u64 context);

/* Without PSCI in the device tree it tries both conduits; if none works, it waits for ever in WFI.
 */
void psci_system_off(void) __attribute__((noreturn));

#endif
