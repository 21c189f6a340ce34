/* SPDX-License-Identifier: Apache-2.0 */
/* Aborts: of stage 1 at each EL, of stage 2 with each granule, and what AT says of the same
 * address. */
#include "console.h"
#include "lib/printf.h"
#include "tables.h"
#include "regime.h"
#include "try.h"

#define E_SCTLR_EL1 ENC(3, 0, 1, 0, 0)
#define E_SCTLR_EL2 ENC(3, 4, 1, 0, 0)
#define E_TTBR0_EL1 ENC(3, 0, 2, 0, 0)
#define E_TTBR1_EL1 ENC(3, 0, 2, 0, 1)
#define E_TCR_EL1   ENC(3, 0, 2, 0, 2)
#define E_MAIR_EL1  ENC(3, 0, 10, 2, 0)
#define SCTLR_ON    0x30d01805 /* M, C, I; no A, no WXN; SPAN */

#define MAIR	  0xff04
#define RAM_BLOCK UINT64_C(0x40000000) /* the GiB in which the probe lies */
#define DEV_BLOCK UINT64_C(0)
#define EL0_ALIAS UINT64_C(0x140000000) /* that GiB again, for EL0 to execute */
#define VA_BITS	  39

u8 data[16][4096] __attribute__((aligned(65536)));

/* ---- what is done ---- */

static const struct {
	const char *name;
	u32 insn;
} accesses[] = {
	{"ldr", I_LDR},	    {"str", I_STR},	  {"ldrsw", I_LDRSW}, {"ldp", I_LDP},
	{"stp", I_STP},	    {"post", I_LDR_POST}, {"xzr", I_STR_XZR}, {"ldtr", I_LDTR},
	{"sttr", I_STTR},   {"ldxr", I_LDXR},	  {"ldar", I_LDAR},   {"stlr", I_STLR},
	{"ldadd", I_LDADD}, {"fp", I_LDRD},	  {"zva", I_DC_ZVA},  {"civac", I_DC_CIVAC},
	{"fetch", I_BR_X1},
};

/*
 * Without TLB entries: with stage 2, QEMU checks the alignment of Device accesses only where it has
 * none, and which stay depends on where the linker put things.
 */
static void access_all(const char *regime, const char *page, u64 va, u64 pstate, u64 code_va)
{
	for (u32 i = 0; i < ARRAY_SIZE(accesses); i++) {
		struct attempt a = {.pstate = pstate,
				    .x0 = 0x1122334455667788,
				    .x1 = va,
				    .code_va = code_va,
				    .insn = {accesses[i].insn}};

		if (va & 3)
			regime_flush();
		try_run(&a, "%s %s %s", regime, page, accesses[i].name);
	}
}

static void at_all(const char *regime, const char *page, u64 va)
{
	static const struct {
		const char *name;
		u16 enc;
	} ats[] = {
		{"s1e1r", ENC(1, 0, 7, 8, 0)},	{"s1e1w", ENC(1, 0, 7, 8, 1)},
		{"s1e0r", ENC(1, 0, 7, 8, 2)},	{"s1e0w", ENC(1, 0, 7, 8, 3)},
		{"s1e1rp", ENC(1, 0, 7, 9, 0)}, {"s1e1wp", ENC(1, 0, 7, 9, 1)},
		{"s1e2r", ENC(1, 4, 7, 8, 0)},	{"s1e2w", ENC(1, 4, 7, 8, 1)},
		{"s12e1r", ENC(1, 4, 7, 8, 4)}, {"s12e1w", ENC(1, 4, 7, 8, 5)},
		{"s12e0r", ENC(1, 4, 7, 8, 6)}, {"s12e0w", ENC(1, 4, 7, 8, 7)},
	};

	for (u32 i = 0; i < ARRAY_SIZE(ats); i++) {
		reg_write(ats[i].enc, va);
		console_printf("%s %s at-%s: par=%lx\n", regime, page, ats[i].name,
			       read_sysreg(par_el1));
	}
}

/* ---- stage 1 ---- */

