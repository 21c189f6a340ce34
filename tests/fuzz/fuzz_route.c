/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any controls of L1, any trap: neve's own traps stay on, nothing that is not offered gets through,
 * and who is asked answers for each table entry. With it the table itself: every key is found or
 * not, and what is found is what was looked for.
 */
#include "cpu/esr.h"
#include "cpu/hcr.h"
#include "nested/idregs.h"
#include "nested/pmu.h"
#include "nested/route.h"

#include "fuzz.h"

static void take_controls(struct input *in, struct l1_controls *c)
{
	u8 flags = take(in, 1);

	*c = (struct l1_controls){
		.hcr = take(in, 8) & ~SYSREG_RES0_HCR_EL2,
		.hcrx = take(in, 8),
		.mdcr = take(in, 8),
		.cptr = take(in, 8),
		.cnthctl = take(in, 8),
		.ich_hcr = take(in, 8),
		.hstr = take(in, 8),
		.hfgrtr = take(in, 8),
		.hfgwtr = take(in, 8),
		.hfgitr = take(in, 8),
		.hdfgrtr = take(in, 8),
		.hdfgwtr = take(in, 8),
		.e2h = flags & 1,
		.has_fgt = flags & 2,
		.has_hcx = flags & 4,
		.has_sve = flags & 8,
	};
}

/* What neve traps for itself must stay; what makes a guest's memory somebody else's must stay out.
 */
static void check_merge(const struct l1_controls *l1)
{
	const struct hw_controls own = {
		.hcr = HCR_RW | HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TSC |
		       HCR_TID3 | HCR_TIDCP | HCR_TACR | HCR_TERR,
		.mdcr = 6 | MDCR_TPMS | MDCR_TTRF | MDCR_TPM | MDCR_TPMCR,
		.cptr = CPTR_RES1 | CPTR_TSM | CPTR_TAM | CPTR_TTA,
		.cnthctl = CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN,
		.hcrx = HCRX_MSCEN,
		.hdfgrtr = PMU_HDFGRTR,
		.hdfgwtr = PMU_HDFGWTR,
	};
	struct hw_controls hw;

	route_merge(l1, &own, &hw);
	CHECK((hw.hcr & own.hcr) == own.hcr);
	CHECK(!(hw.hcr & (HCR_E2H | HCR_NV | HCR_NV1 | HCR_NV2)));
	/* with TGE in hardware neve could return to EL0 only: see eret_decode() */
	CHECK(!(hw.hcr & HCR_TGE) || ((l1->hcr & HCR_TGE) && !l1->e2h));
	CHECK((hw.mdcr & own.mdcr & ~MDCR_HPMN) == (own.mdcr & ~MDCR_HPMN));
	CHECK((hw.hdfgrtr & own.hdfgrtr) == own.hdfgrtr);
	CHECK((hw.hdfgwtr & own.hdfgwtr) == own.hdfgwtr);
	CHECK((hw.mdcr & MDCR_HPMN) <= 6);
	CHECK((hw.cptr & own.cptr) == own.cptr);
	CHECK(!(hw.cnthctl & ~own.cnthctl & (CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN)));
	/* the negative ones of features that are not offered: 0 traps */
	CHECK(!(hw.hcrx & SYSREG_RES0_HCRX_EL2));
	CHECK(!(hw.hfgrtr & SYSREG_RES0_HFGRTR_EL2) && !(hw.hfgwtr & SYSREG_RES0_HFGWTR_EL2));
	CHECK(!(hw.hfgitr & SYSREG_RES0_HFGITR_EL2));
	CHECK(!(hw.hdfgrtr & SYSREG_RES0_HDFGRTR_EL2) && !(hw.hdfgwtr & SYSREG_RES0_HDFGWTR_EL2));
}

static void check_sysreg(const struct l1_controls *c, u64 iss, u64 hw)
{
	u32 key = SYSREG_ISS_KEY(iss);
	const struct sysreg_desc *d = sysreg_find(key);
	enum route r = route_sysreg(c, d, iss & 1, iss >> 9 & 1, key);
	u64 id;

	if (!d) {
		CHECK(r == ROUTE_UNDEF);
		return;
	}
	CHECK(d->key == key);
	CHECK(r != ROUTE_L1 || sysreg_features[d->feature].offered);
	/* what traps an EL0 that vEL2 hosts is for vEL2 */
	CHECK(!(c->hcr & HCR_TGE) || (iss >> 9 & 1) || r != ROUTE_L0);
	/* once sanitised, it stays so */
	id = id_sanitise(d->id, hw);
	CHECK(id_sanitise(d->id, id) == id);
}

static void check_trap(const struct l1_controls *c, u64 esr, unsigned int el)
{
	enum route r = route_trap(c, esr, el);

	struct l1_controls none = {.hcr = HCR_API,
				   .has_fgt = c->has_fgt,
				   .has_hcx = c->has_hcx,
				   .has_sve = c->has_sve};
	bool sve = ESR_EC(esr) == EC_SVE && !c->has_sve;

	switch (ESR_EC(esr)) {
	case EC_SME:
		CHECK(r == ROUTE_UNDEF);
		return;
	case EC_HVC:
		CHECK(r == ROUTE_L1);
		return;
	case EC_PAUTH:
		CHECK((r == ROUTE_L1) == !(c->hcr & HCR_API));
		return;
	case EC_SMC:
	case EC_ERET: /* of EL1 */
		break;
	default: /* what is not there is undefined everywhere */
		CHECK(!(c->hcr & HCR_TGE) || r == (sve ? ROUTE_UNDEF : ROUTE_L1));
	}
	/* of an L1 that traps nothing: neve's own trap, or EL1's exception */
	r = route_trap(&none, esr, el);
	CHECK(r == ROUTE_L0 || r == ROUTE_UNDEF);
	CHECK(!sve || r == ROUTE_UNDEF);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	/* the classes that route_trap() tells apart, and any other */
	static const u8 classes[] = {
		EC_SVE,
		EC_SME,
		EC_WFX,
		EC_FP,
		EC_PAUTH,
		EC_SVC,
		EC_HVC,
		EC_SMC,
		EC_ERET,
		EC_MOPS,
		EC_STEP_LOWER,
		EC_WATCHPOINT_LOWER,
		EC_BRK,
		0x3f,
		0,
		EC_BREAKPOINT_LOWER,
	};
	struct input in = {data, size};
	struct l1_controls c;
	/* What is asked comes first, so that short inputs differ in it. */
	u32 which = (u32)take(&in, 2) % SR_COUNT, ec = (u32)take(&in, 1), how = (u32)take(&in, 1);
	u64 esr = take(&in, 3), hw;
	u32 key = (u32)take(&in, 4) & GENMASK(24, 0);

	ec = ec & 0x80 ? ec % 64 : classes[ec % ARRAY_SIZE(classes)];
	take_controls(&in, &c);
	hw = take(&in, 8);
	check_merge(&c);
	check_trap(&c, (u64)ec << 26 | esr, how & 1);
	check_sysreg(&c, sysreg_table[which].key | (how & 2) >> 1 | (u64)(how & 4) << 7, hw);
	check_sysreg(&c, key, hw);
	return 0;
}
