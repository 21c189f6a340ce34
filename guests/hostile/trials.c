/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu.h"
#include "edu.h"
#include "hostile.h"
#include "cpu/mmio.h"
#include "irq/gicv3.h"
#include "machine.h"
#include "psci.h"

#define E_HCR_EL2   ENC(3, 4, 1, 1, 0)
#define E_VTTBR_EL2 ENC(3, 4, 2, 1, 0)
#define E_VTCR_EL2  ENC(3, 4, 2, 1, 2)
#define E_VNCR_EL2  ENC(3, 4, 2, 2, 0)
#define E_ESR_EL1   ENC(3, 0, 5, 2, 0)

#define HCR_HCD BIT(29)
#define HCR_NVS (BIT(42) | BIT(43) | BIT(45))
#define HCR_VM	BIT(0)

/* ---- EL2's registers ---- */

static u16 writable(struct hostile *h)
{
	u16 enc;

	do
		enc = encoding(h);
	while (enc == E_VBAR_EL2 || enc == E_VBAR_EL1 || ENC_OP0(enc) == 1);
	return enc;
}

void trial_regs(struct hostile *h)
{
	u32 n = 1 + below(h, 5), saved[6];
	u16 enc[6];
	u64 old[6];

	code_begin(h);
	for (u32 i = 0; i < n; i++) {
		enc[i] = writable(h);
		saved[i] = reg_with(h, 0);
		emit_read(h, enc[i], saved[i]);
	}
	for (u32 i = 0; i < n; i++)
		emit_write(h, enc[i], reg_with(h, tamed(enc[i], value(h))));
	emit(h, INSN_ISB);
	for (u32 i = 0; i < below(h, 6); i++)
		emit_write(h, ENC(1, below(h, 8), 7 + below(h, 2), below(h, 16), below(h, 8)),
			   reg_with(h, value(h)));
	for (u32 i = 0; i < n; i++)
		emit_read(h, enc[i], reg_with(h, 0));
	code_run(h, P_DAIF | P_EL2t);
	for (u32 i = 0; i < n; i++)
		old[i] = h->frame.x[saved[i]];
	safe_state(h);
	for (u32 i = 0; i < n; i++) {
		if (tamed(enc[i], old[i]) == old[i])
			poke(h, enc[i], old[i]);
	}
}

/* ---- EL2's stage 1 ---- */

/*
 * EL2's own stage 1: sane for TTBR0, so that the code goes on. With E2H the other half of the
 * address space, and what its size and granule are, is wild.
 */
void trial_stage1(struct hostile *h)
{
	u64 tcr = 0x3519 | 2 << 16, hcr = HCR_SAFE; /* 39 bits, 4 KiB; PS 40 bits */
	bool e2h = below(h, 2);

	if (e2h) {
		hcr |= HCR_EL2_E2H | (below(h, 2) ? HCR_TGE : 0);
		tcr = 0x3519 | UINT64_C(2) << 32 | (rnd(h) & GENMASK(31, 16)) |
		      (rnd(h) & GENMASK(58, 37));
		if (below(h, 2)) /* a size that there is */
			tcr = (tcr & ~(BIT(23) | GENMASK(21, 16) | GENMASK(31, 30))) | 25 << 16 |
			      UINT64_C(2) << 30;
	} else {
		tcr |= BIT(31) | BIT(23) | (rnd(h) & (GENMASK(22, 20) | GENMASK(30, 24)));
	}
	write_sysreg(mair_el2, 0xff04ff04);
	write_sysreg(ttbr0_el2, (u64)table(TABLE_EL2));
	code_begin(h);
	emit_write(h, E_HCR_EL2, reg_with(h, hcr));
	emit_read(h, E_SCTLR_EL2, reg_with(h, 0)); /* traps, so that E2H is known */
	emit_write(h, ENC(3, 4, 2, 0, 2), reg_with(h, tcr));
	if (e2h)
		emit_write(h, ENC(3, 4, 2, 0, 1),
			   reg_with(h, below(h, 4) ? (u64)table(below(h, NR_TABLES)) : value(h)));
	emit(h, INSN_ISB);
	emit_write(h, E_SCTLR_EL2, reg_with(h, 0x30c51835 | (rnd(h) & BIT(44))));
	emit(h, INSN_ISB);
	for (u32 i = 0; i < 8; i++) {
		u64 va = address(h) | (e2h && below(h, 2) ? GENMASK(63, 39) : 0);
		u32 base = reg_with(h, va);

		emit_access(h, below(h, 4), below(h, 2), reg_with(h, rnd(h)), base);
		emit_write(h, ENC(1, below(h, 2) * 4, 7, 8, below(h, 8)), base);
		emit_read(h, ENC(3, 0, 7, 4, 0), 29);
	}
	emit_write(h, ENC(1, 4, 8, 7, 0), 31);
	code_run(h, P_DAIF | P_EL2t);
	safe_state(h);
	poke(h, ENC(1, 4, 8, 7, 0), 0); /* ALLE2: tables of wild sizes are not for the next one */
}