static const struct {
	const char *name;
	u64 attrs; /* 0: invalid */
} s1_pages[] = {
	{"rw", S1_NORMAL | S1_UXN},
	{"ro", S1_NORMAL | S1_RO},
	{"user", S1_NORMAL | S1_AP1 | S1_NG},
	{"user-ro", S1_NORMAL | S1_AP1 | S1_RO},
	{"no-af", (S1_NORMAL & ~D_AF) | S1_AP1},
	{"invalid", 0},
	{"device", S1_DEVICE | S1_AP1},
	{"uxn", S1_NORMAL | S1_UXN | S1_AP1 | S1_RO},
	{"pxn", S1_NORMAL | S1_PXN | S1_AP1 | S1_RO},
	{"contiguous", S1_NORMAL | BIT(52) | S1_AP1},
};

/* `el2`: AP[1] is RES1 and there is no PXN (EL2 with E2H = 0). */
void regime_s1_table(struct table *t, bool el2)
{
	u64 ours = S1_NORMAL | (el2 ? S1_AP1 : 0);

	mm_table(t, 12, 1, VA_BITS);
	mm_map(t, DEV_BLOCK, 1, DEV_BLOCK | S1_DEVICE | S1_UXN | (el2 ? S1_AP1 : S1_PXN));
	mm_map(t, RAM_BLOCK, 1, RAM_BLOCK | ours);
	mm_map(t, EL0_ALIAS, 1, RAM_BLOCK | S1_NORMAL | S1_AP1 | S1_RO);
	for (u32 i = 0; i < ARRAY_SIZE(s1_pages); i++) {
		u64 attrs = s1_pages[i].attrs;

		if (attrs)
			mm_map(t, WINDOW + i * SZ_4K, 3, (u64)data[i] | attrs);
	}
	mm_map(t, WINDOW + SZ_2M, 2, ALIGN_DOWN((u64)data, SZ_2M) | (S1_NORMAL & ~D_AF));
	mm_set(t, WINDOW + 2 * SZ_2M, 2,
	       D_BLOCK | ALIGN_DOWN((u64)data, SZ_2M) | S1_NORMAL | S1_RO | S1_AP1);
	/* The tables of hierarchical permissions: read-only for all, none for EL0. */
	mm_map(t, WINDOW + 3 * SZ_2M, 3, (u64)data[0] | S1_NORMAL | S1_AP1);
	*mm_entry(t, WINDOW + 3 * SZ_2M, 2) |= BIT(62) | BIT(59);
	mm_map(t, WINDOW + 4 * SZ_2M, 3, (u64)data[0] | S1_NORMAL | S1_AP1);
	*mm_entry(t, WINDOW + 4 * SZ_2M, 2) |= BIT(61) | BIT(60);
	dsb(ish);
}

/* The payload's pages must end the code that is fetched from them. */
void regime_fill(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(data); i++) {
		u32 *words = (u32 *)data[i];

		for (u32 w = 0; w < 1024; w++)
			words[w] = w & 1 ? I_SVC(9) : I_HVC(9);
	}
	asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
}

static void s1_accesses(const char *regime, u64 pstate, u64 code_va, bool at)
{
	static const struct {
		const char *name;
		u64 va;
	} others[] = {
		{"block-no-af", WINDOW + SZ_2M + 0x10},
		{"block-ro", WINDOW + 2 * SZ_2M + 0x18},
		{"table-ro-pxn", WINDOW + 3 * SZ_2M},
		{"table-no-el0-uxn", WINDOW + 4 * SZ_2M},
		{"level2", WINDOW + 8 * SZ_2M},
		{"level1", WINDOW + 8 * SZ_1G},
		{"outside", BIT(VA_BITS) + 8},
		{"high", ~UINT64_C(0xffff)},
		{"non-canonical", BIT(55)},
		{"misaligned", WINDOW + 2 * SZ_4K + 3},
		{"misaligned-device", WINDOW + 6 * SZ_4K + 3},
		{"crossing", WINDOW + 5 * SZ_4K - 4},
	};

	regime_fill();
	for (u32 i = 0; i < ARRAY_SIZE(s1_pages); i++) {
		access_all(regime, s1_pages[i].name, WINDOW + i * SZ_4K + 8 * i, pstate, code_va);
		if (at)
			at_all(regime, s1_pages[i].name, WINDOW + i * SZ_4K);
	}
	for (u32 i = 0; i < ARRAY_SIZE(others); i++) {
		access_all(regime, others[i].name, others[i].va, pstate, code_va);
		if (at)
			at_all(regime, others[i].name, others[i].va);
	}
}

