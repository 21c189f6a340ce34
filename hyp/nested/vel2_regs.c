/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/vel2_regs.h"
#include "cpu/hcr.h"

/* At the same place in both. DS (FEAT_LPA2) is not offered, so it is not carried over. */
#define TCR_SAME (TCR_TG0 | TCR_SH0 | TCR_ORGN0 | TCR_IRGN0 | TCR_T0SZ)

/* Moves the bits of `mask` in `v`, whose lowest is bit `from`, up to bit `to`. */
static inline u64 move_up(u64 v, u64 mask, unsigned int from, unsigned int to)
{
	return (v & mask) << (to - from);
}

u64 vel2_tcr_to_el1(u64 tcr)
{
	/*
	 * The other half of the address space is off, but its size and granule have to be ones the
	 * implementation has: TG1 is TG0 in TG1's encoding (by TG0: 4K, 64K, 16K, and 4K for the
	 * reserved value), and 39 bits fit every granule where T0SZ may be none that it has.
	 */
	static const u8 tg1[4] = {2, 3, 1, 2};
	u64 t0sz = tcr & TCR_T0SZ, t1sz = t0sz >= 16 && t0sz <= 39 ? t0sz : 25;
	u64 el1 = TCR_EL1_EPD1 | t1sz << 16 | (u64)tg1[FIELD(tcr, 15, 14)] << 30;

	el1 |= tcr & TCR_SAME;
	el1 |= move_up(tcr, TCR_EL2_PS, 16, 32);
	/* Size and these in both halves: which bits PAuth signs depends on an address's bit 55. */
	el1 |= move_up(tcr, TCR_EL2_TBI, 20, 37) | move_up(tcr, TCR_EL2_TBI, 20, 38);
	el1 |= move_up(tcr, TCR_EL2_HA | TCR_EL2_HD, 21, 39);
	el1 |= move_up(tcr, TCR_EL2_HPD, 24, 41);
	el1 |= move_up(tcr, TCR_EL2_HWU, 25, 43);
	el1 |= move_up(tcr, TCR_EL2_TBID, 29, 51) | move_up(tcr, TCR_EL2_TBID, 29, 52);
	return el1;
}

u64 vel2_sctlr_to_el1(u64 sctlr)
{
	const u64 same = SCTLR_M | SCTLR_A | SCTLR_C | SCTLR_SA | SCTLR_NAA | SCTLR_I | SCTLR_ENDB |
			 SCTLR_WXN | SCTLR_IESB | SCTLR_EE | SCTLR_ENDA | SCTLR_ENIB | SCTLR_ENIA |
			 SCTLR_BT | SCTLR_DSSBS;

	/* The RES1 bits include SPAN: with E2H = 0, an exception to EL2 leaves PSTATE.PAN alone. */
	return (sctlr & same) | SCTLR_EL1_RES1;
}

u64 vel2_ttbr0_to_el1(u64 ttbr0)
{
	/*
	 * Every vEL2 of a VM has the same VMID. CnP would share entries with a vCPU that runs with
	 * E2H = 1 and ASID 0, whose translations are other ones.
	 */
	return ttbr0 & GENMASK(47, 1);
}

u64 vel2_cptr_to_cpacr(u64 cptr)
{
	/*
	 * SMEN is always on: neve offers no SME, and its own trap at EL2 makes it undefined; a
	 * CPACR_EL1 trap would come first and show vEL2 a syndrome of SME.
	 */
	u64 cpacr = CPACR_SMEN;

	if (!(cptr & CPTR_TFP))
		cpacr |= CPACR_FPEN;
	if (!(cptr & CPTR_TZ))
		cpacr |= CPACR_ZEN;
	if (cptr & CPTR_TTA)
		cpacr |= CPACR_TTA;
	return cpacr;
}
