// SPDX-License-Identifier: Apache-2.0
/* List-register arithmetic against values worked out from the architecture's text. */
#include <glib.h>
#include <string.h>
#include "irq/lr.h"

static void test_make(void)
{
	u64 lr = lr_make_sw(27, LR_PENDING, true, 0xa0, true);

	/* State 01, group 1, priority a0, EOI, vINTID 27 */
	g_assert_cmphex(lr, ==, UINT64_C(0x50a0020000000000) | 27);
	g_assert_cmpuint(LR_VINTID(lr), ==, 27);
	g_assert_cmpuint(LR_PRIO(lr), ==, 0xa0);
	g_assert_cmpuint(LR_STATE(lr), ==, LR_PENDING);

	/* State 10, HW, group 0, pINTID 0x3fb = 1019 */
	lr = lr_make_hw(40, LR_ACTIVE, false, 0x10, 1019);
	g_assert_cmphex(lr, ==, UINT64_C(0xa01003fb00000028));
	g_assert_cmpuint(LR_PINTID(lr), ==, 1019);
	g_assert_cmpuint(LR_STATE(lr_set_state(lr, LR_INVALID)), ==, LR_INVALID);
	g_assert_cmphex(lr_set_state(lr, LR_PENDACT), ==, lr | LR_STATE_MASK);
	/* a pINTID never spills into other fields */
	g_assert_cmphex(lr_make_hw(0, 0, false, 0, ~0u), ==, LR_HW | UINT64_C(0x1fff00000000));
}

static void test_status(void)
{
	const u64 p = lr_make_sw(1, LR_PENDING, true, 0, false);
	const u64 a = lr_make_sw(2, LR_ACTIVE, true, 0, true);
	const u64 pa = lr_make_sw(3, LR_PENDACT, true, 0, false);
	const u64 eoi = lr_make_sw(4, LR_INVALID, true, 0, true);
	/* bit 41 of a hardware list register is part of pINTID: no EOI maintenance */
	const u64 hw = lr_make_hw(5, LR_INVALID, true, 0, 512);
	const u64 lr[] = {p, eoi, 0, hw, a, pa};

	g_assert_true(hw & LR_EOI);
	g_assert_cmphex(lr_elrsr(lr, 6), ==, BIT(2) | BIT(3));
	g_assert_cmphex(lr_eisr(lr, 6), ==, BIT(1));
	/* only as many as the interface has */
	g_assert_cmphex(lr_elrsr(lr, 3), ==, BIT(2));
	g_assert_cmphex(lr_eisr(lr, 1), ==, 0);
}

static void test_misr(void)
{
	const u64 p = lr_make_sw(1, LR_PENDING, true, 0, false);
	const u64 a = lr_make_sw(2, LR_ACTIVE, true, 0, false);
	const u64 pa = lr_make_sw(3, LR_PENDACT, true, 0, false);
	const u64 eoi = lr_make_sw(4, LR_INVALID, true, 0, true);
	const u64 one = BIT(ICH_HCR_EOICOUNT_SHIFT);
	const struct {
		u64 lr[3], hcr, vmcr;
		u32 misr;
	} t[] = {
		{{0, 0, 0}, 0, 0, 0},
		{{0, eoi, 0}, 0, 0, ICH_MISR_EOI},
		/* underflow: none or one valid */
		{{0, 0, 0}, ICH_HCR_UIE, 0, ICH_MISR_U},
		{{0, a, 0}, ICH_HCR_UIE, 0, ICH_MISR_U},
		{{p, a, 0}, ICH_HCR_UIE, 0, 0},
		{{eoi, a, eoi}, ICH_HCR_UIE, 0, ICH_MISR_U | ICH_MISR_EOI},
		/* EOIcount counts only with its enable */
		{{p, p, p}, one, 0, 0},
		{{p, p, p}, ICH_HCR_LRENPIE, 0, 0},
		{{p, p, p}, ICH_HCR_LRENPIE | one, 0, ICH_MISR_LRENP},
		{{p, p, p}, ICH_HCR_LRENPIE | one << 4, 0, ICH_MISR_LRENP},
		/* "pending and active" is not pending */
		{{a, pa, 0}, ICH_HCR_NPIE, 0, ICH_MISR_NP},
		{{a, p, 0}, ICH_HCR_NPIE, 0, 0},
		{{p, p, 0}, ICH_HCR_VGRP0EIE, ICH_VMCR_VENG0, ICH_MISR_VGRP0E},
		{{p, p, 0}, ICH_HCR_VGRP0EIE, ICH_VMCR_VENG1, 0},
		{{p, p, 0}, ICH_HCR_VGRP0DIE, ICH_VMCR_VENG1, ICH_MISR_VGRP0D},
		{{p, p, 0}, ICH_HCR_VGRP0DIE, ICH_VMCR_VENG0, 0},
		{{p, p, 0}, ICH_HCR_VGRP1EIE, ICH_VMCR_VENG1, ICH_MISR_VGRP1E},
		{{p, p, 0}, ICH_HCR_VGRP1EIE, ICH_VMCR_VENG0, 0},
		{{p, p, 0}, ICH_HCR_VGRP1DIE, ICH_VMCR_VENG0, ICH_MISR_VGRP1D},
		{{p, p, 0}, ICH_HCR_VGRP1DIE, ICH_VMCR_VENG1, 0},
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(t); i++) {
		g_test_message("case %u", i);
		g_assert_cmphex(lr_misr(t[i].lr, 3, t[i].hcr, t[i].vmcr), ==, t[i].misr);
		g_assert_false(lr_maintenance(t[i].lr, 3, t[i].hcr, t[i].vmcr));
		g_assert_cmpint(lr_maintenance(t[i].lr, 3, t[i].hcr | ICH_HCR_EN, t[i].vmcr), ==,
				t[i].misr != 0);
	}
}

