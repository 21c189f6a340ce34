/* SPDX-License-Identifier: Apache-2.0 */
#include <glib.h>
#include "nested/eret.h"
#include "nested/pauth.h"

#define HCR_TGE BIT(27)
#define HCR_E2H BIT(34)
#define FLAGS	(BIT(31) | BIT(29))
#define HERE	(MODE_EL1h | BIT(30) | PSTATE_SSBS | PSTATE_UAO) /* vEL2h at the ERET */

static void legal(u64 mode, u64 hcr, enum eret_target target, u64 real_mode)
{
	u64 bits = FLAGS | PSTATE_DAIF | PSTATE_PAN | PSTATE_SS | PSTATE_DIT;
	struct eret_result r = eret_decode(bits | mode, hcr, HERE, true);

	g_assert_cmpuint(r.target, ==, target);
	g_assert_cmphex(r.pstate, ==, bits | real_mode);
}

static void illegal(u64 mode, u64 hcr)
{
	struct eret_result r = eret_decode(FLAGS | BIT(7) | PSTATE_SS | mode, hcr, HERE, false);

	g_assert_cmpuint(r.target, ==, ERET_HYP);
	/* NZCV and DAIF from the SPSR; exception level, stack pointer and the rest stay; IL. */
	g_assert_cmphex(r.pstate, ==,
			FLAGS | BIT(7) | MODE_EL1h | PSTATE_SSBS | PSTATE_UAO | PSTATE_IL);
}

static void test_legal(void)
{
	static const u64 hcrs[] = {0, HCR_E2H, HCR_TGE, HCR_TGE | HCR_E2H};

	for (unsigned i = 0; i < G_N_ELEMENTS(hcrs); i++) {
		legal(MODE_EL2h, hcrs[i], ERET_HYP, MODE_EL1h);
		legal(MODE_EL2t, hcrs[i], ERET_HYP, MODE_EL1t);
	}
	legal(MODE_EL1h, 0, ERET_GUEST, MODE_EL1h);
	legal(MODE_EL1t, HCR_E2H, ERET_GUEST, MODE_EL1t);
	legal(MODE_EL0t, 0, ERET_GUEST, MODE_EL0t);
	legal(MODE_EL0t, HCR_E2H, ERET_GUEST, MODE_EL0t);
	legal(MODE_EL0t, HCR_TGE | HCR_E2H, ERET_HYP, MODE_EL0t);
	legal(MODE_EL0t, HCR_TGE, ERET_GUEST, MODE_EL0t);
	legal(MODE_A32_USR, 0, ERET_GUEST, MODE_A32_USR);
	legal(MODE_A32_USR, HCR_TGE | HCR_E2H, ERET_HYP, MODE_A32_USR);
	legal(MODE_A32_USR, HCR_TGE, ERET_GUEST, MODE_A32_USR);
}

static void test_illegal(void)
{
	for (u64 mode = 0; mode < 32; mode++) {
		bool el0 = mode == MODE_EL0t, el1 = mode == MODE_EL1t || mode == MODE_EL1h;
		bool el2 = mode == MODE_EL2t || mode == MODE_EL2h;

		if (!el0 && !el1 && !el2) {
			illegal(mode, 0);
			illegal(mode, HCR_E2H | HCR_TGE);
		}
		if (el1) {
			illegal(mode, HCR_TGE);
			illegal(mode, HCR_TGE | HCR_E2H);
		}
	}
}

/* ITTT EQ, instruction by instruction: IT is 0b0000_0001, 0010, 0100, 1000, and then 0. */
static void test_it(void)
{
	static const u8 its[] = {0x01, 0x02, 0x04, 0x08, 0x00, 0x00};

	for (unsigned i = 0; i + 1 < G_N_ELEMENTS(its); i++) {
		u64 bits[2];

		for (unsigned n = 0; n < 2; n++) {
			u64 it = its[i + n];

			bits[n] = FLAGS | MODE_A32_USR | (it >> 2) << 10 | (it & 3) << 25;
		}
		g_assert_cmphex(pstate_advance_it(bits[0]), ==, bits[1]);
	}
	/* The next one's condition is the other: ITE NE, 0b0001_1100 to 0b0000_1000 and the end */
	g_assert_cmphex(pstate_advance_it((0x1c >> 2) << 10), ==, (0x18 >> 2) << 10);
}

static void test_spsr(void)
{
	g_assert_cmphex(spsr_from_real(FLAGS | MODE_EL1h), ==, FLAGS | MODE_EL2h);
	g_assert_cmphex(spsr_from_real(FLAGS | MODE_EL1t), ==, FLAGS | MODE_EL2t);
	g_assert_cmphex(spsr_from_real(FLAGS | MODE_EL0t), ==, FLAGS | MODE_EL0t);
}

