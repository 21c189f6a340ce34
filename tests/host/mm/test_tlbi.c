/* SPDX-License-Identifier: Apache-2.0 */
/* TLBI decode: every encoding there is, and the operands. */
#include "nested/tlbi.h"

#include <glib.h>

/* The instructions by name, each with its encoding (Arm ARM, C5.5), as assemblers know them. */
static const struct {
	const char *name;
	unsigned int op1, crm, op2;
	enum tlbi_kind kind;
	enum tlbi_shareability share;
	bool last, range;
} table[] = {
	{"VMALLE1OS", 0, 1, 0, TLBI_VMALL_E1, TLBI_OS, false, false},
	{"VAE1OS", 0, 1, 1, TLBI_VA_E1, TLBI_OS, false, false},
	{"ASIDE1OS", 0, 1, 2, TLBI_ASID_E1, TLBI_OS, false, false},
	{"VAAE1OS", 0, 1, 3, TLBI_VAA_E1, TLBI_OS, false, false},
	{"VALE1OS", 0, 1, 5, TLBI_VA_E1, TLBI_OS, true, false},
	{"VAALE1OS", 0, 1, 7, TLBI_VAA_E1, TLBI_OS, true, false},
	{"RVAE1IS", 0, 2, 1, TLBI_VA_E1, TLBI_IS, false, true},
	{"RVAAE1IS", 0, 2, 3, TLBI_VAA_E1, TLBI_IS, false, true},
	{"RVALE1IS", 0, 2, 5, TLBI_VA_E1, TLBI_IS, true, true},
	{"RVAALE1IS", 0, 2, 7, TLBI_VAA_E1, TLBI_IS, true, true},
	{"VMALLE1IS", 0, 3, 0, TLBI_VMALL_E1, TLBI_IS, false, false},
	{"VAE1IS", 0, 3, 1, TLBI_VA_E1, TLBI_IS, false, false},
	{"ASIDE1IS", 0, 3, 2, TLBI_ASID_E1, TLBI_IS, false, false},
	{"VAAE1IS", 0, 3, 3, TLBI_VAA_E1, TLBI_IS, false, false},
	{"VALE1IS", 0, 3, 5, TLBI_VA_E1, TLBI_IS, true, false},
	{"VAALE1IS", 0, 3, 7, TLBI_VAA_E1, TLBI_IS, true, false},
	{"RVAE1OS", 0, 5, 1, TLBI_VA_E1, TLBI_OS, false, true},
	{"RVAAE1OS", 0, 5, 3, TLBI_VAA_E1, TLBI_OS, false, true},
	{"RVALE1OS", 0, 5, 5, TLBI_VA_E1, TLBI_OS, true, true},
	{"RVAALE1OS", 0, 5, 7, TLBI_VAA_E1, TLBI_OS, true, true},
	{"RVAE1", 0, 6, 1, TLBI_VA_E1, TLBI_LOCAL, false, true},
	{"RVAAE1", 0, 6, 3, TLBI_VAA_E1, TLBI_LOCAL, false, true},
	{"RVALE1", 0, 6, 5, TLBI_VA_E1, TLBI_LOCAL, true, true},
	{"RVAALE1", 0, 6, 7, TLBI_VAA_E1, TLBI_LOCAL, true, true},
	{"VMALLE1", 0, 7, 0, TLBI_VMALL_E1, TLBI_LOCAL, false, false},
	{"VAE1", 0, 7, 1, TLBI_VA_E1, TLBI_LOCAL, false, false},
	{"ASIDE1", 0, 7, 2, TLBI_ASID_E1, TLBI_LOCAL, false, false},
	{"VAAE1", 0, 7, 3, TLBI_VAA_E1, TLBI_LOCAL, false, false},
	{"VALE1", 0, 7, 5, TLBI_VA_E1, TLBI_LOCAL, true, false},
	{"VAALE1", 0, 7, 7, TLBI_VAA_E1, TLBI_LOCAL, true, false},
	{"IPAS2E1IS", 4, 0, 1, TLBI_IPA_S2, TLBI_IS, false, false},
	{"RIPAS2E1IS", 4, 0, 2, TLBI_IPA_S2, TLBI_IS, false, true},
	{"IPAS2LE1IS", 4, 0, 5, TLBI_IPA_S2, TLBI_IS, true, false},
	{"RIPAS2LE1IS", 4, 0, 6, TLBI_IPA_S2, TLBI_IS, true, true},
	{"ALLE2OS", 4, 1, 0, TLBI_ALL_E2, TLBI_OS, false, false},
	{"VAE2OS", 4, 1, 1, TLBI_VA_E2, TLBI_OS, false, false},
	{"ALLE1OS", 4, 1, 4, TLBI_ALL_E1, TLBI_OS, false, false},
	{"VALE2OS", 4, 1, 5, TLBI_VA_E2, TLBI_OS, true, false},
	{"VMALLS12E1OS", 4, 1, 6, TLBI_VMALLS12, TLBI_OS, false, false},
	{"RVAE2IS", 4, 2, 1, TLBI_VA_E2, TLBI_IS, false, true},
	{"RVALE2IS", 4, 2, 5, TLBI_VA_E2, TLBI_IS, true, true},
	{"ALLE2IS", 4, 3, 0, TLBI_ALL_E2, TLBI_IS, false, false},
	{"VAE2IS", 4, 3, 1, TLBI_VA_E2, TLBI_IS, false, false},
	{"ALLE1IS", 4, 3, 4, TLBI_ALL_E1, TLBI_IS, false, false},
	{"VALE2IS", 4, 3, 5, TLBI_VA_E2, TLBI_IS, true, false},
	{"VMALLS12E1IS", 4, 3, 6, TLBI_VMALLS12, TLBI_IS, false, false},
	{"IPAS2E1OS", 4, 4, 0, TLBI_IPA_S2, TLBI_OS, false, false},
	{"IPAS2E1", 4, 4, 1, TLBI_IPA_S2, TLBI_LOCAL, false, false},
	{"RIPAS2E1", 4, 4, 2, TLBI_IPA_S2, TLBI_LOCAL, false, true},
	{"RIPAS2E1OS", 4, 4, 3, TLBI_IPA_S2, TLBI_OS, false, true},
	{"IPAS2LE1OS", 4, 4, 4, TLBI_IPA_S2, TLBI_OS, true, false},
	{"IPAS2LE1", 4, 4, 5, TLBI_IPA_S2, TLBI_LOCAL, true, false},
	{"RIPAS2LE1", 4, 4, 6, TLBI_IPA_S2, TLBI_LOCAL, true, true},
	{"RIPAS2LE1OS", 4, 4, 7, TLBI_IPA_S2, TLBI_OS, true, true},
	{"RVAE2OS", 4, 5, 1, TLBI_VA_E2, TLBI_OS, false, true},
	{"RVALE2OS", 4, 5, 5, TLBI_VA_E2, TLBI_OS, true, true},
	{"RVAE2", 4, 6, 1, TLBI_VA_E2, TLBI_LOCAL, false, true},
	{"RVALE2", 4, 6, 5, TLBI_VA_E2, TLBI_LOCAL, true, true},
	{"ALLE2", 4, 7, 0, TLBI_ALL_E2, TLBI_LOCAL, false, false},
	{"VAE2", 4, 7, 1, TLBI_VA_E2, TLBI_LOCAL, false, false},
	{"ALLE1", 4, 7, 4, TLBI_ALL_E1, TLBI_LOCAL, false, false},
	{"VALE2", 4, 7, 5, TLBI_VA_E2, TLBI_LOCAL, true, false},
	{"VMALLS12E1", 4, 7, 6, TLBI_VMALLS12, TLBI_LOCAL, false, false},
};