/* ---- a guest ---- */

static u64 some_hcr(struct hostile *h)
{
	u64 hcr = HCR_SAFE;

	if (below(h, 2))
		hcr |= rnd(h) & rnd(h);
	else
		hcr |= BIT(below(h, 64)) | (below(h, 2) ? HCR_NVS & rnd(h) : 0);
	if (!below(h, 3))
		hcr |= HCR_EL2_E2H;
	/* HVC is the guest's way out */
	return hcr & ~(HCR_HCD | (below(h, 8) ? HCR_TGE : 0));
}

static void some_controls(struct hostile *h)
{
	static const u16 regs[] = {
		ENC(3, 4, 1, 1, 1),   ENC(3, 4, 1, 1, 2),   ENC(3, 4, 1, 1, 3),
		ENC(3, 4, 1, 1, 4),   ENC(3, 4, 1, 1, 5),   ENC(3, 4, 1, 1, 6),
		ENC(3, 4, 3, 1, 4),   ENC(3, 4, 3, 1, 5),   ENC(3, 4, 1, 2, 2),
		ENC(3, 4, 1, 2, 0),   ENC(3, 4, 14, 1, 0),  ENC(3, 4, 14, 0, 3),
		ENC(3, 4, 12, 11, 0), ENC(3, 4, 12, 11, 7), ENC(3, 4, 0, 0, 0),
		ENC(3, 4, 0, 0, 5),   ENC(3, 4, 5, 2, 3),   E_VNCR_EL2,
	};

	code_begin(h);
	for (u32 i = 0; i < below(h, 5); i++)
		emit_write(h, regs[below(h, ARRAY_SIZE(regs))], reg_with(h, value(h)));
	code_run(h, P_DAIF | P_EL2t);
}

static void some_stages(struct hostile *h, u64 *hcr)
{
	/* 39 bits, 4 KiB, from level 1 */
	if (below(h, 4)) {
		*hcr |= HCR_VM;
		write_sysreg(vtcr_el2, VTCR_SANE | (u64)below(h, 2) << 21);
		write_sysreg(vttbr_el2, (u64)table(TABLE_S2_L1) | (u64)below(h, 3) << 48);
		if (!below(h, 4))
			write_sysreg(vttbr_el2, (u64)table(below(h, NR_TABLES)) | rnd(h) << 48);
		if (!below(h, 6))
			write_sysreg(vttbr_el2, address(h));
		if (!below(h, 6))
			write_sysreg(vtcr_el2, rnd(h));
	}
	if (below(h, 2)) {
		write_sysreg(tcr_el1, UINT64_C(0x200803519) | (u64)below(h, 4) << 39);
		write_sysreg(mair_el1, 0xff04ff04);
		write_sysreg(ttbr0_el1, (u64)table(TABLE_S1_L1));
		write_sysreg(ttbr1_el1, (u64)table(below(h, NR_TABLES)));
		if (!below(h, 4))
			write_sysreg(ttbr0_el1, address(h));
		if (!below(h, 4))
			write_sysreg(tcr_el1, rnd(h));
		write_sysreg(sctlr_el1, (below(h, 4) ? 0x30d0180d : rnd(h)) | 1);
	} else if (!below(h, 4)) {
		write_sysreg(sctlr_el1, rnd(h) & ~UINT64_C(1));
	}
	if (!below(h, 8))
		write_sysreg(vbar_el1, address(h));
}

