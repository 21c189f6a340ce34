/* SPDX-License-Identifier: Apache-2.0 */
/* The walker of a guest's stage 1: regimes, geometries, permissions, tables behind a stage 2. */
#include "mm/s1walk.h"

#include "twostage.h"

#define M	BIT(0)
#define WXN	BIT(19)
#define EE	BIT(25)
#define EPAN	BIT(57)
#define PRIV	(S1_PR | S1_PW | S1_PX)
#define UNPRIV	(S1_UR | S1_UW | S1_UX)
#define S1_LEAF (PTE_AF | PTE_SH(SH_INNER) | S1_AP_EL0)
#define MAIR	UINT64_C(0xff440c0400bbff00) /* 0 nGnRnE, 1 WB, 2 WT, 3 nGnRnE, 4 nGnRE ... 7 WB */

static struct s1walk_cfg config(enum s1_regime regime, u64 tcr, u64 ttbr0, u64 ttbr1)
{
	return (struct s1walk_cfg){
		.regime = regime,
		.sctlr = M,
		.tcr = tcr,
		.ttbr0 = ttbr0,
		.ttbr1 = ttbr1,
		.mair = MAIR,
		.granules = GRANULE_ALL,
		.pa_bits = 48,
		.hpds = true,
		.e0pd = true,
		.epan = true,
	};
}

/* 4 KiB, 39 bits in both halves, 48 bits out, one root for both */
static const u64 tcr_el1 = 25 | 25 << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32;
static const u64 tcr_el2 = 25 | 5 << 16;

static struct s1walk_cfg usual(struct guest_tables *gt, enum s1_regime regime)
{
	gt_init(gt, 12, 1, 39);
	return config(regime, regime == S1_EL2 ? tcr_el2 : tcr_el1, gt->root | 1,
		      gt->root | UINT64_C(7) << 48);
}

static enum walk_fault run(const struct s1walk_cfg *cfg, struct guest_tables *gt, u64 va,
			   unsigned int access, struct s1walk_result *res)
{
	struct s1walk_tables t = {.read64 = gt_read64, .ctx = gt};

	return s1walk(cfg, &t, GVA(va), access, res);
}

static void expect_fault(const struct s1walk_cfg *cfg, struct guest_tables *gt, u64 va,
			 unsigned int access, enum walk_fault fault, unsigned int level)
{
	struct s1walk_result res;

	g_assert_cmpint(run(cfg, gt, va, access, &res), ==, fault);
	g_assert_cmpint(res.fault, ==, fault);
	g_assert_cmpuint(res.level, ==, level);
	g_assert_false(res.s2);
}

static void expect_out(const struct s1walk_cfg *cfg, struct guest_tables *gt, u64 va, u64 out)
{
	struct s1walk_result res;

	g_assert_cmpint(run(cfg, gt, va, S1_PR, &res), ==, WALK_OK);
	g_assert_cmphex(res.out, ==, out);
}

/* Start level by granule and input size (Arm ARM, D8.2.7) */
static unsigned int start_of(unsigned int granule, unsigned int ia_bits)
{
	switch (granule) {
	case 12:
		return ia_bits > 39 ? 0 : ia_bits > 30 ? 1 : ia_bits > 21 ? 2 : 3;
	case 14:
		return ia_bits > 47 ? 0 : ia_bits > 36 ? 1 : ia_bits > 25 ? 2 : 3;
	default:
		return ia_bits > 42 ? 1 : ia_bits > 29 ? 2 : 3;
	}
}

static u64 tcr_for(enum s1_regime regime, bool upper, unsigned int txsz, unsigned int granule)
{
	static const u8 tg0[] = {[12] = 0, [14] = 2, [16] = 1},
			tg1[] = {[12] = 2, [14] = 1, [16] = 3};

	if (regime == S1_EL2)
		return txsz | (u64)tg0[granule] << 14 | 5 << 16;
	if (upper)
		return (u64)txsz << 16 | (u64)tg1[granule] << 30 | UINT64_C(5) << 32;
	return txsz | (u64)tg0[granule] << 14 | UINT64_C(5) << 32;
}