static u32 key_of(unsigned int op1, unsigned int crn, unsigned int crm, unsigned int op2)
{
	return 1u << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1;
}

static u32 key_named(const char *name)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_str_equal(table[i].name, name))
			return key_of(table[i].op1, 8, table[i].crm, table[i].op2);
	g_error("no %s", name);
}

static struct tlbi_op decode(const char *name, u64 rt)
{
	struct tlbi_op op;

	g_assert_true(tlbi_decode(key_named(name), rt, &op));
	return op;
}

static void test_encodings(void)
{
	unsigned int found = 0;

	for (u32 key = 0; key < 1u << 22; key++) {
		unsigned int crn = key >> 10 & 15, i;
		struct tlbi_op op;
		bool got = tlbi_decode(key, 0, &op);

		for (i = 0; i < G_N_ELEMENTS(table); i++)
			if ((key >> 20 & 3) == 1 && (crn == 8 || crn == 9) &&
			    (key >> 14 & 7) == table[i].op1 && (key >> 1 & 15) == table[i].crm &&
			    (key >> 17 & 7) == table[i].op2)
				break;
		g_assert_cmpint(got, ==, i < G_N_ELEMENTS(table));
		if (!got)
			continue;
		found++;
		g_assert_cmpint(op.kind, ==, table[i].kind);
		g_assert_cmpint(op.share, ==, table[i].share);
		g_assert_cmpint(op.last_level, ==, table[i].last);
		g_assert_cmpint(op.range, ==, table[i].range);
		g_assert_cmpint(op.nxs, ==, crn == 9);
	}
	/* Rt and Dir do not count: 64 keys an instruction, plain and nXS */
	g_assert_cmpuint(found, ==, G_N_ELEMENTS(table) * 2 * 64);
	/* as measured, with Rt = 31 */
	struct tlbi_op op;

	g_assert_true(tlbi_decode(0x1023ee, 0, &op));
	g_assert_cmpint(op.kind, ==, TLBI_VMALL_E1);
	g_assert_cmpint(op.share, ==, TLBI_LOCAL);
	g_assert_true(tlbi_decode(0x1023e6, 0, &op));
	g_assert_cmpint(op.share, ==, TLBI_IS);
}

