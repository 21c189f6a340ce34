/* SPDX-License-Identifier: Apache-2.0 */
/* route_trap(): exceptions from guest context other than system registers and stage-2 aborts. */
#include <glib.h>
#include <string.h>

#include "nested/route.h"

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static bool bit(u64 v, unsigned int n)
{
	return (v >> n) & 1;
}

static u64 esr(unsigned int ec, u64 iss)
{
	return (u64)ec << 26 | BIT(25) | iss;
}

/* An L1 that traps nothing: with E2H = 0, and with E2H = 1. */
static const struct l1_controls open_nvhe = {
	.hcr = BIT(31) | BIT(40) | BIT(41),
	.cnthctl = 3,
	.cptr = 0x22ff,
	.has_fgt = true,
	.has_hcx = true,
	.has_sve = true,
};
static const struct l1_controls open_vhe = {
	.hcr = BIT(31) | BIT(34) | BIT(40) | BIT(41),
	.cnthctl = 3 << 10,
	.cptr = 3 << 16 | 3 << 20,
	.e2h = true,
	.has_fgt = true,
	.has_hcx = true,
	.has_sve = true,
};

enum reg { HCR, HCRX, MDCR, CPTR, HFGITR };

static void flip(struct l1_controls *c, enum reg reg, unsigned int n)
{
	u64 *p[] = {&c->hcr, &c->hcrx, &c->mdcr, &c->cptr, &c->hfgitr};

	*p[reg] ^= BIT(n);
}

#define ANY 2 /* EL1 and EL0, or both layouts */

/* The one bit that gives the trap to L1; without it, `without`. */
static const struct {
	const char *what;
	unsigned int ec;
	u64 iss;
	unsigned int el, e2h;
	enum reg reg;
	unsigned int bit;
	enum route without;
} one_bit[] = {
	{"WFI", 0x01, 0x1e00000, ANY, ANY, HCR, 13, ROUTE_L0},
	{"WFE", 0x01, 0x1e00001, ANY, ANY, HCR, 14, ROUTE_L0},
	{"WFIT", 0x01, 0x1e00002, ANY, ANY, HCR, 13, ROUTE_L0},
	{"WFET", 0x01, 0x1e00003, ANY, ANY, HCR, 14, ROUTE_L0},
	{"FP, TFP", 0x07, 0x1e00000, ANY, 0, CPTR, 10, ROUTE_L0},
	{"FP, FPEN", 0x07, 0x1e00000, ANY, 1, CPTR, 20, ROUTE_L0},
	{"SVE, TZ", 0x19, 0, ANY, 0, CPTR, 8, ROUTE_L0},
	{"SVE, ZEN", 0x19, 0, ANY, 1, CPTR, 16, ROUTE_L0},
	{"PAuth", 0x09, 0, ANY, ANY, HCR, 41, ROUTE_L0},
	{"SVC from EL0", 0x15, 7, 0, ANY, HFGITR, 52, ROUTE_L0},
	{"SVC from EL1", 0x15, 7, 1, ANY, HFGITR, 53, ROUTE_L0},
	{"SMC", 0x17, 0, 1, ANY, HCR, 19, ROUTE_L0},
	{"ERET", 0x1a, 0, 1, ANY, HFGITR, 51, ROUTE_L0},
	{"ERETAB", 0x1a, 3, 1, ANY, HFGITR, 51, ROUTE_L0},
	{"MOPS", 0x27, 0, ANY, ANY, HCRX, 10, ROUTE_L0},
	{"breakpoint", 0x30, 0x22, ANY, ANY, MDCR, 8, ROUTE_L0},
	{"step", 0x32, 0x22, ANY, ANY, MDCR, 8, ROUTE_L0},
	{"watchpoint", 0x34, 0x22, ANY, ANY, MDCR, 8, ROUTE_L0},
	{"BKPT32", 0x38, 0x77, 0, ANY, MDCR, 8, ROUTE_L0},
	{"BRK", 0x3c, 0x800, ANY, ANY, MDCR, 8, ROUTE_L0},
};

