/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions that are no accesses of registers, at each EL under the controls that concern them:
 * MSR of an immediate, hints, waiting, HVC under HCD, ERET under HFGITR_EL2, memory copies, where a
 * return leads, big-endian data, pairs and writeback at a device, addresses where there is nothing.
 */
#include "console.h"
#include "cpu/mmio.h"
#include "lib/printf.h"
#include "regime.h"
#include "try.h"

#define E_SCTLR_EL1 ENC(3, 0, 1, 0, 0)
#define E_SCTLR_EL2 ENC(3, 4, 1, 0, 0)
#define E_TCR_EL1   ENC(3, 0, 2, 0, 2)
#define SCTLR_NTW   (BIT(16) | BIT(18)) /* nTWI, nTWE */
#define SCTLR_MSCEN BIT(33)
#define SCTLR_EE    BIT(25)
#define SCTLR_E0E   BIT(24)
#define HCR_TWI	    BIT(13)
#define HCR_TWE	    BIT(14)
#define HCR_HCD	    BIT(29)
#define HCR_TEA	    BIT(37)
#define HCRX_MCE2   BIT(10)
#define HCRX_MSCEN  BIT(11)
#define P_C	    BIT(29)
#define CPYFM	    0x19410440u		 /* cpyfm [x0]!, [x1]!, x2! */
#define SETM	    0x19c24420u		 /* setm [x0]!, x1!, x2 */
#define GICD	    UINT64_C(0x08000000) /* of QEMU's virt */
#define TAG	    (UINT64_C(0xa5) << 56)

static const struct level {
	const char *name;
	u64 pstate;
	bool host; /* with {E2H,TGE} = {1,1} */
} levels[] = {
	{"el2", P_DAIF | P_EL2h, false}, {"el2t", P_DAIF | P_EL2t, false},
	{"el1", P_DAIF | P_EL1h, false}, {"el0", P_DAIF | P_EL0t, false},
	{"host", P_DAIF | P_EL0t, true},
};

static const char *suffix(void)
{
	return e2h ? ".e2h" : "";
}

static void hcr_set(u64 bits)
{
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | bits);
}

/* Controls as at first, for code at this level; false if it is not there. */
static bool start(const struct level *l)
{
	if (l->host && !e2h)
		return false;
	reset_controls();
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
	hcr_set(HCR_TSC | (l->host ? HCR_TGE : 0));
	return true;
}

static u32 el_of(const struct level *l)
{
	return (u32)FIELD(l->pstate, 3, 2);
}

/* ---- op0 = 0: hints, barriers, MSR of an immediate ---- */

/* Undefined at its own EL, or at EL0 at the one above. */
static bool undefined(const struct frame *f)
{
	if (f->vector == 0x400 && FIELD(f->esr, 31, 26) == 0x16 && (f->esr & REPORT))
		return el1_read(ENC(3, 0, 5, 2, 0)) == 0x02000000;
	return f->esr == 0x02000000;
}

static void op0_is_0(const struct level *l)
{
	for (u32 enc = 0; enc < ENC_FIRST; enc++) {
		u32 crn = ENC_CRN(enc);
		/* All bits of PSTATE that an immediate may clear, or none. */
		u64 bits = crn == 4 && !ENC_CRM(enc) ? BIT(12) | BIT(24) : 0;
		struct attempt a = {.pstate = l->pstate ^ bits,
				    .insn = {0xd500001f | enc << 5, I_NOP}};
		struct frame f;
		char name[64];

		if (crn < 2 || crn > 4 || enc == ENC(0, 3, 2, 0, 2) || enc == ENC(0, 3, 2, 0, 3))
			continue; /* WFE and WFI have their own test */
		try_enter(&a, &f);
		if (undefined(&f))
			continue;
		fmt_snprintf(name, sizeof(name), "op0%s %s %u.%u.%u.%u", suffix(), l->name,
			     ENC_OP1(enc), crn, ENC_CRM(enc), ENC_OP2(enc));
		try_print(&f, name);
	}
}

/* ---- waiting ---- */

