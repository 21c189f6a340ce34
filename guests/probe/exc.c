/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions without translation: instructions that call, trap and return; PSTATE on the way. */
#include "console.h"
#include "try.h"

#define EL2h (P_DAIF | P_EL2h)
#define EL1h (P_DAIF | P_EL1h)
#define EL0t (P_DAIF | P_EL0t)

#define E_SCTLR_EL1 ENC(3, 0, 1, 0, 0)
#define E_SCTLR_EL2 ENC(3, 4, 1, 0, 0)
#define E_CPACR_EL1 ENC(3, 0, 1, 0, 2)
#define E_SP_EL1    ENC(3, 4, 4, 1, 0)
#define SCTLR_SPAN  BIT(23)
#define SCTLR_DSSBS BIT(44)

static const struct {
	const char *name;
	u64 pstate;
} levels[] = {{"el2", EL2h},
	      {"el2t", P_DAIF | P_EL2t},
	      {"el1", EL1h},
	      {"el1t", P_DAIF | P_EL1t},
	      {"el0", EL0t}};

static const char *layout;

static void reset(void)
{
	reset_controls();
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
}

static void hcr_set(u64 bits)
{
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | bits);
}

static void hcr_clear(u64 bits)
{
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) & ~bits);
}

/* Instructions at each level, under a setting. */
static void instructions(const char *setting, bool with_el1)
{
	static const struct {
		const char *name;
		u32 insn;
	} insns[] = {
		{"nop", I_NOP},
		{"svc", I_SVC(0x1234)},
		{"hvc", I_HVC(0x4321)},
		{"brk", I_BRK(0x77)},
		{"hlt", I_HLT(0x55)},
		{"udf", I_UDF(0x99)},
		{"fadd", I_FADD},
		{"sve", I_SVE},
		{"wfit", I_WFIT},
		{"pacia", I_PACIA},
		{"unallocated", 0xffffffff},
	};

	for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
		u32 el = (u32)FIELD(levels[l].pstate, 3, 2);

		if (el == 1 && !with_el1)
			continue;
		for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
			struct attempt a = {.pstate = levels[l].pstate, .insn = {insns[i].insn}};

			try_run(&a, "exc%s %s %s%s", layout, levels[l].name, insns[i].name,
				setting);
		}
		if (el < 2) { /* traps or does nothing, as an interrupt is pending */
			struct attempt smc = {.pstate = levels[l].pstate, .insn = {I_SMC(0)}};

			smc.x0 = 0x84000000; /* PSCI_VERSION */
			if (reg_read(E_HCR_EL2) & HCR_TSC)
				try_run(&smc, "exc%s %s smc%s", layout, levels[l].name, setting);
		}
	}
}

static void settings(void)
{
	static const struct {
		const char *name;
		u64 set, clear;
	} hcr[] = {
		{"", 0, 0},	      {"+TSC", HCR_TSC, 0}, {"+API=0", 0, HCR_API | HCR_APK},
		{"+TWI", BIT(13), 0}, {"+TGE", HCR_TGE, 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(hcr); i++) {
		reset();
		hcr_set(hcr[i].set);
		hcr_clear(hcr[i].clear);
		instructions(hcr[i].name, !(hcr[i].set & HCR_TGE));
	}
	reset();
	reg_write(E_MDCR_EL2, reg_read(E_MDCR_EL2) | BIT(8));
	instructions("+TDE", true);
	reset();
	el1_write(E_CPACR_EL1, 0);
	instructions("+CPACR_EL1=0", true);
	reset();
	el1_write(E_CPACR_EL1, UINT64_C(3) << 20);
	instructions("+CPACR_EL1.ZEN=0", true);
	reset();
	reg_write(E_CPTR_EL2, e2h ? 0 : 0x36ff);
	instructions("+CPTR_EL2.FP", true);
	reset();
	reg_write(E_CPTR_EL2, e2h ? UINT64_C(3) << 20 : 0x33ff);
	instructions("+CPTR_EL2.Z", true);
	if (e2h) {
		reset();
		reg_write(E_CPTR_EL2, UINT64_C(1) << 20 | UINT64_C(1) << 16);
		instructions("+CPTR_EL2.FPEN=1", true);
		hcr_set(HCR_TGE);
		instructions("+CPTR_EL2.FPEN=1+TGE", false);
	}
	reset();
}

/* Every mode in SPSR_EL2 and every other bit of it. */
static void returns(const char *setting)
{
	static const u64 modes[] = {P_EL2h, P_EL1h, P_EL0t};

	for (u64 m = 0; m < 32; m++) {
		struct attempt a = {.pstate = P_DAIF | m, .insn = {I_NOP}};

		try_run(&a, "eret%s mode=%lx%s", layout, m, setting);
	}
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		for (u32 bit = 5; bit < 64; bit++) {
			struct attempt a = {.pstate = (P_DAIF | modes[i]) ^ BIT(bit),
					    .insn = {I_NOP}};

			try_run(&a, "eret%s mode=%lx bit=%u%s", layout, modes[i], bit, setting);
		}
	}
	/* Illegal with every other bit set: what comes from where. */
	for (u32 i = 0; i < 2; i++) {
		struct attempt a = {.pstate = (i ? GENMASK(31, 5) : P_DAIF) | 0xf, .insn = {I_NOP}};

		try_run(&a, "eret%s mode=f rest=%u%s", layout, i, setting);
	}
}

