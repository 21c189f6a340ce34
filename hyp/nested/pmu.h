/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PMU: one for vEL2, vEL1 and vEL0, and in hardware for all of them, but for the filters by
 * exception level. vEL2 runs at the real EL1, so the type registers of enabled counters change with
 * the context (nested/pmu_filter.h), and neve's own instructions are never counted.
 *
 * With FEAT_FGT the type registers always trap, and so do writes of PMCNTEN{SET,CLR}_EL0. Without
 * it only PMCR_EL0 does (MDCR_EL2.TPMCR): while its E is 0 nothing counts, and the hardware's
 * registers are L1's; when it is set, neve takes the type registers over (`held`), and all accesses
 * trap.
 */
#ifndef NEVE_NESTED_PMU_H
#define NEVE_NESTED_PMU_H

#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "vm/exit.h"

/* What traps with FEAT_FGT, in HDFGRTR_EL2 and HDFGWTR_EL2 (bits that mean nothing without a PMU).
 */
#define PMU_HDFGRTR (HDFGRTR_PMEVTYPER | HDFGRTR_PMCCFILTR)
#define PMU_HDFGWTR (PMU_HDFGRTR | HDFGRTR_PMCNTEN)

/* First load on this CPU: nothing counts, as after reset. */
void pmu_load(struct vcpu *v);

/* vEL2 writes MDCR_EL2. */
void pmu_write_mdcr(struct vcpu *v, u64 val);

/* A PMU register (handler H_PMU) that trapped in the current context, and is not L1's to hear of.
 */
enum exit_action pmu_read(struct vcpu *v, const struct sysreg_desc *d, unsigned rt);
enum exit_action pmu_write(struct vcpu *v, const struct sysreg_desc *d, u64 val);

/* Does PMUSERENR_EL0 let EL0 make this access? */
bool pmu_user_may(const struct sysreg_desc *d, bool read);

/* At vEL2's own EL0: is this L1's by MDCR_EL2? (Set in hardware by debug_return_to_hyp().) */
bool pmu_host_el0_traps(const struct vcpu *v, const struct sysreg_desc *d);

void pmu_load_context(struct vcpu *v);

/* At a change of context, when v->context is the new one. */
static inline void pmu_change_context(struct vcpu *v)
{
	if (v->pmu.swap)
		pmu_load_context(v);
}

#endif