static void test_geometries(void)
{
	struct guest_tables gt = {0};

	for (unsigned int i = 0; i < 3 * 2 * 3 * 64 * 2; i++) {
		enum s1_regime regime = i % 3;
		bool upper = i / 3 % 2, ttst = i / (3 * 2 * 3 * 64) % 2;
		unsigned int g = 12 + 2 * (i / 6 % 3), txsz = i / 18 % 64, ia = 64 - txsz;
		unsigned int max = !ttst ? 39 : g == 16 ? 47 : 48;
		bool valid = txsz >= 16 && txsz <= max;
		struct s1walk_cfg cfg;
		u64 in, va;

		if (regime == S1_EL2 && upper)
			continue;
		if (valid)
			gt_init(&gt, g, start_of(g, ia), ia);
		cfg = config(regime, tcr_for(regime, upper, txsz, g),
			     upper ? ~UINT64_C(0) : gt.root, upper ? gt.root : ~UINT64_C(0));
		cfg.ttst = ttst;
		if (!valid) {
			expect_fault(&cfg, &gt, upper ? ~UINT64_C(0) : 0, S1_PR, WALK_TRANSLATION,
				     0);
			continue;
		}
		/* last page of the range, then one address beyond it */
		in = (UINT64_C(1) << ia) - (UINT64_C(1) << g);
		gt_set(&gt, in, 3, UINT64_C(0x7fff0000) | S1_LEAF | 3);
		va = upper ? in | GENMASK(63, ia) : in;
		expect_out(&cfg, &gt, va + 8, 0x7fff0008);
		expect_fault(&cfg, &gt, va ^ (UINT64_C(1) << ia), S1_PR, WALK_TRANSLATION, 0);
		expect_fault(&cfg, &gt, va ^ (UINT64_C(1) << 63), S1_PR, WALK_TRANSLATION, 0);
		if (ia > g + 1)
			expect_fault(&cfg, &gt, va & ~in, S1_PR, WALK_TRANSLATION, gt.start);
		/* two ranges: the other half has its own registers */
		cfg.ttbr0 = cfg.ttbr1 = gt.root;
		if (regime != S1_EL2) {
			cfg.tcr |= upper ? BIT(7) : BIT(23);
			expect_out(&cfg, &gt, va + 8, 0x7fff0008);
			cfg.tcr ^= BIT(7) | BIT(23);
			expect_fault(&cfg, &gt, va, S1_PR, WALK_TRANSLATION, 0);
		}
	}
	gt_fini(&gt);
}

static void test_levels(void)
{
	struct guest_tables gt = {0};

	for (unsigned int g = 12; g <= 16; g += 2) {
		for (unsigned int level = g == 16; level <= 3; level++) {
			bool leaf = level == 3 || level == 2 || (level == 1 && g == 12);
			u64 size, in = UINT64_C(0xfedcba987650), desc = GENMASK(47, 12) | S1_LEAF;
			struct s1walk_cfg cfg;
			struct s1walk_result res;

			gt_init(&gt, g, g == 16 ? 1 : 0, 48);
			cfg = config(S1_EL10, tcr_for(S1_EL10, false, 16, g), gt.root, 0);
			size = UINT64_C(1) << gt_shift(&gt, level);
			gt_set(&gt, in, level, desc | 1);
			if (level == 3 || !leaf) {
				expect_fault(&cfg, &gt, in, S1_PR, WALK_TRANSLATION, level);
			} else {
				g_assert_cmpint(run(&cfg, &gt, in, S1_PR, &res), ==, WALK_OK);
				g_assert_cmpuint(res.level, ==, level);
				g_assert_cmphex(res.size, ==, size);
				g_assert_cmphex(res.out, ==,
						ALIGN_DOWN(GENMASK(47, 0), size) |
							(in & (size - 1)));
			}
			gt_set(&gt, in, level, desc);
			expect_fault(&cfg, &gt, in, S1_PR, WALK_TRANSLATION, level);
			gt.abort_at = gt_slot(&gt, in, level, 0);
			expect_fault(&cfg, &gt, in, S1_PR, WALK_EXTERNAL, level);
			gt.abort_at = ~UINT64_C(0);
			/* beyond the output size: as leaf, as table, as base */
			cfg.tcr &= ~(UINT64_C(7) << 32);
			cfg.tcr |= UINT64_C(2) << 32; /* 40 bits */
			if (leaf) {
				gt_set(&gt, in, level,
				       UINT64_C(1) << 40 | S1_LEAF | (level == 3 ? 3 : 1));
				expect_fault(&cfg, &gt, in, S1_PR, WALK_ADDRESS_SIZE, level);
			}
			if (level < 3) {
				gt_set(&gt, in, level, UINT64_C(1) << 40 | 3);
				expect_fault(&cfg, &gt, in, S1_PR, WALK_ADDRESS_SIZE, level);
			}
			cfg.ttbr0 |= UINT64_C(1) << 40;
			expect_fault(&cfg, &gt, in, S1_PR, WALK_ADDRESS_SIZE, 0);
			/* the CPU has less than TCR says */
			cfg.tcr |= UINT64_C(7) << 32;
			cfg.pa_bits = 40;
			expect_fault(&cfg, &gt, in, S1_PR, WALK_ADDRESS_SIZE, 0);
		}
	}
	gt_fini(&gt);
}