#define VMCR(pmr, bpr0, bpr1) ((u64)(pmr) << 24 | (u64)(bpr0) << 21 | (u64)(bpr1) << 18)

static void test_highest(void)
{
	const u64 both = ICH_VMCR_VENG0 | ICH_VMCR_VENG1;
	const u64 lr[] = {
		lr_make_sw(1, LR_ACTIVE, true, 0x00, false),
		lr_make_sw(2, LR_PENDING, true, 0x40, false),
		lr_make_sw(3, LR_PENDING, false, 0x20, false),
		lr_make_sw(4, LR_PENDING, false, 0x20, false),
		lr_make_sw(5, LR_PENDACT, true, 0x10, false),
	};

	g_assert_cmpint(lr_highest_pending(lr, 5, both), ==, 2);
	g_assert_cmpint(lr_highest_pending(lr, 5, ICH_VMCR_VENG1), ==, 1);
	g_assert_cmpint(lr_highest_pending(lr, 5, ICH_VMCR_VENG0), ==, 2);
	g_assert_cmpint(lr_highest_pending(lr, 5, 0), ==, -1);
	g_assert_cmpint(lr_highest_pending(lr, 1, both), ==, -1);
}

static void test_active_priority(void)
{
	struct gic_vcpuif c = {.hcr = 0};

	g_assert_cmpuint(gic_active_priority(&c, 5), ==, GIC_PRIO_IDLE);
	c.ap1r[0] = BIT(20);
	g_assert_cmphex(gic_active_priority(&c, 5), ==, 0xa0);
	c.ap0r[0] = BIT(2);
	g_assert_cmphex(gic_active_priority(&c, 5), ==, 0x10);
	/* 6 bits: two words, a bit is worth 4; 7 bits: four words, worth 2 */
	g_assert_cmphex(gic_active_priority(&c, 6), ==, 0x08);
	c.ap0r[0] = 0;
	c.ap1r[0] = 0;
	c.ap1r[1] = BIT(0);
	g_assert_cmphex(gic_active_priority(&c, 6), ==, 0x80);
	c.ap1r[1] = 0;
	c.ap0r[3] = BIT(31);
	g_assert_cmphex(gic_active_priority(&c, 7), ==, 0xfe);
}

