/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/route.h"
#include "cpu/esr.h"
#include "cpu/hcr.h"
#include "gen/route_groups.h"

/*
 * Which bits of L1's registers L2 runs under. Not in HCR_PASS: VM, SWIO, FMO, IMO, AMO, RW (neve's
 * own are on); VF, VI, VSE and TGE (conditional, below); E2H, NV, NV1, NV2 (neve's, and nesting);
 * FWB, FIEN, AMVOFFEN, ATA, DCT, TID5, TWED (features that L1 is not offered); CD and ID, as with
 * CD the walker reads neve's tables past the caches, in which neve writes them.
 */
#define HCR_PASS                                                                                   \
	(HCR_PTW | HCR_FB | HCR_BSU | HCR_DC | HCR_TWI | HCR_TWE | HCR_TID0 | HCR_TID1 |           \
	 HCR_TID2 | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_TPCP | HCR_TPU |     \
	 HCR_TTLB | HCR_TVM | HCR_TDZ | HCR_HCD | HCR_TRVM | HCR_TLOR | HCR_TERR | HCR_TEA |       \
	 HCR_APK | HCR_API | HCR_AT | HCR_TID4 | HCR_TICAB | HCR_TOCU | HCR_ENSCXT | HCR_TTLBIS |  \
	 HCR_TTLBOS)

/* HPMD and HCCD are about counting at EL2; for vEL2 they are in the filters (nested/pmu.c). */
#define MDCR_PASS                                                                                  \
	(MDCR_TPMCR | MDCR_TPM | MDCR_HPME | MDCR_TDE | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA |        \
	 MDCR_HLP | MDCR_TDCC)

/* At the same place in both layouts of CPTR_EL2. */
#define CPTR_SAME (CPTR_TAM | CPTR_TCPAC)

#define CNTHCTL_EVENTS (CNTHCTL_EVNTEN | CNTHCTL_EVNTDIR | CNTHCTL_EVNTI | CNTHCTL_EVNTIS)
#define CNTHCTL_EN     (CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN)

/* What L1 is offered of the controls that it writes without a trap. */
#define HCRX_KEEP    (~SYSREG_RES0_HCRX_EL2)
#define HFGRTR_KEEP  (~SYSREG_RES0_HFGRTR_EL2)
#define HFGWTR_KEEP  (~SYSREG_RES0_HFGWTR_EL2)
#define HFGITR_KEEP  (~SYSREG_RES0_HFGITR_EL2)
#define HDFGRTR_KEEP (~SYSREG_RES0_HDFGRTR_EL2)
#define HDFGWTR_KEEP (~SYSREG_RES0_HDFGWTR_EL2)

/* CPTR_EL2 of either layout as traps of guest context, in the layout for E2H = 0. */
static inline u64 cptr_traps(const struct l1_controls *c)
{
	if (!c->e2h)
		return c->cptr & (CPTR_SAME | CPTR_TTA | CPTR_TSM | CPTR_TFP | CPTR_TZ);
	return (c->cptr & CPTR_SAME) | (c->cptr & CPACR_TTA) >> (28 - 20) |
	       (~c->cptr & CPACR_FPEN_EL1) >> (20 - 10) | (~c->cptr & CPACR_ZEN_EL1) >> (16 - 8);
}

/* EL1PCTEN and EL1PCEN, at their place with E2H = 0. Those for EL0 matter only with TGE. */
static inline u64 cnthctl_enables(const struct l1_controls *c)
{
	return (c->e2h ? c->cnthctl >> 10 : c->cnthctl) & CNTHCTL_EN;
}

/*
 * Of neve's and L1's control, either traps; the bits `n` trap when 0. L1 has a say in `keep`.
 * `n` and `keep` are constants: most of this is gone when they have no bit in common.
 */
static inline u64 merge(u64 own, u64 l1, u64 n, u64 keep)
{
	return (own & ~(n & keep)) | (l1 & keep & ~n) | (own & l1 & n & keep);
}

static inline u64 merge_hcr(const struct l1_controls *l1, u64 own)
{
	u64 hcr = own | (l1->hcr & HCR_PASS);

	/* VF, VI and VSE are there only with FMO, IMO and AMO: neve's are on, but L1's decide. */
	hcr |= l1->hcr & (l1->hcr << 3) & (HCR_VF | HCR_VI | HCR_VSE);
	/*
	 * L1's own vEL0 application, with {E2H,TGE} = {0,1}: its exceptions have to come to vEL2.
	 * With E2H this is the host regime, and not guest context.
	 */
	if (!l1->e2h)
		hcr |= l1->hcr & HCR_TGE;
	return hcr;
}

