/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features of the CPUs, found at run time in the ID registers. Those that L1 is offered are taken
 * from the sanitised values (nested/idregs.h), so that neve and L1 agree. Written once by the boot
 * CPU; every other CPU is held against it.
 */
#ifndef NEVE_CPU_FEATURES_H
#define NEVE_CPU_FEATURES_H

#include "nested/pmu_filter.h"
#include "types.h"

struct cpu_features {
	/* of the hardware */
	bool nv;
	bool nv2;
	bool vhe;
	bool fgt;
	bool fgt2;
	bool ecv;
	bool hcx;
	bool sve;
	bool sme;
	bool nmi;
	bool mops;
	bool el3;
	bool a32_el0;
	bool ras;
	bool mpam;
	bool vmid16;
	unsigned pa_bits; /* at most 48 */
	bool pmu;
	struct pmu_impl pmu_impl; /* zero without a PMU */

	/* as L1 sees them */
	u32 s1_granules, s2_granules; /* GRANULE_* */
	unsigned hafdbs;	      /* 0, 1: access flag, 2: and dirty state */
	unsigned pauth_level;	      /* of address authentication, as ID_AA64ISAR1_EL1.APA */
	bool xnx, ttst, hpds, e0pd, pan, epan, ssbs, tlbios, tlbirange;
};

extern struct cpu_features cpu_features;

/* On the boot CPU: fills cpu_features; ends the boot with one line if neve cannot run here. */
void features_init(void);
/* On the others: the same features, or the boot ends. */
void features_check(unsigned pcpu);

#endif
