/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every encoding at EL1 and EL0, then, for each bit of each control that EL2 has over them, what it
 * changes. Sections: el1, el0; "+REGISTER.BIT" is the bit that is not as in the base. The
 * fine-grained traps with E2H = 1 and TGE = 0 only with the option traps=all.
 */
#include <string.h>

#include "console.h"
#include "lib/printf.h"
#include "sweep.h"

/* A level with the encodings that do something there, and what they do in the base. */
struct level {
	const char *name;
	u64 pstate;
	u16 list[3072];
	u32 n;
	struct outcome base[2][3072];
};

static struct level el1 = {.name = "el1", .pstate = P_DAIF | P_EL1h};
static struct level el0 = {.name = "el0", .pstate = P_DAIF | P_EL0t};

static u16 all[SWEEP_MAX];
static u32 nr_all;
static struct outcome outs[2][SWEEP_MAX];
static u64 value[ENC_END]; /* what writes write: as read at EL1 in the base */

static const char *suffix(void)
{
	return e2h ? ".e2h" : "";
}

/* Would EL1 not survive its own value being written? */
static bool of_this_level(u16 enc, const struct level *l)
{
	/* op1 says which EL has it: 3 is EL0's, 4 and up are those of EL2 and EL3. */
	if (ENC_OP0(enc) >= 2 && (ENC_OP1(enc) == 4 || ENC_OP1(enc) == 5))
		return false;
	return l == &el1 || ENC_OP1(enc) == 3;
}

/* One of each block of IMPLEMENTATION DEFINED encodings: undefined, but TIDCP traps them. */
static bool sample(u16 enc)
{
	u32 crn = ENC_CRN(enc);

	return ENC_OP0(enc) != 2 && (crn == 11 || crn == 15) && !ENC_CRM(enc) && !ENC_OP2(enc);
}

static void print(const struct level *l, const char *what, const struct outcome out[2][SWEEP_MAX],
		  const u16 *list, u32 n, bool delta)
{
	char section[64];

	fmt_snprintf(section, sizeof(section), "%s%s%s", l->name, suffix(), what);
	for (u32 d = READ; d <= WRITE; d++)
		sweep_print(section, d, list, n, l->pstate, out[d], delta ? l->base[d] : NULL);
}

/* All encodings; keeps those that are of interest. */
static void full(struct level *l)
{
	sweep(all, nr_all, READ, l->pstate, NULL, outs[READ]);
	if (l == &el1) {
		memset(value, 0, sizeof(value));
		for (u32 i = 0; i < nr_all; i++)
			value[all[i]] = outs[READ][i].val;
	}
	sweep(all, nr_all, WRITE, l->pstate, value, outs[WRITE]);
	print(l, "", outs, all, nr_all, false);
	l->n = 0;
	for (u32 i = 0; i < nr_all; i++) {
		if (!of_this_level(all[i], l) || l->n == ARRAY_SIZE(l->list))
			continue;
		if (outcome_undef(&outs[READ][i], l->pstate) &&
		    outcome_undef(&outs[WRITE][i], l->pstate) && !sample(all[i]))
			continue;
		l->list[l->n++] = all[i];
	}
}

/* Which bits of its registers can be 1 there, and which 0. */
static void bits(struct level *l)
{
	u64 ones, zeros;

	for (u32 i = 0; i < l->n; i++) {
		u16 enc = l->list[i];

		if (ENC_OP0(enc) != 1 && sweep_bits(enc, l->pstate, &ones, &zeros))
			console_printf("%s%s b %u.%u.%u.%u.%u ones=%lx,zeros=%lx\n", l->name,
				       suffix(), ENC_ARGS(enc), ones, zeros);
	}
}

static void run(struct level *l, struct outcome out[2][SWEEP_MAX])
{
	for (u32 d = READ; d <= WRITE; d++)
		sweep(l->list, l->n, d, l->pstate, value, out[d]);
}

static void base(struct level *l)
{
	run(l, outs);
	for (u32 d = READ; d <= WRITE; d++)
		memcpy(l->base[d], outs[d], l->n * sizeof(outs[d][0]));
}

/* What is another way than in the base, with this in force. */
static void delta(struct level *l, const char *what)
{
	run(l, outs);
	print(l, what, outs, l->list, l->n, true);
}

struct control {
	const char *name;
	u16 enc;
	u64 skip; /* bits that are left alone, and why: below */
};

/*
 * HCR_EL2: VM and DC need tables, TGE has a section of its own, HCD would undo the way back, RW is
 * for AArch32, E2H has a section of its own, NV to NV2 are nesting once more.
 */
#define HCR_SKIP                                                                                   \
	(BIT(0) | BIT(12) | BIT(27) | BIT(29) | BIT(31) | BIT(34) | BIT(42) | BIT(43) | BIT(45))

enum { MDCR = 2 };
static const struct control common[] = {
	{"HCR_EL2", E_HCR_EL2, HCR_SKIP},     {"HCRX_EL2", E_HCRX_EL2, 0},
	[MDCR] = {"MDCR_EL2", E_MDCR_EL2, 0}, {"CPTR_EL2", E_CPTR_EL2, 0},
	{"HSTR_EL2", E_HSTR_EL2, 0},	      {"CNTHCTL_EL2", E_CNTHCTL_EL2, 0},
};

/* Not HFGITR_EL2.ERET: EL1 returns from its exceptions while it records them. */
static const struct control fine[] = {
	{"HFGRTR_EL2", E_HFGRTR_EL2, 0},       {"HFGWTR_EL2", E_HFGWTR_EL2, 0},
	{"HFGITR_EL2", E_HFGITR_EL2, BIT(51)}, {"HDFGRTR_EL2", E_HDFGRTR_EL2, 0},
	{"HDFGWTR_EL2", E_HDFGWTR_EL2, 0},
};