static inline u64 merge_mdcr(u64 l1, u64 own)
{
	u64 hpmn = l1 & MDCR_HPMN;

	/* More counters than there are is CONSTRAINED UNPREDICTABLE. */
	if (hpmn > (own & MDCR_HPMN))
		hpmn = own & MDCR_HPMN;
	return (own & ~MDCR_HPMN) | (l1 & MDCR_PASS) | hpmn;
}

u64 route_merge_mdcr(u64 l1, u64 own)
{
	return merge_mdcr(l1, own);
}

void route_merge(const struct l1_controls *l1, const struct hw_controls *own,
		 struct hw_controls *out)
{
	out->hcr = merge_hcr(l1, own->hcr);
	out->mdcr = merge_mdcr(l1->mdcr, own->mdcr);
	out->cptr = own->cptr | cptr_traps(l1);
	out->cnthctl = (own->cnthctl & (cnthctl_enables(l1) | ~CNTHCTL_EN)) |
		       (l1->cnthctl & (CNTHCTL_EVENTS | CNTHCTL_EL1TVT | CNTHCTL_EL1TVCT));
	out->hstr = own->hstr | (l1->hstr & HSTR_T);

	out->hcrx = own->hcrx;
	if (l1->has_hcx)
		out->hcrx = merge(own->hcrx, l1->hcrx, HCRX_N, HCRX_KEEP);

	if (!l1->has_fgt) {
		out->hfgrtr = own->hfgrtr;
		out->hfgwtr = own->hfgwtr;
		out->hfgitr = own->hfgitr;
		out->hdfgrtr = own->hdfgrtr;
		out->hdfgwtr = own->hdfgwtr;
		return;
	}
	out->hfgrtr = merge(own->hfgrtr, l1->hfgrtr, HFGRTR_N, HFGRTR_KEEP);
	out->hfgwtr = merge(own->hfgwtr, l1->hfgwtr, HFGRTR_N, HFGWTR_KEEP);
	out->hfgitr = merge(own->hfgitr, l1->hfgitr, HFGITR_N, HFGITR_KEEP);
	out->hdfgrtr = merge(own->hdfgrtr, l1->hdfgrtr, HDFGRTR_N, HDFGRTR_KEEP);
	out->hdfgwtr = merge(own->hdfgwtr, l1->hdfgwtr, HDFGRTR_N, HDFGWTR_KEEP);
}

/* ---- whose is it? ---- */

/*
 * The bits of an L1 control that trap: where `neg`, those that are 0. Bits of features that L1 is
 * not offered trap nothing, either way.
 */
static u64 ctrl_traps(const struct l1_controls *c, unsigned int ctrl, bool neg)
{
	u64 val = 0, keep = ~UINT64_C(0);

	switch (ctrl) {
	case CTRL_HCR:
		val = c->hcr;
		keep = ~SYSREG_RES0_HCR_EL2;
		break;
	case CTRL_MDCR:
		val = c->mdcr;
		keep = ~SYSREG_RES0_MDCR_EL2;
		break;
	case CTRL_CPTR:
		val = cptr_traps(c);
		break;
	case CTRL_CNTHCTL:
		val = c->cnthctl;
		keep = ~SYSREG_RES0_CNTHCTL_EL2;
		break;
	case CTRL_ICH_HCR:
		val = c->ich_hcr;
		keep = ~SYSREG_RES0_ICH_HCR_EL2;
		break;
	case CTRL_HCRX:
		val = c->hcrx;
		keep = c->has_hcx ? HCRX_KEEP : 0;
		break;
	}
	return (neg ? ~val : val) & keep;
}

/* Conditions that are not one bit of one register. */
static bool special_traps(const struct l1_controls *c, unsigned int special, u32 key)
{
	switch (special) {
	case CGT_SPECIAL_NV1:
		return (c->hcr & (HCR_NV | HCR_NV1 | HCR_NV2)) == (HCR_NV | HCR_NV1);
	case CGT_SPECIAL_HPMN:
		/* PMEVCNTR<n>, PMEVTYPER<n>: n is CRm[1:0]:op2 */
		return (FIELD(key, 2, 1) << 3 | FIELD(key, 19, 17)) >= (c->mdcr & MDCR_HPMN);
	case CGT_SPECIAL_EL1PCTEN:
		return !(cnthctl_enables(c) & CNTHCTL_EL1PCTEN);
	case CGT_SPECIAL_EL1PTEN:
		return !(cnthctl_enables(c) & CNTHCTL_EL1PCEN);
	}
	return false;
}

