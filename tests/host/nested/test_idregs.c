/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/idregs.c: what L1 sees of the ID registers. */
#include <glib.h>

#include "gen/id_fields.h"
#include "nested/idregs.h"

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static unsigned int nibble(u64 v, unsigned int shift)
{
	return (unsigned int)(v >> shift) & 0xf;
}

/* Registers as QEMU's CPU models have them, and what is left of them; worked out by hand. */
static const struct {
	const char *cpu;
	enum sysreg_id id;
	u64 hw, l1;
} known[] = {
	/* AArch64 only at every EL; no secure EL2, RAS 1.0, CSV2 without SCXTNUM */
	{"max", SR_ID_AA64PFR0_EL1, 0x1301001121110222, 0x1101000111110111},
	{"neoverse-n1", SR_ID_AA64PFR0_EL1, 0x1100000011110112, 0x1100000011110111},
	{"cortex-a72", SR_ID_AA64PFR0_EL1, 0x1000222, 0x1000111},
	/* no NMI, SME, MTE */
	{"max", SR_ID_AA64PFR1_EL1, 0x1001000121, 0x21},
	{"max", SR_ID_AA64SMFR0_EL1, 0x80f100fd00000000, 0},
	/* Debug v8.8, PMU as it is, no HPMN0 */
	{"max", SR_ID_AA64DFR0_EL1, 0x100000001030560a, 0x10305608},
	{"neoverse-v1", SR_ID_AA64DFR0_EL1, 0xf010305509, 0xf010305508},
	/* 48-bit addresses, no LPA2, no CNTPOFF */
	{"max", SR_ID_AA64MMFR0_EL1, 0x2100032310201126, 0x1100022200100125},
	{"cortex-a72", SR_ID_AA64MMFR0_EL1, 0x1124, 0x124},
	/* no CMOW, TIDCP1, AFP, ETS */
	{"max", SR_ID_AA64MMFR1_EL1, 0x110112010312122, 0x10010312122},
	/* no NV, FWB, LVA; TTL always */
	{"max", SR_ID_AA64MMFR2_EL1, 0x1221011112011011, 0x1221001110001011},
	{"cortex-a72", SR_ID_AA64MMFR2_EL1, 0, 0x1000000000000},
	/* CCIDX as it is: CCSIDR_EL1, which L1 reads itself, has its format */
	{"neoverse-v1", SR_ID_AA64MMFR2_EL1, 0x220011102101011, 0x221001100101011},
	{"max", SR_ID_AA64MMFR3_EL1, 0x1000000000000000, 0},
	/* AArch32 is not there */
	{"cortex-a72", SR_ID_PFR0_EL1, 0x131, 0},
};

static void test_known(void)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(known); i++) {
		g_test_message("%s %s", known[i].cpu, sysreg_name(&sysreg_table[known[i].id]));
		g_assert_cmphex(id_sanitise(known[i].id, known[i].hw), ==, known[i].l1);
	}
}

/* Features that L1 must not see, whatever the hardware has (the lowest bit of each field). */
static const struct {
	enum sysreg_id id;
	u8 shift;
} hidden[] = {
	{SR_ID_AA64PFR0_EL1, 36},  /* SEL2 */
	{SR_ID_AA64PFR0_EL1, 40},  /* MPAM */
	{SR_ID_AA64PFR0_EL1, 44},  /* AMU */
	{SR_ID_AA64PFR0_EL1, 52},  /* RME */
	{SR_ID_AA64PFR1_EL1, 8},   /* MTE */
	{SR_ID_AA64PFR1_EL1, 24},  /* SME */
	{SR_ID_AA64PFR1_EL1, 36},  /* NMI */
	{SR_ID_AA64PFR1_EL1, 44},  /* GCS */
	{SR_ID_AA64DFR0_EL1, 4},   /* TraceVer */
	{SR_ID_AA64DFR0_EL1, 32},  /* PMSVer */
	{SR_ID_AA64DFR0_EL1, 40},  /* TraceFilt */
	{SR_ID_AA64DFR0_EL1, 44},  /* TraceBuffer */
	{SR_ID_AA64DFR0_EL1, 52},  /* BRBE */
	{SR_ID_AA64ISAR0_EL1, 24}, /* TME */
	{SR_ID_AA64ISAR1_EL1, 40}, /* SPECRES */
	{SR_ID_AA64ISAR1_EL1, 60}, /* LS64 */
	{SR_ID_AA64MMFR0_EL1, 12}, /* SNSMem */
	{SR_ID_AA64MMFR0_EL1, 44}, /* ExS */
	{SR_ID_AA64MMFR1_EL1, 36}, /* ETS */
	{SR_ID_AA64MMFR1_EL1, 48}, /* nTLBPA */
	{SR_ID_AA64MMFR1_EL1, 56}, /* CMOW */
	{SR_ID_AA64MMFR2_EL1, 16}, /* VARange */
	{SR_ID_AA64MMFR2_EL1, 24}, /* NV */
	{SR_ID_AA64MMFR2_EL1, 40}, /* FWB: the shadow tables are without */
	{SR_ID_AA64MMFR3_EL1, 0},  /* TCRX */
	{SR_ID_AA64MMFR3_EL1, 8},  /* S1PIE */
	{SR_ID_AA64MMFR4_EL1, 20}, /* NV_frac */
	{SR_ID_AA64MMFR4_EL1, 24}, /* E2H0 */
};