/* WFI, and WFE without an event, only where they trap: nothing would end them. */
static void waits(const struct level *l)
{
	static const struct {
		const char *name;
		u32 insn[2];
		bool event, ends; /* of WFE; by itself */
	} insns[] = {
		{"wfi", {I_WFI}, false, false},
		{"wfe", {I_WFE}, true, false},
		{"wfit", {I_WFIT}, false, true},
		{"wfet", {0xd5031000}, true, true},
		{"sevl-wfe", {0xd50320bf, I_WFE}, true, true},
	};

	for (u32 set = 0; set < 16; set++) {
		u64 hcr = (set & 1 ? HCR_TWI : 0) | (set & 2 ? HCR_TWE : 0);
		u64 sctlr = (set & 4 ? BIT(16) : 0) | (set & 8 ? BIT(18) : 0);

		for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
			struct attempt a = {.pstate = l->pstate,
					    .insn = {insns[i].insn[0], insns[i].insn[1]}};
			bool hcr_traps = hcr & (insns[i].event ? HCR_TWE : HCR_TWI);
			bool sctlr_traps = !(sctlr & (insns[i].event ? BIT(18) : BIT(16)));
			bool may = (hcr_traps && el_of(l) < 2 && !l->host) ||
				   (sctlr_traps && !el_of(l));
			u16 reg = l->host ? E_SCTLR_EL2 : E_SCTLR_EL1;
			u64 old;

			if (!insns[i].ends && !may)
				continue;
			start(l);
			hcr_set(hcr);
			old = l->host ? reg_read(reg) : el1_read(reg);
			if (l->host)
				reg_write(reg, (old & ~SCTLR_NTW) | sctlr);
			else
				el1_write(reg, (old & ~SCTLR_NTW) | sctlr);
			try_run(&a, "wait%s %s %s twi=%u twe=%u ntwi=%u ntwe=%u", suffix(), l->name,
				insns[i].name, set & 1, set >> 1 & 1, set >> 2 & 1, set >> 3);
			if (l->host)
				reg_write(reg, old);
		}
	}
}

/* ---- calls and returns ---- */

static void hvc_disabled(const struct level *l)
{
	struct attempt a = {.pstate = l->pstate, .insn = {I_HVC(3)}};

	if (el_of(l) == 1) {
		/* Its vector could not report, so the ESR_EL1 that this leaves is what counts. */
		static u32 vectors[512] __attribute__((aligned(2048)));

		for (u32 i = 0; i < 16; i++)
			vectors[32 * i] = I_SMC(REPORT + i);
		asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
		el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors);
	} else if (el_of(l) == 0) {
		return;
	}
	hcr_set(HCR_HCD);
	try_run(&a, "hcd%s %s", suffix(), l->name);
	if (el_of(l) == 1)
		console_printf("hcd%s %s after: esr=%lx elr=%lx\n", suffix(), l->name,
			       el1_read(ENC(3, 0, 5, 2, 0)), el1_read(ENC(3, 0, 4, 0, 1)));
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) & ~HCR_HCD);
}

static void fine_grained(const struct level *l)
{
	static const struct {
		const char *name;
		u64 bit;
		u32 insn;
	} sets[] = {
		{"eret", BIT(51), I_ERET},	{"eretaa", BIT(51), I_ERETAA},
		{"eretab", BIT(51), I_ERETAB},	{"svc-el0", BIT(52), I_SVC(8)},
		{"svc-el1", BIT(53), I_SVC(9)},
	};

	if (el_of(l) == 2 || !FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		struct attempt a = {.pstate = l->pstate, .insn = {sets[i].insn}};

		start(l);
		reg_write(E_HFGITR_EL2, sets[i].bit);
		try_run(&a, "hfgitr%s %s %s", suffix(), l->name, sets[i].name);
		if (e2h || el_of(l))
			continue;
		hcr_set(HCR_TGE);
		try_run(&a, "hfgitr %s %s+TGE", l->name, sets[i].name);
	}
}