static const struct control gic[] = {
	{"ICH_HCR_EL2", E_ICH_HCR_EL2, GENMASK(63, 32)},
	{"ICH_HCR_EL2-no-IMO", E_ICH_HCR_EL2, GENMASK(63, 32)},
};

/* EL1's own, over EL0: by the names that reach them from EL2. */
static const struct control own[] = {
	/* not M, A, C, EE, E0E, I: the probe's own code runs there */
	{"SCTLR_EL1", ENC(3, 0, 1, 0, 0), BIT(0) | BIT(1) | BIT(2) | BIT(12) | BIT(24) | BIT(25)},
	{"CPACR_EL1", ENC(3, 0, 1, 0, 2), 0},
	{"CNTKCTL_EL1", ENC(3, 0, 14, 1, 0), 0},
};

static void each_bit(const struct control *c, bool with_el1, const char *setting)
{
	bool el1s = ENC_OP1(c->enc) == 0 && ENC_OP0(c->enc) == 3;
	u64 was = el1s ? el1_read(c->enc) : reg_read(c->enc);
	char what[48];

	for (u32 bit = 0; bit < 64; bit++) {
		if (c->skip & BIT(bit))
			continue;
		if (el1s)
			el1_write(c->enc, was ^ BIT(bit));
		else
			reg_write(c->enc, was ^ BIT(bit));
		fmt_snprintf(what, sizeof(what), "%s+%s.%u", setting, c->name, bit);
		if (with_el1)
			delta(&el1, what);
		delta(&el0, what);
		if (el1s)
			el1_write(c->enc, was);
		else
			reg_write(c->enc, was);
	}
}

/* The virtual interrupts are there only with the physical ones routed to EL2. */
static void interrupts(void)
{
	static const struct {
		const char *name;
		u64 bits;
	} sets[] = {
		{"+IMO+VI", BIT(4) | BIT(7)},
		{"+FMO+VF", BIT(3) | BIT(6)},
		{"+AMO+VSE", BIT(5) | BIT(8)},
		{"+IMO+FMO", BIT(3) | BIT(4)},
	};
	u64 hcr = reg_read(E_HCR_EL2);

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		reg_write(E_HCR_EL2, hcr | sets[i].bits);
		delta(&el1, sets[i].name);
		delta(&el0, sets[i].name);
		reg_write(E_HCR_EL2, hcr);
	}
	each_bit(&gic[1], true, "");
	reg_write(E_HCR_EL2, hcr | HCR_IMO | HCR_FMO);
	each_bit(&gic[0], true, "");
	reg_write(E_HCR_EL2, hcr);
}

/* EL2's own registers over the EL0 that it hosts. */
static const struct control host[] = {
	{"SCTLR_EL2", ENC(3, 4, 1, 0, 0), BIT(0) | BIT(1) | BIT(2) | BIT(12) | BIT(24) | BIT(25)},
	{"PMUSERENR_EL0", E_PMUSERENR_EL0, 0},
	{"MDSCR_EL1", E_MDSCR_EL1, BIT(0) | BIT(13) | BIT(15)}, /* SS, KDE, MDE */
};

/* EL0 that may use the PMU, but for MDCR_EL2. */
static void pmu_user(const char *setting)
{
	reg_write(E_PMUSERENR_EL0, 0xf);
	base(&el0);
	each_bit(&common[MDCR], false, setting);
	reg_write(E_PMUSERENR_EL0, 0);
}

/* EL0 with TGE, and, that being the base, with each bit of each control. */
static void host_el0(bool fgt)
{
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
	delta(&el0, "+TGE");
	base(&el0);
	for (u32 i = 0; i < ARRAY_SIZE(common); i++) {
		if (common[i].enc != E_HCRX_EL2 || FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40))
			each_bit(&common[i], false, "+TGE");
	}
	for (u32 i = 0; fgt && i < ARRAY_SIZE(fine); i++)
		each_bit(&fine[i], false, "+TGE");
	for (u32 i = 0; i < ARRAY_SIZE(own); i++)
		each_bit(&own[i], false, "+TGE");
	for (u32 i = 0; i < ARRAY_SIZE(host); i++)
		each_bit(&host[i], false, "+TGE");
	each_bit(&gic[0], false, "+TGE");
	pmu_user("+TGE+PMUSERENR");
	reset_controls();
}

static void with_layout(bool fgt, bool has_fgt)
{
	reset_controls();
	full(&el1);
	full(&el0);
	reset_controls();
	bits(&el1);
	bits(&el0);
	reset_controls();
	base(&el1);
	base(&el0);
	for (u32 i = 0; i < ARRAY_SIZE(common); i++) {
		if (common[i].enc != E_HCRX_EL2 || FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40))
			each_bit(&common[i], true, "");
	}
	if (fgt) {
		for (u32 i = 0; i < ARRAY_SIZE(fine); i++)
			each_bit(&fine[i], true, "");
	}
	interrupts();
	for (u32 i = 0; i < ARRAY_SIZE(own); i++)
		each_bit(&own[i], false, "");
	each_bit(&host[1], true, "");
	each_bit(&host[2], true, "");
	pmu_user("+PMUSERENR");
	host_el0(has_fgt);
}

void probe_traps(void)
{
	bool has_fgt = FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56);

	nr_all = 0;
	for (u32 enc = ENC_FIRST; enc < ENC_END; enc++) {
		if (!sweep_left_out((u16)enc, WRITE))
			all[nr_all++] = (u16)enc;
	}
	set_e2h(false);
	with_layout(has_fgt, has_fgt);
	set_e2h(true);
	with_layout(has_fgt && sweep_all(), has_fgt);
	set_e2h(false);
}
