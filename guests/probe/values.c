/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of registers: what EL2 writes is what EL1 reads, and the reverse, each EL has its own, and
 * none is lost when HCR_EL2.E2H changes. With what FP and SVE do at each EL under each combination
 * of the controls that trap them, and the vector length there.
 */
#include "console.h"
#include "lib/printf.h"
#include "sweep.h"
#include "try.h"

#define E_CPACR_EL1 ENC(3, 0, 1, 0, 2)
#define E_ZCR_EL1   ENC(3, 0, 1, 2, 0)
#define E_ZCR_EL2   ENC(3, 4, 1, 2, 0)
#define ADDRESS	    UINT64_C(0x0000fffffffff000)
#define ALL	    (~UINT64_C(0))
#define LOW32	    GENMASK(31, 0)
#define TCR_BITS    (GENMASK(38, 37) | GENMASK(23, 22) | GENMASK(13, 8))

struct reg {
	u16 enc;
	u64 base, bits; /* a value is `base` but for these */
};

/* Of EL1, by EL1's names; those that EL2 reaches by the same name in each layout at first. */
static const struct reg el1_regs[] = {
	{ENC(3, 0, 13, 0, 4), 0, ALL},	  /* TPIDR_EL1 */
	{ENC(3, 3, 13, 0, 2), 0, ALL},	  /* TPIDR_EL0 */
	{ENC(3, 3, 13, 0, 3), 0, ALL},	  /* TPIDRRO_EL0 */
	{ENC(3, 0, 4, 1, 0), 0, ALL},	  /* SP_EL0 */
	{ENC(3, 0, 7, 4, 0), 0, ADDRESS}, /* PAR_EL1 */
	{ENC(3, 2, 0, 0, 0), 0, 6},	  /* CSSELR_EL1 */
	{ENC(3, 0, 2, 1, 0), 0, ALL},	  /* APIAKeyLo_EL1 */
	{ENC(3, 0, 2, 3, 1), 0, ALL},	  /* APGAKeyHi_EL1 */
	{ENC(3, 0, 1, 0, 0), 0x30d00800, GENMASK(16, 14) | BIT(26) | BIT(9)},
	{ENC(3, 0, 1, 0, 2), 3 << 20, GENMASK(17, 16)},
	{ENC(3, 0, 2, 0, 0), 0, ADDRESS},
	{ENC(3, 0, 2, 0, 1), 0, ADDRESS},
	{ENC(3, 0, 2, 0, 2), 0, TCR_BITS},
	{ENC(3, 0, 5, 1, 0), 0, 0}, /* AFSR0_EL1: QEMU has no bits in it */
	{ENC(3, 0, 5, 2, 0), 0, LOW32},
	{ENC(3, 0, 6, 0, 0), 0, ALL},
	{ENC(3, 0, 10, 2, 0), 0, ALL},
	{ENC(3, 0, 13, 0, 1), 0, LOW32},
	{ENC(3, 0, 4, 0, 1), 0, ALL},
	{ENC(3, 0, 4, 0, 0), 0, GENMASK(31, 28) | GENMASK(9, 6)},
	{ENC(3, 0, 14, 1, 0), 0, GENMASK(9, 8) | GENMASK(7, 4)},
	{ENC(3, 3, 14, 2, 2), 0, ALL},
	{ENC(3, 3, 14, 3, 2), 0, ALL},
	{ENC(3, 0, 1, 2, 0), 0, 0xf},
};
#define SAME_NAME 8

/* Of EL2. Nothing here is on: no stage, no trap of what is read. */
static const struct reg el2_regs[] = {
	{ENC(3, 4, 13, 0, 2), 0, ALL},	  /* TPIDR_EL2 */
	{ENC(3, 4, 2, 0, 0), 0, ADDRESS}, /* TTBR0_EL2 */
	{ENC(3, 4, 2, 0, 2), 0, GENMASK(13, 8)},
	{ENC(3, 4, 10, 2, 0), 0, ALL},		 /* MAIR_EL2 */
	{ENC(3, 4, 6, 0, 0), 0, ALL},		 /* FAR_EL2 */
	{ENC(3, 4, 6, 0, 4), 0, GENMASK(39, 4)}, /* HPFAR_EL2 */
	{ENC(3, 4, 2, 1, 0), 0, ADDRESS},	 /* VTTBR_EL2 */
	{ENC(3, 4, 2, 1, 2), BIT(31), GENMASK(13, 8)},
	{ENC(3, 4, 1, 1, 1), 6, GENMASK(6, 5)},
	{ENC(3, 4, 14, 0, 3), 0, ALL}, /* CNTVOFF_EL2 */
	{ENC(3, 4, 14, 2, 2), 0, ALL}, /* CNTHP_CVAL_EL2 */
	{ENC(3, 4, 5, 2, 3), 0, GENMASK(24, 0)},
	{ENC(3, 4, 0, 0, 0), 0, LOW32}, /* VPIDR_EL2 */
	{ENC(3, 4, 0, 0, 5), BIT(31), GENMASK(23, 0)},
	{ENC(3, 4, 1, 2, 0), 0, 0xf},
	{ENC(3, 4, 14, 1, 0), 0xc03, 0xf4}, /* CNTHCTL_EL2: what is the same in each layout */
	{ENC(3, 4, 13, 0, 1), 0, LOW32},    /* CONTEXTIDR_EL2 */
};

