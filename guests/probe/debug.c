/* SPDX-License-Identifier: Apache-2.0 */
/* Self-hosted debug: single step, breakpoints, watchpoints, of EL1 and EL0 and of EL2 itself. */
#include "console.h"
#include "lib/printf.h"
#include "try.h"

#define MDSCR_SS  BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)
#define MDCR_TDE  BIT(8)
#define P_SS	  BIT(21)
#define BCR_ALL	  (BIT(0) | 3 << 1 | 0xf << 5 | BIT(13)) /* E, PMC, BAS, HMC: all ELs */
#define WCR_ALL	  (BIT(0) | 3 << 1 | 3 << 3 | 0xff << 5 | BIT(13))

static u64 watched[8];

static const struct {
	const char *name;
	u64 pstate;
} levels[] = {{"el2", P_EL2h}, {"el1", P_EL1h}, {"el0", P_EL0t}};

/* Each level, with PSTATE.D 0 and 1, PSTATE.SS 0 and 1. */
static void levels_all(const char *what, u32 insn, bool with_el1)
{
	for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
		if (l == 1 && !with_el1)
			continue;
		for (u32 i = 0; i < 4; i++) {
			struct attempt a = {.x1 = (u64)watched, .insn = {I_NOP, insn, I_NOP}};
			u64 d = i & 1 ? P_D : 0, ss = i & 2 ? P_SS : 0;

			a.pstate = levels[l].pstate | (P_DAIF & ~P_D) | d | ss;
			try_run(&a, "debug%s %s %s d=%u ss=%u", e2h ? ".e2h" : "", levels[l].name,
				what, d != 0, ss != 0);
		}
	}
}

static void kinds(const char *setting, u64 mdscr, bool with_el1)
{
	static const struct {
		const char *name;
		u64 mdscr, bcr, wcr;
		u32 insn;
	} kind[] = {
		{"nothing", 0, 0, 0, I_NOP},
		{"step", MDSCR_SS, 0, 0, I_NOP},
		{"step-svc", MDSCR_SS, 0, 0, I_SVC(4)},
		{"step-ldr", MDSCR_SS, 0, 0, I_LDR},
		{"breakpoint", MDSCR_MDE, BCR_ALL, 0, I_NOP},
		{"watch-load", MDSCR_MDE, 0, WCR_ALL, I_LDR},
		{"watch-store", MDSCR_MDE, 0, WCR_ALL, I_STR},
		{"brk", 0, 0, 0, I_BRK(3)},
	};

	for (u32 i = 0; i < ARRAY_SIZE(kind); i++) {
		char what[48];

		fmt_snprintf(what, sizeof(what), "%s%s", kind[i].name, setting);
		reg_write(E_DBGBVR0, (u64)&try_code[1]);
		reg_write(E_DBGBCR0, kind[i].bcr);
		reg_write(E_DBGWVR0, (u64)watched);
		reg_write(E_DBGWCR0, kind[i].wcr);
		reg_write(E_MDSCR_EL1, kind[i].mdscr | mdscr);
		levels_all(what, kind[i].insn, with_el1);
		reg_write(E_MDSCR_EL1, 0);
		reg_write(E_DBGBCR0, 0);
		reg_write(E_DBGWCR0, 0);
	}
}

/*
 * EL1 steps itself, or watches, and leaves for EL2 meanwhile; EL2 disables that in MDSCR_EL1 and
 * clears PSTATE.D. A debug exception there would end the probe.
 */
static void left_by_el1(const char *setting)
{
	static const struct {
		const char *name;
		u64 mdscr, pstate;
	} sets[] = {{"step", MDSCR_SS, P_SS}, {"watch", MDSCR_MDE, 0}};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		struct attempt a = {.pstate = P_EL1h | (P_DAIF & ~P_D) | sets[i].pstate,
				    .insn = {I_HVC(5)}};

		reg_write(E_DBGWVR0, (u64)watched);
		reg_write(E_DBGWCR0, WCR_ALL);
		reg_write(E_MDSCR_EL1, sets[i].mdscr | MDSCR_KDE);
		try_run(&a, "debug%s left-by-el1 %s%s", e2h ? ".e2h" : "", sets[i].name, setting);
		reg_write(E_MDSCR_EL1, 0);
		asm volatile(
			"msr daifclr, #8\n\tnop\n\tstr xzr, [%0]\n\tmsr daifset, #8" ::"r"(watched)
			: "memory");
		reg_write(E_DBGWCR0, 0);
	}
}