static void test_tags(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg cfg = usual(&gt, S1_EL10);
	const u64 low = UINT64_C(0x1000), high = low | GENMASK(63, 39), tag = UINT64_C(0x5a) << 56;
	struct s1walk_result res;

	gt_set(&gt, low, 3, 0x8000 | S1_LEAF | 3);
	expect_out(&cfg, &gt, low, 0x8000);
	expect_out(&cfg, &gt, high, 0x8000);
	expect_fault(&cfg, &gt, low | tag, S1_PR, WALK_TRANSLATION, 0);
	expect_fault(&cfg, &gt, high & ~tag, S1_PR, WALK_TRANSLATION, 0);
	cfg.tcr |= BIT(37); /* TBI0 */
	expect_out(&cfg, &gt, low | tag, 0x8000);
	expect_fault(&cfg, &gt, high & ~tag, S1_PR, WALK_TRANSLATION, 0);
	expect_fault(&cfg, &gt, low | BIT(54), S1_PR, WALK_TRANSLATION, 0);
	cfg.tcr |= BIT(38); /* TBI1 */
	expect_out(&cfg, &gt, high & ~tag, 0x8000);
	/* TBID: tags in instruction addresses count again */
	g_assert_cmpint(run(&cfg, &gt, low | tag, S1_UX, &res), ==, WALK_OK);
	cfg.tcr |= BIT(51) | BIT(52);
	expect_out(&cfg, &gt, low | tag, 0x8000);
	expect_fault(&cfg, &gt, low | tag, S1_UX, WALK_TRANSLATION, 0);
	expect_fault(&cfg, &gt, high & ~tag, S1_UX, WALK_TRANSLATION, 0);

	cfg = usual(&gt, S1_EL2);
	gt_set(&gt, low, 3, 0x8000 | S1_LEAF | 3);
	expect_fault(&cfg, &gt, low | tag, S1_PR, WALK_TRANSLATION, 0);
	cfg.tcr |= BIT(20);
	expect_out(&cfg, &gt, low | tag, 0x8000);
	expect_fault(&cfg, &gt, high, S1_PR, WALK_TRANSLATION, 0);
	gt_fini(&gt);
}

static void test_e0pd(void)
{
	struct guest_tables gt = {0};

	for (enum s1_regime r = S1_EL10; r <= S1_EL20; r += 2) {
		struct s1walk_cfg cfg = usual(&gt, r);
		struct s1walk_result res;

		gt_set(&gt, 0, 3, 0x8000 | S1_LEAF | 3);
		cfg.tcr |= BIT(56); /* E0PD1: upper half only */
		g_assert_cmpint(run(&cfg, &gt, 0, S1_UR, &res), ==, WALK_OK);
		expect_fault(&cfg, &gt, GENMASK(63, 39), S1_UR, WALK_TRANSLATION, 0);
		g_assert_cmpint(run(&cfg, &gt, GENMASK(63, 39), S1_PR, &res), ==, WALK_OK);
		cfg.tcr |= BIT(55);
		expect_fault(&cfg, &gt, 0, S1_UR, WALK_TRANSLATION, 0);
		cfg.e0pd = false;
		g_assert_cmpint(run(&cfg, &gt, 0, S1_UR, &res), ==, WALK_OK);
	}
	gt_fini(&gt);
}