/* Of a PC that is not aligned, or has a tag; by ERET and by BR, with and without TBI. */
static void places(const struct level *l)
{
	u64 here = (u64)try_code;

	for (u32 tbi = 0; tbi < 3; tbi++) {
		struct attempt a = {.pstate = l->pstate, .insn = {I_NOP}};
		u64 one = 25, two = one | one << 16 | UINT64_C(2) << 30 | UINT64_C(2) << 32;
		u64 bits = tbi ? BIT(37) | BIT(38) | (tbi == 2 ? BIT(51) | BIT(52) : 0) : 0;

		start(l);
		if (e2h && (l->host || el_of(l) == 2))
			write_sysreg(tcr_el2, two | bits);
		else if (el_of(l) == 2)
			write_sysreg(tcr_el2, one | BIT(31) | BIT(23) | 2 << 16 |
						      (tbi ? BIT(20) : 0) |
						      (tbi == 2 ? BIT(29) : 0));
		else
			el1_write(E_TCR_EL1, two | bits);
		isb();
		a.code_va = here | TAG;
		try_run(&a, "place%s %s eret-tag tbi=%u", suffix(), l->name, tbi);
		a.code_va = here | (TAG & ~BIT(63));
		try_run(&a, "place%s %s eret-tag-low tbi=%u", suffix(), l->name, tbi);
		for (u32 low = 1; low < 4; low++) {
			a.code_va = here + low;
			try_run(&a, "place%s %s eret-align=%u tbi=%u", suffix(), l->name, low, tbi);
		}
		a.code_va = 0;
		a.x1 = (here + 4) | TAG;
		a.insn[0] = I_BR_X1;
		try_run(&a, "place%s %s br-tag tbi=%u", suffix(), l->name, tbi);
		a.x1 = (here + 8) | TAG;
		a.insn[0] = I_LDR;
		try_run(&a, "place%s %s ldr-tag tbi=%u", suffix(), l->name, tbi);
	}
}

/* ---- memory copies with PSTATE.C not as QEMU's prologue leaves it ---- */

static void copies(const struct level *l)
{
	if (!FIELD(read_sysreg(id_aa64isar2_el1), 19, 16))
		return;
	for (u32 set = 0; set < 8; set++) {
		u64 hcrx = (set & 1 ? HCRX_MSCEN : 0) | (set & 2 ? HCRX_MCE2 : 0), old;
		u16 reg = l->host ? E_SCTLR_EL2 : E_SCTLR_EL1;

		for (u32 i = 0; i < 4; i++) {
			struct attempt a = {.pstate = l->pstate | (i & 1 ? P_C : 0),
					    .x0 = (u64)try_code,
					    .insn = {i & 2 ? SETM : CPYFM}};

			start(l);
			reg_write(E_HCRX_EL2, hcrx);
			old = l->host ? reg_read(reg) : el1_read(reg);
			if (l->host)
				reg_write(reg, set & 4 ? old | SCTLR_MSCEN : old & ~SCTLR_MSCEN);
			else
				el1_write(reg, set & 4 ? old | SCTLR_MSCEN : old & ~SCTLR_MSCEN);
			try_run(&a, "mops%s %s %s c=%u mscen=%u mce2=%u sctlr=%u", suffix(),
				l->name, i & 2 ? "setm" : "cpyfm", i & 1, set & 1, set >> 1 & 1,
				set >> 2);
			if (!l->host && !e2h && !el_of(l)) {
				hcr_set(HCR_TGE);
				try_run(&a, "mops %s+TGE %s c=%u mscen=%u mce2=%u sctlr=%u",
					l->name, i & 2 ? "setm" : "cpyfm", i & 1, set & 1,
					set >> 1 & 1, set >> 2);
			}
			if (l->host)
				reg_write(reg, old);
		}
	}
}

/* ---- data ---- */

