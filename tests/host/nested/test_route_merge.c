/* SPDX-License-Identifier: Apache-2.0 */
/* route_merge(): the controls L2 runs under, against a slow reference that goes bit by bit. */
#include <glib.h>
#include <string.h>

#include "nested/route.h"

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static unsigned int bit(u64 v, unsigned int n)
{
	return (unsigned int)(v >> n) & 1;
}

static void random_hw(struct hw_controls *c)
{
	u64 *p = (u64 *)c;

	for (unsigned int i = 0; i < sizeof(*c) / sizeof(*p); i++)
		p[i] = random64();
}

static void random_l1(struct l1_controls *c)
{
	*c = (struct l1_controls){
		.hcr = random64(),
		.hcrx = random64(),
		.mdcr = random64(),
		.cptr = random64(),
		.cnthctl = random64(),
		.ich_hcr = random64(),
		.hstr = random64(),
		.hfgrtr = random64(),
		.hfgwtr = random64(),
		.hfgitr = random64(),
		.hdfgrtr = random64(),
		.hdfgwtr = random64(),
		.e2h = g_test_rand_bit(),
		.has_fgt = g_test_rand_bit(),
		.has_hcx = g_test_rand_bit(),
		.has_sve = g_test_rand_bit(),
	};
}

/*
 * What becomes of each bit, the lowest first: o neve's own; | either one; v L1's virtual interrupt
 * if L1's routing bit three below is on; t L1's with E2H = 0; & both. Bits of features that L1 is
 * not offered are neve's own.
 */
static const char hcr_rule[] = "oo|ooovv"
			       "v|||||||"
			       "||||||||"
			       "|||t|||o"
			       "ooo|||oo"
			       "||oo|ooo"
			       "o||o||||"
			       "oooooooo";
static const char hcrx_rule[] = "oooooooo"
				"oo|&oooo"
				"oooooooo"
				"oooooooo"
				"oooooooo"
				"oooooooo"
				"oooooooo"
				"oooooooo";
static const char mdcr_rule[] = "ooooo|||"
				"||||oooo"
				"oooooooo"
				"oo||oooo"
				"oooooooo"
				"oooooooo"
				"oooooooo"
				"oooooooo";
/* Read-only registers have no bit in the W registers, write-only ones none in the R registers. */
static const char hfgr_rule[] = "||||||||"
				"||||||||"
				"||||||||"
				"||||||oo"
				"||||||||"
				"||||||||"
				"||oooooo"
				"oooooooo";
static const char hfgw_rule[] = "||o|||||"
				"|oo|||oo"
				"||o||o||"
				"|oo|o|oo"
				"||||||||"
				"o|o|||o|"
				"||oooooo"
				"oooooooo";
static const char hfgi_rule[] = "||||||||"
				"||||||||"
				"||||||||"
				"||||||||"
				"||||||||"
				"||||||||"
				"ooo||||o"
				"oooooooo";
static const char hdfgr_rule[] = "||||||||"
				 "o|||||||"
				 "||||oo|o"
				 "oooooooo"
				 "oooooooo"
				 "oooooooo"
				 "oooooooo"
				 "o||ooooo";
static const char hdfgw_rule[] = "||||||o|"
				 "|o||||||"
				 "||||||oo"
				 "oooooooo"
				 "oooooooo"
				 "oooooooo"
				 "oooooooo"
				 "o|oooooo";

static u64 by_rule(const char *rule, u64 own, u64 l1, bool e2h)
{
	u64 out = 0;

	g_assert_cmpuint(strlen(rule), ==, 64);
	for (unsigned int n = 0; n < 64; n++) {
		unsigned int o = bit(own, n), l = bit(l1, n), v = 0;

		switch (rule[n]) {
		case 'o':
			v = o;
			break;
		case '|':
			v = o || l;
			break;
		case '&':
			v = o && l;
			break;
		case 'v':
			v = o || (l && bit(l1, n - 3));
			break;
		case 't':
			v = o || (l && !e2h);
			break;
		default:
			g_assert_not_reached();
		}
		out |= (u64)v << n;
	}
	return out;
}

