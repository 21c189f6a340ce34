/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_sysreg(): every register of the table, under random controls of L1, against a reference
 * that goes by register names and is written from the descriptions of the controls (Arm ARM, D19.2)
 * and not from arch/sysreg.tbl.
 */
#include <glib.h>
#include <string.h>

#include "gen/sysreg_enc.h"
#include "nested/route.h"

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static bool bit(u64 v, unsigned int n)
{
	return (v >> n) & 1;
}

/* Is `name` in the list, where NAME* is any name that begins so? */
static bool in(const char *name, const char *list)
{
	g_auto(GStrv) words = g_strsplit(list, " ", -1);

	for (char **w = words; *w; w++) {
		size_t n = strlen(*w);

		if ((*w)[n - 1] == '*' ? !strncmp(name, *w, n - 1) : !strcmp(name, *w))
			return true;
	}
	return false;
}

/* Registers that the same coarse controls trap. */
enum kind {
	PLAIN,
	ID_GROUP1,
	ID_GROUP2,
	ID_GROUP2_CACHE,
	ID_GROUP3,
	VM_CONTROL,
	ACTLR,
	SET_WAY,
	TO_POC,
	TO_POU,
	TO_POU_IS,
	ZERO_VA,
	LOREGION,
	ERROR_RECORD,
	AP_KEY,
	TRANSLATE,
	TLB,
	TLB_IS,
	TLB_OS,
	IMPDEF,
	SGI,
	CPACR,
	DCC,
	DEBUG,
	OS_LOCK,
	DEBUG_ROM,
	PMU,
	PMU_PMCR,
	PMU_COUNTER,
	ICC_COMMON,
	ICC_DIR,
	ICC_GROUP0,
	ICC_GROUP1,
	PCOUNTER,
	PTIMER,
	VCOUNTER,
	VTIMER,
	PTIMER_EL02,
	VTIMER_EL02,
};

static const struct {
	enum kind kind;
	const char *list;
} kinds[] = {
	{ID_GROUP1, "REVIDR_EL1 AIDR_EL1"},
	{ID_GROUP2, "CTR_EL0"},
	{ID_GROUP2_CACHE, "CCSIDR_EL1 CCSIDR2_EL1 CLIDR_EL1 CSSELR_EL1"},
	{VM_CONTROL, "SCTLR_EL1 TTBR0_EL1 TTBR1_EL1 TCR_EL1 ESR_EL1 FAR_EL1 AFSR0_EL1 AFSR1_EL1 "
		     "MAIR_EL1 AMAIR_EL1 CONTEXTIDR_EL1"},
	{ACTLR, "ACTLR_EL1"},
	{SET_WAY, "DC_ISW DC_CSW DC_CISW"},
	{TO_POC, "DC_CIVAC DC_CVAC DC_CVAP DC_CVADP DC_IVAC"},
	{TO_POU, "IC_IALLU IC_IVAU DC_CVAU"},
	{TO_POU_IS, "IC_IALLUIS"},
	{ZERO_VA, "DC_ZVA"},
	{LOREGION, "LOR*"},
	{ERROR_RECORD, "ERRIDR_EL1 ERRSELR_EL1 ERX*"},
	{AP_KEY, "APIAKey* APIBKey* APDAKey* APDBKey* APGAKey*"},
	{TRANSLATE, "AT_S1E1* AT_S1E0*"},
	{SGI, "ICC_SGI1R_EL1 ICC_ASGI1R_EL1 ICC_SGI0R_EL1"},
	{CPACR, "CPACR_EL1"},
	{DCC, "OSDTRRX_EL1 OSDTRTX_EL1 MDCCINT_EL1 MDCCSR_EL0 DBGDTR_EL0 DBGDTRRX_EL0"},
	{DEBUG, "MDSCR_EL1 OSECCR_EL1 DBGBVR* DBGBCR* DBGWVR* DBGWCR* DBGCLAIM* DBGAUTHSTATUS_EL1"},
	{OS_LOCK, "OSLAR_EL1 OSLSR_EL1 OSDLR_EL1 DBGPRCR_EL1"},
	{DEBUG_ROM, "MDRAR_EL1"},
	{PMU_PMCR, "PMCR_EL0"},
	{PMU_COUNTER, "PMEVCNTR* PMEVTYPER*"},
	{PMU, "PM*"},
	{ICC_DIR, "ICC_DIR_EL1"},
	{ICC_COMMON, "ICC_PMR_EL1 ICC_RPR_EL1 ICC_CTLR_EL1"},
	{ICC_GROUP0, "ICC_IAR0_EL1 ICC_EOIR0_EL1 ICC_HPPIR0_EL1 ICC_BPR0_EL1 ICC_AP0R* "
		     "ICC_IGRPEN0_EL1"},
	{ICC_GROUP1, "ICC_IAR1_EL1 ICC_EOIR1_EL1 ICC_HPPIR1_EL1 ICC_BPR1_EL1 ICC_AP1R* "
		     "ICC_IGRPEN1_EL1"},
	{PCOUNTER, "CNTPCT_EL0 CNTPCTSS_EL0"},
	{PTIMER, "CNTP_CTL_EL0 CNTP_CVAL_EL0 CNTP_TVAL_EL0"},
	{VCOUNTER, "CNTVCT_EL0 CNTVCTSS_EL0"},
	{VTIMER, "CNTV_CTL_EL0 CNTV_CVAL_EL0 CNTV_TVAL_EL0"},
	{PTIMER_EL02, "CNTP_CTL_EL02 CNTP_CVAL_EL02 CNTP_TVAL_EL02"},
	{VTIMER_EL02, "CNTV_CTL_EL02 CNTV_CVAL_EL02 CNTV_TVAL_EL02"},
};