/* Big-endian loads, of memory and of a register of the GIC that a hypervisor may emulate. */
static void big_endian(const struct level *l)
{
	static u64 word = 0x0102030405060708;
	static const struct {
		const char *name;
		u64 addr; /* 0: word */
		u32 insn[2];
		u64 x0[2]; /* to be stored little- and big-endian */
	} sets[] = {
		{"ldr", 0, {I_LDR}, {0, 0}},
		{"ldr-w", 0, {0xb9400020}, {0, 0}},
		{"ldrh", 0, {0x79400020}, {0, 0}},
		{"pidr2", GICD + 0xffe8, {0xb9400020}, {0, 0}},
		{"pidr2-sw", GICD + 0xffe8, {I_LDRSW}, {0, 0}},
		{"priorities", GICD + 0x440, {0xb9000020, 0xb9400020}, {0xb0a09080, 0x8090a0b0}},
		{"priority-sb", GICD + 0x440, {0x39800020}, {0, 0}},
		{"priority-sbw", GICD + 0x441, {0x39c00020}, {0, 0}},
		{"router", GICD + 0x6200, {I_STR, I_LDR}, {BIT(31), BIT(39)}},
		{"router-w", GICD + 0x6200, {0xb9400020}, {0, 0}},
	};

	if (el_of(l) == 2)
		return;
	for (u32 set = 0; set < 2; set++) {
		for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
			struct attempt a = {.pstate = l->pstate,
					    .x0 = sets[i].x0[set],
					    .x1 = sets[i].addr ? sets[i].addr : (u64)&word,
					    .insn = {sets[i].insn[0], sets[i].insn[1]}};

			start(l);
			if (set && l->host)
				reg_write(E_SCTLR_EL2, reg_read(E_SCTLR_EL2) | SCTLR_E0E);
			else if (set)
				el1_write(E_SCTLR_EL1,
					  el1_read(E_SCTLR_EL1) | SCTLR_EE | SCTLR_E0E);
			try_run(&a, "endian%s %s %s big=%u", suffix(), l->name, sets[i].name, set);
		}
	}
}

/* ---- accesses of a device whose syndrome does not describe them ---- */

#define GICD_PRIORITY 0x440
#define GICD_ROUTER   0x6200
#define S2_GICD	      (WINDOW + 8 * SZ_2M)

/* What each is to find, and to change: priorities and routes of interrupts that nobody has. */
static void device_reset(void)
{
	for (u32 i = 0; i < 8; i++)
		write32(GICD + GICD_PRIORITY - 16 + 4 * i, 0xf0e0a090 - i * 0x08080810);
	for (u32 i = 0; i < 2; i++)
		write64(GICD + GICD_ROUTER + 8 * i, i ? UINT64_C(0x8180010203) : BIT(31));
}

static void device_print(void)
{
	for (u32 i = 0; i < 8; i++)
		console_printf(" %x", read32(GICD + GICD_PRIORITY - 16 + 4 * i));
	for (u32 i = 0; i < 2; i++)
		console_printf(" %lx", read64(GICD + GICD_ROUTER + 8 * i));
	console_printf("\n");
}

/*
 * Two registers at once, and such that change the register of the address. Two words are those of a
 * doubleword: QEMU makes one access of them. `s2`: stage 2, which has the distributor elsewhere;
 * NULL: none.
 */