u64 regime_el0_code(void)
{
	return EL0_ALIAS - RAM_BLOCK + (u64)try_code;
}

void regime_flush(void)
{
	asm volatile("dsb ish\n\ttlbi alle1\n\ttlbi alle2\n\tdsb ish\n\tisb" ::: "memory");
}

static u64 tcr_el1(void)
{
	return (64 - VA_BITS) | UINT64_C(0x35) << 8 | BIT(23) | UINT64_C(2) << 30 |
	       UINT64_C(2) << 32 | UINT64_C(25) << 16;
}

void regime_el2_on(struct table *t, void (*more)(struct table *t, bool el2))
{
	regime_s1_table(t, !e2h);
	if (more)
		more(t, !e2h);
	write_sysreg(mair_el2, MAIR);
	write_sysreg(tcr_el2,
		     e2h ? tcr_el1() : ((64 - VA_BITS) | 0x3500 | BIT(31) | BIT(23) | 2 << 16));
	write_sysreg(ttbr0_el2, t->root);
	regime_flush();
	reg_write(E_SCTLR_EL2, SCTLR_ON);
}

void regime_el2_off(void)
{
	reg_write(E_SCTLR_EL2, SCTLR_ON & ~UINT64_C(5));
	regime_flush();
}

void regime_el1_on(const struct table *t)
{
	el1_write(E_MAIR_EL1, MAIR);
	el1_write(E_TCR_EL1, tcr_el1());
	el1_write(E_TTBR0_EL1, t->root);
	regime_flush();
	el1_write(E_SCTLR_EL1, SCTLR_ON);
}

void regime_start(void)
{
	reset_controls();
	mm_reset();
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
	write_sysreg(sp_el0, (u64)data[15]);
	regime_fill();
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TSC);
}

static void stage1(void)
{
	struct table t;

	regime_start();
	regime_el2_on(&t, NULL);
	s1_accesses(e2h ? "s1.e2h el2" : "s1 el2", P_DAIF | P_EL2h, 0, true);
	if (e2h) {
		s1_accesses("s1.e2h el2-pan", P_DAIF | BIT(22) | P_EL2h, 0, false);
		reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
		s1_accesses("s1.e2h host", P_DAIF | P_EL0t, regime_el0_code(), true);
		s1_accesses("s1.e2h host-el2-pan", P_DAIF | BIT(22) | P_EL2h, 0, true);
		s1_accesses("s1.e2h host-el2-uao", P_DAIF | BIT(23) | P_EL2h, 0, false);
	}
	regime_el2_off();
	regime_start();
	regime_s1_table(&t, false);
	regime_el1_on(&t);
	s1_accesses(e2h ? "s1.e2h el1" : "s1 el1", P_DAIF | P_EL1h, 0, true);
	s1_accesses(e2h ? "s1.e2h el1-pan" : "s1 el1-pan", P_DAIF | BIT(22) | P_EL1h, 0, false);
	s1_accesses(e2h ? "s1.e2h el1-uao" : "s1 el1-uao", P_DAIF | BIT(23) | P_EL1h, 0, false);
	s1_accesses(e2h ? "s1.e2h el0" : "s1 el0", P_DAIF | P_EL0t, regime_el0_code(), false);
	/* With TGE, vEL1's MMU counts as off. */
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
	at_all(e2h ? "s1.e2h el1+TGE" : "s1 el1+TGE", "ro", WINDOW + SZ_4K);
}

/* ---- stage 2 ---- */