/* One access against the rules of the Arm ARM (D8.4), one rule after the other. */
static bool permitted(unsigned int access, unsigned int leaf, unsigned int table, u64 sctlr,
		      bool pan, bool epan, bool single)
{
	bool el0_access = (leaf & 1) && !(table & 4); /* AP[1], APTable[0] */
	bool read_only = (leaf & 2) || (table & 8);   /* AP[2], APTable[1] */
	bool uxn = (leaf & 8) || (table & 2), pxn = (leaf & 4) || (table & 1);
	bool wxn = sctlr & WXN;

	if (single) {
		if (access == S1_PR)
			return true;
		if (access == S1_PW)
			return !read_only;
		return access == S1_PX && !uxn && (read_only || !wxn);
	}
	switch (access) {
	case S1_UR:
		return el0_access;
	case S1_UW:
		return el0_access && !read_only;
	case S1_UX:
		return !uxn && !(wxn && el0_access && !read_only);
	case S1_PX:
		return !pxn && !(el0_access && !read_only) && !(wxn && !read_only);
	default:
		if (access == S1_PW && read_only)
			return false;
		if (!pan)
			return true;
		if (el0_access)
			return false;
		return !(epan && (sctlr & EPAN) &&
			 permitted(S1_UX, leaf, table, sctlr, false, false, false));
	}
}

/* Every combination of leaf, table and control bits. */
static void test_permissions(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg base = usual(&gt, S1_EL10);
	u64 l1 = gt_slot(&gt, 0, 1, 0), l2 = gt_slot(&gt, 0, 2, 0), l3 = gt_slot(&gt, 0, 3, 0);
	u64 l1_desc = gt_get(&gt, l1), l2_desc = gt_get(&gt, l2);

	for (unsigned int i = 0; i < 1u << 15; i++) {
		unsigned int leaf = i & 15, table = i >> 4 & 15, perms = 0;
		bool wxn = i >> 8 & 1, pan = i >> 9 & 1, epan_on = i >> 10 & 1, epan = i >> 11 & 1;
		bool hpd = i >> 12 & 1, hpds = i >> 13 & 1, nv1 = i >> 14 & 1;
		unsigned int effective = hpd && hpds ? 0 : table;
		struct s1walk_cfg cfg = base;
		struct s1walk_result res;

		cfg.sctlr = M | (wxn ? WXN : 0) | (epan_on ? EPAN : 0);
		cfg.pan = pan;
		cfg.epan = epan;
		cfg.hpds = hpds;
		cfg.tcr |= hpd ? BIT(41) : 0;
		cfg.nv1 = nv1;
		cfg.regime = i % 7 ? S1_EL10 : S1_EL20;
		if (cfg.regime == S1_EL20)
			nv1 = false; /* means nothing there */
		/* the bits of all levels add up */
		gt_put(&gt, l1, l1_desc | (u64)(table & 0x6) << 59);
		gt_put(&gt, l2, l2_desc | (u64)(table & 0xb) << 59);
		gt_put(&gt, l3, 0x9000 | PTE_AF | (u64)(leaf >> 2) << 53 | (leaf & 3) << 6 | 3);
		for (unsigned int a = S1_PR; a <= S1_UX; a <<= 1)
			perms |= permitted(a, leaf, effective, cfg.sctlr, pan, epan, nv1) ? a : 0;
		for (unsigned int a = S1_PR; a <= S1_UX; a <<= 1) {
			g_assert_cmpint(run(&cfg, &gt, 0, a, &res), ==,
					perms & a ? WALK_OK : WALK_PERMISSION);
			g_assert_cmphex(res.perms, ==, perms);
			g_assert_cmphex(res.out, ==, 0x9000);
			g_assert_cmpuint(res.level, ==, 3);
		}
	}

	/* EL2: TCR has its own HPD bit, PAN and EPAN do not exist */
	base = usual(&gt, S1_EL2);
	l2 = gt_slot(&gt, 0, 2, 0);
	l3 = gt_slot(&gt, 0, 3, 0);
	l2_desc = gt_get(&gt, l2);
	for (unsigned int i = 0; i < 1u << 11; i++) {
		unsigned int leaf = i & 15, table = i >> 4 & 15, perms = 0;
		struct s1walk_cfg cfg = base;
		struct s1walk_result res;

		cfg.sctlr = M | EPAN | (i >> 8 & 1 ? WXN : 0);
		cfg.pan = i >> 9 & 1;
		cfg.tcr |= i >> 10 & 1 ? BIT(24) : 0;
		gt_put(&gt, l2, l2_desc | (u64)table << 59);
		gt_put(&gt, l3, 0x9000 | PTE_AF | (u64)(leaf >> 2) << 53 | (leaf & 3) << 6 | 3);
		for (unsigned int a = S1_PR; a <= S1_PX; a <<= 1)
			perms |= permitted(a, leaf, i >> 10 & 1 ? 0 : table, cfg.sctlr, false,
					   false, true)
					 ? a
					 : 0;
		run(&cfg, &gt, 0, S1_PR, &res);
		g_assert_cmphex(res.perms, ==, perms);
	}
	gt_fini(&gt);
}