static void forms_at(const struct level *l, const char *how, const struct table *s2)
{
	static const struct {
		const char *name;
		u64 at;
		u32 insn[3];
	} sets[] = {
		{"ldr-w-post", GICD_PRIORITY, {0xb8404420}},
		{"ldr-w-pre", GICD_PRIORITY, {0xb8404c20}},
		{"str-w-post", GICD_PRIORITY, {0xb81fc420}},
		{"str-w-pre", GICD_PRIORITY, {0xb81fcc20}},
		{"ldrb-post", GICD_PRIORITY, {0x38401420}},
		{"ldrb-pre", GICD_PRIORITY, {0x38403c20}},
		{"strb-post", GICD_PRIORITY, {0x38001420}},
		{"ldrsb-post", GICD_PRIORITY, {0x38802420}},
		{"ldrsb-w-pre", GICD_PRIORITY, {0x38c02c20}},
		{"ldrsw-post", GICD_PRIORITY, {0xb8804420}},
		{"ldr-post", GICD_ROUTER, {0xf8408420}},
		{"ldr-pre", GICD_ROUTER, {0xf8408c20}},
		{"str-post", GICD_ROUTER, {0xf8008420}},
		{"str-xzr-post", GICD_ROUTER, {0xf800843f}},
		{"ldr-xzr-post", GICD_ROUTER, {0xf840843f}},
		{"ldp-w", GICD_ROUTER, {0x29400820}},
		{"ldp-w-less", GICD_ROUTER + 8, {0x297f0820}},
		{"ldp-w-post", GICD_ROUTER, {0x28c10820}},
		{"ldp-w-pre", GICD_ROUTER, {0x29c10820}},
		{"stp-w", GICD_ROUTER, {0x29000820}},
		{"stp-w-post", GICD_ROUTER, {0x28bf0820}},
		{"stp-w-pre", GICD_ROUTER + 8, {0x29bf0820}},
		{"ldpsw", GICD_ROUTER, {0x69400820}},
		{"ldpsw-post", GICD_ROUTER, {0x68c10820}},
		{"ldnp-w", GICD_ROUTER, {0x28400820}},
		{"stnp-w", GICD_ROUTER, {0x28000820}},
		{"ldp", GICD_ROUTER, {0xa9400820}},
		{"stp", GICD_ROUTER, {0xa9000820}},
		{"ldp-post", GICD_ROUTER, {0xa8c10022}},
		{"ldp-wzr", GICD_ROUTER, {0x29407c20}},
		{"stp-xzr", GICD_ROUTER, {0xa9007c3f}},
		/* mov sp, x1; the access; mov x1, sp: not at EL2 on its only stack */
		{"ldr-w-sp", GICD_PRIORITY, {0x9100003f, 0xb84107e0, 0x910003e1}},
		{"stp-w-sp", GICD_ROUTER + 16, {0x9100003f, 0x29be0be0, 0x910003e1}},
		{"ldr-d", GICD_ROUTER, {I_LDRD}},
		{"ldxr", GICD_ROUTER, {I_LDXR}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		struct attempt a = {.pstate = l->pstate,
				    .x0 = UINT64_C(0x8180c0d0b0),
				    .x1 = (s2 ? S2_GICD : GICD) + sets[i].at,
				    .insn = {0xd2801022}}; /* mov x2, #0x81 */
		struct frame f;

		if (sets[i].insn[1] && l->pstate == (P_DAIF | P_EL2h))
			continue;
		for (u32 n = 0; n < 3; n++)
			a.insn[1 + n] = sets[i].insn[n];
		start(l);
		if (s2)
			regime_s2_on(s2, s2_configs);
		device_reset();
		try_enter(&a, &f);
		console_printf("form%s %s%s %s: vector=%lx esr=%lx x0=%lx x1=%lx x2=%lx", suffix(),
			       l->name, how, sets[i].name, f.vector, f.esr, f.x[0], f.x[1], f.x[2]);
		device_print();
	}
}

static void forms(const struct level *l)
{
	struct table t;

	forms_at(l, "", NULL);
	if (l->host)
		return;
	regime_start();
	if (el_of(l) == 2) {
		regime_el2_on(&t, NULL);
		forms_at(l, "-s1", NULL);
		regime_el2_off();
		return;
	}
	regime_s2_table(&t, s2_configs);
	mm_map(&t, S2_GICD, 2, GICD | D_AF | S2_R | S2_W);
	dsb(ish);
	forms_at(l, "-s2", &t);
}

/* Addresses behind which there is nothing, with and without TEA; EL1's also through stage 2. */
static void holes(const struct level *l)
{
	static const struct {
		const char *name;
		u32 insn;
	} insns[] = {{"ldr", I_LDR}, {"str", I_STR},	 {"ldrb", I_LDRB}, {"ldp", I_LDP},
		     {"fp", I_LDRD}, {"ldadd", I_LDADD}, {"ldxr", I_LDXR}, {"fetch", I_BR_X1}};
	static const u64 addrs[] = {0x0f000000, 0x70000000, UINT64_C(0x7000000000)};

	for (u32 tea = 0; tea < 2; tea++) {
		for (u32 at = 0; at < ARRAY_SIZE(addrs); at++) {
			for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
				struct attempt a = {.pstate = l->pstate,
						    .x1 = addrs[at],
						    .insn = {insns[i].insn}};

				start(l);
				hcr_set(tea ? HCR_TEA : 0);
				try_run(&a, "hole%s %s %lx %s tea=%u", suffix(), l->name, addrs[at],
					insns[i].name, tea);
			}
		}
	}
}

/* ---- the counts ---- */

#define UNIT 40 /* bits: no test takes that long */

/* Of EL2 itself right after it has changed the offset, without a return or an exception between. */
static void count_at_once(void)
{
	u64 pct, vct;

	for (u32 i = 1; i < 4; i++) {
		asm volatile(
			"msr cntvoff_el2, %2\n\tisb\n\tmrs %0, cntpct_el0\n\tmrs %1, cntvct_el0"
			: "=r"(pct), "=r"(vct)
			: "r"((u64)i << UNIT));
		console_printf("count%s el2 at once %u: %lx\n", suffix(), i,
			       (pct - vct + BIT(UNIT - 1)) >> UNIT);
	}
	write_sysreg(cntvoff_el2, 0);
}

