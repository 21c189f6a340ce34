/* SPDX-License-Identifier: Apache-2.0 */
/* AT instructions: decode, PAR_EL1 for every kind of fault, combined attributes. */
#include "mm/at.h"

#include "twostage.h"

static const struct {
	unsigned int op1, crm, op2;
	struct at_op op;
} ops[] = {
	{0, 8, 0, {1, false, false, false}}, {0, 8, 1, {1, true, false, false}},
	{0, 8, 2, {0, false, false, false}}, {0, 8, 3, {0, true, false, false}},
	{0, 9, 0, {1, false, false, true}},  {0, 9, 1, {1, true, false, true}},
	{4, 8, 0, {2, false, false, false}}, {4, 8, 1, {2, true, false, false}},
	{4, 8, 4, {1, false, true, false}},  {4, 8, 5, {1, true, true, false}},
	{4, 8, 6, {0, false, true, false}},  {4, 8, 7, {0, true, true, false}},
};

enum { S1E1R, S1E1W, S1E0R, S1E0W, S1E1RP, S1E1WP, S1E2R, S1E2W, S12E1R, S12E1W, S12E0R, S12E0W };

static void test_decode(void)
{
	unsigned int found = 0;

	/* every op0, op1, CRn, CRm, op2, with any Rt and Dir */
	for (u32 key = 0; key < 1u << 22; key++) {
		struct at_op op;
		bool got = at_decode(key, &op);
		unsigned int i;

		for (i = 0; i < G_N_ELEMENTS(ops); i++)
			if ((key >> 20 & 3) == 1 && (key >> 10 & 15) == 7 &&
			    (key >> 14 & 7) == ops[i].op1 && (key >> 1 & 15) == ops[i].crm &&
			    (key >> 17 & 7) == ops[i].op2)
				break;
		g_assert_cmpint(got, ==, i < G_N_ELEMENTS(ops));
		if (!got)
			continue;
		found++;
		g_assert_cmpuint(op.el, ==, ops[i].op.el);
		g_assert_cmpint(op.write, ==, ops[i].op.write);
		g_assert_cmpint(op.stage2, ==, ops[i].op.stage2);
		g_assert_cmpint(op.pan, ==, ops[i].op.pan);
	}
	g_assert_cmpuint(found, ==, 12 * 64);
	/* as measured: AT S1E1R, x0 */
	struct at_op op;

	g_assert_true(at_decode(0x101c10, &op));
	g_assert_cmpuint(op.el, ==, 1);
}

static u64 par(const struct two_stages *t, unsigned int op, bool stage2, u64 va)
{
	return at_translate(&ops[op].op, &t->cfg1, stage2 ? &t->cfg2 : NULL, t->tables.ptw,
			    two_read64, t->tables.ctx, GVA(va));
}

/* Values as measured on a CPU, but for the addresses. */
static void test_par(void)
{
	struct two_stages t;
	u64 leaf;

	two_build(&t);
	gt_put(&t.s1, t.slot3, 0x777000 | PTE_AF | S1_ATTRIDX(1) | PTE_SH(SH_INNER) | 3);
	g_assert_cmphex(par(&t, S1E1R, true, 0x123), ==, UINT64_C(0xff00000000777b80));
	g_assert_cmphex(par(&t, S1E1W, true, 0), ==, UINT64_C(0xff00000000777b80));
	g_assert_cmphex(par(&t, S1E0R, true, 0), ==, 0x81f); /* permission, level 3 */
	g_assert_cmphex(par(&t, S12E0W, true, 0), ==, 0x81f);
	g_assert_cmphex(par(&t, S1E1R, true, 0x200000), ==, 0x80d); /* translation, level 2 */
	g_assert_cmphex(par(&t, S1E1R, true, 0x40000000), ==, 0x80b);

	/* stage 2 of the output: no mapping, then one */
	g_assert_cmphex(par(&t, S12E1R, true, 0), ==, 0xa0b); /* level 1 */
	two_map(&t, 0x700000, 0x8000, PERM_R, MEMATTR_NORMAL_WB, SH_INNER);
	g_assert_cmphex(par(&t, S12E1R, true, 0), ==, 0xa0f); /* level 3 */
	two_map(&t, 0x777000, 0x654321000, PERM_R, MEMATTR_NORMAL_WB, SH_INNER);
	g_assert_cmphex(par(&t, S12E1R, true, 0), ==, UINT64_C(0xff00000654321b80));
	g_assert_cmphex(par(&t, S12E1W, true, 0), ==, 0xa1f);
	two_map(&t, 0x777000, 0x654321000, PERM_W, MEMATTR_nGnRE, SH_NON);
	g_assert_cmphex(par(&t, S12E1R, true, 0), ==, 0xa1f);
	g_assert_cmphex(par(&t, S12E1W, true, 0), ==, UINT64_C(0x0400000654321b00));
	/* without stage 2, S12 is S1; here the tables are not where stage 1 says then */
	g_assert_cmphex(par(&t, S12E1R, false, 0), ==, 0x82b); /* external abort, level 1 */

	/* stage 2 of the table */
	two_map(&t, t.slot3 + S2_OFFSET, t.slot3, PERM_R | PERM_W, MEMATTR_NORMAL_WB, SH_INNER);
	leaf = gt_get(&t.s2, t.s2_slot);
	gt_put(&t.s2, t.s2_slot, 0);
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0xb0f);
	g_assert_cmphex(par(&t, S12E1R, true, 0), ==, 0xb0f);
	gt_put(&t.s2, t.s2_slot, leaf & ~S2_S2AP_R);
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0xb1f);
	gt_put(&t.s2, t.s2_slot, leaf & ~PTE_AF);
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0xb17);
	gt_put(&t.s2, t.s2_slot, leaf);
	/* the fault's level is stage 2's: here the whole gigabyte is missing */
	t.cfg1.ttbr0 += SZ_1G;
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0xb0b);
	t.cfg1.ttbr0 += UINT64_C(1) << 40;
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0xb09);
	t.cfg1.ttbr0 -= SZ_1G + (UINT64_C(1) << 40);
	two_map(&t, t.slot3 + S2_OFFSET + SZ_2M, 0, PERM_R, MEMATTR_NORMAL_WB, SH_INNER);
	leaf = gt_get(&t.s1, t.slot3 - SZ_4K);
	gt_put(&t.s1, t.slot3 - SZ_4K, leaf + 2 * SZ_2M);
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0xb0d);
	gt_put(&t.s1, t.slot3 - SZ_4K, leaf);
	gt_put(&t.s1, t.slot3, 0x777000 | 3);
	g_assert_cmphex(par(&t, S1E1R, true, 0), ==, 0x817); /* access flag, stage 1 */
	two_fini(&t);
}

