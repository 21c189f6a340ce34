/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/features.h"
#include "cpu/console.h"
#include "cpu/idcache.h"
#include "cpu/sysreg.h"
#include "gen/sysreg_id.h"
#include "mm/walk.h"
#include "nested/idregs.h"

struct cpu_features cpu_features;

static unsigned field(u64 reg, unsigned shift)
{
	return (reg >> shift) & 0xf;
}

static unsigned pa_bits(u64 mmfr0)
{
	unsigned range = field(mmfr0, 0);

	return walk_oa_bits(range > 5 ? 5 : range);
}

/* TGran4 and TGran64 are signed, TGran16 is not; the stage-2 fields say "as stage 1" with 0. */
static u32 granules_s1(u64 mmfr0)
{
	u32 g = 0;

	if (field(mmfr0, 28) != 0xf)
		g |= GRANULE_4K;
	if (field(mmfr0, 24) != 0xf)
		g |= GRANULE_64K;
	if (field(mmfr0, 20) != 0)
		g |= GRANULE_16K;
	return g;
}

static u32 granules_s2(u64 mmfr0)
{
	static const struct {
		u32 granule;
		u8 shift;
	} f[] = {{GRANULE_4K, 40}, {GRANULE_64K, 36}, {GRANULE_16K, 32}};
	u32 g = granules_s1(mmfr0);

	for (unsigned i = 0; i < ARRAY_SIZE(f); i++) {
		if (field(mmfr0, f[i].shift) == 1)
			g &= ~f[i].granule;
		else if (field(mmfr0, f[i].shift) >= 2)
			g |= f[i].granule;
	}
	return g;
}

/* Highest level that the three algorithms have, in the order ISAR1.APA, ISAR1.API, ISAR2.APA3. */
static unsigned pauth_level(u64 isar1, u64 isar2)
{
	unsigned level = field(isar1, 4);

	if (field(isar1, 8) > level)
		level = field(isar1, 8);
	if (field(isar2, 12) > level)
		level = field(isar2, 12);
	return level;
}

static void detect_pmu(struct cpu_features *f, unsigned version, unsigned el3)
{
	if (!version || version == 0xf) /* IMPLEMENTATION DEFINED */
		return;
	f->pmu = true;
	f->pmu_impl.counters = FIELD(read_sysreg(PMCR_EL0), 15, 11);
	f->pmu_impl.el3 = el3 >= 1;
	f->pmu_impl.hpmd = version >= 4;
	f->pmu_impl.hccd = version >= 6;
}

static void detect(struct cpu_features *f)
{
	u64 mmfr0 = read_sysreg(ID_AA64MMFR0_EL1), mmfr1 = read_sysreg(ID_AA64MMFR1_EL1);
	u64 mmfr2 = read_sysreg(ID_AA64MMFR2_EL1), pfr0 = read_sysreg(ID_AA64PFR0_EL1);
	u64 isar0, isar1, isar2, pfr1 = read_sysreg(ID_AA64PFR1_EL1);

	/* features_check() compares all bytes: padding as well has to be the same. */
	__builtin_memset(f, 0, sizeof(*f));
	f->nv = field(mmfr2, 24) >= 1;
	f->nv2 = field(mmfr2, 24) >= 2;
	f->vhe = field(mmfr1, 8) >= 1;
	f->fgt = field(mmfr0, 56) >= 1;
	f->fgt2 = field(mmfr0, 56) >= 2;
	f->ecv = field(mmfr0, 60) >= 1;
	f->hcx = field(mmfr1, 40) >= 1;
	f->sve = field(pfr0, 32) >= 1;
	f->sme = field(pfr1, 24) >= 1;
	f->el3 = field(pfr0, 12) >= 1;
	f->a32_el0 = field(pfr0, 0) >= 2;
	f->nmi = field(pfr1, 36) >= 1;
	f->mops = field(read_sysreg(ID_AA64ISAR2_EL1), 16) >= 1;
	f->ras = field(pfr0, 28) >= 1;
	f->mpam = field(pfr0, 40) || field(pfr1, 16); /* version, and its fraction */
	f->vmid16 = field(mmfr1, 4) >= 2;
	f->pa_bits = pa_bits(mmfr0);
	detect_pmu(f, field(read_sysreg(ID_AA64DFR0_EL1), 8), field(pfr0, 12));

	mmfr0 = idreg_read(SR_ID_AA64MMFR0_EL1);
	mmfr1 = idreg_read(SR_ID_AA64MMFR1_EL1);
	mmfr2 = idreg_read(SR_ID_AA64MMFR2_EL1);
	pfr1 = idreg_read(SR_ID_AA64PFR1_EL1);
	isar0 = idreg_read(SR_ID_AA64ISAR0_EL1);
	isar1 = idreg_read(SR_ID_AA64ISAR1_EL1);
	isar2 = idreg_read(SR_ID_AA64ISAR2_EL1);
	f->s1_granules = granules_s1(mmfr0);
	f->s2_granules = granules_s2(mmfr0);
	f->hafdbs = field(mmfr1, 0);
	f->hpds = field(mmfr1, 12) >= 1;
	f->pan = field(mmfr1, 20) >= 1;
	f->epan = field(mmfr1, 20) >= 3;
	f->xnx = field(mmfr1, 28) >= 1;
	f->ttst = field(mmfr2, 28) >= 1;
	f->e0pd = field(mmfr2, 60) >= 1;
	f->ssbs = field(pfr1, 4) >= 1;
	f->tlbios = field(isar0, 56) >= 1;
	f->tlbirange = field(isar0, 56) >= 2;
	f->pauth_level = pauth_level(isar1, isar2);
}

void features_init(void)
{
	idreg_init();
	detect(&cpu_features);
}

void features_check(unsigned pcpu)
{
	struct cpu_features own;

	detect(&own);
	if (__builtin_memcmp(&own, &cpu_features, sizeof(own)))
		fatal("CPU %u differs from the boot CPU in its ID registers: neve needs CPUs of one "
		      "kind; leave it out of the device tree",
		      pcpu);
}