static enum kind kind_of(const char *name, u32 key)
{
	unsigned int op0 = key >> 20, op1 = (key >> 14) & 7, crn = (key >> 10) & 15;
	unsigned int crm = (key >> 1) & 15;

	if (op0 == 3 && op1 == 0 && crn == 0 && crm >= 1 && crm <= 7)
		return ID_GROUP3;
	if ((op0 & 1) && (crn == 11 || crn == 15))
		return IMPDEF;
	if (op0 == 1 && op1 == 0 && (crn == 8 || crn == 9))
		return crm == 2 || crm == 3 ? TLB_IS : crm == 1 || crm == 5 ? TLB_OS : TLB;
	for (unsigned int i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (in(name, kinds[i].list))
			return kinds[i].kind;
	}
	return PLAIN;
}

/* Of a register: what it takes long to find out. */
struct reg {
	enum kind kind;
	unsigned int counter; /* number of the event counter */
	int hfg, hfgi, hdfg;  /* bit of the fine-grained traps, or -1 */
	bool write_only_hdfg; /* PMCR_EL0: HDFGRTR_EL2 has no bit for it */
};

static bool coarse_reference(const struct reg *r, bool read, bool el1, const struct l1_controls *c)
{
	bool tde = bit(c->mdcr, 8);

	switch (r->kind) {
	case PLAIN:
		return false;
	case ID_GROUP1:
		return el1 && bit(c->hcr, 16);
	case ID_GROUP2:
		return bit(c->hcr, 17);
	case ID_GROUP2_CACHE:
		return bit(c->hcr, 17) || bit(c->hcr, 49);
	case ID_GROUP3:
		return el1 && bit(c->hcr, 18);
	case VM_CONTROL:
		return el1 && bit(c->hcr, read ? 30 : 26);
	case ACTLR:
		return el1 && bit(c->hcr, 21);
	case SET_WAY:
		return el1 && bit(c->hcr, 22);
	case TO_POC:
		return bit(c->hcr, 23);
	case TO_POU:
		return bit(c->hcr, 24) || bit(c->hcr, 52);
	case TO_POU_IS:
		return bit(c->hcr, 24) || bit(c->hcr, 50);
	case ZERO_VA:
		return bit(c->hcr, 28);
	case LOREGION:
		return el1 && bit(c->hcr, 35);
	case ERROR_RECORD:
		return el1 && bit(c->hcr, 36);
	case AP_KEY:
		return el1 && !bit(c->hcr, 40);
	case TRANSLATE:
		return el1 && bit(c->hcr, 44);
	case TLB:
		return el1 && bit(c->hcr, 25);
	case TLB_IS:
		return el1 && (bit(c->hcr, 25) || bit(c->hcr, 54));
	case TLB_OS:
		return el1 && (bit(c->hcr, 25) || bit(c->hcr, 55));
	case IMPDEF:
		return bit(c->hcr, 20);
	case SGI:
		return el1 && (bit(c->hcr, 3) || bit(c->hcr, 4) || bit(c->ich_hcr, 10));
	case CPACR:
		return el1 && bit(c->cptr, 31);
	case DCC:
		return bit(c->mdcr, 9) || tde || bit(c->mdcr, 27);
	case DEBUG:
		return bit(c->mdcr, 9) || tde;
	case OS_LOCK:
		return el1 && (bit(c->mdcr, 10) || tde);
	case DEBUG_ROM:
		return bit(c->mdcr, 11) || tde;
	case PMU:
		return bit(c->mdcr, 6);
	case PMU_PMCR:
		return bit(c->mdcr, 6) || bit(c->mdcr, 5);
	case PMU_COUNTER:
		return bit(c->mdcr, 6) || r->counter >= (c->mdcr & 31);
	case ICC_COMMON:
		return el1 && bit(c->ich_hcr, 10);
	case ICC_DIR:
		return el1 && (bit(c->ich_hcr, 10) || bit(c->ich_hcr, 14));
	case ICC_GROUP0:
		return el1 && bit(c->ich_hcr, 11);
	case ICC_GROUP1:
		return el1 && bit(c->ich_hcr, 12);
	case PCOUNTER:
		return !bit(c->cnthctl, c->e2h ? 10 : 0);
	case PTIMER:
		return !bit(c->cnthctl, c->e2h ? 11 : 1);
	case VCOUNTER:
		return bit(c->cnthctl, 14);
	case VTIMER:
		return bit(c->cnthctl, 13);
	case PTIMER_EL02:
		return el1 && bit(c->cnthctl, 15);
	case VTIMER_EL02:
		return el1 && bit(c->cnthctl, 16);
	}
	g_assert_not_reached();
}