static bool coarse_traps(const struct l1_controls *c, unsigned int group, bool read,
			 unsigned int el, u32 key)
{
	unsigned int rw = read ? 1 : 2, level = el ? 1 : 2;

	for (unsigned int i = cgt_first[group]; i < cgt_first[group + 1]; i++) {
		const struct cgt_cond *cond = &cgt_conds[i];

		if (!(cond->rw & rw) || !(cond->el & level))
			continue;
		if (cond->special != CGT_SPECIAL_NONE) {
			if (special_traps(c, cond->special, key))
				return true;
		} else if (ctrl_traps(c, cond->ctrl, cond->neg) & BIT(cond->bit)) {
			return true;
		}
	}
	return false;
}

static bool fine_traps(const struct l1_controls *c, const struct sysreg_route *r, bool read)
{
	u64 val, keep;

	if (!c->has_fgt)
		return false;
	switch (read ? r->fgt_r : r->fgt_w) {
	case FGT_HFGRTR:
		val = c->hfgrtr;
		keep = HFGRTR_KEEP;
		break;
	case FGT_HFGWTR:
		val = c->hfgwtr;
		keep = HFGWTR_KEEP;
		break;
	case FGT_HFGITR:
		val = c->hfgitr;
		keep = HFGITR_KEEP;
		break;
	case FGT_HDFGRTR:
		val = c->hdfgrtr;
		keep = HDFGRTR_KEEP;
		break;
	case FGT_HDFGWTR:
		val = c->hdfgwtr;
		keep = HDFGWTR_KEEP;
		break;
	default:
		return false;
	}
	return (r->fgt_neg ? ~val : val) & keep & BIT(r->fgt_bit);
}

enum route route_sysreg(const struct l1_controls *c, const struct sysreg_desc *desc, bool read,
			unsigned int el, u32 key)
{
	/* What L1 is never offered does not exist in its guests, whatever its controls say. */
	if (!desc || !sysreg_features[desc->feature].offered)
		return ROUTE_UNDEF;
	/* With TGE, vEL0's accesses that EL1 forbids (CNTKCTL_EL1 and such) come to EL2 as well. */
	if (!el && (c->hcr & HCR_TGE))
		return ROUTE_L1;
	if (coarse_traps(c, desc->route.group, read, el, key) || fine_traps(c, &desc->route, read))
		return ROUTE_L1;
	return ROUTE_L0;
}

static inline enum route l1_if(bool l1)
{
	return l1 ? ROUTE_L1 : ROUTE_L0;
}

enum route route_trap(const struct l1_controls *c, u64 esr, unsigned int el)
{
	bool tge = c->hcr & HCR_TGE;

	switch (ESR_EC(esr)) {
	/* Features that L1 is not offered are undefined, even if L1's bits would trap them. */
	case EC_SVE:
		if (!c->has_sve)
			return ROUTE_UNDEF;
		return l1_if(tge || (cptr_traps(c) & CPTR_TZ));
	case EC_SME:
		return ROUTE_UNDEF;
	case EC_WFX:
		/* ISS.TI: WFI, WFE, WFIT, WFET */
		return l1_if(tge || (c->hcr & ((esr & 1) ? HCR_TWE : HCR_TWI)));
	case EC_FP:
		return l1_if(tge || (cptr_traps(c) & CPTR_TFP));
	case EC_PAUTH:
		return l1_if(!(c->hcr & HCR_API));
	case EC_SVC:
		return l1_if(tge ||
			     (c->has_fgt && (c->hfgitr & (el ? HFGITR_SVC_EL1 : HFGITR_SVC_EL0))));
	case EC_HVC:
		/* HCD: the hardware's work, and with EL3 it means nothing. */
		return ROUTE_L1;
	case EC_SMC:
		return l1_if(c->hcr & HCR_TSC);
	case EC_ERET:
		return l1_if(c->has_fgt && (c->hfgitr & HFGITR_ERET));
	case EC_MOPS:
		return l1_if(tge || (c->has_hcx && (c->hcrx & HCRX_KEEP & HCRX_MCE2)));
	case EC_BREAKPOINT_LOWER:
	case EC_STEP_LOWER:
	case EC_WATCHPOINT_LOWER:
	case EC_BKPT32:
	case EC_BRK:
		return l1_if(tge || (c->mdcr & MDCR_TDE));
	}
	/* EL1's own exceptions, which go to EL2 only with TGE. */
	return tge ? ROUTE_L1 : ROUTE_UNDEF;
}