static u64 value(const struct reg *r, u32 i, u32 round)
{
	return r->base | (((i + 1) * UINT64_C(0x9e3779b97f4a7c15) * (round * 2 + 1)) & r->bits);
}

/* By the name at EL2 that is EL1's register. */
static u16 name_of(u32 i)
{
	u16 op1 = ENC(0, 7, 0, 0, 0);

	return i >= SAME_NAME && e2h ? (u16)((el1_regs[i].enc & ~op1) | ENC(0, 5, 0, 0, 0))
				     : el1_regs[i].enc;
}

static void at_el1(bool write, u32 round, const char *when)
{
	static struct op ops[ARRAY_SIZE(el1_regs) + 1];
	u32 n = ARRAY_SIZE(el1_regs);

	for (u32 i = 0; i < n; i++) {
		u16 enc = el1_regs[i].enc;

		ops[i].thunk = write ? thunk_write(enc) : thunk_read(enc);
		ops[i].arg = value(&el1_regs[i], i, round);
	}
	run_ops(ops, n, P_DAIF | P_EL1h);
	for (u32 i = 0; i < n; i++) {
		if (!write || ops[i].where)
			console_printf("values%s at el1 %u.%u.%u.%u.%u: %lx where=%lx\n", when,
				       ENC_ARGS(el1_regs[i].enc), ops[i].result, ops[i].where);
	}
}

static void at_el2(const char *when)
{
	for (u32 i = 0; i < ARRAY_SIZE(el1_regs); i++)
		console_printf("values%s at el2 of-el1 %u.%u.%u.%u.%u: %lx\n", when,
			       ENC_ARGS(el1_regs[i].enc), reg_read(name_of(i)));
	for (u32 i = 0; i < ARRAY_SIZE(el2_regs); i++)
		console_printf("values%s at el2 of-el2 %u.%u.%u.%u.%u: %lx\n", when,
			       ENC_ARGS(el2_regs[i].enc), reg_read(el2_regs[i].enc));
}

/* Without a write of anything else but CPTR_EL2. */
static void flip_e2h(void)
{
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) ^ HCR_EL2_E2H);
	(void)reg_read(ENC(3, 4, 1, 0, 0));
	e2h = !e2h;
	reg_write(E_CPTR_EL2, e2h ? UINT64_C(0x330000) : 0x32ff); /* FP and SVE */
}

/* What FAR_EL1 means right after HCR_EL2.E2H has changed, before anything that traps. */
static void flip_at_once(const char *layout)
{
	const u16 far_el1 = ENC(3, 0, 6, 0, 0), far_el2 = ENC(3, 4, 6, 0, 0);
	u64 hcr = reg_read(E_HCR_EL2);

	reg_write(far_el2, 1);
	reg_write(E_HCR_EL2, hcr ^ HCR_EL2_E2H);
	reg_write(far_el1, 2);
	console_printf("values%s at once: %lx\n", layout, reg_read(far_el2));
	reg_write(E_HCR_EL2, hcr);
	(void)reg_read(ENC(3, 4, 1, 0, 0));
}