/* What each bit of the fine-grained traps covers, the lowest first; an entry is a list. */
static const char *const hfgr[] = {
	"AFSR0_EL1",	 "AFSR1_EL1",	"AIDR_EL1",    "AMAIR_EL1",
	"APDAKey*",	 "APDBKey*",	"APGAKey*",    "APIAKey*",
	"APIBKey*",	 "CCSIDR_EL1",	"CLIDR_EL1",   "CONTEXTIDR_EL1",
	"CPACR_EL1",	 "CSSELR_EL1",	"CTR_EL0",     "DCZID_EL0",
	"ESR_EL1",	 "FAR_EL1",	"ISR_EL1",     "LORC_EL1",
	"LOREA_EL1",	 "LORID_EL1",	"LORN_EL1",    "LORSA_EL1",
	"MAIR_EL1",	 "MIDR_EL1",	"MPIDR_EL1",   "PAR_EL1",
	"REVIDR_EL1",	 "SCTLR_EL1",	"SCXTNUM_EL1", "SCXTNUM_EL0",
	"TCR_EL1",	 "TPIDR_EL1",	"TPIDRRO_EL0", "TPIDR_EL0",
	"TTBR0_EL1",	 "TTBR1_EL1",	"VBAR_EL1",    "ICC_IGRPEN0_EL1 ICC_IGRPEN1_EL1",
	"ERRIDR_EL1",	 "ERRSELR_EL1", "ERXFR_EL1",   "ERXCTLR_EL1",
	"ERXSTATUS_EL1", "ERXMISC*",	"ERXPFGF_EL1", "ERXPFGCTL_EL1",
	"ERXPFGCDN_EL1", "ERXADDR_EL1",
};
static const char *const hfgi[] = {
	"IC_IALLUIS",
	"IC_IALLU",
	"IC_IVAU",
	"DC_IVAC",
	"DC_ISW",
	"DC_CSW",
	"DC_CISW",
	"DC_CVAU",
	"DC_CVAP",
	"DC_CVADP",
	"DC_CIVAC",
	"DC_ZVA",
	"AT_S1E1R",
	"AT_S1E1W",
	"AT_S1E0R",
	"AT_S1E0W",
	"AT_S1E1RP",
	"AT_S1E1WP",
	"TLBI_VMALLE1OS",
	"TLBI_VAE1OS",
	"TLBI_ASIDE1OS",
	"TLBI_VAAE1OS",
	"TLBI_VALE1OS",
	"TLBI_VAALE1OS",
	"TLBI_RVAE1OS",
	"TLBI_RVAAE1OS",
	"TLBI_RVALE1OS",
	"TLBI_RVAALE1OS",
	"TLBI_VMALLE1IS",
	"TLBI_VAE1IS",
	"TLBI_ASIDE1IS",
	"TLBI_VAAE1IS",
	"TLBI_VALE1IS",
	"TLBI_VAALE1IS",
	"TLBI_RVAE1IS",
	"TLBI_RVAAE1IS",
	"TLBI_RVALE1IS",
	"TLBI_RVAALE1IS",
	"TLBI_RVAE1",
	"TLBI_RVAAE1",
	"TLBI_RVALE1",
	"TLBI_RVAALE1",
	"TLBI_VMALLE1",
	"TLBI_VAE1",
	"TLBI_ASIDE1",
	"TLBI_VAAE1",
	"TLBI_VALE1",
	"TLBI_VAALE1",
	"CFP_RCTX",
	"DVP_RCTX",
	"CPP_RCTX",
	"-",
	"-",
	"-",
	"DC_CVAC",
};
static const char *const hdfg[] = {
	"DBGBCR*",
	"DBGBVR*",
	"DBGWCR*",
	"DBGWVR*",
	"MDSCR_EL1",
	"DBGCLAIM*",
	"DBGAUTHSTATUS_EL1",
	"DBGPRCR_EL1",
	"OSLAR_EL1",
	"OSLSR_EL1",
	"OSECCR_EL1",
	"OSDLR_EL1",
	"PMEVCNTR* PMXEVCNTR_EL0",
	"PMEVTYPER* PMXEVTYPER_EL0",
	"PMCCFILTR_EL0",
	"PMCCNTR_EL0",
	"PMCNTENSET_EL0 PMCNTENCLR_EL0",
	"PMINTENSET_EL1 PMINTENCLR_EL1",
	"PMOVSSET_EL0 PMOVSCLR_EL0",
	"PMSELR_EL0",
	"PMSWINC_EL0",
	"PMCR_EL0",
	"PMMIR_EL1",
	[57] = "PMUSERENR_EL0",
	"PMCEID0_EL0 PMCEID1_EL0",
};