/* What was measured on hardware's behaviour with HCR_EL2.{NV,NV1} = {1,1}, as literals. */
static void test_nv1(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg cfg = usual(&gt, S1_EL10);
	struct s1walk_result res;

	cfg.nv1 = true;
	cfg.pan = true;
	gt_set(&gt, 0, 3, 0x8000 | PTE_AF | S1_AP_EL0 | S1_PXN | 3);
	g_assert_cmpint(run(&cfg, &gt, 0, S1_PR | S1_PW | S1_PX, &res), ==, WALK_OK);
	g_assert_cmpint(run(&cfg, &gt, 0, S1_UR, &res), ==, WALK_PERMISSION);
	gt_set(&gt, 0, 3, 0x8000 | PTE_AF | S1_AP_EL0 | S1_UXN | 3);
	g_assert_cmpint(run(&cfg, &gt, 0, S1_PX, &res), ==, WALK_PERMISSION);
	gt_set(&gt, 0, 3, 0x8000 | PTE_AF | S1_AP_EL0 | S1_AP_RO | 3);
	g_assert_cmpint(run(&cfg, &gt, 0, S1_PW, &res), ==, WALK_PERMISSION);
	g_assert_cmpuint(walk_fsc(res.fault, res.level), ==, 0x0f);
	gt_fini(&gt);
}

static void test_attributes(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg cfg = usual(&gt, S1_EL20);

	for (unsigned int idx = 0; idx < 8; idx++) {
		for (unsigned int sh = 0; sh < 4; sh++) {
			u8 attr = MAIR >> (8 * idx);
			struct s1walk_result res;

			gt_set(&gt, 0, 3,
			       0x8000 | PTE_AF | S1_ATTRIDX(idx) | PTE_SH(sh) | PTE_CONTIG |
				       BIT(11) | 3);
			g_assert_cmpint(run(&cfg, &gt, 0, S1_PR, &res), ==, WALK_OK);
			g_assert_cmphex(res.attr, ==, attr);
			g_assert_cmpuint(res.sh, ==, attr == 0x44 || attr < 0x10 ? SH_OUTER : sh);
			g_assert_true(res.ng && res.contiguous);
		}
	}
	gt_fini(&gt);
}

