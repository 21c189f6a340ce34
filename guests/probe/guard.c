/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded pages (BTI) and pointer authentication at each EL. */
#include "console.h"
#include "regime.h"
#include "try.h"

#define E_SCTLR_EL1 ENC(3, 0, 1, 0, 0)
#define E_SCTLR_EL2 ENC(3, 4, 1, 0, 0)
#define E_TCR_EL1   ENC(3, 0, 2, 0, 2)
#define S1_GP	    BIT(50)
#define GUARDED                                                                                    \
	(WINDOW + 64 * SZ_2M) /* the code that is tried, once more; for EL0 the next page          \
			       */
#define SCTLR_BT   (BIT(35) | BIT(36))
#define P_BTYPE(n) ((u64)(n) << 10)

#define I_BTI	  0xd503241fu
#define I_BTI_C	  0xd503245fu
#define I_BTI_J	  0xd503249fu
#define I_BTI_JC  0xd50324dfu
#define I_PACIASP 0xd503233fu

static const char *suffix(void)
{
	return e2h ? ".e2h" : "";
}

static void map_guarded(struct table *t, bool el2)
{
	mm_map(t, GUARDED, 3, (u64)try_code | S1_NORMAL | S1_GP | (el2 ? S1_AP1 : 0));
	mm_map(t, GUARDED + SZ_4K, 3, (u64)try_code | S1_NORMAL | S1_GP | S1_AP1 | S1_RO);
}

static void branches(const char *level, u64 pstate, const char *setting)
{
	static const struct {
		const char *name;
		u32 insn;
	} insns[] = {
		{"nop", I_NOP},	    {"bti", I_BTI},	  {"bti-c", I_BTI_C},
		{"bti-j", I_BTI_J}, {"bti-jc", I_BTI_JC}, {"paciasp", I_PACIASP},
		{"brk", I_BRK(2)},  {"hlt", I_HLT(2)},	  {"udf", I_UDF(3)},
		{"hvc", I_HVC(7)},
	};
	u64 code = GUARDED + ((pstate & P_MODE) == P_EL0t ? SZ_4K : 0);

	for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
		for (u32 type = 0; type < 4; type++) {
			struct attempt a = {.pstate = P_DAIF | pstate | P_BTYPE(type),
					    .code_va = code,
					    .insn = {insns[i].insn, I_NOP}};

			try_run(&a, "bti%s %s %s btype=%u%s", suffix(), level, insns[i].name, type,
				setting);
		}
	}
	for (u32 i = 0; i < 3;
	     i++) { /* BR X1, BLR X1, RET X1 in the page, to its next instruction */
		static const u32 jumps[] = {I_BR_X1, 0xd63f0020, 0xd65f0020};
		struct attempt a = {.pstate = P_DAIF | pstate,
				    .code_va = code,
				    .x1 = code + 4,
				    .insn = {jumps[i], I_BTI_C}};

		try_run(&a, "bti%s %s jump=%u%s", suffix(), level, i, setting);
	}
}

static void guarded(void)
{
	static const struct {
		const char *name;
		u64 sctlr;
	} sets[] = {{"", 0}, {"+BT0", BIT(35)}, {"+BT1", BIT(36)}, {"+BT", SCTLR_BT}};
	struct table t;

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		u64 sctlr;

		regime_start();
		regime_el2_on(&t, map_guarded);
		sctlr = reg_read(E_SCTLR_EL2);
		reg_write(E_SCTLR_EL2, sctlr | sets[i].sctlr);
		branches("el2", P_EL2h, sets[i].name);
		if (e2h) {
			reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
			branches("host", P_EL0t, sets[i].name);
		}
		reg_write(E_SCTLR_EL2, sctlr);
		regime_el2_off();
		regime_start();
		regime_s1_table(&t, false);
		map_guarded(&t, false);
		regime_el1_on(&t);
		el1_write(E_SCTLR_EL1, el1_read(E_SCTLR_EL1) | sets[i].sctlr);
		branches("el1", P_EL1h, sets[i].name);
		branches("el0", P_EL0t, sets[i].name);
	}
	regime_start();
}

