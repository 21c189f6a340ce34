/* SPDX-License-Identifier: Apache-2.0 */
/* Every encoding at EL2, and what the bits of each register keep. */
#include <string.h>

#include "console.h"
#include "lib/printf.h"
#include "sweep.h"

static u16 all[SWEEP_MAX];
static u32 nr_all;
static struct outcome reads[SWEEP_MAX], writes[SWEEP_MAX];
static u64 value[ENC_END];

/* Bits that are not to be changed, with the reason: the probe would not survive it. */
static u64 kept_bits(u16 enc)
{
	u64 ours = ~UINT64_C(0);

	switch (enc) {
	case E_HCR_EL2:
		return HCR_EL2_E2H; /* changes what the names mean */
	case ENC(3, 4, 1, 0, 0):    /* SCTLR_EL2; SCTLR_EL1 at E2H = 1 */
	case ENC(3, 0, 1, 0, 0):
		return BIT(0) | BIT(1) | BIT(25) | BIT(3); /* M, A, EE, SA */
	case ENC(3, 4, 1, 0, 3): /* SCTLR2_EL2, and EL1's: how exceptions are taken */
	case ENC(3, 0, 1, 0, 3):
	case ENC(3, 0, 4, 2, 0): /* SPSel: the stack */
	case ENC(3, 3, 4, 2, 1): /* DAIF: interrupts and debug exceptions in the probe */
	case ENC(3, 3, 4, 2, 2): /* SVCR: streaming mode */
	case ENC(3, 0, 2, 5, 0): /* GCSCR of EL1, EL2 and EL0: a return without its record traps */
	case ENC(3, 4, 2, 5, 0):
	case ENC(3, 0, 2, 5, 2):
	case ENC(3, 4, 12, 0, 2): /* RMR_EL2 asks for a reset */
		return ours;
	case ENC(3, 3, 9, 12, 0): /* PMCR_EL0.E, C and P: counting takes time */
		return BIT(0) | BIT(1) | BIT(2);
	case ENC(3, 3, 14, 2, 1): /* timers: ISTATUS depends on the time */
	case ENC(3, 3, 14, 3, 1):
	case ENC(3, 4, 14, 2, 1):
	case ENC(3, 4, 14, 3, 1):
	case ENC(3, 5, 14, 2, 1):
	case ENC(3, 5, 14, 3, 1):
		return BIT(0);
	}
	return sweep_volatile(enc) ? ours : 0;
}

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
	u64 keep = kept_bits(enc), old, ones, zeros;

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

/*
 * What EL2 reads while one bit of a control is not as in the base: most are about lower ELs alone.
 * Not E2H, which has a section of its own.
 */
static void under_controls(const char *section)
{
	static const struct {
		const char *name;
		u16 enc;
		u64 skip;
	} controls[] = {
		{"HCR_EL2", E_HCR_EL2, HCR_EL2_E2H}, {"MDCR_EL2", E_MDCR_EL2, 0},
		{"CPTR_EL2", E_CPTR_EL2, 0},	     {"HSTR_EL2", E_HSTR_EL2, 0},
		{"CNTHCTL_EL2", E_CNTHCTL_EL2, 0},
	};
	static u16 list[SWEEP_MAX];
	u64 pstate = P_DAIF | P_EL2h;
	u32 n = 0;

	reset_controls();
	for (u32 i = 0; i < nr_all; i++) {
		bool left_out = ENC_OP0(all[i]) == 1;

		for (u32 c = 0; c < ARRAY_SIZE(controls); c++)
			left_out |= (all[i] & ~ENC(0, 7, 0, 0, 0)) ==
				    (controls[c].enc & ~ENC(0, 7, 0, 0, 0));
		/* Those of exceptions have the last one's. */
		left_out |= ENC_CRN(all[i]) >= 4 && ENC_CRN(all[i]) <= 6;
		left_out |= all[i] == ENC(3, 0, 1, 0, 2); /* CPACR_EL1 may be CPTR_EL2 */
		if (!left_out && !outcome_undef(&reads[i], pstate))
			list[n++] = all[i];
	}
	sweep(list, n, READ, pstate, NULL, reads);
	for (u32 c = 0; c < ARRAY_SIZE(controls); c++) {
		u64 was = reg_read(controls[c].enc);

		for (u32 bit = 0; bit < 64; bit++) {
			char what[48];

			if (controls[c].skip & BIT(bit))
				continue;
			reg_write(controls[c].enc, was ^ BIT(bit));
			sweep(list, n, READ, pstate, NULL, writes);
			reg_write(controls[c].enc, was);
			fmt_snprintf(what, sizeof(what), "%s+%s.%u", section, controls[c].name,
				     bit);
			sweep_print(what, READ, list, n, pstate, writes, reads);
		}
	}
}

void probe_regs(void)
{
	list_all();
	set_e2h(false);
	regs_at_el2("el2");
	under_controls("el2");
	set_e2h(true);
	regs_at_el2("el2.e2h");
	under_controls("el2.e2h");
	set_e2h(false);
}