static void test_pan(void)
{
	struct two_stages t;

	two_build(&t);
	gt_put(&t.s1, t.slot3, 0x777000 | PTE_AF | S1_AP_EL0 | 3);
	t.cfg1.pan = true;
	g_assert_cmphex(par(&t, S1E1R, true, 0) & 1, ==, 0);
	g_assert_cmphex(par(&t, S1E1RP, true, 0), ==, 0x81f);
	g_assert_cmphex(par(&t, S1E1WP, true, 0), ==, 0x81f);
	g_assert_cmphex(par(&t, S1E0W, true, 0) & 1, ==, 0);
	t.cfg1.pan = false;
	g_assert_cmphex(par(&t, S1E1RP, true, 0) & 1, ==, 0);
	two_fini(&t);
}

static u64 el2(unsigned int op, const struct s1walk_cfg *cfg, struct guest_tables *gt)
{
	return at_translate(&ops[op].op, cfg, NULL, false, gt_read64, gt, GVA(0x1abc));
}

static void test_el2(void)
{
	struct guest_tables gt = {0};
	struct s1walk_cfg cfg;

	gt_init(&gt, 12, 1, 39);
	cfg = (struct s1walk_cfg){.regime = S1_EL2,
				  .sctlr = 1,
				  .tcr = 25 | 5 << 16,
				  .ttbr0 = gt.root,
				  .mair = PGTABLE_EL2_MAIR,
				  .granules = GRANULE_4K,
				  .pa_bits = 48};
	gt_set(&gt, 0x1000, 3, 0x5000 | PGTABLE_EL2_RO | 3);
	g_assert_cmphex(el2(S1E2R, &cfg, &gt), ==, UINT64_C(0xff00000000005b80));
	g_assert_cmphex(el2(S1E2W, &cfg, &gt), ==, 0x81f);
	gt_fini(&gt);
}

/* Cacheability rank of a nibble of MAIR, from the Arm ARM's table: NC 1, WT 2, WB 3 */
static unsigned int rank(unsigned int nibble)
{
	if (nibble == 4)
		return 1;
	return nibble >= 0xc || (nibble >= 5 && nibble <= 7) ? 3 : 2;
}

static void test_combine(void)
{
	g_assert_cmphex(at_combine_attr(0xff, MEMATTR_NORMAL_WB), ==, 0xff);
	g_assert_cmphex(at_combine_attr(0xff, MEMATTR_NORMAL_NC), ==, 0x44);
	g_assert_cmphex(at_combine_attr(0xff, MEMATTR_NORMAL_WT), ==, 0xbb);
	g_assert_cmphex(at_combine_attr(0xbb, MEMATTR_NORMAL_WB), ==, 0xbb);
	g_assert_cmphex(at_combine_attr(0xff, MEMATTR_nGnRE), ==, 0x04);
	g_assert_cmphex(at_combine_attr(0x00, MEMATTR_NORMAL_WB), ==, 0x00);
	g_assert_cmphex(at_combine_attr(0x0c, MEMATTR_nGRE), ==, 0x08);
	g_assert_cmphex(at_combine_attr(0x04, MEMATTR_GRE), ==, 0x04);
	g_assert_cmphex(at_combine_attr(0xf0, MEMATTR_NORMAL_WB), ==, 0xff); /* tagged */
	g_assert_cmphex(at_combine_attr(0x40, MEMATTR_NORMAL_WB), ==, 0x44);

	for (unsigned int attr = 0; attr < 256; attr++) {
		for (unsigned int m = 0; m < 16; m++) {
			u8 got = at_combine_attr(attr, m);
			unsigned int outer = attr >> 4, inner = attr & 15;

			if (!outer || m < 4) {
				unsigned int a = outer ? 3 : inner >> 2, b = m < 4 ? m : 3;

				g_assert_cmphex(got, ==, MIN(a, b) << 2);
				continue;
			}
			g_assert_cmpuint(rank(got >> 4), ==, MIN(rank(outer), m >> 2));
			if (inner)
				g_assert_cmpuint(rank(got & 15), ==,
						 MIN(rank(inner), MAX(m & 3, 1)));
			g_assert_cmpuint(got & 15, !=, 0);
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/at/decode", test_decode);
	g_test_add_func("/at/par", test_par);
	g_test_add_func("/at/pan", test_pan);
	g_test_add_func("/at/el2", test_el2);
	g_test_add_func("/at/combine", test_combine);
	return g_test_run();
}