static void test_address(void)
{
	struct tlbi_op op = decode("VAE1IS", UINT64_C(0xabcd000000012345));

	g_assert_cmphex(op.base, ==, 0x12345000);
	g_assert_cmphex(op.size, ==, SZ_4K);
	g_assert_cmpuint(op.ttl, ==, 0);
	g_assert_cmphex(op.asid, ==, 0xabcd);
	/* bit 55 of the address is the half: operand bit 43 */
	op = decode("VAE1", UINT64_C(0x00010fffffffffff));
	g_assert_cmphex(op.base, ==, ~UINT64_C(0xfff));
	g_assert_cmphex(op.asid, ==, 1);
	op = decode("VAE2", UINT64_C(0x80000000000));
	g_assert_cmphex(op.base, ==, UINT64_C(0xff80000000000000));
	/* VAAE1 ignores the ASID, ASIDE1 everything else */
	op = decode("VAAE1", UINT64_C(0xabcd000000012345));
	g_assert_cmphex(op.asid, ==, 0);
	g_assert_cmphex(op.base, ==, 0x12345000);
	op = decode("ASIDE1", UINT64_C(0xabcd000000012345));
	g_assert_cmphex(op.asid, ==, 0xabcd);
	g_assert_cmphex(op.size, ==, 0);
	op = decode("VMALLE1", ~UINT64_C(0));
	g_assert_cmphex(op.base | op.size | op.asid | op.ttl, ==, 0);
	/* IPA: 40 bits, no sign, NS ignored */
	op = decode("IPAS2E1IS", UINT64_C(0x80000fffffffffff));
	g_assert_cmphex(op.base, ==, UINT64_C(0xffffffffff000));
	g_assert_cmphex(op.asid, ==, 0);
}

/* Every TTL. */
static void test_ttl(void)
{
	/* bytes of a leaf, by granule field and level; 0: no hint */
	static const u64 span[4][4] = {
		[1] = {0, SZ_1G, SZ_2M, SZ_4K},
		[2] = {0, 0, 16 * SZ_2M, 4 * SZ_4K},
		[3] = {0, 0, 256 * SZ_2M, SZ_64K},
	};
	const u64 ipa = UINT64_C(0x123456789000);

	for (unsigned int tg = 0; tg < 4; tg++)
		for (unsigned int level = 0; level < 4; level++) {
			u64 rt = ipa >> 12 | (u64)level << 44 | (u64)tg << 46;
			struct tlbi_op op = decode("IPAS2E1", rt);
			u64 size = span[tg][level] ? span[tg][level] : SZ_4K;

			g_assert_cmpuint(op.ttl, ==, span[tg][level] ? level : 0);
			g_assert_cmphex(op.size, ==, size);
			g_assert_cmphex(op.base, ==, ipa / size * size);
		}
}

