/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every encoding at EL2, what the bits of each register keep, and what the controls that EL2 has
 * over lower ELs change at EL2 itself: for each bit of the older ones what is read, of CPTR_EL2
 * also what is written; for all bits of a fine-grained one at once both. With traps=all both for
 * each bit of each.
 */
#include <string.h>

#include "console.h"
#include "lib/printf.h"
#include "sweep.h"

static u16 all[SWEEP_MAX];
static u32 nr_all;
static struct outcome reads[SWEEP_MAX], writes[SWEEP_MAX];
static u64 value[ENC_END];

static void list_all(void)
{
	nr_all = 0;
	for (u32 enc = ENC_FIRST; enc < ENC_END; enc++) {
		if (!sweep_left_out((u16)enc, WRITE))
			all[nr_all++] = (u16)enc;
	}
}

/*
 * Which bits of a register that can be read and written can be 1, and which can be 0. Without
 * exceptions in between: VBAR_EL2 is among them.
 */
static void bits(const char *section, u16 enc)
{
	u64 keep = sweep_kept_bits(enc), old, ones, zeros;

	if (keep == ~UINT64_C(0))
		return;
	old = reg_read(enc);
	reg_write(enc, (old & keep) | ~keep);
	ones = reg_read(enc);
	reg_write(enc, old & keep);
	zeros = reg_read(enc);
	reg_write(enc, old);
	console_printf("%s b %u.%u.%u.%u.%u ones=%lx,zeros=%lx\n", section, ENC_ARGS(enc), ones,
		       zeros);
}

static void regs_at_el2(const char *section)
{
	u64 pstate = P_DAIF | P_EL2h;

	reset_controls();
	memset(value, 0, sizeof(value));
	sweep(all, nr_all, READ, pstate, NULL, reads);
	sweep_print(section, READ, all, nr_all, pstate, reads, NULL);
	for (u32 i = 0; i < nr_all; i++)
		value[all[i]] = reads[i].val;
	sweep(all, nr_all, WRITE, pstate, value, writes);
	sweep_print(section, WRITE, all, nr_all, pstate, writes, NULL);
	for (u32 i = 0; i < nr_all; i++) {
		if (ENC_OP0(all[i]) != 1 && !reads[i].where && !writes[i].where)
			bits(section, all[i]);
	}
}

struct control {
	const char *name;
	u64 skip;
	u16 enc;
	bool fine; /* is there with FEAT_FGT */
};

/* Not E2H, which has a section of its own. */
static const struct control controls[] = {
	{"HCR_EL2", HCR_EL2_E2H, E_HCR_EL2, false}, {"MDCR_EL2", 0, E_MDCR_EL2, false},
	{"CPTR_EL2", 0, E_CPTR_EL2, false},	    {"HSTR_EL2", 0, E_HSTR_EL2, false},
	{"CNTHCTL_EL2", 0, E_CNTHCTL_EL2, false},   {"HCRX_EL2", 0, E_HCRX_EL2, true},
	{"HFGRTR_EL2", 0, E_HFGRTR_EL2, true},	    {"HFGWTR_EL2", 0, E_HFGWTR_EL2, true},
	{"HFGITR_EL2", 0, E_HFGITR_EL2, true},	    {"HDFGRTR_EL2", 0, E_HDFGRTR_EL2, true},
	{"HDFGWTR_EL2", 0, E_HDFGWTR_EL2, true},
};

/* The accesses of which under_controls() looks for a change, and what they do in the base. */
static u16 list[SWEEP_MAX];
static u32 nr_list;
static struct outcome base[2][SWEEP_MAX], now[SWEEP_MAX];

/* `sys`: with op0 = 1, of which TLBIs take their time. */
static void make_list(bool sys)
{
	u64 pstate = P_DAIF | P_EL2h;

	nr_list = 0;
	for (u32 i = 0; i < nr_all; i++) {
		/* Those of exceptions have the last one's. */
		bool left_out =
			ENC_OP0(all[i]) == 1 ? !sys : ENC_CRN(all[i]) >= 4 && ENC_CRN(all[i]) <= 6;

		for (u32 c = 0; c < ARRAY_SIZE(controls); c++)
			left_out |= (all[i] & ~ENC(0, 7, 0, 0, 0)) ==
				    (controls[c].enc & ~ENC(0, 7, 0, 0, 0));
		left_out |= all[i] == ENC(3, 0, 1, 0, 2); /* CPACR_EL1 may be CPTR_EL2 */
		if (!left_out &&
		    !(outcome_undef(&reads[i], pstate) && outcome_undef(&writes[i], pstate)))
			list[nr_list++] = all[i];
	}
}

/* One sweep of the list: reads, or writes of each register's own value. */
static void sweep_list(enum dir dir, struct outcome *out)
{
	/* What AT leaves there is about translation. */
	write_sysreg(par_el1, 0);
	sweep(list, nr_list, dir, P_DAIF | P_EL2h, value, out);
}

static void under(const struct control *c, u64 flip, bool write, const char *what)
{
	u64 was = reg_read(c->enc);

	for (u32 d = READ; d <= (write ? WRITE : READ); d++) {
		reg_write(c->enc, was ^ flip);
		sweep_list(d, now);
		reg_write(c->enc, was);
		sweep_print(what, d, list, nr_list, P_DAIF | P_EL2h, now, base[d]);
	}
}

static void under_bits(const char *section, const struct control *c)
{
	char what[48];

	for (u32 bit = 0; bit < 64; bit++) {
		if (c->skip & BIT(bit))
			continue;
		fmt_snprintf(what, sizeof(what), "%s+%s.%u", section, c->name, bit);
		under(c, BIT(bit), sweep_all() || c->enc == E_CPTR_EL2, what);
	}
}

/*
 * What EL2 reads and writes while a control is not as in the base: most are about lower ELs alone.
 * `fine`: of those that come with FEAT_FGT, or of the others.
 */
static void under_controls(const char *section, bool fine)
{
	char what[48];

	reset_controls();
	make_list(fine || sweep_all());
	for (u32 d = READ; d <= WRITE; d++)
		sweep_list(d, base[d]);
	for (u32 i = 0; i < ARRAY_SIZE(controls); i++) {
		const struct control *c = &controls[i];

		if (c->fine != fine)
			continue;
		if (!fine || sweep_all()) {
			under_bits(section, c);
			continue;
		}
		fmt_snprintf(what, sizeof(what), "%s+%s.all", section, c->name);
		under(c, ~c->skip, true, what);
	}
}

static void at_el2(const char *section)
{
	regs_at_el2(section);
	under_controls(section, false);
	if (FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56))
		under_controls(section, true);
}

void probe_regs(void)
{
	list_all();
	set_e2h(false);
	at_el2("el2");
	set_e2h(true);
	at_el2("el2.e2h");
	set_e2h(false);
}