static int bit_of(const char *name, const char *const *bits, unsigned int count)
{
	for (unsigned int n = 0; n < count; n++) {
		if (bits[n] && in(name, bits[n]))
			return (int)n;
	}
	return -1;
}

static struct reg regs[SR_COUNT];

static void find_out(void)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const char *name = sysreg_name(&sysreg_table[i]);
		u32 key = sysreg_table[i].key;

		regs[i] = (struct reg){
			.kind = kind_of(name, key),
			.counter = ((key >> 1) & 3) * 8 + ((key >> 17) & 7),
			.hfg = bit_of(name, hfgr, G_N_ELEMENTS(hfgr)),
			.hfgi = bit_of(name, hfgi, G_N_ELEMENTS(hfgi)),
			.hdfg = bit_of(name, hdfg, G_N_ELEMENTS(hdfg)),
			.write_only_hdfg = !strcmp(name, "PMCR_EL0"),
		};
	}
}

static bool reference(const struct reg *r, bool read, unsigned int el, const struct l1_controls *c)
{
	if (coarse_reference(r, read, el == 1, c))
		return true;
	if (!c->has_fgt)
		return false;
	if (r->hfgi >= 0)
		return bit(c->hfgitr, (unsigned int)r->hfgi);
	if (r->hfg >= 0)
		return bit(read ? c->hfgrtr : c->hfgwtr, (unsigned int)r->hfg);
	if (r->hdfg >= 0 && !(read && r->write_only_hdfg))
		return bit(read ? c->hdfgrtr : c->hdfgwtr, (unsigned int)r->hdfg);
	return false;
}