/* And limits that neve's own code relies on. */
static const struct {
	enum sysreg_id id;
	u8 shift, most;
} limits[] = {
	{SR_ID_AA64MMFR0_EL1, 0, 5},  /* PARange: 48 bits */
	{SR_ID_AA64MMFR0_EL1, 60, 1}, /* ECV without CNTPOFF */
	{SR_ID_AA64MMFR0_EL1, 56, 1}, /* FGT, not FGT2 */
	{SR_ID_AA64MMFR0_EL1, 40, 2}, /* TGran4_2: no LPA2 */
	{SR_ID_AA64MMFR0_EL1, 32, 2}, /* TGran16_2 */
	{SR_ID_AA64MMFR0_EL1, 20, 1}, /* TGran16 */
	{SR_ID_AA64MMFR2_EL1, 20, 1}, /* CCIDX */
	{SR_ID_AA64DFR0_EL1, 0, 8},   /* DebugVer */
	{SR_ID_AA64PFR0_EL1, 0, 1},   /* EL0 to EL3: AArch64 only */
	{SR_ID_AA64PFR0_EL1, 4, 1},   {SR_ID_AA64PFR0_EL1, 8, 1}, {SR_ID_AA64PFR0_EL1, 12, 1},
};

static void test_hidden(void)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(hidden); i++) {
		for (unsigned int v = 0; v < 16; v++) {
			u64 hw = (random64() & ~GENMASK(hidden[i].shift + 3, hidden[i].shift)) |
				 (u64)v << hidden[i].shift;

			g_assert_cmpuint(nibble(id_sanitise(hidden[i].id, hw), hidden[i].shift), ==,
					 0);
		}
	}
	for (unsigned int i = 0; i < G_N_ELEMENTS(limits); i++) {
		for (unsigned int v = 0; v < 16; v++)
			g_assert_cmpuint(
				nibble(id_sanitise(limits[i].id, (u64)v << limits[i].shift),
				       limits[i].shift),
				<=, limits[i].most);
	}
}

/* TGran4, TGran64, FP and AdvSIMD are signed: 0xf is "not there" and not a large number. */
static void test_signed(void)
{
	static const struct {
		enum sysreg_id id;
		u8 shift, hw, l1;
	} t[] = {
		{SR_ID_AA64MMFR0_EL1, 28, 0xf, 0xf}, {SR_ID_AA64MMFR0_EL1, 28, 0, 0},
		{SR_ID_AA64MMFR0_EL1, 28, 1, 0},     {SR_ID_AA64MMFR0_EL1, 24, 0xf, 0xf},
		{SR_ID_AA64PFR0_EL1, 16, 0xf, 0xf},  {SR_ID_AA64PFR0_EL1, 16, 1, 1},
		{SR_ID_AA64PFR0_EL1, 20, 0, 0},	     {SR_ID_AA64PFR0_EL1, 20, 2, 1},
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(t); i++)
		g_assert_cmpuint(
			nibble(id_sanitise(t[i].id, (u64)t[i].hw << t[i].shift), t[i].shift), ==,
			t[i].l1);
}

/* ID_AA64DFR0_EL1.PMUVer 0xf: a PMU that is not the architecture's */
static void test_impdef(void)
{
	g_assert_cmpuint(nibble(id_sanitise(SR_ID_AA64DFR0_EL1, 0xf00), 8), ==, 0);
	g_assert_cmpuint(nibble(id_sanitise(SR_ID_AA64DFR0_EL1, 0xe00), 8), ==, 6);
	g_assert_cmpuint(nibble(id_sanitise(SR_ID_AA64DFR0_EL1, 0x400), 8), ==, 4);
}

/* The largest value that the rule allows and the hardware has, found by trying all from the top. */
static u64 slow_field(const struct id_field *f, u64 hw)
{
	int lowest = f->rule == ID_MAX_SIGNED ? -(1 << (f->width - 1)) : 0;
	int have = 0, limit = f->limit;

	if (f->rule == ID_EXACT)
		return f->limit;
	for (unsigned int i = 0; i < f->width; i++)
		have += (int)((hw >> (f->shift + i)) & 1) << i;
	if (f->rule == ID_MAX_IMPDEF && have == (1 << f->width) - 1)
		return 0;
	if (f->rule == ID_MAX_SIGNED) {
		have -= have >= 1 << (f->width - 1) ? 1 << f->width : 0;
		limit -= limit >= 1 << (f->width - 1) ? 1 << f->width : 0;
	}
	for (int v = (1 << f->width) - 1; v >= lowest; v--) {
		if (v <= have && v <= limit)
			return (u64)v & GENMASK(f->width - 1, 0);
	}
	g_assert_not_reached();
}

static void test_random(void)
{
	for (unsigned int i = 0; i < ID_COUNT; i++) {
		const struct id_reg *r = &id_regs[i];

		for (unsigned int n = 0; n < 300; n++) {
			u64 hw = n == 0 ? 0 : n == 1 ? ~UINT64_C(0) : random64(), expect = 0, got;

			for (unsigned int k = 0; k < r->count; k++)
				expect |= slow_field(&id_fields[r->first + k], hw)
					  << id_fields[r->first + k].shift;
			got = id_sanitise((enum sysreg_id)r->sysreg_id, hw);
			g_assert_cmphex(got, ==, expect);
			/* What is sanitised already stays: neve can be its own L1. */
			g_assert_cmphex(id_sanitise((enum sysreg_id)r->sysreg_id, got), ==, got);
		}
	}
}

static void test_not_an_id_register(void)
{
	g_assert_cmphex(id_sanitise(SR_SCTLR_EL1, ~UINT64_C(0)), ==, 0);
	g_assert_cmphex(id_sanitise(SR_COUNT, ~UINT64_C(0)), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/idregs/known", test_known);
	g_test_add_func("/idregs/hidden", test_hidden);
	g_test_add_func("/idregs/signed", test_signed);
	g_test_add_func("/idregs/impdef", test_impdef);
	g_test_add_func("/idregs/random", test_random);
	g_test_add_func("/idregs/not-an-id-register", test_not_an_id_register);
	return g_test_run();
}