/* What the hardware writes for vEL2 reads as EL2, and nothing that vEL2 writes is lost. */
static void test_swap(void)
{
	g_assert_cmphex(spsr_swap_levels(FLAGS | MODE_EL1h), ==, FLAGS | MODE_EL2h);
	g_assert_cmphex(spsr_swap_levels(FLAGS | MODE_EL1t), ==, FLAGS | MODE_EL2t);
	g_assert_cmphex(spsr_swap_levels(FLAGS | MODE_EL0t), ==, FLAGS | MODE_EL0t);
	for (u64 mode = 0; mode < 32; mode++)
		g_assert_cmphex(spsr_swap_levels(spsr_swap_levels(FLAGS | mode)), ==, FLAGS | mode);
}

static void test_enter(void)
{
	struct exception_entry e;

	e = exception_enter(MODE_EL1h | FLAGS | PSTATE_UAO | PSTATE_IL | PSTATE_SS | PSTATE_BTYPE,
			    false, EXC_SYNC, 0, false, false);
	g_assert_cmphex(e.offset, ==, 0x200);
	g_assert_cmphex(e.pstate, ==, FLAGS | PSTATE_DAIF | MODE_EL1h);
	g_assert_cmphex(exception_enter(MODE_EL1t, false, EXC_FIQ, 0, false, false).offset, ==,
			0x100);
	g_assert_cmphex(exception_enter(MODE_EL0t, true, EXC_IRQ, 0, false, false).offset, ==,
			0x480);
	g_assert_cmphex(exception_enter(MODE_EL1h, true, EXC_SERROR, 0, false, false).offset, ==,
			0x580);
	g_assert_cmphex(exception_enter(0x10, true, EXC_SYNC, 0, false, false).offset, ==, 0x600);
	/* SPAN = 0 sets PAN where it applies; DSSBS gives SSBS */
	e = exception_enter(MODE_EL0t, true, EXC_SYNC, BIT(44), true, false);
	g_assert_cmphex(e.pstate, ==, PSTATE_DAIF | MODE_EL1h | PSTATE_PAN | PSTATE_SSBS);
	e = exception_enter(MODE_EL0t, true, EXC_SYNC, BIT(23), true, false);
	g_assert_cmphex(e.pstate, ==, PSTATE_DAIF | MODE_EL1h);
	/* ALLINT as the CPU sets it, but not with SPINTMASK */
	e = exception_enter(MODE_EL1h, false, EXC_SYNC, 0, false, true);
	g_assert_cmphex(e.pstate, ==, PSTATE_DAIF | MODE_EL1h | PSTATE_ALLINT);
	e = exception_enter(MODE_EL1h | PSTATE_ALLINT, false, EXC_SYNC, BIT(62), false, true);
	g_assert_cmphex(e.pstate, ==, PSTATE_DAIF | MODE_EL1h);
}

static void check_pauth(const struct pauth_format *f, u64 ptr, u64 mask, u64 pac)
{
	u64 signed_ptr;

	g_assert_cmphex(pauth_strip(f, ptr), ==, ptr);
	if (f->enhanced)
		signed_ptr = ptr ^ (pac & mask);
	else
		signed_ptr = (ptr & ~mask) | (pac & mask);
	g_assert_true(pauth_matches(f, signed_ptr, pac));
	g_assert_cmphex(pauth_strip(f, signed_ptr), ==, ptr);
	for (unsigned bit = 0; bit < 64; bit++) {
		if (mask & BIT(bit))
			g_assert_false(pauth_matches(f, signed_ptr ^ BIT(bit), pac));
	}
	/* What comes of a failure is never the pointer itself. */
	g_assert_cmphex(pauth_poison(f, signed_ptr ^ BIT(54), pac, true), !=, ptr);
	g_assert_cmphex(pauth_poison(f, signed_ptr ^ BIT(54), pac, false), !=, ptr);
}

static void test_pauth(void)
{
	struct pauth_format f = {.va_bits = {48, 48}, .two_ranges = true};
	u64 kernel = 0xffff800012345678, user = 0x0000123456789abc;

	for (unsigned enhanced = 0; enhanced < 2; enhanced++) {
		f.enhanced = enhanced;
		f.tbi[0] = f.tbi[1] = false;
		check_pauth(&f, kernel, 0xff7f000000000000, 0x5a3c96f0e1d2c3b4);
		check_pauth(&f, user, 0xff7f000000000000, 0xa5c369f01e2d3c4b);
		f.tbi[0] = true;
		check_pauth(&f, user | UINT64_C(0x4a) << 56, 0x007f000000000000,
			    0xa5c369f01e2d3c4b);
		check_pauth(&f, kernel, 0xff7f000000000000, 0x5a3c96f0e1d2c3b4);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/eret/legal", test_legal);
	g_test_add_func("/eret/illegal", test_illegal);
	g_test_add_func("/eret/spsr", test_spsr);
	g_test_add_func("/eret/swap", test_swap);
	g_test_add_func("/eret/enter", test_enter);
	g_test_add_func("/eret/pauth", test_pauth);
	g_test_add_func("/eret/it", test_it);
	return g_test_run();
}