/* Steps over instructions that trap, or that a hypervisor below emulates. */
static void steps(const char *setting, bool el2)
{
	static const struct {
		const char *name;
		u32 insn;
	} insns[] = {
		{"svc", I_SVC(4)},     {"hvc", I_HVC(4)},      {"brk", I_BRK(4)},
		{"udf", I_UDF(4)},     {"ldr", I_LDR},	       {"b", 0x14000002 /* b .+8 */},
		{"actlr", 0xd5381020}, {"id", 0xd53807e0},     {"wfit", I_WFIT},
		{"mask", 0xd50348df},  {"unmask", 0xd50348ff}, {"midr", 0xd5380000},
		{"tlbi", 0xd508871f},  {"hcr", 0xd53c1100},    {"ldr-abort", 0xf9400000},
		{"br", I_BR_X1},
	};

	reg_write(E_DBGBCR0, 0);
	for (u32 l = el2 ? 0 : 1; l < ARRAY_SIZE(levels); l++) {
		for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
			struct attempt a = {.pstate = levels[l].pstate | (P_DAIF & ~P_D) | P_SS,
					    .x0 = BIT(51),
					    .x1 = (u64)&try_code[2],
					    .insn = {insns[i].insn, I_NOP, I_NOP}};

			reg_write(E_MDSCR_EL1, MDSCR_SS | MDSCR_KDE);
			try_run(&a, "debug%s steps %s %s%s", e2h ? ".e2h" : "", levels[l].name,
				insns[i].name, setting);
			reg_write(E_MDSCR_EL1, 0);
		}
	}
	if (el2) { /* EL2's ERET, which returns to itself as it was entered */
		struct attempt a = {.pstate = P_EL2h | (P_DAIF & ~P_D) | P_SS, .insn = {I_ERET}};

		reg_write(E_MDSCR_EL1, MDSCR_SS | MDSCR_KDE);
		try_run(&a, "debug%s steps el2 eret%s", e2h ? ".e2h" : "", setting);
		reg_write(E_MDSCR_EL1, 0);
	}
}

/* Which ELs a breakpoint and a watchpoint are for: HMC, SSC, PMC in each combination. */
static void matches(const char *setting, bool el1)
{
	for (u32 i = 0; i < 32; i++) {
		u64 hmc = i >> 4, ssc = i >> 2 & 3, pmc = i & 3;
		u64 cr = BIT(0) | pmc << 1 | ssc << 14 | hmc << 13;

		for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
			struct attempt a = {.pstate = levels[l].pstate | (P_DAIF & ~P_D),
					    .x1 = (u64)watched,
					    .insn = {I_NOP, I_NOP, I_LDR}};

			if (l == 1 && !el1)
				continue;
			reg_write(E_DBGBVR0, (u64)&try_code[1]);
			reg_write(E_DBGWVR0, (u64)watched);
			reg_write(E_DBGBCR0, cr | 0xf << 5);
			reg_write(E_MDSCR_EL1, MDSCR_MDE | MDSCR_KDE);
			try_run(&a, "debug%s %s hmc=%lu ssc=%lu pmc=%lu break%s", e2h ? ".e2h" : "",
				levels[l].name, hmc, ssc, pmc, setting);
			reg_write(E_DBGBCR0, 0);
			reg_write(E_DBGWCR0, cr | 3 << 3 | 0xff << 5);
			try_run(&a, "debug%s %s hmc=%lu ssc=%lu pmc=%lu watch%s", e2h ? ".e2h" : "",
				levels[l].name, hmc, ssc, pmc, setting);
			reg_write(E_DBGWCR0, 0);
			reg_write(E_MDSCR_EL1, 0);
		}
	}
}

/*
 * EL2 and EL1 by turns, with one breakpoint and one watchpoint for either or both, and no access to
 * the registers between: a hypervisor below may have to change them. At last what is in them.
 */
static void by_turns(const char *setting)
{
	static const struct {
		const char *name;
		u64 cr;
	} sets[] = {{"for-el2", BIT(13) | 3 << 14},
		    {"for-el1", 1 << 1},
		    {"for-both", BIT(13) | 1 << 1},
		    {"for-el0", 2 << 1},
		    {"linked", 3 << 20 | BIT(13) | 3 << 14}};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		reg_write(E_DBGBVR0, (u64)&try_code[2]);
		reg_write(E_DBGWVR0, (u64)watched);
		reg_write(E_DBGBCR0, sets[i].cr | BIT(0) | 0xf << 5);
		reg_write(E_DBGWCR0, (sets[i].cr & 0xffff) | BIT(0) | 3 << 3 | 0xff << 5);
		reg_write(E_MDSCR_EL1, MDSCR_MDE | MDSCR_KDE);
		for (u32 n = 0; n < 6; n++) {
			u32 l = n % ARRAY_SIZE(levels);
			struct attempt a = {.pstate = levels[l].pstate | (P_DAIF & ~P_D),
					    .x1 = (u64)watched,
					    .insn = {I_NOP, n < 3 ? I_LDR : I_NOP, I_NOP}};

			try_run(&a, "debug%s turn %u %s %s%s", e2h ? ".e2h" : "", n, levels[l].name,
				sets[i].name, setting);
		}
		console_printf("debug%s turns %s%s: bvr=%lx bcr=%lx wvr=%lx wcr=%lx mdscr=%lx\n",
			       e2h ? ".e2h" : "", sets[i].name, setting, reg_read(E_DBGBVR0),
			       reg_read(E_DBGBCR0), reg_read(E_DBGWVR0), reg_read(E_DBGWCR0),
			       reg_read(E_MDSCR_EL1));
		reg_write(E_MDSCR_EL1, 0);
		reg_write(E_DBGBCR0, 0);
		reg_write(E_DBGWCR0, 0);
	}
}

