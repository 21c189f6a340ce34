/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware part of ERETAx. neve's own AUT instructions would use EL2's address format, so the
 * code is computed by PACGA, which is the same function with another key: vEL2's key IA or IB is
 * lent to it for one instruction.
 */
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/pacga.h"
#include "cpu/sysreg.h"
#include "nested/pauth.h"
#include "nested/world.h"
#include "vm/exit.h"

static u64 compute_pac(u64 ptr, u64 modifier, bool key_b)
{
	u64 lo = read_sysreg(APGAKeyLo_EL1), hi = read_sysreg(APGAKeyHi_EL1), pac;

	if (key_b) {
		write_sysreg(read_sysreg(APIBKeyLo_EL1), APGAKeyLo_EL1);
		write_sysreg(read_sysreg(APIBKeyHi_EL1), APGAKeyHi_EL1);
	} else {
		write_sysreg(read_sysreg(APIAKeyLo_EL1), APGAKeyLo_EL1);
		write_sysreg(read_sysreg(APIAKeyHi_EL1), APGAKeyHi_EL1);
	}
	isb();
	pac = pacga(ptr, modifier);
	write_sysreg(lo, APGAKeyLo_EL1);
	write_sysreg(hi, APGAKeyHi_EL1);
	return pac;
}

static struct pauth_format format_of(struct vcpu *v)
{
	u64 tcr = world_read_ctx(v, CTX_TCR_EL2);
	struct pauth_format f = {.two_ranges = v->e2h, .enhanced = cpu_features.pauth_level >= 3};

	f.va_bits[0] = 64 - FIELD(tcr, 5, 0);
	f.va_bits[1] = 64 - FIELD(tcr, 21, 16);
	if (v->e2h) {
		f.tbi[0] = (tcr & BIT(37)) && !(tcr & BIT(51));
		f.tbi[1] = (tcr & BIT(38)) && !(tcr & BIT(52));
	} else {
		f.tbi[0] = (tcr & BIT(20)) && !(tcr & BIT(29));
	}
	/* A T0SZ that no regime has: as the largest one that neve offers. */
	for (unsigned r = 0; r < 2; r++) {
		if (f.va_bits[r] > 48)
			f.va_bits[r] = 48;
		if (f.va_bits[r] < 16)
			f.va_bits[r] = 16;
	}
	return f;
}

bool pauth_eret(struct vcpu *v, bool key_b, u64 *elr)
{
	u64 sctlr = world_read_ctx(v, CTX_SCTLR_EL2), sp, pac, stripped;
	struct pauth_format f = format_of(v);

	if (!(sctlr & (key_b ? SCTLR_ENIB : SCTLR_ENIA)))
		return true;
	sp = pstate_has_sp_el1(v->pstate) ? read_sysreg(SP_EL1) : read_sysreg(SP_EL0);
	stripped = pauth_strip(&f, *elr);
	pac = compute_pac(stripped, sp, key_b);
	/* PACGA gives the upper half: the rest, of addresses below 32 bits, is taken as right. */
	pac |= GENMASK(31, 0) & (f.enhanced ? *elr ^ stripped : *elr);
	if (pauth_matches(&f, *elr, pac)) {
		*elr = stripped;
		return true;
	}
	if (cpu_features.pauth_level >=
	    5) { /* FEAT_FPACCOMBINE: ERETAx is a combined instruction */
		world_take_own(v, (u64)EC_FPAC << 26 | ESR_IL | (key_b ? 1 : 0), 0);
		return false;
	}
	*elr = pauth_poison(&f, *elr, pac, key_b);
	return true;
}