/* The trap bits of CPTR_EL2 by their place with E2H = 0. */
static u64 reference_cptr(const struct l1_controls *c)
{
	u64 traps = 0;
	unsigned int fpen = (c->cptr >> 20) & 3, zen = (c->cptr >> 16) & 3;

	if (bit(c->cptr, 31))
		traps |= BIT(31);
	if (bit(c->cptr, 30))
		traps |= BIT(30);
	if (c->e2h) {
		if (fpen == 0 || fpen == 2)
			traps |= BIT(10);
		if (zen == 0 || zen == 2)
			traps |= BIT(8);
		if (bit(c->cptr, 28))
			traps |= BIT(20);
	} else {
		for (unsigned int i = 0; i < 4; i++)
			traps |= c->cptr & BIT(((const unsigned int[]){8, 10, 12, 20})[i]);
	}
	return traps;
}

static u64 reference_cnthctl(const struct l1_controls *c, u64 own)
{
	u64 out = own;

	if (!bit(c->cnthctl, c->e2h ? 10 : 0))
		out &= ~BIT(0);
	if (!bit(c->cnthctl, c->e2h ? 11 : 1))
		out &= ~BIT(1);
	for (unsigned int n = 2; n <= 7; n++) /* the event stream */
		out |= c->cnthctl & BIT(n);
	return out | (c->cnthctl & (BIT(13) | BIT(14) | BIT(17)));
}

static void check(const struct l1_controls *l1, const struct hw_controls *own)
{
	struct hw_controls out;
	u64 hpmn = MIN(l1->mdcr & 31, own->mdcr & 31);

	memset(&out, 0x5a, sizeof(out));
	route_merge(l1, own, &out);
	g_assert_cmphex(out.hcr, ==, by_rule(hcr_rule, own->hcr, l1->hcr, l1->e2h));
	g_assert_cmphex(out.mdcr, ==,
			(by_rule(mdcr_rule, own->mdcr, l1->mdcr, false) & ~UINT64_C(31)) | hpmn);
	g_assert_cmphex(out.cptr, ==, own->cptr | reference_cptr(l1));
	g_assert_cmphex(out.cnthctl, ==, reference_cnthctl(l1, own->cnthctl));
	g_assert_cmphex(out.hstr, ==, own->hstr | (l1->hstr & 0xbfef));
	g_assert_cmphex(out.hcrx, ==,
			l1->has_hcx ? by_rule(hcrx_rule, own->hcrx, l1->hcrx, false) : own->hcrx);
	if (l1->has_fgt) {
		g_assert_cmphex(out.hfgrtr, ==, by_rule(hfgr_rule, own->hfgrtr, l1->hfgrtr, false));
		g_assert_cmphex(out.hfgwtr, ==, by_rule(hfgw_rule, own->hfgwtr, l1->hfgwtr, false));
		g_assert_cmphex(out.hfgitr, ==, by_rule(hfgi_rule, own->hfgitr, l1->hfgitr, false));
		g_assert_cmphex(out.hdfgrtr, ==,
				by_rule(hdfgr_rule, own->hdfgrtr, l1->hdfgrtr, false));
		g_assert_cmphex(out.hdfgwtr, ==,
				by_rule(hdfgw_rule, own->hdfgwtr, l1->hdfgwtr, false));
	} else {
		g_assert_cmphex(out.hfgrtr, ==, own->hfgrtr);
		g_assert_cmphex(out.hfgwtr, ==, own->hfgwtr);
		g_assert_cmphex(out.hfgitr, ==, own->hfgitr);
		g_assert_cmphex(out.hdfgrtr, ==, own->hdfgrtr);
		g_assert_cmphex(out.hdfgwtr, ==, own->hdfgwtr);
	}
}

static void test_random(void)
{
	for (unsigned int i = 0; i < 20000; i++) {
		struct hw_controls own;
		struct l1_controls l1;

		random_hw(&own);
		random_l1(&l1);
		check(&l1, &own);
		memset(&own, 0, sizeof(own));
		check(&l1, &own);
	}
}

/* One bit of L1 at a time, over nothing and over everything of neve's. */
static void test_single_bits(void)
{
	for (unsigned int n = 0; n < 64; n++) {
		for (unsigned int how = 0; how < 8; how++) {
			u64 v = how & 1 ? ~BIT(n) : BIT(n);
			struct l1_controls l1 = {
				.hcr = v,
				.hcrx = v,
				.mdcr = v,
				.cptr = v,
				.cnthctl = v,
				.hstr = v,
				.hfgrtr = v,
				.hfgwtr = v,
				.hfgitr = v,
				.hdfgrtr = v,
				.hdfgwtr = v,
				.e2h = how & 2,
				.has_fgt = true,
				.has_hcx = true,
			};
			struct hw_controls own;

			memset(&own, how & 4 ? 0xff : 0, sizeof(own));
			check(&l1, &own);
		}
	}
}