/* What hardware would update counts as done, and is left as it is. */
static void test_updates(void)
{
	struct guest_tables gt = {0};

	for (enum s1_regime r = S1_EL10; r <= S1_EL20; r++) {
		struct s1walk_cfg cfg = usual(&gt, r);
		u64 ha = r == S1_EL2 ? BIT(21) : BIT(39), hd = r == S1_EL2 ? BIT(22) : BIT(40);

		for (unsigned int i = 0; i < 256; i++) {
			bool af = i & 1, dbm = i & 2, ro = i & 4, write = i & 32, clean;
			u64 desc = 0x5000 | S1_AP_EL0 | (af ? PTE_AF : 0) | (dbm ? PTE_DBM : 0) |
				   (ro ? S1_AP_RO : 0) | 3;
			u64 slot = gt_set(&gt, 0, 3, desc);
			struct s1walk_result res;

			cfg.tcr = (cfg.tcr & ~(ha | hd)) | (i & 8 ? ha : 0) | (i & 16 ? hd : 0);
			cfg.hw_af = i & 64;
			cfg.hw_dbm = i & 128;
			run(&cfg, &gt, 0, write ? S1_PW : S1_PR, &res);
			g_assert_cmphex(gt_get(&gt, slot), ==, desc);
			if (!af && !((i & 8) && (i & 64))) {
				g_assert_cmpint(res.fault, ==, WALK_ACCESS_FLAG);
				g_assert_cmpuint(res.level, ==, 3);
				continue;
			}
			clean = ro && dbm && (i & 0xd8) == 0xd8;
			g_assert_cmpint(res.fault, ==,
					ro && write && !clean ? WALK_PERMISSION : WALK_OK);
			g_assert_cmpuint(!!(res.perms & S1_PW), ==, !ro || clean);
		}
	}
	gt_fini(&gt);
}

static void test_mmu_off(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg cfg = usual(&gt, S1_EL10);
	struct s1walk_result res;

	cfg.sctlr = 0;
	cfg.pa_bits = 40;
	gt.reads = 0;
	g_assert_cmpint(run(&cfg, &gt, UINT64_C(0x12345678), S1_UW, &res), ==, WALK_OK);
	g_assert_cmphex(res.out, ==, 0x12345678);
	g_assert_cmphex(res.attr, ==, 0);
	g_assert_cmpuint(res.sh, ==, SH_OUTER);
	g_assert_cmphex(res.perms, ==, PRIV | UNPRIV);
	expect_fault(&cfg, &gt, UINT64_C(1) << 40, S1_PR, WALK_ADDRESS_SIZE, 0);
	expect_fault(&cfg, &gt, UINT64_C(0xff) << 56, S1_PR, WALK_ADDRESS_SIZE, 0);
	cfg.tcr |= BIT(37);
	expect_out(&cfg, &gt, UINT64_C(0xff) << 56 | 0x1000, 0x1000);
	/* HCR_EL2.DC: off even with SCTLR.M, and Normal */
	cfg.sctlr = M;
	cfg.dc = true;
	g_assert_cmpint(run(&cfg, &gt, 0x1000, S1_PR, &res), ==, WALK_OK);
	g_assert_cmphex(res.attr, ==, 0xff);
	g_assert_cmpuint(res.sh, ==, SH_NON);
	g_assert_cmpuint(gt.reads, ==, 0);
	/* it is about EL1&0 alone */
	cfg = usual(&gt, S1_EL2);
	cfg.dc = true;
	expect_fault(&cfg, &gt, 0, S1_PR, WALK_TRANSLATION, 1);
	cfg.sctlr = 0;
	g_assert_cmpint(run(&cfg, &gt, 0x1000, S1_PR, &res), ==, WALK_OK);
	g_assert_cmphex(res.attr, ==, 0);
	g_assert_cmphex(res.perms, ==, PRIV);
	gt_fini(&gt);
}

static void test_big_endian(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg cfg = usual(&gt, S1_EL10);

	gt.big_endian = true;
	cfg.sctlr |= EE;
	cfg.tcr |= BIT(39);
	cfg.hw_af = true;
	gt_set(&gt, 0x1000, 3, 0x5000 | 3);
	expect_out(&cfg, &gt, 0x1010, 0x5010);
	gt_fini(&gt);
}