static void test_one_bit(void)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(one_bit); i++) {
		for (unsigned int k = 0; k < 4; k++) {
			unsigned int el = k & 1, e2h = k >> 1;
			struct l1_controls c = e2h ? open_vhe : open_nvhe, inverse;

			if ((one_bit[i].el != ANY && one_bit[i].el != el) ||
			    (one_bit[i].e2h != ANY && one_bit[i].e2h != e2h))
				continue;
			g_test_message("%s el %u e2h %u", one_bit[i].what, el, e2h);
			g_assert_cmpint(route_trap(&c, esr(one_bit[i].ec, one_bit[i].iss), el), ==,
					one_bit[i].without);
			flip(&c, one_bit[i].reg, one_bit[i].bit);
			g_assert_cmpint(route_trap(&c, esr(one_bit[i].ec, one_bit[i].iss), el), ==,
					ROUTE_L1);
			/* and no other bit does: all the rest inverted, TGE apart */
			inverse = e2h ? open_vhe : open_nvhe;
			inverse.hcr ^= ~BIT(27);
			inverse.hcrx ^= ~UINT64_C(0);
			inverse.mdcr ^= ~UINT64_C(0);
			inverse.cptr ^= ~UINT64_C(0);
			inverse.hfgitr ^= ~UINT64_C(0);
			flip(&inverse, one_bit[i].reg, one_bit[i].bit);
			g_assert_cmpint(
				route_trap(&inverse, esr(one_bit[i].ec, one_bit[i].iss), el), ==,
				one_bit[i].without);
		}
	}
}

static void test_hvc(void)
{
	struct l1_controls c = open_vhe;

	g_assert_cmpint(route_trap(&c, esr(0x16, 0), 1), ==, ROUTE_L1);
	/* HCR_EL2.HCD: one that comes here nevertheless does so from a CPU with EL3, which has
	 * none. */
	c.hcr |= BIT(29);
	g_assert_cmpint(route_trap(&c, esr(0x16, 0), 1), ==, ROUTE_L1);
}

/* {E2H,TGE} = {0,1}: what EL0 would take to EL1 goes to EL2. */
static void test_tge(void)
{
	static const unsigned int ec[] = {0x00, 0x01, 0x07, 0x0d, 0x0e, 0x15, 0x19, 0x1c, 0x22,
					  0x26, 0x27, 0x2c, 0x30, 0x32, 0x34, 0x38, 0x3c};
	struct l1_controls c = open_nvhe;

	c.hcr |= BIT(27);
	for (unsigned int i = 0; i < G_N_ELEMENTS(ec); i++)
		g_assert_cmpint(route_trap(&c, esr(ec[i], 0), 0), ==, ROUTE_L1);
	/* EL1's own exceptions do not come here without TGE; if they do, they are not L1's. */
	for (unsigned int i = 0; i < G_N_ELEMENTS(ec); i++)
		g_assert_cmpint(route_trap(&open_nvhe, esr(ec[i], 0), 0), !=, ROUTE_L1);
}

/* Features that L1 is not offered do not exist in L2, whatever L1 writes. */
static void test_not_offered(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct l1_controls c = i & 1 ? open_vhe : open_nvhe;

		c.has_sve = c.has_fgt = c.has_hcx = false;
		c.hfgitr = c.hcrx = ~UINT64_C(0);
		if (i & 2)
			c.cptr = ~c.cptr;
		g_assert_cmpint(route_trap(&c, esr(0x19, 0), 1), ==, ROUTE_UNDEF); /* SVE */
		g_assert_cmpint(route_trap(&c, esr(0x1d, 0), 1), ==, ROUTE_UNDEF); /* SME */
		g_assert_cmpint(route_trap(&c, esr(0x15, 0), 0), ==, ROUTE_L0);
		g_assert_cmpint(route_trap(&c, esr(0x1a, 0), 1), ==, ROUTE_L0);
		g_assert_cmpint(route_trap(&c, esr(0x27, 0), 1), ==, ROUTE_L0);
	}
}