static void emit_list_registers(struct hostile *h)
{
	for (u32 i = 0; i < 4; i++) {
		u64 lr = rnd(h);

		if (below(h, 4)) /* a number that could be an interrupt's */
			lr = (lr & GENMASK(63, 48)) | (u64)below(h, 1100) << 32 | below(h, 1100);
		emit_write(h, (u16)(ENC(3, 4, 12, 12, 0) + below(h, 16)), reg_with(h, lr));
	}
	emit_write(h, ENC(3, 4, 12, 11, 0), reg_with(h, rnd(h) & (below(h, 2) ? 0xff : ~0ull)));
	emit_write(h, ENC(3, 4, 12, 11, 7), reg_with(h, below(h, 2) ? 0xff000003 : rnd(h)));
	emit_write(h, (u16)(ENC(3, 4, 12, 8, 0) + below(h, 16)), reg_with(h, rnd(h) & rnd(h)));
}

static void emit_gic_use(struct hostile *h)
{
	static const u16 ack[] = {ENC(3, 0, 12, 12, 0), ENC(3, 0, 12, 8, 0), ENC(3, 0, 12, 11, 3)};
	static const u16 end[] = {ENC(3, 0, 12, 12, 1), ENC(3, 0, 12, 8, 1),  ENC(3, 0, 12, 11, 1),
				  ENC(3, 0, 12, 11, 5), ENC(3, 0, 12, 11, 6), ENC(3, 0, 12, 11, 7),
				  ENC(3, 0, 12, 12, 4), ENC(3, 0, 12, 12, 6), ENC(3, 0, 12, 12, 7),
				  ENC(3, 0, 4, 6, 0)};

	for (u32 i = 0; i < 6; i++) {
		u32 r = reg_with(h, below(h, 2) ? below(h, 1100) : rnd(h));

		if (below(h, 2))
			emit_read(h, ack[below(h, ARRAY_SIZE(ack))], r);
		emit_write(h, end[below(h, ARRAY_SIZE(end))], r);
	}
}

static void guest_run(struct hostile *h, u64 hcr)
{
	static const u64 modes[] = {P_EL1h, P_EL1h, P_EL1t, P_EL0t, P_EL0t};
	u64 pstate = modes[below(h, ARRAY_SIZE(modes))];

	if (below(h, 2))
		pstate |= P_DAIF;
	if (!below(h, 4))
		pstate |= BIT(20 + below(h, 12)); /* IL, SS, PAN... */
	write_sysreg(hcr_el2, hcr);
	isb();
	code_run(h, pstate);
}

void trial_guest(struct hostile *h)
{
	u64 hcr = some_hcr(h);
	u32 n = 2 + below(h, 12);

	if (below(h, 2))
		some_controls(h);
	some_stages(h, &hcr);
	code_begin(h);
	for (u32 i = 0; i < n; i++)
		emit_attack(h);
	guest_run(h, hcr);
}

void trial_user(struct hostile *h)
{
	u64 hcr = HCR_SAFE | HCR_EL2_E2H | HCR_TGE;
	u32 n = 2 + below(h, 12);

	if (below(h, 2))
		some_controls(h);
	if (below(h, 2))
		hcr |= BIT(below(h, 64));
	code_begin(h);
	for (u32 i = 0; i < n; i++)
		emit_attack(h);
	write_sysreg(hcr_el2, hcr);
	isb();
	code_run(h, P_EL0t | (below(h, 2) ? P_DAIF : 0));
}

/*
 * More tables than a host keeps for a guest: one block, seen in up to 512 GiB, each GiB of which
 * takes a table of its own; while others change what there is.
 */
void trial_many(struct hostile *h)
{
	u64 hcr = HCR_SAFE | HCR_VM, step = (u64)(1 + below(h, 7)) * SZ_1G;
	u32 at, by, left, pages = below(h, 2);

	for (u32 i = 0; i < 512; i++)
		table(TABLE_S2_L1)[i] = (u64)table(TABLE_S2_L2) | BIT(1) | BIT(0);
	write_sysreg(vtcr_el2, VTCR_SANE);
	write_sysreg(vttbr_el2, (u64)table(TABLE_S2_L1) | (u64)below(h, 3) << 48);
	code_begin(h);
	at = reg_with(h, place.sandbox + SANDBOX_DATA + below(h, SZ_2M / 8) * 8);
	by = reg_with(h, step + (pages ? SZ_4K : 0));
	left = reg_with(h, 64 + below(h, 448));
	emit_access(h, 3, below(h, 2), reg_with(h, rnd(h)), at);
	emit(h, 0x8b000000u | by << 16 | at << 5 | at);	 /* add */
	emit(h, 0xf1000400u | left << 5 | left);	 /* subs, 1 */
	emit(h, 0x54000001u | ((u32)-3 & 0x7ffff) << 5); /* b.ne */
	if (!hostile_storm && below(h, 2))
		emit_attack(h);
	if (hostile_storm) {
		write_sysreg(hcr_el2, hcr);
		isb();
		code_run(h, P_DAIF | P_EL1h);
	} else {
		guest_run(h, hcr);
	}
}