static void test_would_signal(void)
{
	const u64 g1 = ICH_VMCR_VENG1, g0 = ICH_VMCR_VENG0, cbpr = ICH_VMCR_VCBPR;
	const struct {
		u64 vmcr;
		u32 apr; /* 5 bits: bit n is priority 8n */
		u32 prio;
		bool group1, signals;
	} t[] = {
		/* group enables */
		{VMCR(0xff, 2, 3) | g1, 0, 0xa0, true, true},
		{VMCR(0xff, 2, 3) | g0, 0, 0xa0, true, false},
		{VMCR(0xff, 2, 3) | g1, 0, 0xa0, false, false},
		{VMCR(0xff, 2, 3) | g0, 0, 0xa0, false, true},
		/* the mask lets through what is higher, not equal */
		{VMCR(0xa0, 2, 3) | g1, 0, 0xa0, true, false},
		{VMCR(0xa8, 2, 3) | g1, 0, 0xa0, true, true},
		{VMCR(0, 2, 3) | g1, 0, 0, true, false},
		{VMCR(0xff, 2, 3) | g1, 0, 0xff, true, false},
		/* preemption: strictly higher group priority */
		{VMCR(0xff, 2, 3) | g1, BIT(20), 0xa0, true, false},
		{VMCR(0xff, 2, 3) | g1, BIT(20), 0x98, true, true},
		{VMCR(0xff, 2, 3) | g1, BIT(20), 0xa8, true, false},
		/* BPR1 = 4 means group priority is [7:4]: a8 and a0 are one */
		{VMCR(0xff, 2, 4) | g1, BIT(21), 0xa0, true, false},
		{VMCR(0xff, 2, 4) | g1, BIT(21), 0x98, true, true},
		/* group 0, BPR0 = 3: the same mask */
		{VMCR(0xff, 3, 7) | g0, BIT(21), 0xa0, false, false},
		{VMCR(0xff, 3, 7) | g0, BIT(21), 0x98, false, true},
		/* CBPR: group 1 by BPR0 */
		{VMCR(0xff, 2, 7) | g1 | cbpr, BIT(21), 0xa0, true, true},
		{VMCR(0xff, 2, 7) | g1, BIT(21), 0xa0, true, false},
		/* BPR0 = 7: no preemption at all; BPR1 = 7: by the top bit alone */
		{VMCR(0xff, 7, 7) | g0, BIT(31), 0x00, false, false},
		{VMCR(0xff, 7, 7) | g1, BIT(31), 0x00, true, true},
		{VMCR(0xff, 7, 7) | g1, BIT(15), 0x00, true, false},
		/* values below what the hardware takes count as the least: no bits lost */
		{VMCR(0xff, 0, 0) | g1, BIT(20), 0x9f, true, true},
		{VMCR(0xff, 0, 0) | g1, BIT(20), 0xa0, true, false},
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(t); i++) {
		struct gic_vcpuif c = {.vmcr = t[i].vmcr, .ap1r = {t[i].apr}};
		u64 lr[2] = {0, lr_make_sw(40, LR_PENDING, t[i].group1, t[i].prio, false)};

		g_test_message("case %u", i);
		g_assert_cmpint(gic_would_signal(&c, 5, t[i].prio, t[i].group1), ==, t[i].signals);
		g_assert_cmpint(lr_would_signal(lr, 2, &c, 5), ==, t[i].signals);
		g_assert_false(lr_would_signal(lr, 1, &c, 5));
	}
}

/* L1's timer PPI 27 and SPI 50 are linked. */
static bool map(void *ctx, u32 l1_intid, u32 *pintid, u32 *occurrence)
{
	*occurrence = 1000 + (*(unsigned int *)ctx)++;
	if (l1_intid == 27)
		*pintid = 26;
	else if (l1_intid == 50)
		*pintid = 50;
	else
		return false;
	return true;
}