static void test_fpen_values(void)
{
	/* FPEN, ZEN: 0 and 2 trap; 1 traps EL0 in the host regime only; 3 does not. */
	for (unsigned int v = 0; v < 4; v++) {
		for (unsigned int el = 0; el < 2; el++) {
			struct l1_controls c = open_vhe;
			enum route expect = v & 1 ? ROUTE_L0 : ROUTE_L1;

			c.cptr = (u64)v << 20 | 3 << 16;
			g_assert_cmpint(route_trap(&c, esr(0x07, 0), el), ==, expect);
			g_assert_cmpint(route_trap(&c, esr(0x19, 0), el), ==, ROUTE_L0);
			c.cptr = (u64)v << 16 | 3 << 20;
			g_assert_cmpint(route_trap(&c, esr(0x19, 0), el), ==, expect);
			g_assert_cmpint(route_trap(&c, esr(0x07, 0), el), ==, ROUTE_L0);
		}
	}
}

/*
 * Both functions have to agree: of what L1's controls alone make trap in hardware (route_merge over
 * a neve that traps nothing), everything is L1's, and nothing else is. The hardware by its bits.
 */
static bool hw_traps(const struct hw_controls *hw, unsigned int ec, u64 iss, unsigned int el)
{
	switch (ec) {
	case 0x01:
		return bit(hw->hcr, iss & 1 ? 14 : 13);
	case 0x07:
		return bit(hw->cptr, 10);
	case 0x09:
		return !bit(hw->hcr, 41);
	case 0x15:
		return bit(hw->hfgitr, el ? 53 : 52);
	case 0x17:
		return bit(hw->hcr, 19);
	case 0x19:
		return bit(hw->cptr, 8);
	case 0x1a:
		return bit(hw->hfgitr, 51);
	case 0x27:
		return bit(hw->hcrx, 10);
	case 0x30:
	case 0x32:
	case 0x34:
	case 0x38:
	case 0x3c:
		return bit(hw->mdcr, 8);
	}
	g_assert_not_reached();
}

static void test_agrees_with_merge(void)
{
	static const unsigned int ec[] = {0x01, 0x07, 0x09, 0x15, 0x17, 0x19, 0x1a,
					  0x27, 0x30, 0x32, 0x34, 0x38, 0x3c};
	const struct hw_controls none = {.hcrx = BIT(11)};

	for (unsigned int i = 0; i < 20000; i++) {
		struct l1_controls c = {
			.hcr = random64() & ~BIT(27),
			.hcrx = random64(),
			.mdcr = random64(),
			.cptr = random64(),
			.hfgitr = random64(),
			.e2h = g_test_rand_bit(),
			.has_fgt = g_test_rand_bit(),
			.has_hcx = g_test_rand_bit(),
			.has_sve = true,
		};
		struct hw_controls hw;

		route_merge(&c, &none, &hw);
		for (unsigned int k = 0; k < G_N_ELEMENTS(ec); k++) {
			u64 iss = g_test_rand_int() & 0x1ffffff;
			unsigned int el = (unsigned int)g_test_rand_bit();

			g_assert_cmpint(route_trap(&c, esr(ec[k], iss), el), ==,
					hw_traps(&hw, ec[k], iss, el) ? ROUTE_L1 : ROUTE_L0);
		}
	}
}

/* Every EC: an answer, and L1's only for a reason. */
static void test_every_ec(void)
{
	for (unsigned int ec = 0; ec < 64; ec++) {
		for (unsigned int k = 0; k < 4; k++) {
			enum route r =
				route_trap(k & 1 ? &open_vhe : &open_nvhe, esr(ec, 0), k >> 1);

			if (ec == 0x16)
				g_assert_cmpint(r, ==, ROUTE_L1);
			else
				g_assert_cmpint(r, !=, ROUTE_L1);
			/* unknown, BTI, illegal state, FPAC, alignment, FP: never EL2's for L1 */
			if (strchr("\x0d\x0e\x1c\x22\x26\x2c", (int)ec))
				g_assert_cmpint(r, ==, ROUTE_UNDEF);
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/route/trap/one-bit", test_one_bit);
	g_test_add_func("/route/trap/hvc", test_hvc);
	g_test_add_func("/route/trap/tge", test_tge);
	g_test_add_func("/route/trap/not-offered", test_not_offered);
	g_test_add_func("/route/trap/fpen-values", test_fpen_values);
	g_test_add_func("/route/trap/agrees-with-merge", test_agrees_with_merge);
	g_test_add_func("/route/trap/every-ec", test_every_ec);
	return g_test_run();
}