/* NV and a VNCR_EL2 for a guest: neve does not offer FEAT_NV, so nothing of it may work. */
void trial_vncr(struct hostile *h)
{
	u64 page = ALIGN_DOWN(address(h), SZ_4K);

	poke(h, E_VNCR_EL2, page);
	code_begin(h);
	h->max_exits = 1;
	emit_read(h, ENC(3, 4, 1, 1, 0), 1); /* HCR_EL2 and its like have slots */
	emit_read(h, E_VTTBR_EL2, 2);
	write_sysreg(hcr_el2, HCR_SAFE | HCR_NVS);
	isb();
	code_run(h, P_DAIF | P_EL1h);
	h->max_exits = 64;
	/* It is undefined, which EL1's vector reports; or the timer came first. */
	if ((h->frame.vector == 0x400 && (h->frame.esr & 0xffff) < 0x100) || h->frame.x[1] ||
	    h->frame.x[2])
		violation(VIOLATION_VNCR);
}

/* ---- a guest in AArch32 ---- */

/* Coprocessors, loads and stores, exclusives, hints, calls; a third of it on a condition. */
static u32 a32_word(struct hostile *h)
{
	static const u32 kinds[] = {0xe000f10, 0xe100f10, 0xe000e10, 0xe100e10, 0xc400f00,
				    0xc500f00, 0x5900000, 0x5800000, 0x1d000b0, 0x1c000b0,
				    0x8900000, 0x8800000, 0x4f00004, 0x1900f9f, 0xd900b00,
				    0xd800b00, 0xef10a10, 0xee10a10, 0x320f003, 0x320f002,
				    0xf000000, 0x1200070, 0x1600070, 0x10f0000, 0x129f000};
	u32 cond = below(h, 3) ? 14 : below(h, 16), insn;

	if (!below(h, 8))
		return (u32)rnd(h);
	insn = kinds[below(h, ARRAY_SIZE(kinds))] | cond << 28;
	if ((insn & 0xf000000) == 0xe000000 || (insn & 0xf000000) == 0xc000000)
		return insn | (below(h, 8) << 21 | below(h, 16) << 16 | below(h, 15) << 12 |
			       below(h, 8) << 5 | below(h, 16));
	if ((insn & 0xf000000) < 0xe000000 && (insn & 0xff00000) != 0x1200000)
		insn |= below(h, 13) << 16 | below(h, 13) << 12;
	return insn;
}

/*
 * EL0 in AArch32, which no ID register offers and a CPU may have: EL1 goes there by an ERET that
 * nobody traps. Also as Thumb, and in the middle of an IT block.
 */
void trial_a32(struct hostile *h)
{
	u64 hcr = some_hcr(h), spsr = 0x10 | (below(h, 2) ? BIT(5) : 0);
	u32 pc, spsr_reg, nr = 12 + below(h, 20);

	if (below(h, 2))
		some_controls(h);
	if (below(h, 3))
		spsr |= rnd(h) & (GENMASK(31, 25) | GENMASK(20, 9));
	code_begin(h);
	for (u32 i = 0; i < 13; i++) /* r0 to r12 */
		reg_with(h, (u32)(below(h, 4) ? address(h) : value(h)));
	spsr_reg = reg_with(h, spsr);
	pc = reg_with(h, (u64)h->code + 16);
	emit_write(h, ENC(3, 0, 4, 0, 0), spsr_reg);
	emit_write(h, ENC(3, 0, 4, 0, 1), pc);
	emit(h, INSN_ISB);
	emit(h, 0xd69f03e0); /* eret */
	for (u32 i = 0; i < nr; i++)
		emit(h, a32_word(h));
	if (below(h, 2))
		some_stages(h, &hcr);
	write_sysreg(hcr_el2, hcr & ~HCR_TGE);
	isb();
	h->max_exits = 24;
	code_run(h, P_EL1h | (below(h, 2) ? P_DAIF : 0));
	h->max_exits = 64;
}

