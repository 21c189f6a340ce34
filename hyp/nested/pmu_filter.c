/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/pmu_filter.h"
#include "cpu/hcr.h"

static u32 below(unsigned n)
{
	return (u32)((UINT64_C(1) << n) - 1);
}

unsigned pmu_hpmn(const struct pmu_impl *impl, u64 mdcr)
{
	unsigned n = mdcr & MDCR_HPMN;

	return n < impl->counters ? n : impl->counters;
}

u32 pmu_counters_el2(const struct pmu_impl *impl)
{
	return below(impl->counters) | (u32)BIT(PMU_CYCLES);
}

u32 pmu_counters_el1(const struct pmu_impl *impl, u64 mdcr)
{
	return below(pmu_hpmn(impl, mdcr)) | (u32)BIT(PMU_CYCLES);
}

u32 pmu_prohibited(const struct pmu_impl *impl, u64 mdcr, u64 pmcr)
{
	u32 none = 0;

	if (impl->hpmd && (mdcr & MDCR_HPMD)) {
		none = below(pmu_hpmn(impl, mdcr));
		if (pmcr & PMCR_DP)
			none |= (u32)BIT(PMU_CYCLES);
	}
	if (impl->hccd && (mdcr & MDCR_HCCD))
		none |= (u32)BIT(PMU_CYCLES);
	return none;
}

bool pmu_counts_el0(const struct pmu_impl *impl, u64 type)
{
	return !(type & PMTYPE_U) == !(impl->el3 && (type & PMTYPE_NSU));
}

bool pmu_counts_el1(const struct pmu_impl *impl, u64 type)
{
	return !(type & PMTYPE_P) == !(impl->el3 && (type & PMTYPE_NSK));
}

bool pmu_counts_el2(u64 type)
{
	return type & PMTYPE_NSH;
}

u64 pmu_hw_type(const struct pmu_impl *impl, u64 type, bool vel2, bool prohibited)
{
	u64 hw = type & ~PMTYPE_NSH;

	if (vel2 && pmu_counts_el1(impl, type) != (pmu_counts_el2(type) && !prohibited))
		hw ^= impl->el3 ? PMTYPE_NSK : PMTYPE_P;
	return hw;
}

bool pmu_needs_traps(const struct pmu_impl *impl, u64 mdcr)
{
	return pmu_hpmn(impl, mdcr) < impl->counters || (impl->hpmd && (mdcr & MDCR_HPMD));
}