/* PSTATE in the vector, from each bit of PSTATE that may survive, for each setting of SCTLR. */
static void entries(const char *setting)
{
	static const u64 flags[] = {0,	     BIT(31) | BIT(28),
				    BIT(24), BIT(23),
				    BIT(22), BIT(12),
				    BIT(11), BIT(22) | BIT(23) | BIT(24) | BIT(12) | BIT(30)};
	static const u64 sctlr[] = {0, SCTLR_SPAN, SCTLR_DSSBS, SCTLR_SPAN | SCTLR_DSSBS};
	u64 old1 = el1_read(E_SCTLR_EL1), old2 = reg_read(E_SCTLR_EL2);

	for (u32 s = 0; s < ARRAY_SIZE(sctlr); s++) {
		el1_write(E_SCTLR_EL1, (old1 & ~(SCTLR_SPAN | SCTLR_DSSBS)) | sctlr[s]);
		reg_write(E_SCTLR_EL2, (old2 & ~(SCTLR_SPAN | SCTLR_DSSBS)) | sctlr[s]);
		for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
			bool el1 = FIELD(levels[l].pstate, 3, 2) == 1;

			if (el1 && (reg_read(E_HCR_EL2) & HCR_TGE))
				continue;
			for (u32 i = 0; i < ARRAY_SIZE(flags); i++) {
				struct attempt a = {.pstate = levels[l].pstate | flags[i],
						    .insn = {I_SVC(1)}};

				try_run(&a, "entry%s %s flags=%lx sctlr=%lx%s", layout,
					levels[l].name, flags[i], sctlr[s], setting);
				if (!el1)
					continue;
				a.insn[0] = I_HVC(1);
				try_run(&a, "entry%s %s hvc flags=%lx sctlr=%lx%s", layout,
					levels[l].name, flags[i], sctlr[s], setting);
			}
		}
	}
	el1_write(E_SCTLR_EL1, old1);
	reg_write(E_SCTLR_EL2, old2);
}

/* ERET at EL1, legal and not, and alignment of PC and SP. */
static void at_el1(void)
{
	struct attempt a = {.pstate = EL1h};

	for (u64 m = 0; m < 32; m++) {
		a.x0 = P_DAIF | m;
		a.x1 = (u64)&try_code[3];
		a.insn[0] = I_MSR_ELR_EL1_X1;
		a.insn[1] = I_MSR_SPSR_EL1_X0;
		a.insn[2] = I_ERET;
		a.insn[3] = m & 0xc ? I_HVC(5) : I_SVC(5);
		try_run(&a, "eret-el1%s mode=%lx", layout, m);
	}
	for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
		struct attempt b = {
			.pstate = levels[l].pstate, .x1 = (u64)try_code + 6, .insn = {I_BR_X1}};

		try_run(&b, "pc-align%s %s", layout, levels[l].name);
	}
	el1_write(E_SCTLR_EL1, el1_read(E_SCTLR_EL1) | BIT(3) | BIT(4));
	reg_write(E_SP_EL1, (u64)try_code + 8);
	write_sysreg(sp_el0, (u64)try_code + 4);
	for (u32 l = 1; l < ARRAY_SIZE(levels); l++) {
		struct attempt b = {.pstate = levels[l].pstate, .insn = {I_LDR_SP}};

		try_run(&b, "sp-align%s %s", layout, levels[l].name);
	}
	reset();
}

/* ERETAA and ERETAB: at EL2 with a good and a bad signature, with the keys on and off. */
static void pauth(void)
{
	static const u64 enables[] = {0, BIT(31), BIT(30), BIT(31) | BIT(30)};
	u64 old = reg_read(E_SCTLR_EL2);

	for (u16 k = 0; k < 4; k++)
		reg_write(ENC(3, 0, 2, 1, 0) + k, 0x0123456789abcdef * (k + 1));
	for (u32 i = 0; i < ARRAY_SIZE(enables); i++) {
		for (u32 b = 0; b < 2; b++) {
			/* The code is at EL2, so that its own ERETAx is what is tried. */
			struct attempt a = {.pstate = EL2h, .x0 = 0, .x1 = (u64)&try_code[3]};

			reg_write(E_SCTLR_EL2, old | enables[i]);
			/* pacia/pacib x1, sp; elr_el2 = x1; eretaa/ab: to itself, at EL2 */
			a.insn[0] = b ? 0xdac107e1 : 0xdac103e1;
			a.insn[1] = 0xd51c4021;
			a.insn[2] = b ? I_ERETAB : I_ERETAA;
			a.insn[3] = I_HVC(6);
			write_sysreg(spsr_el2, EL2h);
			try_run(&a, "pauth%s good key=%u enable=%u", layout, b, i);
			a.x1 ^= BIT(55) | BIT(52);
			a.insn[0] = I_NOP;
			try_run(&a, "pauth%s bad key=%u enable=%u", layout, b, i);
		}
	}
	reg_write(E_SCTLR_EL2, old);
}

/* With the MMU off, addresses that are no physical ones: a fault of stage 1. */
static void no_address(const char *setting)
{
	static const u32 insns[] = {I_LDR, I_STR, I_BR_X1};

	for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
		if (FIELD(levels[l].pstate, 3, 2) == 1 && (reg_read(E_HCR_EL2) & HCR_TGE))
			continue;
		for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
			struct attempt a = {
				.pstate = levels[l].pstate, .x1 = BIT(53), .insn = {insns[i]}};

			try_run(&a, "no-address%s %s %08x%s", layout, levels[l].name, insns[i],
				setting);
		}
	}
}

static void all(const char *name)
{
	layout = name;
	settings();
	reset();
	returns("");
	entries("");
	at_el1();
	pauth();
	no_address("");
	hcr_set(HCR_TGE);
	no_address("+TGE");
	returns("+TGE");
	entries("+TGE");
	reset();
}

void probe_exc(void)
{
	set_e2h(false);
	all("");
	set_e2h(true);
	all(".e2h");
	set_e2h(false);
}