/* ---- jumps ---- */

void trial_jump(struct hostile *h)
{
	static const u64 modes[] = {P_EL0t, P_EL1t, P_EL1h, P_EL2t, P_EL2t};
	u64 pstate = modes[below(h, ARRAY_SIZE(modes))], hcr = some_hcr(h);
	u64 pc = below(h, 2) ? (u64)h->code + below(h, 64) : address(h);

	/* Wild ones too: illegal returns. At EL2 only where its C code has its stack afterwards. */
	if (!below(h, 3))
		pstate = rnd(h) & (below(h, 2) ? GENMASK(31, 0) : ~UINT64_C(0));
	if ((pstate & P_MODE) == P_EL2h)
		pstate ^= P_EL2h ^ P_EL2t;
	if ((pstate & P_MODE) == P_EL2t)
		pstate &= ~BIT(7);
	code_begin(h);
	for (u32 i = 0; i < 16; i++) {
		if ((pstate & P_MODE) == P_EL2t)
			emit_access(h, below(h, 4), below(h, 2), reg_with(h, rnd(h)),
				    reg_with(h, address(h)));
		else
			emit_attack(h);
	}
	some_stages(h, &hcr);
	write_sysreg(hcr_el2, hcr);
	isb();
	h->max_exits = 8;
	code_run_at(h, pc, pstate);
	h->max_exits = 64;
}

/* ---- devices and all other addresses ---- */

/* The ITS and what the redistributors know of LPIs: tables and commands anywhere. */
static void some_lpis(struct hostile *h)
{
	/* GITS_CTLR, CBASER, CWRITER, BASERn; GICR_CTLR, PROPBASER, PENDBASER, INVLPIR... */
	static const u16 its[] = {0x00, 0x80, 0x80, 0x88, 0x88, 0x88, 0x100, 0x108, 0x110};
	static const u16 gicr[] = {0x00, 0x00, 0x70, 0x70, 0x78, 0x78, 0xa0, 0xb0, 0xc0};
	u64 at = machine.its.base + its[below(h, ARRAY_SIZE(its))], val = rnd(h);
	/* commands are whatever lies there: small numbers, so that some are right */
	u64 queue = place.sandbox + SANDBOX_DATA + below(h, 16) * SZ_64K;

	for (u32 i = 0; i < 32; i++)
		((volatile u64 *)queue)[i] = i % 4 ? (u64)below(h, 8) << below(h, 40) | BIT(63)
						   : below(h, 16) | (u64)below(h, 8) << 32;
	if (!machine.its.size || !below(h, 3))
		at = machine.gicr[0].base + below(h, machine.nr_cpus) * 2 * SZ_64K +
		     gicr[below(h, ARRAY_SIZE(gicr))];
	switch (below(h, 4)) {
	case 0:
		val = queue | BIT(63) | below(h, 16);
		break;
	case 1:
		val = address(h) | BIT(63);
		break;
	case 2:
		val = below(h, 32) * 32 + below(h, 2);
		break;
	}
	code_begin(h);
	emit_access(h, below(h, 4) ? 3 : 2, true, reg_with(h, val), reg_with(h, at));
	emit_access(h, 3, false, reg_with(h, 0), reg_with(h, at));
	code_run(h, P_EL2t | P_DAIF);
}

void trial_devices(struct hostile *h)
{
	u64 addr, before;

	for (u32 i = 0; i < 6; i++)
		some_lpis(h);

	for (u32 i = 0; i < 12; i++) {
		bool write = below(h, 2);

		do
			addr = address(h);
		while (write && (is_spared(addr) || is_spared(addr + 8)));
		code_begin(h);
		if (below(h, 3))
			emit_access(h, below(h, 4), write, reg_with(h, rnd(h)), reg_with(h, addr));
		else
			emit_odd_access(h, write, reg_with(h, rnd(h)), reg_with(h, addr));
		before = h->st->exits;
		code_run(h, P_EL2t | P_DAIF);
		if (in_neve(addr) && h->st->exits - before < 2)
			violation(VIOLATION_READ);
	}
}