static u64 range_rt(u64 base, unsigned int ttl, unsigned int num, unsigned int scale,
		    unsigned int tg)
{
	return base | (u64)ttl << 37 | (u64)num << 39 | (u64)scale << 44 | (u64)tg << 46;
}

static void test_ranges(void)
{
	static const u64 page[4] = {0, SZ_4K, 4 * SZ_4K, SZ_64K};

	for (unsigned int tg = 0; tg < 4; tg++)
		for (unsigned int scale = 0; scale < 4; scale++)
			for (unsigned int num = 0; num < 32; num++)
				for (unsigned int ttl = 0; ttl < 4; ttl++) {
					u64 base = 0x12345, n = num + 1, rt;
					struct tlbi_op op;

					for (unsigned int i = 0; i < 5 * scale + 1; i++)
						n *= 2;
					rt = range_rt(base, ttl, num, scale, tg);
					op = decode("RIPAS2E1IS", rt);
					g_assert_true(op.range);
					g_assert_cmphex(op.base, ==, base * page[tg]);
					g_assert_cmphex(op.size, ==, n * page[tg]);
					g_assert_cmpuint(op.ttl, ==,
							 !tg || (ttl == 1 && tg != 1) ? 0 : ttl);
				}

	/* addresses are signed, by granule; IPAs are not */
	struct tlbi_op op = decode("RVAE1", UINT64_C(0xbeef) << 48 |
						    range_rt(UINT64_C(0x1fffff0000), 0, 0, 0, 1));

	g_assert_cmphex(op.base, ==, UINT64_C(0xfffffffff0000000));
	g_assert_cmphex(op.size, ==, 2 * SZ_4K);
	g_assert_cmphex(op.asid, ==, 0xbeef);
	op = decode("RVAE2IS", range_rt(UINT64_C(0x1fffff0000), 0, 0, 0, 3));
	g_assert_cmphex(op.base, ==, UINT64_C(0xffffffff00000000));
	op = decode("RVAE2IS", range_rt(UINT64_C(0x1000000000), 0, 0, 0, 3));
	g_assert_cmphex(op.base, ==, UINT64_C(0xfff0000000000000));
	op = decode("RVAAE1", range_rt(UINT64_C(0x0fffff0000), 0, 0, 0, 1));
	g_assert_cmphex(op.base, ==, UINT64_C(0xfffff0000000));
	op = decode("RIPAS2E1", range_rt(UINT64_C(0x1fffff0000), 0, 0, 0, 1));
	g_assert_cmphex(op.base, ==, UINT64_C(0x1fffff0000000));

	/* the end of the address space: no wrap */
	op = decode("RVAE1", range_rt(UINT64_C(0x1fffffffff), 0, 31, 3, 1));
	g_assert_cmphex(op.base, ==, ~UINT64_C(0xfff));
	g_assert_cmphex(op.size, ==, SZ_4K);
	op = decode("RVAE1", range_rt(UINT64_C(0x1ffffffffe), 0, 0, 0, 1));
	g_assert_cmphex(op.base + op.size, ==, 0);
	g_assert_cmphex(op.size, ==, 2 * SZ_4K);
	/* base 0 is no end */
	op = decode("RVAE1", range_rt(0, 0, 31, 3, 3));
	g_assert_cmphex(op.size, ==, UINT64_C(32) << 16 << 16);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tlbi/encodings", test_encodings);
	g_test_add_func("/tlbi/address", test_address);
	g_test_add_func("/tlbi/ttl", test_ttl);
	g_test_add_func("/tlbi/ranges", test_ranges);
	return g_test_run();
}