static void counts(const struct level *l)
{
	static const struct {
		const char *name;
		u32 insn[3]; /* x0 = CNTPCT_EL0 less this */
	} sets[] = {
		{"cntvct", {0xd53be040, 0xd53be021, 0xcb000020}},
		{"cntvctss", {0xd53be0c0, 0xd53be021, 0xcb000020}},
		{"cntv-ctl", {0xd53be320}},
		{"cntp-ctl", {0xd53be220}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		struct attempt a = {.pstate = l->pstate};
		struct frame f;

		for (u32 n = 0; n < 3; n++)
			a.insn[n] = sets[i].insn[n];
		start(l);
		el1_write(ENC(3, 0, 14, 1, 0), 0x303); /* CNTKCTL_EL1: all of it for EL0 */
		reg_write(E_CNTHCTL_EL2, e2h ? 0xf03 : 3);
		write_sysreg(cntvoff_el2, UINT64_C(5) << UNIT);
		/* Reached with the offset alone. */
		reg_write(e2h ? ENC(3, 5, 14, 3, 2) : ENC(3, 3, 14, 3, 2), BIT(UNIT + 8));
		reg_write(e2h ? ENC(3, 5, 14, 3, 1) : ENC(3, 3, 14, 3, 1), 3);
		reg_write(e2h ? ENC(3, 5, 14, 2, 2) : ENC(3, 3, 14, 2, 2), BIT(UNIT + 8));
		reg_write(e2h ? ENC(3, 5, 14, 2, 1) : ENC(3, 3, 14, 2, 1), 3);
		if (e2h) {
			reg_write(ENC(3, 4, 14, 3, 2), BIT(UNIT + 8));
			reg_write(ENC(3, 4, 14, 3, 1), 3);
		}
		isb();
		try_enter(&a, &f);
		console_printf("count%s %s %s: vector=%lx esr=%lx x0=%lx\n", suffix(), l->name,
			       sets[i].name, f.vector, f.esr,
			       i < 2 ? (f.x[0] + BIT(UNIT - 1)) >> UNIT : f.x[0]);
		if (i == 2)
			console_printf("count%s %s cntv-ctl by name: %lx\n", suffix(), l->name,
				       reg_read(e2h ? ENC(3, 5, 14, 3, 1) : ENC(3, 3, 14, 3, 1)));
		reg_write(e2h ? ENC(3, 5, 14, 3, 1) : ENC(3, 3, 14, 3, 1), 0);
		reg_write(e2h ? ENC(3, 5, 14, 2, 1) : ENC(3, 3, 14, 2, 1), 0);
		if (e2h)
			reg_write(ENC(3, 4, 14, 3, 1), 0);
	}
	write_sysreg(cntvoff_el2, 0);
	if (l == levels)
		count_at_once();
}

/*
 * Written as what is left, a timer's compare value is the count that it goes by, and 32 bits with a
 * sign more; and what is read as left is 32 bits.
 */
static void timer_values(const struct level *l)
{
	static const struct {
		const char *name;
		u32 tval; /* CTL and CVAL come after it */
		bool el2, e2h;
	} timers[] = {
		{"cntv", ENC(3, 3, 14, 3, 0), false, false},
		{"cntp", ENC(3, 3, 14, 2, 0), false, false},
		{"cnthv", ENC(3, 4, 14, 3, 0), true, false},
		{"cnthp", ENC(3, 4, 14, 2, 0), true, false},
		{"cntv_el02", ENC(3, 5, 14, 3, 0), true, true},
		{"cntp_el02", ENC(3, 5, 14, 2, 0), true, true},
	};
	static const u64 left[] = {BIT(30), 3 * BIT(30), GENMASK(63, 30),
				   GENMASK(63, 32) | BIT(30)};
	const u64 round = BIT(28);

	for (u32 i = 0; i < ARRAY_SIZE(timers) * ARRAY_SIZE(left); i++) {
		u32 t = i / ARRAY_SIZE(left), tval = timers[t].tval;
		struct attempt a = {.pstate = l->pstate,
				    .x0 = left[i % ARRAY_SIZE(left)],
				    .insn = {I_MSR(tval, 0), I_ISB, I_MRS(tval, 0),
					     I_MRS(tval + 2, 1), I_MRS(ENC(3, 3, 14, 0, 1), 2)}};
		struct frame f;

		if ((timers[t].el2 && el_of(l) != 2) || (timers[t].e2h && !e2h))
			continue;
		start(l);
		el1_write(ENC(3, 0, 14, 1, 0), 0x303); /* CNTKCTL_EL1: all of it for EL0 */
		reg_write(E_CNTHCTL_EL2, e2h ? 0xf03 : 3);
		write_sysreg(cntvoff_el2, UINT64_C(5) << UNIT);
		isb();
		reg_write(tval + 2, reg_read(ENC(3, 3, 14, 0, 1)) + BIT(35)); /* neither of them */
		try_enter(&a, &f);
		console_printf("tval%s %s %s %lx: vector=%lx esr=%lx cval=%lx tval=%lx\n", suffix(),
			       l->name, timers[t].name, a.x0, f.vector, f.esr,
			       (f.x[1] - f.x[2] + round) / (2 * round),
			       (f.x[0] + round) / (2 * round));
	}
	write_sysreg(cntvoff_el2, 0);
}

/* ---- AArch32 at EL0, which a kernel at EL1 may enter without its hypervisor's knowing ---- */

static void a32(const struct level *l)
{
	static const struct {
		const char *name;
		u32 insn;
		u64 bits; /* of PSTATE: T, IT, E */
	} insns[] = {
		{"svc", 0xef000012, 0},
		{"udf", 0xe7f000f0, 0},
		{"bkpt", 0xe1200077, 0},
		{"ldr", 0xe5910000, 0},
		{"str", 0xe5810000, 0},
		{"ldr-eq", 0x05910000, 0},
		{"ldr-big", 0xe5910000, BIT(9)},
		{"vadd", 0xee310b01, 0},
		{"tpidruro", 0xee1d0f70, 0},
		{"t32-svc", 0xdf05df05, BIT(5)},
		{"t32-udf", 0xde05de05, BIT(5)},
		{"t32-it-not", 0xde05de05, BIT(5) | 2 << 10},
		{"t32-ldr", 0x68086808, BIT(5)},
		{"t32-it-ldr", 0x20556808, BIT(5) | 5 << 10}, /* IT NE: the next one not */
	};
	static const struct {
		const char *name;
		u64 hcr, mdcr;
	} sets[] = {{"", 0, 0}, {"+TGE", HCR_TGE, 0}, {"+TDE", 0, BIT(8)}};

	if (el_of(l))
		return;
	for (u32 n = 0; n < 2 * ARRAY_SIZE(sets) * ARRAY_SIZE(insns); n++) {
		u32 i = n / 2 / ARRAY_SIZE(sets), s = n / 2 % ARRAY_SIZE(sets);
		/* r1: where there is nothing, or a register that a hypervisor may emulate */
		u64 at = n & 1 ? GICD + 0xffe8 : 0x0f000000;
		struct attempt a = {.pstate = BIT(4) | 0x1c0 | insns[i].bits,
				    .x0 = 0x11,
				    .x1 = at,
				    .insn = {insns[i].insn, 0xef000044}};

		if (a.pstate & BIT(5))
			a.insn[1] = 0xdf44df44;
		start(l);
		hcr_set(sets[s].hcr);
		reg_write(E_MDCR_EL2, reg_read(E_MDCR_EL2) | sets[s].mdcr);
		try_run(&a, "a32%s %s %s at=%lx%s", suffix(), l->name, insns[i].name, at,
			sets[s].name);
	}
}

void probe_insn(void)
{
	static void (*const groups[])(const struct level *l) = {
		op0_is_0,   waits, hvc_disabled, fine_grained, places,	     copies,
		big_endian, forms, holes,	 counts,       timer_values, a32};

	for (u32 i = 0; i < 2; i++) {
		set_e2h(i);
		for (u32 g = 0; g < ARRAY_SIZE(groups); g++) {
			for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
				u64 sctlr = reg_read(E_SCTLR_EL2), tcr = read_sysreg(tcr_el2);

				if (start(&levels[l]))
					groups[g](&levels[l]);
				reset_controls();
				reg_write(E_SCTLR_EL2, sctlr);
				write_sysreg(tcr_el2, tcr);
				isb();
			}
		}
	}
	set_e2h(false);
}