static void test_loops(void)
{
	struct guest_tables gt = {0};

	for (unsigned int g = 12; g <= 16; g += 2) {
		struct s1walk_cfg cfg;

		gt_init(&gt, g, g == 16 ? 1 : 0, 48);
		cfg = config(S1_EL10, tcr_for(S1_EL10, false, 16, g), gt.root, 0);
		for (u64 a = GT_BASE; a < GT_BASE + GT_SIZE; a += 8)
			gt_put(&gt, a, ALIGN_DOWN(a, UINT64_C(1) << g) | 3 | PTE_AF);
		for (int k = 0; k < 50; k++) {
			u64 va = ((u64)g_test_rand_int() << 32 | (u32)g_test_rand_int()) >> 16;
			struct s1walk_result res;

			gt.reads = 0;
			g_assert_cmpint(run(&cfg, &gt, va, S1_PR, &res), ==, WALK_OK);
			g_assert_cmpuint(gt.reads, ==, 4 - gt.start);
		}
		gt.next = GT_BASE + GT_SIZE;
	}
	gt_fini(&gt);
}

/* ---- tables behind a stage 2 ---- */

static void test_two_stages(void)
{
	struct two_stages t;
	struct s1walk_result res;
	u64 leaf;

	two_build(&t);
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0x10), S1_PR, &res), ==, WALK_OK);
	g_assert_cmphex(res.out, ==, 0x777010);

	/* stage 2 has no mapping for the last table */
	leaf = gt_get(&t.s2, t.s2_slot);
	gt_put(&t.s2, t.s2_slot, 0);
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_TRANSLATION);
	g_assert_true(res.s2);
	g_assert_cmpuint(res.level, ==, 3);
	g_assert_cmpuint(res.s2fault.level, ==, 3);
	g_assert_cmphex(res.s2fault.ipa, ==, t.slot3 + S2_OFFSET);
	/* or no read permission, or no flag */
	gt_put(&t.s2, t.s2_slot, leaf & ~S2_S2AP_R);
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_PERMISSION);
	g_assert_true(res.s2);
	gt_put(&t.s2, t.s2_slot, leaf & ~PTE_AF);
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_ACCESS_FLAG);
	/* Device memory matters with HCR_EL2.PTW only */
	gt_put(&t.s2, t.s2_slot, (leaf & ~S2_MEMATTR_MASK) | S2_MEMATTR(MEMATTR_nGnRE));
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_OK);
	t.tables.ptw = true;
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_PERMISSION);
	g_assert_true(res.s2);
	t.tables.ptw = false;
	/* nothing is updated, so that no permission to write is needed */
	gt_put(&t.s2, t.s2_slot, leaf & ~S2_S2AP_W);
	gt_put(&t.s1, t.slot3, 0x777000 | 3);
	t.cfg1.tcr |= BIT(39);
	t.cfg1.hw_af = true;
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_OK);
	/* nor is stage 2's own flag set */
	gt_put(&t.s2, t.s2_slot, leaf & ~PTE_AF);
	t.cfg2.vtcr |= BIT(21);
	t.cfg2.hw_af = true;
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_OK);
	g_assert_cmphex(gt_get(&t.s2, t.s2_slot), ==, leaf & ~PTE_AF);
	/* stage 2 maps the table to where no memory is: an abort of stage 1's walk */
	gt_put(&t.s2, t.s2_slot, leaf | UINT64_C(1) << 44);
	g_assert_cmpint(s1walk(&t.cfg1, &t.tables, GVA(0), S1_PR, &res), ==, WALK_EXTERNAL);
	g_assert_false(res.s2);
	g_assert_cmpuint(res.level, ==, 3);
	two_fini(&t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/s1walk/geometries", test_geometries);
	g_test_add_func("/s1walk/levels", test_levels);
	g_test_add_func("/s1walk/tags", test_tags);
	g_test_add_func("/s1walk/e0pd", test_e0pd);
	g_test_add_func("/s1walk/permissions", test_permissions);
	g_test_add_func("/s1walk/nv1", test_nv1);
	g_test_add_func("/s1walk/attributes", test_attributes);
	g_test_add_func("/s1walk/updates", test_updates);
	g_test_add_func("/s1walk/mmu-off", test_mmu_off);
	g_test_add_func("/s1walk/big-endian", test_big_endian);
	g_test_add_func("/s1walk/loops", test_loops);
	g_test_add_func("/s1walk/two-stages", test_two_stages);
	return g_test_run();
}
