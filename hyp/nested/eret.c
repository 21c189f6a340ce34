/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/eret.h"
#include "cpu/hcr.h"

#define SCTLR_SPINTMASK BIT(62)

/* What an illegal return takes from the SPSR; the rest of PSTATE is kept (it is UNKNOWN there). */
#define PSTATE_ILLEGAL_FROM_SPSR (PSTATE_N_TO_V | PSTATE_PAN | PSTATE_DAIF | PSTATE_ALLINT)

/* Bits 63:32 hold state of extensions that no L1 is offered. */
#define PSTATE_OFFERED GENMASK(31, 0)

struct eret_result eret_decode(u64 spsr, u64 hcr, u64 pstate, bool a32)
{
	struct eret_result r = {.target = ERET_HYP};
	u64 rest = spsr & PSTATE_OFFERED & ~PSTATE_M;
	bool tge = hcr & HCR_TGE;

	switch (spsr & PSTATE_M) {
	case MODE_EL2h:
		r.pstate = rest | MODE_EL1h;
		return r;
	case MODE_EL2t:
		r.pstate = rest | MODE_EL1t;
		return r;
	case MODE_EL1h:
	case MODE_EL1t:
		if (tge)
			break;
		r.target = ERET_GUEST;
		r.pstate = rest | (spsr & PSTATE_M);
		return r;
	case MODE_A32_USR:
		if (!a32)
			break;
		/* fall through */
	case MODE_EL0t:
		if (!(tge && (hcr & HCR_E2H)))
			r.target = ERET_GUEST;
		r.pstate = rest | (spsr & PSTATE_A32);
		return r;
	}
	r.pstate = (spsr & PSTATE_ILLEGAL_FROM_SPSR) | (pstate & ~PSTATE_ILLEGAL_FROM_SPSR) |
		   PSTATE_IL;
	r.pstate &= PSTATE_OFFERED;
	return r;
}

u64 pstate_advance_it(u64 pstate)
{
	u64 it = FIELD(pstate, 15, 10) << 2 | FIELD(pstate, 26, 25);

	/* IT[7:5] is the condition, of which IT[5] moves. */
	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (pstate & ~(GENMASK(15, 10) | GENMASK(26, 25))) | (it >> 2) << 10 | (it & 3) << 25;
}

u64 spsr_from_real(u64 pstate)
{
	u64 mode = pstate & PSTATE_M;

	if (mode == MODE_EL1h || mode == MODE_EL1t)
		return (pstate & ~PSTATE_M) | (mode + (MODE_EL2t - MODE_EL1t));
	return pstate;
}

u64 spsr_swap_levels(u64 spsr)
{
	switch (spsr & PSTATE_M) {
	case MODE_EL1t:
	case MODE_EL1h:
	case MODE_EL2t:
	case MODE_EL2h:
		return spsr ^ (MODE_EL1t ^ MODE_EL2t);
	}
	return spsr;
}

struct exception_entry exception_enter(u64 from, bool lower, enum exception_kind kind, u64 sctlr,
				       bool pan_set, bool nmi)
{
	struct exception_entry e;

	if (lower)
		e.offset = from & PSTATE_A32 ? 0x600 : 0x400;
	else
		e.offset = (from & 1) ? 0x200 : 0;
	e.offset += kind;

	e.pstate = (from & (PSTATE_N_TO_V | PSTATE_DIT | PSTATE_PAN)) | PSTATE_DAIF | MODE_EL1h;
	if (pan_set && !(sctlr & SCTLR_SPAN))
		e.pstate |= PSTATE_PAN;
	if (nmi && !(sctlr & SCTLR_SPINTMASK))
		e.pstate |= PSTATE_ALLINT;
	if (sctlr & SCTLR_DSSBS)
		e.pstate |= PSTATE_SSBS;
	return e;
}
