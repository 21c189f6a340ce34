/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which exception levels a PMU counter counts at, as its type register says it (PMEVTYPER<n>_EL0,
 * or PMCCFILTR_EL0 for the cycle counter, whose number is 31), and what the hardware's register has
 * to say while vEL2 runs at the real EL1. Pure (Arm ARM D13.5 and D13.6, "Prohibiting event
 * counting", "Filtering by Exception level").
 */
#ifndef NEVE_NESTED_PMU_FILTER_H
#define NEVE_NESTED_PMU_FILTER_H

#include "types.h"

#define PMU_CYCLES 31 /* the cycle counter's number */

/* PMEVTYPER<n>_EL0, PMCCFILTR_EL0 */
#define PMTYPE_P     BIT(31) /* EL1 is not counted */
#define PMTYPE_U     BIT(30) /* EL0 is not counted */
#define PMTYPE_NSK   BIT(29) /* with EL3, Non-secure EL1 is counted when this is equal to P */
#define PMTYPE_NSU   BIT(28)
#define PMTYPE_NSH   BIT(27) /* EL2 is counted */
#define PMTYPE_EVENT GENMASK(15, 0)

/* PMCR_EL0 */
#define PMCR_E	BIT(0)
#define PMCR_P	BIT(1)
#define PMCR_DP BIT(5)
#define PMCR_N	GENMASK(15, 11)

/* What the implementation has; L1 is offered the same. */
struct pmu_impl {
	unsigned counters; /* PMCR_EL0.N */
	bool el3;	   /* NSK and NSU exist */
	bool hpmd, hccd;   /* MDCR_EL2 has the bit: FEAT_PMUv3p1, FEAT_PMUv3p5 */
};

/* L1's MDCR_EL2.HPMN; more counters than there are is CONSTRAINED UNPREDICTABLE: all of them. */
unsigned pmu_hpmn(const struct pmu_impl *impl, u64 mdcr);

/* Of a register with a bit a counter: those that exist, at EL2 and at EL1 and EL0 under `mdcr`. */
u32 pmu_counters_el2(const struct pmu_impl *impl);
u32 pmu_counters_el1(const struct pmu_impl *impl, u64 mdcr);

/* The counters that MDCR_EL2.{HPMD,HCCD} and PMCR_EL0.DP stop at EL2, whatever their filters. */
u32 pmu_prohibited(const struct pmu_impl *impl, u64 mdcr, u64 pmcr);

/* At what a type register counts (EL2 in Non-secure state, and where nothing prohibits it). */
bool pmu_counts_el0(const struct pmu_impl *impl, u64 type);
bool pmu_counts_el1(const struct pmu_impl *impl, u64 type);
bool pmu_counts_el2(u64 type);

/*
 * The hardware's type register for L1's `type`. The real EL2 is never counted. While `vel2` runs
 * the real EL1 is counted when L1 wants EL2 counted and that is not `prohibited`. Secure state and
 * EL3 are counted as L1 says: not P, on which they depend, but NSK is changed where there is one.
 */
u64 pmu_hw_type(const struct pmu_impl *impl, u64 type, bool vel2, bool prohibited);

/*
 * Must vEL2's accesses to all PMU registers trap under L1's MDCR_EL2? When EL2 has counters that
 * EL1 has not, or the cycle counter depends on PMCR_EL0.DP.
 */
bool pmu_needs_traps(const struct pmu_impl *impl, u64 mdcr);

#endif