/* HCR_EL2 as neve masks it: no TGE, no nesting, nothing that L1 is not offered. */
static const u64 hcr_offered = ~(BIT(27) | BIT(42) | BIT(43) | BIT(45) | GENMASK(48, 46) | BIT(51) |
				 GENMASK(63, 56) | GENMASK(39, 38));

static bool offered(const struct sysreg_desc *d)
{
	return sysreg_features[d->feature].offered;
}

/* All of the table, both levels, reads and writes that exist. Returns how many went to L1. */
static unsigned int check_all(const struct l1_controls *c)
{
	unsigned int l1 = 0;

	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];

		if (!offered(d))
			continue;
		for (unsigned int k = 0; k < 4; k++) {
			bool read = k & 1, expect;
			unsigned int el = k >> 1;

			if (!(d->access & (read ? SYSREG_R : SYSREG_W)))
				continue;
			expect = reference(&regs[i], read, el, c);
			if ((route_sysreg(c, d, read, el, d->key) == ROUTE_L1) != expect) {
				g_test_message("%s, %s, EL%u: expected %s", sysreg_name(d),
					       read ? "read" : "write", el, expect ? "L1" : "L0");
				g_test_fail();
			}
			l1 += expect;
		}
	}
	return l1;
}

static const struct l1_controls traps_nothing[2] = {
	{.hcr = BIT(40), .mdcr = 31, .cnthctl = 3, .has_fgt = true, .has_hcx = true},
	{.hcr = BIT(34) | BIT(40),
	 .mdcr = 31,
	 .cnthctl = 3 << 10,
	 .cptr = 3 << 20,
	 .e2h = true,
	 .has_fgt = true,
	 .has_hcx = true},
};

static void test_nothing(void)
{
	g_assert_cmpuint(check_all(&traps_nothing[0]), ==, 0);
	g_assert_cmpuint(check_all(&traps_nothing[1]), ==, 0);
}

/* Each bit of each control alone: catches a bit that sends more than it should. */
static void test_single_bits(void)
{
	for (unsigned int i = 0; i < 11 * 64 * 2; i++) {
		struct l1_controls c = traps_nothing[i & 1];
		u64 *p[] = {&c.hcr,    &c.mdcr,	  &c.cptr,    &c.cnthctl, &c.ich_hcr, &c.hfgrtr,
			    &c.hfgwtr, &c.hfgitr, &c.hdfgrtr, &c.hdfgwtr, &c.hcrx};

		*p[i / 128] ^= BIT((i / 2) % 64);
		c.hcr &= hcr_offered;
		check_all(&c);
	}
}

static void test_random(void)
{
	unsigned int l1 = 0;

	for (unsigned int i = 0; i < 300; i++) {
		/* few bits, or about half of them */
		u64 sparse = i & 1 ? ~UINT64_C(0) : random64() & random64() & random64();
		struct l1_controls c = {
			.hcr = random64() & sparse & hcr_offered,
			.mdcr = random64() & sparse,
			.cptr = random64(),
			.cnthctl = random64(),
			.ich_hcr = random64() & sparse,
			.hcrx = random64(),
			.hstr = random64(),
			.hfgrtr = random64() & sparse,
			.hfgwtr = random64() & sparse,
			.hfgitr = random64() & sparse,
			.hdfgrtr = random64() & sparse,
			.hdfgwtr = random64() & sparse,
			.e2h = g_test_rand_bit(),
			.has_fgt = g_test_rand_bit(),
			.has_hcx = g_test_rand_bit(),
		};

		l1 += check_all(&c);
	}
	g_assert_cmpuint(l1, >, 0);
}

