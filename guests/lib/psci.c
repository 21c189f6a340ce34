/* SPDX-License-Identifier: Apache-2.0 */
#include "psci.h"

#include "exception.h"
#include "machine.h"

#define SMCCC_CALL(insn)                                                                           \
	({                                                                                         \
		register u64 x0 asm("x0") = function;                                              \
		register u64 x1 asm("x1") = a1;                                                    \
		register u64 x2 asm("x2") = a2;                                                    \
		register u64 x3 asm("x3") = a3;                                                    \
		register u64 x4 asm("x4") = 0;                                                     \
		/* SMCCC 1.0 lets a call change x4..x17. */                                        \
		asm volatile(insn " #0"                                                            \
			     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)                    \
			     :                                                                     \
			     : "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",    \
			       "x15", "x16", "x17", "memory");                                     \
		(struct smccc_result){{x0, x1, x2, x3, x4}};                                       \
	})

struct smccc_result smccc_hvc(u64 function, u64 a1, u64 a2, u64 a3)
{
	return SMCCC_CALL("hvc");
}

struct smccc_result smccc_smc(u64 function, u64 a1, u64 a2, u64 a3)
{
	return SMCCC_CALL("smc");
}

bool smccc_try_smc(u64 function, u64 a1, struct smccc_result *res)
{
	struct exception_record rec;

	exception_catch_begin(&rec);
	*res = smccc_smc(function, a1, 0, 0);
	return !exception_catch_end(&rec);
}

s64 psci_cpu_on(u64 mpidr, u64 entry, u64 context)
{
	if (machine.psci == PSCI_NONE)
		return -1;
	if (machine.psci == PSCI_HVC)
		return (s64)smccc_hvc(PSCI_CPU_ON, mpidr, entry, context).x[0];
	return (s64)smccc_smc(PSCI_CPU_ON, mpidr, entry, context).x[0];
}

void psci_system_off(void)
{
	struct exception_record rec;

	if (machine.psci != PSCI_SMC) {
		exception_catch_begin(&rec);
		smccc_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
		exception_catch_end(&rec);
	}
	if (machine.psci != PSCI_HVC) {
		exception_catch_begin(&rec);
		smccc_smc(PSCI_SYSTEM_OFF, 0, 0, 0);
		exception_catch_end(&rec);
	}
	for (;;)
		wfi();
}
