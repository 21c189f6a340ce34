/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/vm/ldst.c, on instructions that GNU as has assembled. */
#include <glib.h>
#include <string.h>

#include "vm/exit.h"
#include "vm/ldst.h"

static void test_decode(void)
{
	static const struct {
		u32 insn;
		struct ldst want;
	} sets[] = {
		/* ldr w0, [x1], #4; ldr w0, [x1, #4]!; str w0, [x1], #-4; str w0, [x1, #-4]! */
		{0xb8404420, {1, {0}, 4, false, false, false, 1, 0, 4}},
		{0xb8404c20, {1, {0}, 4, false, false, false, 1, 4, 4}},
		{0xb81fc420, {1, {0}, 4, true, false, false, 1, 0, -4}},
		{0xb81fcc20, {1, {0}, 4, true, false, false, 1, -4, -4}},
		/* ldrb w0, [x1], #1; strb w0, [x1], #1; ldrh w7, [x9], #-256; strh w7, [x9, #255]!
		 */
		{0x38401420, {1, {0}, 1, false, false, false, 1, 0, 1}},
		{0x38001420, {1, {0}, 1, true, false, false, 1, 0, 1}},
		{0x78500527, {1, {7}, 2, false, false, false, 9, 0, -256}},
		{0x780ffd27, {1, {7}, 2, true, false, false, 9, 255, 255}},
		/* ldrsb x0, [x1], #2; ldrsb w0, [x1, #2]!; ldrsh x3, [x4], #2; ldrsw x0, [x1], #4
		 */
		{0x38802420, {1, {0}, 1, false, true, true, 1, 0, 2}},
		{0x38c02c20, {1, {0}, 1, false, true, false, 1, 2, 2}},
		{0x78802483, {1, {3}, 2, false, true, true, 4, 0, 2}},
		{0xb8804420, {1, {0}, 4, false, true, true, 1, 0, 4}},
		/* ldr x0, [x1], #8; str xzr, [x1], #8; ldr w0, [sp], #16; ldr xzr, [sp], #0 */
		{0xf8408420, {1, {0}, 8, false, false, true, 1, 0, 8}},
		{0xf800843f, {1, {31}, 8, true, false, true, 1, 0, 8}},
		{0xb84107e0, {1, {0}, 4, false, false, false, LDST_SP, 0, 16}},
		{0xf84007ff, {1, {31}, 8, false, false, true, LDST_SP, 0, 0}},
		/* ldp w0, w2, [x1]; [x1, #-8]; [x1], #8; [x1, #8]!; stp w0, w2, [x1, #252] */
		{0x29400820, {2, {0, 2}, 4, false, false, false, 1, 0, 0}},
		{0x297f0820, {2, {0, 2}, 4, false, false, false, 1, -8, 0}},
		{0x28c10820, {2, {0, 2}, 4, false, false, false, 1, 0, 8}},
		{0x29c10820, {2, {0, 2}, 4, false, false, false, 1, 8, 8}},
		{0x291f8820, {2, {0, 2}, 4, true, false, false, 1, 252, 0}},
		/* ldpsw x0, x2, [x1], #8; ldnp w0, w2, [x1]; stnp x0, x2, [x1, #-512] */
		{0x68c10820, {2, {0, 2}, 4, false, true, true, 1, 0, 8}},
		{0x28400820, {2, {0, 2}, 4, false, false, false, 1, 0, 0}},
		{0xa8200820, {2, {0, 2}, 8, true, false, true, 1, -512, 0}},
		/* ldp x2, x0, [x1], #16; stp xzr, xzr, [x1]; stp x1, x1, [x1]; ldp x1, x2, [x1] */
		{0xa8c10022, {2, {2, 0}, 8, false, false, true, 1, 0, 16}},
		{0xa9007c3f, {2, {31, 31}, 8, true, false, true, 1, 0, 0}},
		{0xa9000421, {2, {1, 1}, 8, true, false, true, 1, 0, 0}},
		{0xa9400821, {2, {1, 2}, 8, false, false, true, 1, 0, 0}},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
		const struct ldst *w = &sets[i].want;
		struct ldst l;

		g_test_message("%08x", sets[i].insn);
		g_assert_true(ldst_decode(sets[i].insn, &l));
		g_assert_cmpuint(l.nr, ==, w->nr);
		g_assert_cmpuint(l.rt[0], ==, w->rt[0]);
		g_assert_cmpuint(l.rt[1], ==, w->rt[1]);
		g_assert_cmpuint(l.size, ==, w->size);
		g_assert_cmpuint(l.write, ==, w->write);
		g_assert_cmpuint(l.sign, ==, w->sign);
		g_assert_cmpuint(l.write || l.wide == w->wide, ==, true);
		g_assert_cmpuint(l.rn, ==, w->rn);
		g_assert_cmpint(l.offset, ==, w->offset);
		g_assert_cmpint(l.increment, ==, w->increment);
	}
}

static void test_refused(void)
{
	static const u32 insns[] = {
		0xf9400020,		/* ldr x0, [x1]: has a syndrome, as the next two */
		0xf8400020,		/* ldur x0, [x1] */
		0xf8400820,		/* ldtr x0, [x1] */
		0xf8626820,		/* ldr x0, [x1, x2] */
		0xfd400020,		/* ldr d0, [x1] */
		0xfc408420,		/* ldr d0, [x1], #8 */
		0x6d400420,		/* ldp d0, d1, [x1] */
		0x885f7c20,		/* ldxr w0, [x1] */
		0xf8200020,		/* ldadd x0, x0, [x1] */
		0xf8200c20,		/* ldraa x0, [x1]! */
		0x69000820,		/* stgp x0, x2, [x1] */
		0x68400820,		/* unallocated: ldpsw without allocation */
		0xe9400820,		/* unallocated: a pair of opc 3 */
		0xb8c04420,		/* unallocated: a word with sign to 32 bits */
		0xf8804420,		/* unallocated: a doubleword with sign */
		0xf8c04420, 0x29400020, /* ldp w0, w0, [x1]: unpredictable, as the next ones */
		0xf8408421,		/* ldr x1, [x1], #8 */
		0xf8008421,		/* str x1, [x1], #8 */
		0xa8c10821,		/* ldp x1, x2, [x1], #16 */
		0xa8c10422,		/* ldp x2, x1, [x1], #16 */
		0xd503201f,		/* nop */
		0,	    ~0u,
	};

	for (size_t i = 0; i < G_N_ELEMENTS(insns); i++) {
		struct ldst l;

		g_test_message("%08x", insns[i]);
		g_assert_false(ldst_decode(insns[i], &l));
	}
}

static void test_syndrome(void)
{
	struct ldst l;

	ldst_from_iss(ABT_ISV | 3 << 22 | 30 << 16 | ABT_SF | ABT_WNR | 7, &l);
	g_assert_cmpuint(l.nr, ==, 1);
	g_assert_cmpuint(l.rt[0], ==, 30);
	g_assert_cmpuint(l.size, ==, 8);
	g_assert_true(l.write && l.wide && !l.sign);
	g_assert_cmpint(l.increment, ==, 0);
	ldst_from_iss(ABT_ISV | 1 << 22 | 2 << 16 | ABT_SSE | 7, &l);
	g_assert_cmpuint(l.size, ==, 2);
	g_assert_true(!l.write && !l.wide && l.sign);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ldst/decode", test_decode);
	g_test_add_func("/ldst/refused", test_refused);
	g_test_add_func("/ldst/syndrome", test_syndrome);
	return g_test_run();
}