/* neve's controls as nested/world.c has them, and KVM's (VHE) for a guest. */
static void test_kvm(void)
{
	const struct hw_controls own = {
		.hcr = 0x801c003b,
		.mdcr = 6,
		.cptr = 0x22ff | BIT(12),
		.cnthctl = 3,
		.hcrx = BIT(11),
	};
	struct l1_controls l1 = {
		/* VM SWIO PTW FMO IMO AMO FB BSU_IS TWI TWE TID3 TSC TIDCP TACR TSW RW E2H TLOR
		 * APK API, TGE clear */
		.hcr = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(9) | BIT(10) |
		       BIT(13) | BIT(14) | BIT(18) | BIT(19) | BIT(20) | BIT(21) | BIT(22) |
		       BIT(31) | BIT(34) | BIT(35) | BIT(40) | BIT(41),
		.mdcr = 6 | BIT(5) | BIT(6) | BIT(10) | BIT(11),
		.cptr = 0,	    /* FP and SVE not loaded: both trap */
		.cnthctl = BIT(10), /* the counter yes, the physical timer no */
		.e2h = true,
		.has_sve = true,
	};
	struct hw_controls out;

	route_merge(&l1, &own, &out);
	g_assert_cmpuint(bit(out.hcr, 34), ==, 0); /* neve's E2H, not L1's */
	g_assert_cmpuint(bit(out.hcr, 13) & bit(out.hcr, 14) & bit(out.hcr, 21), ==, 1);
	g_assert_cmpuint(bit(out.hcr, 40) & bit(out.hcr, 41), ==, 1);
	g_assert_cmphex(out.mdcr, ==, l1.mdcr);
	g_assert_cmphex(out.cptr, ==, 0x22ff | BIT(12) | BIT(10) | BIT(8));
	g_assert_cmphex(out.cnthctl, ==, 1);
	g_assert_cmphex(out.hcrx, ==, BIT(11));
	g_assert_cmphex(out.hfgrtr | out.hfgwtr | out.hfgitr | out.hdfgrtr | out.hdfgwtr, ==, 0);
	/* FP loaded: no FP trap any more, SVE still */
	l1.cptr = 3 << 20;
	route_merge(&l1, &own, &out);
	g_assert_cmphex(out.cptr, ==, 0x22ff | BIT(12) | BIT(8));
	/* an L1 that does not use pointer authentication traps it in L2 */
	l1.hcr &= ~(BIT(40) | BIT(41));
	route_merge(&l1, &own, &out);
	g_assert_cmpuint(bit(out.hcr, 40) | bit(out.hcr, 41), ==, 0);
}

/* What L1 must never get into the real register, whatever it writes. */
static void test_never(void)
{
	const struct hw_controls own = {.hcr = BIT(0) | BIT(31), .mdcr = 4};

	for (unsigned int i = 0; i < 5000; i++) {
		struct hw_controls out;
		struct l1_controls l1;

		random_l1(&l1);
		route_merge(&l1, &own, &out);
		/* NV, NV1, NV2, E2H; FWB: the shadow tables have the other format; CD: they are in
		 * the caches */
		g_assert_cmphex(out.hcr &
					(BIT(42) | BIT(43) | BIT(45) | BIT(34) | BIT(46) | BIT(32)),
				==, 0);
		g_assert_cmphex(out.hcr & own.hcr, ==, own.hcr);
		g_assert_cmpuint(out.mdcr & 31, <=, 4);
		g_assert_cmphex(out.cnthctl & BIT(12), ==, 0); /* ECV: CNTPOFF is neve's */
		if (l1.e2h)
			g_assert_cmpuint(bit(out.hcr, 27), ==, 0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/route/merge/random", test_random);
	g_test_add_func("/route/merge/single-bits", test_single_bits);
	g_test_add_func("/route/merge/kvm", test_kvm);
	g_test_add_func("/route/merge/never", test_never);
	return g_test_run();
}
