/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/vel2_regs.c: vEL2's E2H = 0 registers in the format of EL1. */
#include <glib.h>

#include "nested/vel2_regs.h"

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static unsigned int bit(u64 v, unsigned int n)
{
	return (unsigned int)(v >> n) & 1;
}

/* Where each bit of TCR_EL2 (E2H = 0) is in TCR_EL1 (Arm ARM, D19.2); -1: nowhere. */
static int tcr_bit_in_el1(unsigned int n)
{
	if (n <= 5 || (n >= 8 && n <= 15)) /* T0SZ, IRGN0, ORGN0, SH0, TG0 */
		return (int)n;
	switch (n) {
	case 16: /* PS -> IPS */
	case 17:
	case 18:
		return (int)n - 16 + 32;
	case 20: /* TBI -> TBI0 */
		return 37;
	case 21: /* HA */
		return 39;
	case 22: /* HD */
		return 40;
	case 24: /* HPD -> HPD0 */
		return 41;
	case 25: /* HWU59 to HWU62 -> HWU059 to HWU062 */
	case 26:
	case 27:
	case 28:
		return (int)n - 25 + 43;
	case 29: /* TBID -> TBID0 */
		return 51;
	}
	return -1;
}

static void test_tcr_known(void)
{
	/* Xen: T0SZ 16, write-back, inner shareable, 4K, PS 48 bits, RES1 bits 31 and 23. */
	u64 el1 = vel2_tcr_to_el1(0x80853510);

	g_assert_cmphex(el1 & 0xffff, ==, 0x3510);
	g_assert_cmphex((el1 >> 32) & 7, ==, 5);
	g_assert_cmphex((el1 >> 30) & 3, ==, 2); /* TG1: 4K */
	g_assert_cmpuint(bit(el1, 23), ==, 1);	 /* EPD1 */
	g_assert_cmpuint(bit(el1, 7), ==, 0);	 /* EPD0 */
	/* TBI and HA, of a 64K regime */
	el1 = vel2_tcr_to_el1(BIT(20) | BIT(21) | 1 << 14 | 22);
	g_assert_cmphex(el1, ==,
			BIT(37) | BIT(38) | BIT(39) | UINT64_C(3) << 30 | 22 << 16 | BIT(23) |
				1 << 14 | 22);
}

static void test_tcr_granules(void)
{
	/* TG0 4K, 64K, 16K and reserved; TG1 has 16K 1, 4K 2, 64K 3, and 0 is reserved. */
	static const unsigned int tg1[] = {2, 3, 1};

	for (unsigned int tg0 = 0; tg0 < 3; tg0++)
		g_assert_cmpuint((vel2_tcr_to_el1((u64)tg0 << 14) >> 30) & 3, ==, tg1[tg0]);
	g_assert_cmpuint((vel2_tcr_to_el1(UINT64_C(3) << 14) >> 30) & 3, !=, 0);
}

static void test_tcr_bits(void)
{
	for (unsigned int i = 0; i < 20000; i++) {
		u64 tcr = i < 64 ? BIT(i) : random64(), expect = 0, el1 = vel2_tcr_to_el1(tcr);
		/* what concerns the upper half of the address space */
		u64 upper = GENMASK(21, 16) | BIT(23) | GENMASK(31, 30);
		unsigned int t1sz = (unsigned int)(el1 >> 16) & 0x3f;

		for (unsigned int n = 0; n < 64; n++)
			if (tcr_bit_in_el1(n) >= 0 && bit(tcr, n))
				expect |= BIT(tcr_bit_in_el1(n));
		/* TBI1, TBID1: for the authentication of addresses with bit 55 */
		expect |= (expect & (BIT(37) | BIT(51))) << 1;
		g_assert_cmphex(el1 & ~upper, ==, expect);
		g_assert_cmpuint(bit(el1, 23), ==, 1);
		/* T1SZ that every granule has, whatever the implementation: 16 to 39 */
		g_assert_cmpuint(t1sz, >=, 16);
		g_assert_cmpuint(t1sz, <=, 39);
		/* for authentication too */
		if ((tcr & 0x3f) >= 16 && (tcr & 0x3f) <= 39)
			g_assert_cmpuint(t1sz, ==, tcr & 0x3f);
		g_assert_cmpuint((el1 >> 30) & 3, !=, 0);
	}
}

static void test_sctlr(void)
{
	/* M A C SA nAA I EnDB WXN IESB EE EnDA EnIB EnIA BT DSSBS */
	static const unsigned int same[] = {0, 1, 2, 3, 6, 12, 13, 19, 21, 25, 27, 30, 31, 36, 44};
	/* EOS TSCXT EIS SPAN nTLSMD LSMAOE: always 1 */
	static const unsigned int one[] = {11, 20, 22, 23, 28, 29};

	for (unsigned int i = 0; i < 10000; i++) {
		u64 sctlr = i < 64 ? BIT(i) : random64(), expect = 0;

		for (unsigned int k = 0; k < G_N_ELEMENTS(same); k++)
			expect |= sctlr & BIT(same[k]);
		for (unsigned int k = 0; k < G_N_ELEMENTS(one); k++)
			expect |= BIT(one[k]);
		g_assert_cmphex(vel2_sctlr_to_el1(sctlr), ==, expect);
	}
	/* Linux's value for EL2 with the MMU off: off stays off. */
	g_assert_cmphex(vel2_sctlr_to_el1(0x30c50830) & 0x1005, ==, 0);
}

static void test_ttbr0(void)
{
	g_assert_cmphex(vel2_ttbr0_to_el1(0xabcd000040201001), ==, 0x40201000);
	g_assert_cmphex(vel2_ttbr0_to_el1(~UINT64_C(0)), ==, 0xfffffffffffe);
}

static void test_cptr(void)
{
	const u64 smen = UINT64_C(3) << 24, fpen = 3 << 20, zen = 3 << 16, tta = 1 << 28;

	/* 0x33ff: Linux's CPTR_EL2 without SVE: TZ set, FP free */
	g_assert_cmphex(vel2_cptr_to_cpacr(0x33ff), ==, smen | fpen);
	g_assert_cmphex(vel2_cptr_to_cpacr(0x32ff), ==, smen | fpen | zen);
	g_assert_cmphex(vel2_cptr_to_cpacr(0x33ff | BIT(10)), ==, smen);
	g_assert_cmphex(vel2_cptr_to_cpacr(0x32ff | BIT(20)), ==, smen | fpen | zen | tta);
	/* TCPAC and TAM trap EL1, not EL2 itself */
	g_assert_cmphex(vel2_cptr_to_cpacr(0x33ff | BIT(30) | BIT(31)), ==, smen | fpen);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vel2-regs/tcr/known", test_tcr_known);
	g_test_add_func("/vel2-regs/tcr/granules", test_tcr_granules);
	g_test_add_func("/vel2-regs/tcr/bits", test_tcr_bits);
	g_test_add_func("/vel2-regs/sctlr", test_sctlr);
	g_test_add_func("/vel2-regs/ttbr0", test_ttbr0);
	g_test_add_func("/vel2-regs/cptr", test_cptr);
	return g_test_run();
}
