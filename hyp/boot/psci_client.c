/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/psci_client.h"

static struct machine_psci psci;

void psci_client_init(const struct machine_psci *p)
{
	psci = *p;
}

/* SMC Calling Convention 1.0 lets the firmware change x4-x17 as well. */
#define SMCCC_CLOBBERS                                                                             \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",       \
		"x17", "memory"

static s64 call(u32 id, u64 a1, u64 a2, u64 a3)
{
	register u64 x0 __asm__("x0") = id;
	register u64 x1 __asm__("x1") = a1;
	register u64 x2 __asm__("x2") = a2;
	register u64 x3 __asm__("x3") = a3;

	if (!id || psci.conduit == PSCI_CONDUIT_NONE)
		return PSCI_NOT_SUPPORTED;
	if (psci.conduit == PSCI_CONDUIT_SMC)
		__asm__ volatile("smc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
				 :
				 : SMCCC_CLOBBERS);
	else
		__asm__ volatile("hvc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
				 :
				 : SMCCC_CLOBBERS);
	/* PSCI's status is a 32-bit signed value, also from its 64-bit functions. */
	return (s32)x0;
}

s64 psci_cpu_on(u64 mpidr, u64 entry, u64 context)
{
	return call(psci.cpu_on, mpidr, entry, context);
}

s64 psci_affinity_info(u64 mpidr)
{
	return call(psci.affinity_info, mpidr, 0, 0);
}

s64 psci_cpu_off(void)
{
	return call(psci.cpu_off, 0, 0, 0);
}

static void __attribute__((noreturn)) halt(void)
{
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}

void psci_system_off(void)
{
	call(psci.system_off, 0, 0, 0);
	halt();
}

void psci_system_reset(void)
{
	call(psci.system_reset, 0, 0, 0);
	halt();
}