static void values(const char *layout)
{
	char when[32];
	u64 tcr = read_sysreg(tcr_el2), own = read_sysreg(tpidr_el1); /* guests/lib's */

	reset_controls();
	for (u32 i = 0; i < ARRAY_SIZE(el1_regs); i++)
		reg_write(name_of(i), value(&el1_regs[i], i, 0));
	for (u32 i = 0; i < ARRAY_SIZE(el2_regs); i++)
		reg_write(el2_regs[i].enc, value(&el2_regs[i], i, 1));
	fmt_snprintf(when, sizeof(when), "%s written", layout);
	at_el2(when);
	at_el1(false, 0, when);
	fmt_snprintf(when, sizeof(when), "%s read", layout);
	at_el2(when);
	at_el1(true, 2, layout);
	fmt_snprintf(when, sizeof(when), "%s by-el1", layout);
	at_el2(when);
	at_el1(false, 0, when);
	for (u32 i = 0; i < 4; i++) {
		flip_e2h();
		fmt_snprintf(when, sizeof(when), "%s flip %u", layout, i);
		at_el2(when);
		at_el1(false, 0, when);
		if (i < 2)
			continue;
		/* Written in the other layout, read in this one after the next change. */
		for (u32 n = 0; n < ARRAY_SIZE(el1_regs); n++)
			reg_write(name_of(n), value(&el1_regs[n], n, i + 2));
	}
	for (u32 i = 0; i < ARRAY_SIZE(el2_regs); i++)
		reg_write(el2_regs[i].enc, el2_regs[i].base);
	write_sysreg(tcr_el2, tcr);
	write_sysreg(tpidr_el1, own);
	reg_write(E_ZCR_EL2, 0xf);
	el1_write(E_ZCR_EL1, 0xf);
	reg_write(ENC(3, 4, 13, 0, 1), 0);
	reset_controls();
}

/* ---- FP, SVE ---- */

static const struct level {
	const char *name;
	u64 pstate;
	bool tge;
} levels[] = {
	{"el2", P_DAIF | P_EL2h, false},    {"el1", P_DAIF | P_EL1h, false},
	{"el0", P_DAIF | P_EL0t, false},    {"tge-el2", P_DAIF | P_EL2h, true},
	{"tge-el0", P_DAIF | P_EL0t, true},
};

#define I_RDVL 0x04bf5020u /* rdvl x0, #1 */
#define I_FPCR 0xd53b4400u /* mrs x0, fpcr */

/* One line a setting: each level's outcome for FADD, an SVE ADD and RDVL. */
static void outcomes(const char *name)
{
	static const u32 insns[] = {I_FADD, I_SVE, I_RDVL, I_FPCR};
	u64 hcr = reg_read(E_HCR_EL2);

	console_printf("%s:", name);
	for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
		console_printf(" %s", levels[l].name);
		for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
			struct attempt a = {.pstate = levels[l].pstate, .insn = {insns[i]}};
			struct frame f;
			u64 imm;

			reg_write(E_HCR_EL2, hcr | (levels[l].tge ? HCR_TGE : 0));
			try_enter(&a, &f);
			imm = f.esr & 0xffff;
			if (f.vector == 0x400 && FIELD(f.esr, 31, 26) == 0x16 && imm >= REPORT)
				console_printf(",el1-%lx", el1_read(ENC(3, 0, 5, 2, 0)));
			else
				console_printf(",%lx", f.esr);
			if (i == 2)
				console_printf("=%lx", f.x[0]);
		}
	}
	console_printf("\n");
	reg_write(E_HCR_EL2, hcr);
}

static void fp_traps(void)
{
	for (u32 set = 0; set < 256; set++) {
		u64 fpen = set & 3, zen = set >> 2 & 3, cpfp = set >> 4 & 3, cpz = set >> 6;
		char name[64];

		if (!e2h && (fpen > 1 || zen > 1))
			continue;
		el1_write(E_CPACR_EL1, cpfp << 20 | cpz << 16);
		reg_write(E_CPTR_EL2,
			  e2h ? fpen << 20 | zen << 16 : 0x32ff | fpen << 10 | zen << 8);
		fmt_snprintf(name, sizeof(name), "fp%s cptr=%lx,%lx cpacr=%lx,%lx",
			     e2h ? ".e2h" : "", fpen, zen, cpfp, cpz);
		outcomes(name);
	}
}

static void lengths(void)
{
	static const u64 zcr[] = {0, 1, 2, 3, 15};

	for (u32 i = 0; i < ARRAY_SIZE(zcr) * ARRAY_SIZE(zcr); i++) {
		u64 two = zcr[i % ARRAY_SIZE(zcr)], one = zcr[i / ARRAY_SIZE(zcr)];
		char name[64];

		reg_write(E_ZCR_EL2, two);
		el1_write(E_ZCR_EL1, one);
		fmt_snprintf(name, sizeof(name), "length%s zcr2=%lx zcr1=%lx", e2h ? ".e2h" : "",
			     two, one);
		outcomes(name);
	}
	reg_write(E_ZCR_EL2, 0xf);
	el1_write(E_ZCR_EL1, 0xf);
}

void probe_values(void)
{
	for (u32 i = 0; i < 2; i++) {
		set_e2h(i);
		values(i ? ".e2h" : "");
		flip_at_once(i ? ".e2h" : "");
		set_e2h(i);
		el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
		if (FIELD(read_sysreg(id_aa64pfr0_el1), 35, 32)) {
			lengths();
			fp_traps();
		}
		reset_controls();
	}
	set_e2h(false);
}