/* Registers of features that L1 is not offered are undefined in L2, whatever L1's controls say. */
static void test_not_offered(void)
{
	static const enum sysreg_id hidden[] = {SR_TPIDR2_EL0, SR_SMPRI_EL1, SR_SMCR_EL1,
						SR_TCR2_EL1,   SR_ALLINT,    SR_SCXTNUM_EL0};
	unsigned int count = 0;

	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];

		for (unsigned int k = 0; k < 8 && !offered(d); k++) {
			struct l1_controls c = traps_nothing[k & 1];

			if (k & 2)
				c.hfgrtr = c.hfgwtr = c.hfgitr = c.hcrx = ~UINT64_C(0);
			g_assert_cmpint(route_sysreg(&c, d, k & 1, k >> 2, d->key), ==,
					ROUTE_UNDEF);
			count++;
		}
	}
	g_assert_cmpuint(count, >, 0);
	for (unsigned int i = 0; i < G_N_ELEMENTS(hidden); i++)
		g_assert_false(offered(&sysreg_table[hidden[i]]));
}

/* {E2H,TGE} = {0,1}: what traps from EL0 is EL2's; and what is in no table is undefined. */
static void test_tge_and_unknown(void)
{
	struct l1_controls c = traps_nothing[0];

	g_assert_cmpint(
		route_sysreg(&c, &sysreg_table[SR_CNTVCT_EL0], true, 0, SYSREG_KEY_CNTVCT_EL0), ==,
		ROUTE_L0);
	c.hcr |= BIT(27);
	g_assert_cmpint(
		route_sysreg(&c, &sysreg_table[SR_CNTVCT_EL0], true, 0, SYSREG_KEY_CNTVCT_EL0), ==,
		ROUTE_L1);
	g_assert_cmpint(route_sysreg(&c, NULL, true, 1, 0x3e3ffe), ==, ROUTE_UNDEF);
}

/* The event counters by their number, at the limit that MDCR_EL2.HPMN draws. */
static void test_hpmn(void)
{
	struct l1_controls c = traps_nothing[1];

	c.mdcr = 5;
	for (unsigned int n = 0; n < 31; n++) {
		u32 key = SYSREG_KEY_PMEVCNTR0_EL0 + ((n >> 3) << 1) + ((n & 7) << 17);
		const struct sysreg_desc *d = sysreg_find(key);

		g_assert_nonnull(d);
		g_assert_cmpint(route_sysreg(&c, d, true, n & 1, key), ==,
				n >= 5 ? ROUTE_L1 : ROUTE_L0);
	}
}

/* NV and NV1 trap vEL1's VBAR, ELR and SPSR, and with NV2 they do not; NV alone does not either. */
static void test_nv1(void)
{
	static const enum sysreg_id id[] = {SR_VBAR_EL1, SR_ELR_EL1, SR_SPSR_EL1};

	for (unsigned int nv = 0; nv < 8; nv++) {
		struct l1_controls c = traps_nothing[0];

		c.hcr |= (nv & 1 ? BIT(42) : 0) | (nv & 2 ? BIT(43) : 0) | (nv & 4 ? BIT(45) : 0);
		for (unsigned int i = 0; i < G_N_ELEMENTS(id); i++)
			g_assert_cmpint(route_sysreg(&c, &sysreg_table[id[i]], false, 1,
						     sysreg_table[id[i]].key),
					==, nv == 3 ? ROUTE_L1 : ROUTE_L0);
	}
}