/* x0 is the pointer, x1 the modifier. */
static void sign(const char *level, u64 pstate, const char *setting)
{
	static const u32 spoil = 0xd24a0000; /* eor x0, x0, #1 << 54 */
	static const struct {
		const char *name;
		u32 insn[3];
	} ops[] = {
		{"pacia", {0xdac10020}},
		{"pacib", {0xdac10420}},
		{"pacda", {0xdac10820}},
		{"pacdb", {0xdac10c20}},
		{"pacga", {0x9ac13000}},
		{"autia", {0xdac10020, 0xdac11020}},
		{"autib", {0xdac10420, 0xdac11420}},
		{"autda", {0xdac10820, 0xdac11820}},
		{"autdb", {0xdac10c20, 0xdac11c20}},
		{"bad-autia", {0xdac10020, spoil, 0xdac11020}},
		{"bad-autdb", {0xdac10c20, spoil, 0xdac11c20}},
		{"wrong-key", {0xdac10020, 0xdac11420}},
		{"xpaci", {0xdac10020, 0xdac143e0}},
	};
	static const u64 ptrs[] = {0x50001234,	      0x7fffffffff,
				   ~UINT64_C(0x1234), UINT64_C(0xa500000050001234),
				   BIT(45),	      UINT64_C(0xffff800010000000)};

	for (u32 i = 0; i < ARRAY_SIZE(ops); i++) {
		for (u32 p = 0; p < ARRAY_SIZE(ptrs); p++) {
			struct attempt a = {.pstate = P_DAIF | pstate, .x0 = ptrs[p], .x1 = 0x77};

			for (u32 n = 0; n < 3; n++)
				a.insn[n] = ops[i].insn[n];
			try_run(&a, "pac%s %s %s %lx%s", suffix(), level, ops[i].name, ptrs[p],
				setting);
		}
	}
}

static void signatures(void)
{
	static const struct {
		const char *name;
		bool tbi;
		u64 tsz, sctlr;
	} sets[] = {
		{"", false, 25, BIT(31) | BIT(30) | BIT(27) | BIT(13)},
		{"+TBI", true, 25, BIT(31) | BIT(30) | BIT(27) | BIT(13)},
		{"+off", false, 25, 0},
		{"+IA+DB", false, 25, BIT(31) | BIT(13)},
		{"+16", false, 16, BIT(31) | BIT(30) | BIT(27) | BIT(13)},
		{"+33+TBI", true, 33, BIT(31) | BIT(30) | BIT(27) | BIT(13)},
	};

	for (u16 k = 0; k < 10; k++) /* APIAKeyLo_EL1 to APGAKeyHi_EL1 */
		reg_write((u16)(ENC(3, 0, 2, 1, 0) + (k & 3) + (k >> 2) * 8),
			  UINT64_C(0x0123456789abcdef) * (k + 3u));
	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		u64 tbi = sets[i].tbi ? BIT(37) | BIT(38) : 0, sctlr2;
		u64 two = sets[i].tsz * 0x10001 | UINT64_C(2) << 30 | UINT64_C(2) << 32;

		regime_start();
		sctlr2 = reg_read(E_SCTLR_EL2);
		write_sysreg(tcr_el2, e2h ? two | tbi
					  : sets[i].tsz | BIT(31) | BIT(23) | 2 << 16 |
						      (sets[i].tbi ? BIT(20) : 0));
		reg_write(E_SCTLR_EL2, sctlr2 | sets[i].sctlr);
		sign("el2", P_EL2h, sets[i].name);
		if (e2h) {
			reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
			sign("host", P_EL0t, sets[i].name);
		}
		reg_write(E_SCTLR_EL2, sctlr2);
		regime_start();
		el1_write(E_TCR_EL1, two | tbi);
		el1_write(E_SCTLR_EL1, el1_read(E_SCTLR_EL1) | sets[i].sctlr);
		sign("el1", P_EL1h, sets[i].name);
		sign("el0", P_EL0t, sets[i].name);
	}
	regime_start();
}

void probe_guard(void)
{
	for (u32 i = 0; i < 2; i++) {
		set_e2h(i);
		guarded();
		signatures();
	}
	set_e2h(false);
}