static void test_nest(void)
{
	unsigned int calls = 0;
	const struct lr_nest_ops ops = {map, &calls};
	struct lr_deact deact[GIC_MAX_LRS];
	struct lr_nest n;
	u64 real[8], l1[8] = {
			     0,
			     lr_make_sw(5, LR_PENDING, true, 0xa0, false),
			     lr_make_sw(6, LR_INVALID, true, 0xa0,
					true), /* waits for L1's EOI handling */
			     lr_make_hw(27, LR_PENDING, true, 0x80, 27),
			     lr_make_hw(33, LR_ACTIVE, false, 0x70,
					99), /* L1 has 99, it is not linked */
			     lr_make_sw(8192, LR_PENDACT, true, 0x60, true),
			     0,
			     lr_make_hw(50, LR_PENDACT, true, 0x50, 50), /* not allowed with HW */
		     };

	lr_nest(&n, l1, 8, real, 8, 24, &ops);
	g_assert_cmpuint(n.nr, ==, 5);
	g_assert_cmpuint(calls, ==, 2);
	g_assert_cmphex(real[0], ==, l1[1]);
	g_assert_cmphex(real[1], ==, lr_make_hw(27, LR_PENDING, true, 0x80, 26));
	g_assert_cmphex(real[2], ==, lr_make_sw(33, LR_ACTIVE, false, 0x70, true));
	g_assert_cmphex(real[3], ==, l1[5]);
	g_assert_cmphex(real[4], ==, lr_make_sw(50, LR_PENDACT, true, 0x50, true));
	for (int i = 5; i < 8; i++)
		g_assert_cmphex(real[i], ==, 0);

	/* nothing happened: nothing changes */
	{
		u64 copy[8];

		memcpy(copy, l1, sizeof(l1));
		g_assert_cmpuint(lr_unnest(&n, real, l1, 8, deact), ==, 0);
		g_assert_cmpmem(copy, sizeof(copy), l1, sizeof(l1));
	}

	/* L2 acknowledged 5, deactivated 27 (by hardware), 33 and 50, and 8192's first half */
	real[0] = lr_set_state(real[0], LR_ACTIVE);
	real[1] = lr_set_state(real[1], LR_INVALID);
	real[2] = lr_set_state(real[2], LR_INVALID);
	real[3] = lr_set_state(real[3], LR_PENDING);
	real[4] = lr_set_state(real[4], LR_INVALID);
	g_assert_cmpuint(lr_unnest(&n, real, l1, 8, deact), ==, 3);
	g_assert_cmpuint(deact[0].l1_intid, ==, 27);
	g_assert_true(deact[0].phys_done);
	g_assert_cmpuint(deact[0].occurrence, ==, 1000);
	g_assert_cmpuint(deact[1].l1_intid, ==, 99);
	g_assert_false(deact[1].phys_done);
	g_assert_cmpuint(deact[1].occurrence, ==, 0);
	g_assert_cmpuint(deact[2].l1_intid, ==, 50);
	g_assert_false(deact[2].phys_done);
	/* L1 sees its own encoding, pINTID and all, with new states only */
	g_assert_cmphex(l1[1], ==, lr_make_sw(5, LR_ACTIVE, true, 0xa0, false));
	g_assert_cmphex(l1[2], ==, lr_make_sw(6, LR_INVALID, true, 0xa0, true));
	g_assert_cmphex(l1[3], ==, lr_make_hw(27, LR_INVALID, true, 0x80, 27));
	g_assert_cmphex(l1[4], ==, lr_make_hw(33, LR_INVALID, false, 0x70, 99));
	g_assert_cmphex(l1[5], ==, lr_make_sw(8192, LR_PENDING, true, 0x60, true));
	g_assert_cmphex(l1[7], ==, lr_make_hw(50, LR_INVALID, true, 0x50, 50));
	/* L1 must see the EOI only where it asked for it */
	g_assert_cmphex(lr_eisr(l1, 8), ==, BIT(2));
}

static void test_nest_hostile(void)
{
	unsigned int calls = 0;
	const struct lr_nest_ops ops = {map, &calls};
	struct lr_nest n;
	u64 real[4], l1[] = {
			     lr_make_sw(1020, LR_PENDING, true, 0, false), /* special */
			     lr_make_sw(1023, LR_PENDING, true, 0, false),
			     lr_make_sw(4096, LR_PENDING, true, 0, false),	/* reserved range */
			     lr_make_sw(0x1000000, LR_PENDING, true, 0, false), /* beyond 24 bits */
			     lr_make_sw(7, LR_PENDING, true, 0, false),
			     lr_make_sw(7, LR_ACTIVE, true, 8, false), /* again */
			     lr_make_hw(8, LR_PENDING, true, 0, 3),    /* an SGI cannot be linked */
			     lr_make_hw(9, LR_PENDING, true, 0, 1020),
			     ~UINT64_C(0),
			     lr_make_sw(65536, LR_PENDING, true, 0, false),
			     lr_make_sw(10, LR_PENDING, true, 0, false),
			     lr_make_sw(11, LR_PENDING, true, 0, false),
		     };

	lr_nest(&n, l1, ARRAY_SIZE(l1), real, 4, 24, &ops);
	g_assert_cmpuint(n.nr, ==, 4); /* no more than there are */
	g_assert_cmpuint(calls, ==, 0);
	g_assert_cmphex(real[0], ==, l1[4]);
	g_assert_cmphex(real[1], ==, lr_make_sw(8, LR_PENDING, true, 0, false));
	g_assert_cmphex(real[2], ==, lr_make_sw(9, LR_PENDING, true, 0, false));
	g_assert_cmphex(real[3], ==, l1[9]); /* an LPI within 24 bits */
	lr_nest(&n, l1, ARRAY_SIZE(l1), real, 4, 16, &ops);
	g_assert_cmphex(real[3], ==, l1[10]); /* not within 16 */
}