/* Code that reads and writes the registers while they count. */
static void changes(const char *setting)
{
	static const struct {
		const char *name;
		u64 cr; /* before */
		u32 at; /* the breakpoint's instruction; 0: none */
		u64 x0;
		u32 insn[6];
	} sets[] = {
		{"read-bcr", 0x6008, 2, 0, {0xd53000a0}},
		{"read-wcr", 0x6008, 2, 0, {0xd53000e0}},
		{"read-bvr", 0, 2, 0, {0xd5300080}},
		{"read-wvr", 0, 2, 0, {0xd53000c0}},
		{"read-mdscr", 0, 0, 0, {0xd5300240}},
		{"read-bcr5", 0, 0, 0, {0xd53005a0}},
		{"read-bcr15", 0, 0, 0, {0xd5300fa0}},
		{"read-wcr4", 0, 0, 0, {0xd53004e0}},
		{"ones-bcr", 0, 0, ~UINT64_C(1), {0xd51000a0, 0xd53000a0}},
		{"ones-wcr", 0, 0, ~UINT64_C(1), {0xd51000e0, 0xd53000e0}},
		{"break-el2", 0, 2, 0xe1e1, {0xd51000a0, I_ISB, I_NOP}},
		{"break-el1", 0, 2, 0x01e3, {0xd51000a0, I_ISB, I_NOP}},
		{"no-break", 0xe1e1, 2, 0, {0xd51000a0, I_ISB, I_NOP}},
		{"move-break", 0xe1e1, 3, 0, {I_NOP, 0xd5100080, I_ISB, I_NOP}},
		{"watch-el2", 0, 0, 0xfff9, {0xd51000e0, I_ISB, I_LDR}},
		{"watch-el1", 0, 0, 0x1ffb, {0xd51000e0, I_ISB, I_LDR}},
		{"move-watch", 0xfff9, 0, 0, {0xd51000c0, I_ISB, I_LDR}},
	};

	for (u32 l = 0; l < 2; l++) {
		for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
			struct attempt a = {.pstate = levels[l].pstate | (P_DAIF & ~P_D),
					    .x0 = sets[i].x0,
					    .x1 = (u64)watched};

			for (u32 n = 0; n < ARRAY_SIZE(a.insn); n++)
				a.insn[n] = sets[i].insn[n];
			reg_write(E_DBGBVR0, sets[i].at ? (u64)&try_code[sets[i].at] : 0);
			reg_write(E_DBGWVR0, (u64)watched);
			reg_write(E_DBGBCR0, sets[i].cr);
			reg_write(E_DBGWCR0, sets[i].cr);
			reg_write(E_MDSCR_EL1, MDSCR_MDE | MDSCR_KDE);
			try_run(&a, "debug%s %s %s%s", e2h ? ".e2h" : "", levels[l].name,
				sets[i].name, setting);
			console_printf("debug%s after %s %s%s: bcr=%lx wcr=%lx\n",
				       e2h ? ".e2h" : "", levels[l].name, sets[i].name, setting,
				       reg_read(E_DBGBCR0), reg_read(E_DBGWCR0));
			reg_write(E_MDSCR_EL1, 0);
			reg_write(E_DBGBCR0, 0);
			reg_write(E_DBGWCR0, 0);
		}
	}
}

static void layout(void)
{
	u64 mdcr;

	reset_controls();
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
	mdcr = reg_read(E_MDCR_EL2);
	kinds("", 0, true);
	kinds("+KDE", MDSCR_KDE, true);
	left_by_el1("");
	steps("", false);
	matches("", true);
	by_turns("");
	changes("");
	reg_write(E_MDCR_EL2, mdcr | MDCR_TDE);
	kinds("+TDE", 0, true);
	kinds("+TDE+KDE", MDSCR_KDE, true);
	left_by_el1("+TDE");
	steps("+TDE", true);
	matches("+TDE", true);
	by_turns("+TDE");
	changes("+TDE");
	reg_write(E_MDCR_EL2, mdcr);
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
	kinds("+TGE", 0, false);
	kinds("+TGE+KDE", MDSCR_KDE, false);
	matches("+TGE", false);
	reset_controls();
}

void probe_debug(void)
{
	reg_write(E_OSLAR_EL1, 0); /* unlocked */
	set_e2h(false);
	layout();
	set_e2h(true);
	layout();
	set_e2h(false);
}