/* No register that L1 is offered has an n bit; a made-up one does. */
static void test_negative_fgt(void)
{
	struct sysreg_desc d = sysreg_table[SR_CPACR_EL1];
	struct l1_controls c = traps_nothing[0];

	g_assert_cmpint(d.route.fgt_r, ==, FGT_HFGRTR);
	g_assert_cmpint(route_sysreg(&c, &d, true, 1, d.key), ==, ROUTE_L0);
	d.route.fgt_neg = true;
	g_assert_cmpint(route_sysreg(&c, &d, true, 1, d.key), ==, ROUTE_L1);
	c.hfgrtr = BIT(d.route.fgt_bit);
	g_assert_cmpint(route_sysreg(&c, &d, true, 1, d.key), ==, ROUTE_L0);
}

/* KVM's controls for a guest (VHE), and what it then expects to handle and what not. */
static void test_kvm(void)
{
	static const struct {
		enum sysreg_id id;
		bool read;
		enum route route;
	} expect[] = {
		{SR_ID_AA64PFR0_EL1, true, ROUTE_L1}, /* TID3 */
		{SR_MIDR_EL1, true, ROUTE_L0},	      /* VPIDR_EL2 does it */
		{SR_ACTLR_EL1, true, ROUTE_L1},	      /* TACR */
		{SR_DC_CISW, false, ROUTE_L1},	      /* TSW */
		{SR_DC_CIVAC, false, ROUTE_L0},	      {SR_LORC_EL1, false, ROUTE_L1}, /* TLOR */
		{SR_SCTLR_EL1, false, ROUTE_L0}, /* TVM is for the first boot only */
		{SR_ICC_SGI1R_EL1, false, ROUTE_L1},  {SR_ICC_IAR1_EL1, true, ROUTE_L0},
		{SR_PMCR_EL0, true, ROUTE_L1},	 /* TPM */
		{SR_OSLAR_EL1, false, ROUTE_L1}, /* TDOSA */
		{SR_MDSCR_EL1, true, ROUTE_L0},	      {SR_CNTPCT_EL0, true, ROUTE_L0},
		{SR_CNTP_CTL_EL0, true, ROUTE_L1}, /* EL1PTEN = 0 */
		{SR_CNTV_CTL_EL0, true, ROUTE_L0},    {SR_TLBI_VAE1IS, false, ROUTE_L0},
		{SR_APIAKeyLo_EL1, true, ROUTE_L0}, /* APK = 1 */
	};
	const struct l1_controls c = {
		.hcr = BIT(0) | BIT(3) | BIT(4) | BIT(5) | BIT(13) | BIT(14) | BIT(18) | BIT(19) |
		       BIT(20) | BIT(21) | BIT(22) | BIT(31) | BIT(34) | BIT(35) | BIT(40) |
		       BIT(41),
		.mdcr = 6 | BIT(5) | BIT(6) | BIT(10) | BIT(11),
		.cnthctl = BIT(10),
		.e2h = true,
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(expect); i++) {
		const struct sysreg_desc *d = &sysreg_table[expect[i].id];

		g_test_message("%s", sysreg_name(d));
		g_assert_cmpint(route_sysreg(&c, d, expect[i].read, 1, d->key), ==,
				expect[i].route);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	find_out();
	g_test_add_func("/route/sysreg/nothing", test_nothing);
	g_test_add_func("/route/sysreg/single-bits", test_single_bits);
	g_test_add_func("/route/sysreg/random", test_random);
	g_test_add_func("/route/sysreg/not-offered", test_not_offered);
	g_test_add_func("/route/sysreg/tge-and-unknown", test_tge_and_unknown);
	g_test_add_func("/route/sysreg/hpmn", test_hpmn);
	g_test_add_func("/route/sysreg/nv1", test_nv1);
	g_test_add_func("/route/sysreg/negative-fgt", test_negative_fgt);
	g_test_add_func("/route/sysreg/kvm", test_kvm);
	return g_test_run();
}
