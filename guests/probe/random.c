/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs of a hypervisor: steps that change controls, tables, list and debug registers,
 * and run something below, also while a timer has expired. Options: programs=LIST, of N, FIRST-LAST
 * or N:STEPS between commas (0-255), in this order; STEPS is a mask: steps whose bit is 0 are left
 * out. show=1 prints each step. A step depends on its program's number and its own alone, so that
 * leaving others out does not change it.
 */
#include <string.h>

#include "bootargs.h"
#include "console.h"
#include "gic.h"
#include "lib/printf.h"
#include "machine.h"
#include "regime.h"
#include "try.h"

#define MAX_STEPS   24
#define ALL_STEPS   (BIT(MAX_STEPS) - 1)
#define MAX_PROGRAM (~UINT64_C(0) >> 8)

static u64 rng;

static u64 next(void)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return rng * UINT64_C(0x2545f4914f6cdd1d);
}

static u32 below(u32 n)
{
	return (u32)((next() >> 33) % n);
}

static void seed_step(u64 program, u32 step)
{
	rng = (program + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
	      (step + 1) * UINT64_C(0xd1b54a32d192ed03);
	rng |= 1;
	for (u32 i = 0; i < 4; i++)
		next();
}

/* FNV-1a, by words. */
static u64 digest;

static void fold(u64 val)
{
	digest = (digest ^ val) * UINT64_C(0x100000001b3);
	digest ^= digest >> 29;
}

static bool verbose;
static struct table s1, s2;
static bool s1_is_on;
static const struct s2_config *s2_config;
static u64 s2_page;

#define SAY(...)                                                                                   \
	do {                                                                                       \
		if (verbose)                                                                       \
			console_printf(__VA_ARGS__);                                               \
	} while (0)

/*
 * Controls and the bits of them that programs flip: not what needs more than a bit (VM, TGE, E2H),
 * ends the probe (HCD, RW; WXN, as its code can be written), or belongs to a feature that neve does
 * not offer.
 */
static const struct {
	const char *name;
	u16 enc;
	u64 bits;
} controls[] = {
	{"HCR_EL2", E_HCR_EL2,
	 GENMASK(5, 3) | GENMASK(8, 6) | BIT(13) | GENMASK(18, 15) | GENMASK(26, 20) | BIT(28) |
		 BIT(30) | BIT(35) | BIT(40) | BIT(41) | BIT(44) | GENMASK(50, 49) | BIT(52) |
		 GENMASK(55, 54)},
	{"MDCR_EL2", E_MDCR_EL2, GENMASK(11, 5) & ~(BIT(7) | BIT(5))},
	{"CPTR_EL2", E_CPTR_EL2, BIT(8) | BIT(10) | BIT(31)},
	{"CNTHCTL_EL2", E_CNTHCTL_EL2, BIT(0) | BIT(1) | BIT(13) | BIT(14)},
	{"HFGRTR_EL2", E_HFGRTR_EL2, GENMASK(49, 0) & ~(BIT(30) | BIT(31) | BIT(16))},
	{"HFGWTR_EL2", E_HFGWTR_EL2, GENMASK(49, 0) & ~(BIT(30) | BIT(31))},
	{"HFGITR_EL2", E_HFGITR_EL2, GENMASK(47, 0) | GENMASK(53, 51)},
	{"HDFGRTR_EL2", E_HDFGRTR_EL2, GENMASK(22, 0)},
	{"HDFGWTR_EL2", E_HDFGWTR_EL2, GENMASK(22, 0)},
	{"SCTLR_EL1", ENC(3, 0, 1, 0, 0),
	 BIT(3) | BIT(4) | BIT(9) | GENMASK(16, 14) | BIT(18) | BIT(23) | BIT(26) | BIT(44)},
	{"CPACR_EL1", ENC(3, 0, 1, 0, 2), GENMASK(17, 16) | GENMASK(21, 20)},
	{"CNTKCTL_EL1", ENC(3, 0, 14, 1, 0), BIT(0) | BIT(1) | BIT(8) | BIT(9)},
	{"PMUSERENR_EL0", E_PMUSERENR_EL0, GENMASK(3, 0)},
	{"ICH_HCR_EL2", E_ICH_HCR_EL2, BIT(0) | GENMASK(12, 10) | BIT(14)},
	{"VDISR_EL2", E_VDISR_EL2, BIT(31) | GENMASK(24, 0)},
	{"ICH_VMCR_EL2", ENC(3, 4, 12, 11, 7), GENMASK(1, 0) | BIT(9) | GENMASK(31, 27)},
};

static void step_control(void)
{
	u32 i = below(ARRAY_SIZE(controls)), n = 1 + below(3);
	bool el1s = ENC_OP1(controls[i].enc) == 0;
	u64 val = el1s ? el1_read(controls[i].enc) : reg_read(controls[i].enc);

	while (n) {
		u64 bit = BIT(below(64));

		if (!(controls[i].bits & bit))
			continue;
		val ^= bit;
		n--;
	}
	/* With E2H the layouts of these are other ones. */
	if (e2h && (controls[i].enc == E_CPTR_EL2 || controls[i].enc == E_CNTHCTL_EL2))
		return;
	/* One without the other is not to be had under neve (docs/design.md). */
	if (controls[i].enc == E_HCR_EL2)
		val = (val & ~BIT(3)) | (val & BIT(4)) >> 1;
	SAY("  %s = %lx\n", controls[i].name, val);
	if (el1s)
		el1_write(controls[i].enc, val);
	else
		reg_write(controls[i].enc, val);
}

static void step_list_register(void)
{
	u32 n = below(4);
	u64 lr = (u64)below(2) << 62 | (u64)below(2) << 60 | (u64)(below(32) * 8) << 48 |
		 (32 + below(64));

	SAY("  ICH_LR%u_EL2 = %lx\n", n, lr);
	reg_write((u16)(ENC(3, 4, 12, 12, 0) + n), lr);
}

/* Of the window: those that regime.h has, then, in stage 1, pages of stage 2's window. */
#define NR_OWN	 10
#define NR_PAGES 16

static void tables(void)
{
	s2_config = &s2_configs[below(NR_S2_CONFIGS)];
	s2_page = BIT(s2_config->grain);
	regime_s1_table(&s1, false);
	for (u32 i = NR_OWN; i < NR_PAGES; i++)
		mm_map(&s1, WINDOW + i * SZ_4K, 3,
		       (WINDOW + below(NR_OWN) * s2_page) | S1_NORMAL | S1_AP1);
	regime_s2_table(&s2, s2_config);
	s1_is_on = false;
}

static u64 some_address(void)
{
	return WINDOW + below(NR_PAGES) * SZ_4K + below(512) * 8;
}

/* A breakpoint in the code that is tried, a watchpoint in the window, single step. */
static void step_debug(void)
{
	u64 cr = BIT(0) | (u64)below(4) << 1 | (u64)below(2) << 13 | (u64)below(4) << 14, val;
	u64 mdscr = (u64)below(2) << 13 | BIT(15); /* KDE, MDE */

	switch (below(3)) {
	case 0:
		val = (s1_is_on && below(2) ? regime_el0_code() : (u64)try_code) + 4 * below(4);
		SAY("  DBGBVR0_EL1 = %lx, DBGBCR0_EL1 = %lx\n", val, cr | 0xf << 5);
		reg_write(E_DBGBVR0, val);
		reg_write(E_DBGBCR0, cr | 0xf << 5);
		break;
	case 1:
		val = some_address();
		cr |= (u64)(1 + below(3)) << 3;
		if (below(2)) { /* of its page, or some bytes */
			val &= ~UINT64_C(0xfff);
			cr |= 12 << 24 | 0xff << 5;
		} else {
			cr |= (u64)(1 + below(255)) << 5;
		}
		SAY("  DBGWVR0_EL1 = %lx, DBGWCR0_EL1 = %lx\n", val, cr);
		reg_write(E_DBGWVR0, val);
		reg_write(E_DBGWCR0, cr);
		break;
	default:
		/* SS and MDE */
		mdscr = (mdscr & ~BIT(15)) | below(2) | (u64)below(2) << 15;
	}
	SAY("  MDSCR_EL1 = %lx\n", mdscr);
	reg_write(E_MDSCR_EL1, mdscr);
}

/* One for EL1, pending, if HCR_EL2.AMO says so; its syndrome. */
static void step_serror(void)
{
	u64 vsesr = next() & GENMASK(24, 0), hcr = reg_read(E_HCR_EL2);

	hcr = (hcr & ~(HCR_AMO | HCR_VSE)) | (below(4) ? HCR_AMO : 0) | (below(4) ? HCR_VSE : 0);
	SAY("  VSESR_EL2 = %lx, HCR_EL2 = %lx\n", vsesr, hcr);
	reg_write(E_VSESR_EL2, vsesr);
	reg_write(E_HCR_EL2, hcr);
}

static void step_table(void)
{
	static const u64 s1_bits[] = {S1_AP1, S1_RO, D_AF, S1_PXN, S1_UXN, BIT(0)};
	static const u64 s2_bits[] = {S2_R, S2_W, D_AF, S2_XN, BIT(53), BIT(0)};
	bool second = below(2);
	u64 ia = WINDOW + below(NR_OWN) * (second ? s2_page : SZ_4K), old;
	u64 bit =
		second ? s2_bits[below(ARRAY_SIZE(s2_bits))] : s1_bits[below(ARRAY_SIZE(s1_bits))];
	u64 *entry = mm_entry(second ? &s2 : &s1, ia, 3);

	old = *entry;
	/* Break before make, as the architecture wants it. */
	*entry = 0;
	if (below(2)) {
		regime_flush();
	} else {
		u64 page = ia >> 12;

		if (second)
			asm volatile(
				"dsb ish\n\ttlbi ipas2e1is, %0\n\tdsb ish\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::
					"r"(page)
				: "memory");
		else
			asm volatile("dsb ish\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(page)
				     : "memory");
	}
	if (!old)
		old = second ? ALIGN_DOWN((u64)data[(ia - WINDOW) / s2_page], s2_page) | S2_NORMAL |
				       S2_R | D_PAGE
			     : (u64)data[(ia - WINDOW) / SZ_4K] | S1_NORMAL | D_PAGE;
	*entry = old ^ bit;
	dsb(ish);
	isb();
	SAY("  stage %u, %lx: %lx\n", second ? 2 : 1, ia, *entry);
}

/*
 * With TGE and E2H = 0, SCTLR_EL1.M counts as 0, but QEMU goes by what it holds (for AT as well):
 * stage 1 is off then.
 */
static bool m_is_0(void)
{
	return !e2h && (reg_read(E_HCR_EL2) & HCR_TGE);
}

static void stage1_off(void)
{
	s1_is_on = false;
	el1_write(ENC(3, 0, 1, 0, 0), 0x30d00800);
}

static void step_stages(void)
{
	if (below(2)) {
		s1_is_on = below(2) && !m_is_0();
		SAY("  stage 1 %s\n", s1_is_on ? "on" : "off");
		if (s1_is_on)
			regime_el1_on(&s1);
		else
			stage1_off();
	} else {
		u64 hcr = reg_read(E_HCR_EL2);

		SAY("  stage 2 %s\n", hcr & HCR_VM ? "off" : "on");
		if (hcr & HCR_VM)
			reg_write(E_HCR_EL2, hcr & ~HCR_VM);
		else
			regime_s2_on(&s2, s2_config);
	}
	regime_flush();
}

static void step_at(void)
{
	static const u16 ats[] = {ENC(1, 0, 7, 8, 0), ENC(1, 0, 7, 8, 1), ENC(1, 0, 7, 8, 2),
				  ENC(1, 0, 7, 8, 3), ENC(1, 4, 7, 8, 4), ENC(1, 4, 7, 8, 5),
				  ENC(1, 4, 7, 8, 6), ENC(1, 4, 7, 8, 7)};
	u16 at = ats[below(ARRAY_SIZE(ats))];
	u64 va = some_address(), par;

	reg_write(at, va);
	par = read_sysreg(par_el1);
	fold(par);
	SAY("  AT %u.%u.%u.%u.%u %lx: par=%lx\n", ENC_ARGS(at), va, par);
}

/*
 * Instructions of the code below; x0 is data, x1 an address. None that can go on for ever: no ERET,
 * which may return to itself.
 */
static u32 some_instruction(void)
{
	static const u32 insns[] = {
		I_LDR,	   I_STR,   I_LDRSW, I_LDP,    I_STP,	 I_LDR_POST, I_LDTR,
		I_STTR,	   I_LDXR,  I_LDAR,  I_STLR,   I_LDADD,	 I_LDRD,     I_DC_CIVAC,
		I_IC_IVAU, I_BR_X1, I_NOP,   I_SVC(7), I_HVC(8), I_SMC(9),   I_BRK(1),
		I_FADD,	   I_SVE,   I_PACIA, I_ISB,    I_ESB,
	};
	/* Registers of EL1 and EL0; x2 is what is written: 0, or what LDP loaded. Not TTBR0_EL1:
	 * EL1 could not even fault. */
	static const u16 regs[] = {
		ENC(3, 0, 2, 0, 1),   ENC(3, 0, 5, 1, 0),   ENC(3, 0, 5, 2, 0),
		ENC(3, 0, 6, 0, 0),   ENC(3, 0, 10, 2, 0),  ENC(3, 0, 13, 0, 1),
		ENC(3, 0, 13, 0, 4),  ENC(3, 0, 4, 6, 0),   ENC(3, 0, 12, 12, 0),
		ENC(3, 0, 12, 12, 2), ENC(3, 0, 12, 11, 3), ENC(3, 0, 12, 1, 0),
		ENC(3, 3, 13, 0, 2),  ENC(3, 3, 13, 0, 3),  ENC(3, 3, 4, 2, 0),
		ENC(3, 3, 0, 0, 1),   ENC(3, 3, 0, 0, 7),   ENC(2, 0, 0, 2, 2),
		ENC(2, 0, 0, 0, 4),   ENC(3, 3, 9, 12, 1),  ENC(3, 3, 9, 12, 5),
		ENC(3, 0, 0, 0, 0),   ENC(3, 0, 0, 0, 5),   ENC(3, 3, 14, 3, 2),
		ENC(3, 3, 14, 2, 2),  ENC(1, 0, 8, 7, 0),   ENC(1, 0, 8, 3, 1),
		ENC(1, 0, 7, 5, 0),   ENC(3, 0, 1, 0, 1),   ENC(3, 3, 4, 4, 0),
		ENC(3, 0, 2, 1, 0),   ENC(3, 0, 12, 1, 1),  ENC(3, 0, 12, 1, 1),
		ENC(2, 0, 0, 0, 5),   ENC(2, 0, 0, 0, 6),   ENC(2, 0, 0, 0, 7),
		ENC(2, 0, 1, 0, 4),   ENC(2, 0, 1, 1, 4),
	};
	u32 n = below(ARRAY_SIZE(insns) + 16);

	if (n < ARRAY_SIZE(insns))
		return insns[n];
	n = regs[below(ARRAY_SIZE(regs))];
	/* MAIR_EL1 is not written: with the Device attributes of FEAT_XS QEMU's AT S12E1x errs. */
	if (ENC_OP0(n) != 1 && (below(2) || n == ENC(3, 0, 10, 2, 0)))
		return 0xd5200000 | n << 5;
	return 0xd5000000 | n << 5 | 2;
}

/* d0, for which EL2 may have to let itself. */
static u64 fp_read(void)
{
	u64 cptr = reg_read(E_CPTR_EL2), was;
	register u64 val asm("x0");

	reg_write(E_CPTR_EL2, e2h ? cptr | UINT64_C(3) << 20 : cptr & ~BIT(10));
	asm volatile(".inst 0x9e660000 /* fmov x0, d0 */" : "=r"(val));
	was = val; /* x0 does not outlive a call */
	reg_write(E_CPTR_EL2, cptr);
	return was;
}

/* While the controls are those of reset_controls(). */
static void fp_start(void)
{
	register u64 val asm("x0") = UINT64_C(0x3ff8000000000000); /* 1.5 */

	asm volatile(
		".inst 0x9e670000, 0x9e670001, 0x9e670002 /* fmov d0, x0 to d2, x0 */" ::"r"(val));
}

/* A mode to return to, and flags of PSTATE. */
static u64 some_pstate(bool tge)
{
	static const u64 modes[] = {P_EL1h, P_EL1h, P_EL1t, P_EL0t, P_EL0t, P_EL2h};
	static const u64 flags[] = {0,	     BIT(31), BIT(24), BIT(22), BIT(12), BIT(20),
				    BIT(21), P_DAIF,  P_DAIF,  P_DAIF,	BIT(7),	 BIT(6)};
	u64 mode = modes[below(ARRAY_SIZE(modes))];

	if (tge && below(4))
		mode = below(4) ? P_EL0t : P_EL2h;
	if (!below(12))
		mode = below(16);
	return mode | (flags[below(ARRAY_SIZE(flags))] ^ flags[below(ARRAY_SIZE(flags))]);
}

/* Is it one that EL2 cannot return to, or only with TGE = 0? Not AArch32's. */
static bool illegal(u64 pstate, bool tge)
{
	u64 mode = pstate & P_MODE;

	return mode > P_EL2h || (mode & 2) || mode == 1 || (tge && FIELD(mode, 3, 2) == 1);
}

/* EL1's own ERET, to what follows it: legal or not. With nothing there that uses x1, its address.
 */
static void own_eret(struct attempt *a)
{
	static const u32 insns[] = {I_NOP, I_SVC(7), I_HVC(8), I_SMC(9), I_BRK(1), I_FADD, I_SVE};

	a->x0 = some_pstate(false);
	a->x1 = (u64)try_code + 12;
	if (s1_is_on && (a->x0 & P_MODE) == P_EL0t)
		a->x1 = regime_el0_code() + 12;
	a->insn[0] = I_MSR_ELR_EL1_X1;
	a->insn[1] = I_MSR_SPSR_EL1_X0;
	a->insn[2] = I_ERET;
	a->insn[3] = insns[below(ARRAY_SIZE(insns))];
}

/* `irqs`: EL2's own code may be interrupted. */
static void run(bool irqs)
{
	u64 hcr = reg_read(E_HCR_EL2);
	bool tge = hcr & HCR_TGE;
	struct attempt a = {.x0 = next(), .x1 = some_address(), .pstate = some_pstate(tge)};
	struct frame f;
	u64 mode = a.pstate & P_MODE;
	u32 n = 1 + below(4);

	/*
	 * EL2's own instructions are not what is tried; its debug exceptions are, and interrupts
	 * where IMO or TGE says that they are its (docs/design.md).
	 */
	if (mode >= P_EL2t)
		a.pstate |= irqs && (hcr & (HCR_IMO | HCR_TGE)) ? BIT(8) | BIT(6) : P_DAIF & ~P_D;
	/*
	 * Nothing but the illegal return itself: what comes first of several is not said. QEMU's
	 * leaves PSTATE.PAN as it is.
	 */
	if (illegal(a.pstate, tge))
		a.pstate = (a.pstate & ~(BIT(21) | BIT(22))) | P_DAIF;
	if (mode == P_EL0t && s1_is_on && !tge)
		a.code_va = regime_el0_code();
	for (u32 i = 0; i < n; i++)
		a.insn[i] = mode >= P_EL2t || illegal(a.pstate, tge) ? I_NOP : some_instruction();
	if ((mode == P_EL1h || mode == P_EL1t) && !tge && !below(6))
		own_eret(&a);
	/* With stage 2, which neve always has, QEMU's watchpoints take these for privileged. */
	for (u32 i = 0; i < 4 && (reg_read(E_DBGWCR0) & BIT(0)); i++) {
		if (a.insn[i] == I_LDTR || a.insn[i] == I_STTR)
			a.insn[i] = I_NOP;
	}
	try_enter(&a, &f);
	if (verbose) {
		console_printf("  at %lx, x0=%lx x1=%lx:", a.pstate, a.x0, a.x1);
		for (u32 i = 0; i < ARRAY_SIZE(a.insn) && a.insn[i]; i++)
			console_printf(" %08x", a.insn[i]);
		console_printf("\n");
		try_print(&f, "   ");
		console_printf("   x1=%lx x2=%lx d0=%lx\n", f.x[1], f.x[2], fp_read());
	}
	/* UNKNOWN after an illegal return */
	if (illegal(a.pstate, tge))
		f.pstate &= ~P_DIT;
	try_fold(&f, fold);
	fold(fp_read());
}

static void step_run(void)
{
	run(false);
}

static void step_tge(void)
{
	u64 hcr = (reg_read(E_HCR_EL2) & ~HCR_TGE) | (below(2) ? HCR_TGE : 0);

	SAY("  HCR_EL2 = %lx\n", hcr);
	reg_write(E_HCR_EL2, hcr);
	if (m_is_0()) {
		stage1_off();
		regime_flush();
	}
}

/* A run during which a timer has expired: who takes it, and what the interface then says. */
static void step_timer(void)
{
	/* CTL of the EL2 physical and virtual, EL1 physical and virtual timers; with E2H = 1 */
	static const u16 timers[2][4] = {{ENC(3, 4, 14, 2, 1), ENC(3, 4, 14, 3, 1),
					  ENC(3, 3, 14, 2, 1), ENC(3, 3, 14, 3, 1)},
					 {ENC(3, 4, 14, 2, 1), ENC(3, 4, 14, 3, 1),
					  ENC(3, 5, 14, 2, 1), ENC(3, 5, 14, 3, 1)}};
	static const u32 ppis[4] = {26, 28, 30, 27};
	u32 t = below(4), how = below(4), intid;
	u16 ctl = timers[e2h][t];
	u64 hcr = reg_read(E_HCR_EL2), imo = HCR_IMO | HCR_FMO;

	if (how)
		hcr = how == 1 ? hcr & ~imo : hcr | imo;
	reg_write(E_HCR_EL2, hcr);
	reg_write(ENC(3, 0, 4, 6, 0), 0xff); /* ICC_PMR_EL1, which EL1 may have written */
	reg_write(ctl + 1, 0);		     /* CVAL */
	reg_write(ctl, 1);
	SAY("  HCR_EL2 = %lx, timer of PPI %u\n", hcr, ppis[t]);
	run(true);
	/* At EL2 with IMO, so that they are EL2's to acknowledge. */
	reg_write(E_HCR_EL2, (reg_read(E_HCR_EL2) & ~HCR_TGE) | imo);
	fold(reg_read(ctl));
	fold(read_sysreg(isr_el1));
	fold(reg_read(ENC(3, 0, 4, 6, 0)));
	intid = gic_ack();
	SAY("  intid %u, running priority %lx\n", intid, reg_read(ENC(3, 0, 12, 11, 3)));
	fold(intid);
	reg_write(ctl, 0);
	/* The program may have acknowledged it. */
	if (reg_read(ENC(3, 0, 12, 11, 3)) != 0xff) /* ICC_RPR_EL1 */
		gic_eoi(ppis[t]);
	fold(reg_read(ENC(3, 0, 12, 11, 3)));
	reg_write(E_HCR_EL2, hcr);
}

/* For the test of probe-shrink: a program whose step sees what the sides do not have in common. */
#define DIFFERS_AT 3
static u64 differs;

static void program(u64 number, u64 steps)
{
	static void (*const kinds[])(void) = {
		step_control, step_control, step_list_register, step_table, step_table, step_stages,
		step_at,      step_debug,   step_serror,	step_run,   step_run,	step_run,
		step_run,     step_run,	    step_timer,		step_timer, step_tge};
	/* What programs write, and show: TTBR1, AFSR0, ESR, FAR and CONTEXTIDR of EL1. */
	static const u16 cleared[] = {ENC(3, 0, 2, 0, 1), ENC(3, 0, 5, 1, 0), ENC(3, 0, 5, 2, 0),
				      ENC(3, 0, 6, 0, 0), ENC(3, 0, 13, 0, 1)};
	static const u16 shown[] = {E_MDSCR_EL1, E_DBGBVR0,  E_DBGBCR0,	 E_DBGWVR0,
				    E_DBGWCR0,	 E_DISR_EL1, E_VDISR_EL2};
	static const u16 cleared_el2[] = {E_OSLAR_EL1, E_DBGBVR0, E_DBGBCR0, E_DBGWVR0, E_DBGWCR0,
					  E_DISR_EL1, E_VDISR_EL2, E_VSESR_EL2,
					  /* APIAKeyLo, APIAKeyHi, TPIDR of EL1 and EL0 */
					  ENC(3, 0, 2, 1, 0), ENC(3, 0, 2, 1, 1),
					  ENC(3, 0, 13, 0, 4), ENC(3, 3, 13, 0, 2),
					  ENC(3, 3, 13, 0, 3)};
	u32 n;

	seed_step(number, ~0u);
	n = 6 + below(MAX_STEPS - 6);
	set_e2h(below(2));
	regime_start();
	tables();
	for (u32 i = 0; i < 4; i++)
		reg_write((u16)(ENC(3, 4, 12, 12, 0) + i), 0);
	reg_write(ENC(3, 4, 12, 11, 7), 0xf8000002);
	reg_write(ENC(3, 4, 12, 9, 0), 0);
	reg_write(ENC(3, 4, 12, 8, 0), 0);
	for (u32 i = 0; i < ARRAY_SIZE(cleared); i++)
		el1_write(cleared[i], 0);
	for (u32 i = 0; i < ARRAY_SIZE(cleared_el2); i++)
		reg_write(cleared_el2[i], 0);
	fp_start();
	digest = number;
	SAY("program %lu: e2h=%u stage-2=%s steps=%u\n", number, e2h, s2_config->name, n);
	for (u32 i = 0; i < n; i++) {
		if (!(steps & BIT(i)))
			continue;
		seed_step(number, i);
		SAY(" step %u\n", i);
		if (number == differs && i == DIFFERS_AT) /* ID_AA64PFR0_EL1 */
			fold(reg_read(ENC(3, 0, 0, 4, 0)));
		kinds[below(ARRAY_SIZE(kinds))]();
	}
	for (u32 i = 0; i < ARRAY_SIZE(shown); i++)
		fold(reg_read(shown[i]));
	fold(reg_read(E_HCR_EL2) & HCR_VSE);
	for (u32 i = 0; i < ARRAY_SIZE(data); i++) {
		for (u32 w = 0; w < 512; w++)
			fold(((u64 *)data[i])[w]);
	}
	console_printf("random %lu: %016lx\n", number, digest);
}

static bool number(const char **at, const char *end, u64 max, u64 *val)
{
	const char *first = *at;
	u64 n = 0;

	while (*at < end && **at >= '0' && **at <= '9' && n <= max)
		n = n * 10 + (u64)(*(*at)++ - '0');
	*val = n;
	return *at != first && n <= max;
}

static bool take(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	(*at)++;
	return true;
}

/* Programs of one item of the list after another; false at what is none. */
static bool list(const char *at, const char *end)
{
	do {
		u64 first, last, steps = ALL_STEPS;

		if (!number(&at, end, MAX_PROGRAM, &first))
			return false;
		last = first;
		if (take(&at, end, ':')) {
			if (!number(&at, end, ALL_STEPS, &steps))
				return false;
		} else if (take(&at, end, '-')) {
			if (!number(&at, end, MAX_PROGRAM, &last))
				return false;
		}
		for (u64 n = first; n <= last; n++)
			program(n, steps);
	} while (take(&at, end, ','));
	return at == end;
}

void probe_random(void)
{
	size_t len;
	u64 show = 0, tpidr = read_sysreg(tpidr_el1); /* guests/lib's */
	const char *programs = bootargs_find(machine.bootargs, "programs", &len), *wrong;

	if (!programs) {
		programs = "0-255";
		len = 5;
	}
	differs = ~UINT64_C(0);
	if (!bootargs_number(machine.bootargs, "show", 0, 1, &show) ||
	    !bootargs_number(machine.bootargs, "differs", 0, MAX_PROGRAM, &differs)) {
		console_printf(
			"random: found a bad show= or differs= in \"%s\", expected 0 or 1, or "
			"a number\n",
			machine.bootargs);
		return;
	}
	verbose = show;
	wrong = gic_init();
	if (wrong) {
		console_printf("random: %s\n", wrong);
		return;
	}
	for (u32 t = 26; t <= 30; t++)
		gic_enable_ppi(t);
	if (!list(programs, programs + len))
		console_printf("random: found a bad programs= in \"%s\", expected N, FIRST-LAST or "
			       "N:STEPS, with commas between\n",
			       machine.bootargs);
	set_e2h(false);
	write_sysreg(tpidr_el1, tpidr);
	for (u32 t = 26; t <= 30; t++)
		gic_disable_ppi(t);
}