static const struct {
	const char *name;
	u64 attrs;
} s2_pages[] = {
	{"rw", S2_NORMAL | S2_R | S2_W},
	{"ro", S2_NORMAL | S2_R},
	{"wo", S2_NORMAL | S2_W},
	{"none", S2_NORMAL},
	{"no-af", (S2_NORMAL & ~D_AF) | S2_R | S2_W},
	{"invalid", 0},
	{"xn", S2_NORMAL | S2_R | S2_XN},
	{"xn-el1", S2_NORMAL | S2_R | S2_XN | BIT(53)},
	{"xn-el0", S2_NORMAL | S2_R | BIT(53)},
	{"device", S2_R | S2_W | D_AF | 1 << 2},
};

const struct s2_config s2_configs[NR_S2_CONFIGS] = {
	{"4k-39", 12, 1, 39, 0 << 14 | 1 << 6},
	{"4k-34-concat", 12, 2, 34, 0 << 14 | 0 << 6},
	{"4k-42-concat", 12, 1, 42, 0 << 14 | 1 << 6},
	{"16k-36", 14, 2, 36, 2 << 14 | 1 << 6},
	{"16k-40-concat", 14, 2, 40, 2 << 14 | 1 << 6},
	{"64k-42", 16, 2, 42, 1 << 14 | 1 << 6},
	{"64k-34", 16, 2, 34, 1 << 14 | 1 << 6},
};

void regime_s2_table(struct table *t, const struct s2_config *c)
{
	u64 block, page;

	mm_table(t, c->grain, c->start_level, c->ia_bits);
	block = BIT(mm_shift(t, 2));
	page = BIT(c->grain);
	/* The probe itself, in blocks of level 2: EL1's vectors are in its text. */
	for (u64 a = ALIGN_DOWN((u64)vectors_report, block); a < (u64)try_code + SZ_2M * 8;
	     a += block)
		mm_map(t, a, 2, a | S2_NORMAL | S2_R | S2_W);
	for (u32 i = 0; i < ARRAY_SIZE(s2_pages); i++) {
		/* With 64 KiB they are all the same 64 KiB of data. */
		if (s2_pages[i].attrs)
			mm_map(t, WINDOW + i * page, 3,
			       ALIGN_DOWN((u64)data[i], page) | s2_pages[i].attrs);
	}
	mm_map(t, WINDOW + block, 2, ALIGN_DOWN((u64)data, block) | S2_NORMAL | S2_R);
	mm_map(t, WINDOW + 2 * block, 2,
	       ALIGN_DOWN((u64)data, block) | (S2_NORMAL & ~D_AF) | S2_R | S2_W);
	dsb(ish);
}

void regime_s2_on(const struct table *t, const struct s2_config *c)
{
	write_sysreg(vtcr_el2, BIT(31) | UINT64_C(2) << 16 | UINT64_C(0x35) << 8 | c->vtcr |
				       (64 - c->ia_bits));
	write_sysreg(vttbr_el2, t->root | UINT64_C(5) << 48);
	regime_flush();
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_VM);
}

static void s2_accesses(const char *regime, const struct table *t, u64 pstate)
{
	u64 page = BIT(t->grain), block = BIT(mm_shift(t, 2));
	u64 ours = (u64)data & (block - 1); /* a block has more than the probe in it */

	for (u32 i = 0; i < ARRAY_SIZE(s2_pages); i++) {
		access_all(regime, s2_pages[i].name, WINDOW + i * page + 0x120, pstate, 0);
		at_all(regime, s2_pages[i].name, WINDOW + i * page);
	}
	access_all(regime, "block-ro", WINDOW + block + ours + 0x20, pstate, 0);
	access_all(regime, "block-no-af", WINDOW + 2 * block + ours + 0x30, pstate, 0);
	access_all(regime, "level2", WINDOW + 3 * block, pstate, 0);
	access_all(regime, "level1", WINDOW + 3 * SZ_1G, pstate, 0);
	access_all(regime, "outside", BIT(t->ia_bits), pstate, 0);
}