/* Any bits at all in L1's page: what reaches the hardware is well formed and distinct. */
static void test_nest_random(void)
{
	unsigned int calls = 0;
	const struct lr_nest_ops ops = {map, &calls};
	struct lr_deact deact[GIC_MAX_LRS];
	GRand *r = g_rand_new_with_seed(2);

	for (int round = 0; round < 20000; round++) {
		u32 nr = (u32)g_rand_int_range(r, 1, 17);
		u64 l1[GIC_MAX_LRS], before[GIC_MAX_LRS], real[GIC_MAX_LRS];
		struct lr_nest n;

		for (u32 i = 0; i < nr; i++) {
			l1[i] = (u64)g_rand_int(r) << 32 | g_rand_int(r);
			if (g_rand_boolean(r)) /* often a plausible vINTID */
				l1[i] = (l1[i] & ~UINT64_C(0xffffffff)) |
					(u64)g_rand_int_range(r, 0, 64);
		}
		memcpy(before, l1, sizeof(l1));
		lr_nest(&n, l1, nr, real, nr, 24, &ops);
		for (u32 i = 0; i < nr; i++) {
			u32 id = LR_VINTID(real[i]);

			if (i >= n.nr) {
				g_assert_cmphex(real[i], ==, 0);
				continue;
			}
			g_assert_true(id < 1020 || (id >= 8192 && id < 1 << 24));
			g_assert_cmpuint(LR_STATE(real[i]), !=, LR_INVALID);
			/* NMI and all RES0 bits are gone */
			g_assert_cmphex(real[i] & (GENMASK(59, 56) | GENMASK(47, 45)), ==, 0);
			if (real[i] & LR_HW) {
				g_assert_cmpuint(LR_STATE(real[i]), !=, LR_PENDACT);
				g_assert_true(LR_PINTID(real[i]) == 26 || LR_PINTID(real[i]) == 50);
			} else {
				g_assert_cmphex(real[i] & (GENMASK(44, 32) & ~LR_EOI), ==, 0);
			}
			for (u32 j = 0; j < i; j++)
				g_assert_cmpuint(LR_VINTID(real[j]), !=, id);
			real[i] = lr_set_state(real[i], (u32)g_rand_int_range(r, 0, 4));
		}
		lr_unnest(&n, real, l1, nr, deact);
		for (u32 i = 0; i < nr; i++)
			g_assert_cmphex((l1[i] ^ before[i]) & ~LR_STATE_MASK, ==, 0);
	}
	g_rand_free(r);
}

static void test_eoicount(void)
{
	u64 l1 = ICH_HCR_EN | ICH_HCR_LRENPIE | UINT64_C(30) << 27;
	u64 r = lr_add_eoicount(l1, ICH_HCR_NPIE | UINT64_C(3) << 27);

	g_assert_cmphex(r, ==, ICH_HCR_EN | ICH_HCR_LRENPIE | UINT64_C(1) << 27);
	g_assert_cmphex(lr_add_eoicount(l1, 0), ==, l1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lr/make", test_make);
	g_test_add_func("/lr/elrsr-eisr", test_status);
	g_test_add_func("/lr/misr", test_misr);
	g_test_add_func("/lr/highest-pending", test_highest);
	g_test_add_func("/lr/active-priority", test_active_priority);
	g_test_add_func("/lr/would-signal", test_would_signal);
	g_test_add_func("/lr/nest", test_nest);
	g_test_add_func("/lr/nest-hostile", test_nest_hostile);
	g_test_add_func("/lr/nest-random", test_nest_random);
	g_test_add_func("/lr/eoicount", test_eoicount);
	return g_test_run();
}