/* What a guest loads by a leaf of its hypervisor's, to where that has no memory: it does not
 * return. */
void trial_shadow(struct hostile *h)
{
	for (u32 i = 0; i < 4; i++) {
		u64 addr = place.neve + ALIGN_DOWN(rnd(h) % place.neve_size, 16), before;
		u32 base;

		if (!address_ok(addr))
			continue;
		addr = tables_own(h, addr);
		code_begin(h);
		base = reg_with(h, addr);
		if (below(h, 2))
			emit_access(h, below(h, 4), false, reg_with(h, 0), base);
		else
			emit(h, 0x3dc00000 | base << 5 | below(h, 32)); /* ldr q */
		write_sysreg(hcr_el2, HCR_SAFE | HCR_VM);
		isb();
		before = h->st->exits;
		code_run(h, P_DAIF | P_EL1h);
		if (h->st->exits - before < 2)
			violation(VIOLATION_READ);
		safe_state(h);
	}
}

/*
 * The device takes its time: what it is told meanwhile it ignores. What it has read comes to where
 * the CPU's own loot is.
 */
void trial_dma(struct hostile *h)
{
	u32 what = below(h, 3), size = 1 + below(h, EDU_BUFFER_SIZE);
	u64 far = (u64)h->loot + below(h, LOOT_SIZE - EDU_BUFFER_SIZE);
	u64 regs[][2] = {{EDU_SRC, EDU_BUFFER},
			 {EDU_DST, EDU_BUFFER},
			 {EDU_COUNT, size},
			 {EDU_CMD, EDU_CMD_RUN | (what ? EDU_CMD_WRITE : 0)}};

	if (!place.edu) {
		trial_devices(h);
		return;
	}
	if (what < 2) {
		do
			far = address(h);
		while (!address_ok(far + size - 1));
	}
	regs[what ? 1 : 0][1] = far;
	code_begin(h);
	for (u32 i = 0; i < ARRAY_SIZE(regs); i++)
		emit_access(h, 3, true, reg_with(h, regs[i][1]),
			    reg_with(h, place.edu + regs[i][0]));
	code_run(h, P_EL2t | P_DAIF);
}

/* ---- interrupts ---- */

static void some_timers(struct hostile *h)
{
	static const u16 regs[] = {ENC(3, 3, 14, 2, 0), ENC(3, 3, 14, 2, 1), ENC(3, 3, 14, 2, 2),
				   ENC(3, 3, 14, 3, 0), ENC(3, 3, 14, 3, 1), ENC(3, 3, 14, 3, 2),
				   ENC(3, 4, 14, 3, 0), ENC(3, 4, 14, 3, 1), ENC(3, 4, 14, 3, 2),
				   ENC(3, 5, 14, 2, 1), ENC(3, 5, 14, 3, 1), ENC(3, 4, 14, 0, 3)};

	for (u32 i = 0; i < 4; i++)
		emit_write(h, regs[below(h, ARRAY_SIZE(regs))],
			   reg_with(h, below(h, 2) ? below(h, 1000) : value(h)));
}

void trial_irqs(struct hostile *h)
{
	static const u16 sgi[] = {ENC(3, 0, 12, 11, 5), ENC(3, 0, 12, 11, 6), ENC(3, 0, 12, 11, 7)};
	u64 hcr = HCR_SAFE | (below(h, 2) ? HCR_VM : 0) | (rnd(h) & (BIT(6) | BIT(7) | BIT(8)));

	code_begin(h);
	for (u32 i = 0; i < 4; i++)
		emit_write(h, sgi[below(h, 3)],
			   reg_with(h, below(h, 2) ? rnd(h)
						   : BIT(40) * below(h, 2) | below(h, 16) << 24 |
							     below(h, 256)));
	some_timers(h);
	emit_list_registers(h);
	code_run(h, P_EL2t | P_DAIF);
	write_sysreg(vtcr_el2, VTCR_SANE);
	write_sysreg(vttbr_el2, (u64)table(TABLE_S2_L1));
	code_begin(h);
	emit_gic_use(h);
	some_timers(h);
	if (below(h, 2))
		emit_attack(h);
	emit_gic_use(h);
	guest_run(h, hcr);
}

/*
 * All that reaches other CPUs, or the host's own timer, as often as the CPU can: SGIs to all and to
 * itself, TLBIs for all CPUs, timers that have expired when they are set.
 */