static void stage2(void)
{
	for (u32 i = 0; i < NR_S2_CONFIGS; i++) {
		const struct s2_config *c = &s2_configs[i];
		char regime[48];
		struct table t;

		regime_start();
		regime_s2_table(&t, c);
		regime_s2_on(&t, c);
		fmt_snprintf(regime, sizeof(regime), "s2%s %s el1", e2h ? ".e2h" : "", c->name);
		s2_accesses(regime, &t, P_DAIF | P_EL1h);
		if (i)
			continue;
		fmt_snprintf(regime, sizeof(regime), "s2%s %s el0", e2h ? ".e2h" : "", c->name);
		s2_accesses(regime, &t, P_DAIF | P_EL0t);
	}
}

/* AT at EL1 itself, which may meet a fault of stage 2 in the walk; x0 is what PAR_EL1 then holds.
 */
static void at_el1(const char *page, u64 va)
{
	static const struct {
		const char *name;
		u32 insn;
	} ats[] = {
		{"s1e1r", 0xd5087801}, {"s1e1w", 0xd5087821},  {"s1e0r", 0xd5087841},
		{"s1e0w", 0xd5087861}, {"s1e1rp", 0xd5087901}, {"s1e1wp", 0xd5087921},
	};

	for (u32 i = 0; i < ARRAY_SIZE(ats); i++) {
		struct attempt a = {.pstate = P_DAIF | P_EL1h,
				    .x1 = va,
				    .insn = {ats[i].insn, I_ISB, 0xd5387400 /* mrs x0, par_el1 */}};

		write_sysreg(par_el1, 0);
		regime_flush();
		try_run(&a, "both%s at-el1 %s %s", e2h ? ".e2h" : "", page, ats[i].name);
	}
}

/* Both stages: stage 1's tables on pages of each kind of stage 2. */
static void both(void)
{
	const struct s2_config *c = &s2_configs[0];
	struct table s1, s2;

	regime_start();
	regime_s2_table(&s2, c);
	regime_s1_table(&s1, false);
	/* IPA WINDOW + n pages for stage 1's test pages; then tables of stage 1 there. */
	for (u32 i = 0; i < ARRAY_SIZE(s2_pages); i++) {
		u64 *table = (u64 *)data[i];

		mm_map(&s1, WINDOW + 16 * SZ_2M + i * SZ_4K, 3,
		       (WINDOW + i * SZ_4K) | S1_NORMAL | S1_AP1);
		mm_set(&s1, WINDOW + (17 + i) * SZ_2M, 2, (WINDOW + i * SZ_4K) | D_TABLE);
		table[0] = (u64)data[14] | S1_NORMAL | S1_AP1 | D_PAGE;
		table[1] = (u64)data[14] | (S1_NORMAL & ~D_AF) | S1_AP1 | D_PAGE;
	}
	dsb(ish);
	regime_s2_on(&s2, c);
	regime_el1_on(&s1);
	for (u32 i = 0; i < ARRAY_SIZE(s2_pages); i++) {
		u64 va = WINDOW + 16 * SZ_2M + i * SZ_4K + 0x48, walk = WINDOW + (17 + i) * SZ_2M;
		char page[32];

		fmt_snprintf(page, sizeof(page), "s2-%s", s2_pages[i].name);
		access_all(e2h ? "both.e2h el1" : "both el1", page, va, P_DAIF | P_EL1h, 0);
		access_all(e2h ? "both.e2h el0" : "both el0", page, va, P_DAIF | P_EL0t,
			   regime_el0_code());
		at_all(e2h ? "both.e2h" : "both", page, va);
		at_el1(page, va);
		fmt_snprintf(page, sizeof(page), "walk-%s", s2_pages[i].name);
		access_all(e2h ? "both.e2h el1" : "both el1", page, walk + 0x88, P_DAIF | P_EL1h,
			   0);
		at_all(e2h ? "both.e2h" : "both", page, walk);
		at_el1(page, walk);
		fmt_snprintf(page, sizeof(page), "walk-no-af-%s", s2_pages[i].name);
		access_all(e2h ? "both.e2h el1" : "both el1", page, walk + SZ_4K, P_DAIF | P_EL1h,
			   0);
	}
}

void probe_abort(void)
{
	for (u32 i = 0; i < 2; i++) {
		set_e2h(i);
		stage1();
		stage2();
		both();
	}
	set_e2h(false);
}