void trial_storm(struct hostile *h)
{
	static const u16 calls[] = {
		ENC(1, 4, 8, 3, 4), ENC(1, 4, 8, 3, 6), /* TLBI ALLE1IS, VMALLS12E1IS */
		ENC(1, 0, 8, 3, 0), ENC(1, 4, 8, 3, 0), /* VMALLE1IS, ALLE2IS */
	};
	static const u16 timers[] = {
		ENC(3, 3, 14, 2, 0), ENC(3, 3, 14, 3, 0),
		ENC(3, 4, 14, 3, 0), /* CNTV, CNTP, CNTHV */
	};
	u64 ticks = counter_hz() / 1000000 * hostile_slice * 4, start = counter_read();
	u32 left, zero, one, top;

	if (h->gicr)
		write32(h->gicr + GICR_ISENABLER0, ~0u);
	do {
		code_begin(h);
		zero = reg_with(h, 0);
		one = reg_with(h, 1);
		left = reg_with(h, 32);
		if (!hostile_storm)
			emit_write(h, calls[below(h, ARRAY_SIZE(calls))], 31);
		top = h->nr;
		for (u32 i = 0; i < 4; i++) {
			u64 to = below(h, 2) ? BIT(40) : below(h, 256);

			emit_write(h, ENC(3, 0, 12, 11, 5), /* ICC_SGI1R_EL1 */
				   reg_with(h, to | below(h, 16) << 24));
		}
		/* In the loop only by -icount: else each may cost the turns of all CPUs of QEMU */
		if (hostile_storm)
			emit_write(h, calls[below(h, ARRAY_SIZE(calls))], 31);
		for (u32 i = 0; i < ARRAY_SIZE(timers); i++) {
			emit_write(h, timers[i], zero);		  /* TVAL */
			emit_write(h, (u16)(timers[i] + 1), one); /* CTL */
		}
		emit(h, INSN_ISB);
		emit(h, 0xf1000400u | left << 5 | left);	       /* subs, 1 */
		emit(h, 0x54000001u | ((top - h->nr) & 0x7ffff) << 5); /* b.ne */
		code_run(h, P_EL2t | (below(h, 2) ? P_DAIF : 0));
	} while (counter_read() - start < ticks);
}

/* ---- calls ---- */

void trial_calls(struct hostile *h)
{
	u32 fn;

	for (u32 i = 0; i < 8; i++) {
		code_begin(h);
		emit_system_call(h);
		fn = (u32)h->frame.x[0];
		code_run(h, P_EL2t | P_DAIF);
		if ((fn & ~BIT(30)) == 0x84000003 && !h->frame.x[0])
			violation(VIOLATION_CPU_ON);
	}
	/* CPU_ON as CPU 0 does it, for one that may just be turning itself off */
	fn = 1 + below(h, machine.nr_cpus - 1);
	if (status.cpu[fn].trials)
		psci_cpu_on(machine.mpidr[fn], (u64)secondary_entry, (u64)&cpus[fn]);
	/* the same from a guest, to EL2 or past it */
	code_begin(h);
	emit_system_call(h);
	guest_run(h, HCR_SAFE | (below(h, 2) ? BIT(19) : 0));
}

/* ---- the end ---- */

void trial_last(struct hostile *h)
{
	static const u16 regs[] = {ENC(3, 4, 2, 0, 0),	ENC(3, 4, 2, 0, 1), ENC(3, 4, 2, 0, 2),
				   ENC(3, 4, 10, 2, 0), E_HCR_EL2,	    E_VBAR_EL2,
				   E_SCTLR_EL2,		E_VBAR_EL1,	    E_SCTLR_EL1,
				   ENC(3, 4, 4, 0, 0),	ENC(3, 4, 4, 0, 1)};
	u64 pstate = below(h, 2) ? P_EL2t : P_EL2t | P_DAIF;

	code_begin(h);
	for (u32 i = 0; i < 2 + below(h, 6); i++)
		emit_write(h, regs[below(h, ARRAY_SIZE(regs))], reg_with(h, value(h)));
	if (below(h, 2))
		emit_write(h, E_SCTLR_EL2, reg_with(h, rnd(h) | 1));
	emit(h, INSN_ISB);
	for (u32 i = 0; i < 8; i++)
		emit_attack(h);
	code_run(h, pstate);
}
