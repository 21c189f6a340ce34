/* SPDX-License-Identifier: Apache-2.0 */
/* The walker of a guest hypervisor's stage 2: every geometry, every fault, hostile tables. */
#include "mm/s2walk.h"

#include "guesttab.h"
#include "pool.h"

#define RW	(PERM_R | PERM_W)
#define RWX	(PERM_R | PERM_W | PERM_X)
#define S2_LEAF (PTE_AF | S2_S2AP_R | S2_S2AP_W | S2_MEMATTR(0xf) | PTE_SH(SH_INNER))

/* VTCR_EL2.TG0 and SL0, start level, smallest and largest input size (Arm ARM, D8.2.8). */
static const struct {
	unsigned int granule, tg0, sl0, start, min, max, min_pa;
	bool ttst;
} starts[] = {
	{12, 0, 0, 2, 22, 34, 0, false},  {12, 0, 1, 1, 31, 43, 0, false},
	{12, 0, 2, 0, 40, 48, 44, false}, {12, 0, 3, 3, 13, 25, 0, true},
	{14, 2, 0, 3, 15, 29, 0, false},  {14, 2, 1, 2, 26, 40, 0, false},
	{14, 2, 2, 1, 37, 48, 42, false}, {16, 1, 0, 3, 17, 33, 0, false},
	{16, 1, 1, 2, 30, 46, 0, false},  {16, 1, 2, 1, 43, 48, 44, false},
};

static const unsigned int pa_sizes[] = {32, 36, 40, 42, 44, 48};

static u64 vtcr(unsigned int t0sz, unsigned int sl0, unsigned int tg0, unsigned int ps)
{
	return t0sz | sl0 << 6 | tg0 << 14 | ps << 16 | UINT64_C(1) << 31;
}

static struct s2walk_cfg config(const struct guest_tables *gt, u64 v)
{
	return (struct s2walk_cfg){
		.vtcr = v,
		.vttbr = gt->root | UINT64_C(0x1234) << 48 | 1, /* VMID, CnP */
		.granules = GRANULE_ALL,
		.pa_bits = 48,
		.xnx = true,
	};
}

/* A usual stage 2: 4 KiB, start level 1, 39 bits */
static struct s2walk_cfg usual(struct guest_tables *gt)
{
	gt_init(gt, 12, 1, 39);
	return config(gt, vtcr(25, 1, 0, 5));
}

static bool leaf_level(unsigned int granule, unsigned int level)
{
	return level == 3 || level == 2 || (level == 1 && granule == 12);
}

static void expect_fault(const struct s2walk_cfg *cfg, struct guest_tables *gt, u64 in,
			 enum walk_fault fault, unsigned int level)
{
	struct s2walk_result res;

	g_assert_cmpint(s2walk(cfg, &gt_mem, gt, NIPA(in), PERM_R, &res), ==, fault);
	g_assert_cmpint(res.fault, ==, fault);
	g_assert_cmpuint(res.level, ==, level);
}

/* Every T0SZ with every SL0, TG0 and PARange: valid ones translate, others fault at level 0. */
static void test_geometries(void)
{
	struct guest_tables gt = {0};
	unsigned int valid = 0;

	for (unsigned int t0sz = 0; t0sz < 64; t0sz++) {
		for (unsigned int s = 0; s < G_N_ELEMENTS(starts); s++) {
			unsigned int ia = 64 - t0sz, g = starts[s].granule;
			unsigned int max_t0sz[2] = {39, g == 16 ? 47 : 48};
			bool fits = ia >= starts[s].min && ia <= starts[s].max;

			if (fits)
				gt_init(&gt, g, starts[s].start, ia);
			for (unsigned int k = 0; k < 2 * G_N_ELEMENTS(pa_sizes); k++) {
				struct s2walk_cfg cfg =
					config(&gt, vtcr(t0sz, starts[s].sl0, starts[s].tg0, 5));
				bool ttst = k % 2;
				struct s2walk_result res;
				u64 in;

				cfg.pa_bits = pa_sizes[k / 2];
				cfg.ttst = ttst;
				if (!fits || t0sz < 16 || t0sz > max_t0sz[ttst] ||
				    ia > cfg.pa_bits || cfg.pa_bits < starts[s].min_pa ||
				    (starts[s].ttst && !ttst)) {
					gt.reads = 0;
					expect_fault(&cfg, &gt, 0, WALK_TRANSLATION, 0);
					g_assert_cmpuint(gt.reads, ==, 0);
					continue;
				}
				/* the last page of the input range: all index bits set */
				in = (UINT64_C(1) << ia) - (UINT64_C(1) << g);
				gt_set(&gt, in, 3, UINT64_C(0x12340000) | S2_LEAF | 3);
				g_assert_cmpint(
					s2walk(&cfg, &gt_mem, &gt, NIPA(in + 0x18), PERM_R, &res),
					==, WALK_OK);
				g_assert_cmphex(res.out.v, ==, 0x12340018);
				g_assert_cmphex(res.size, ==, UINT64_C(1) << g);
				g_assert_cmpuint(res.level, ==, 3);
				/* the first is not mapped, except where they are one */
				g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(0), PERM_R, &res),
						==, WALK_TRANSLATION);
				g_assert_cmpuint(res.level, ==, starts[s].start);
				expect_fault(&cfg, &gt, UINT64_C(1) << ia, WALK_TRANSLATION, 0);
				expect_fault(&cfg, &gt, ~UINT64_C(7), WALK_TRANSLATION, 0);
				valid++;
			}
		}
	}
	g_assert_cmpuint(valid, >, 300);

	/* reserved SL0 */
	for (unsigned int tg0 = 1; tg0 <= 2; tg0++) {
		struct s2walk_cfg cfg = usual(&gt);

		cfg.vtcr = vtcr(24, 3, tg0, 5);
		cfg.ttst = true;
		expect_fault(&cfg, &gt, 0, WALK_TRANSLATION, 0);
	}
	gt_fini(&gt);
}

static void test_vmid(void)
{
	u64 vttbr = UINT64_C(0x1234) << 48 | 0x40000001, vs = BIT(19);

	g_assert_cmphex(s2walk_vmid(vttbr, vs, true), ==, 0x1234);
	g_assert_cmphex(s2walk_vmid(vttbr, 0, true), ==, 0x34);
	g_assert_cmphex(s2walk_vmid(vttbr, ~vs, true), ==, 0x34);
	/* VS is RES0 without 16-bit VMIDs. */
	g_assert_cmphex(s2walk_vmid(vttbr, vs, false), ==, 0x34);
	g_assert_cmphex(s2walk_vmid(~UINT64_C(0), vs, true), ==, 0xffff);
}

static void test_granule_choice(void)
{
	static const unsigned int tg[4] = {12, 16, 14, 0};

	for (unsigned int tg0 = 0; tg0 < 4; tg0++) {
		for (unsigned int mask = 1; mask < 8; mask++) {
			struct s2walk_cfg cfg = {.vtcr = vtcr(24, 1, tg0, 5)};
			unsigned int got;

			cfg.granules = (mask & 1 ? GRANULE_4K : 0) | (mask & 2 ? GRANULE_16K : 0) |
				       (mask & 4 ? GRANULE_64K : 0);
			got = s2walk_granule(&cfg);
			g_assert_cmphex(cfg.granules & BIT(got), !=, 0);
			if (tg[tg0] && (cfg.granules & BIT(tg[tg0])))
				g_assert_cmpuint(got, ==, tg[tg0]);
			g_assert_cmphex(s2walk_max_leaf(&cfg), ==,
					got == 12   ? SZ_1G
					: got == 14 ? 16 * SZ_2M
						    : 256 * SZ_2M);
			g_assert_cmphex(s2walk_leaf_size(&cfg, 3), ==, UINT64_C(1) << got);
			g_assert_cmphex(s2walk_leaf_size(&cfg, got == 12 ? 1 : 2), ==,
					s2walk_max_leaf(&cfg));
		}
	}
}

/* Leaves at every level of every granule: size, offset, and the reserved encodings. */
static void test_levels(void)
{
	struct guest_tables gt = {0};

	for (unsigned int s = 0; s < G_N_ELEMENTS(starts); s++) {
		unsigned int g = starts[s].granule, ia = MIN(starts[s].max, 48);

		for (unsigned int level = starts[s].start; level <= 3; level++) {
			struct s2walk_cfg cfg;
			struct s2walk_result res;
			u64 in = (UINT64_C(1) << ia) - 0x1230, size, out, desc;

			gt_init(&gt, g, starts[s].start, ia);
			cfg = config(&gt, vtcr(64 - ia, starts[s].sl0, starts[s].tg0, 5));
			cfg.ttst = true;
			size = UINT64_C(1) << gt_shift(&gt, level);
			/* all address bits set, those below the leaf's size too: ignored */
			desc = GENMASK(47, 12) | S2_LEAF | PTE_CONTIG;
			out = ALIGN_DOWN(GENMASK(47, 0), size) | (in & (size - 1));
			/* block at levels above 3, reserved at 3 */
			gt_set(&gt, in, level, desc | 1);
			if (level == 3 || !leaf_level(g, level)) {
				expect_fault(&cfg, &gt, in, WALK_TRANSLATION, level);
			} else {
				g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(in), PERM_R, &res),
						==, WALK_OK);
				g_assert_cmphex(res.out.v, ==, out);
				g_assert_cmphex(res.size, ==, size);
				g_assert_cmpuint(res.level, ==, level);
				g_assert_true(res.contiguous);
				g_assert_cmphex(res.size, ==, s2walk_leaf_size(&cfg, level));
				g_assert_cmphex(res.size, <=, s2walk_max_leaf(&cfg));
			}
			/* invalid, whatever the other bits say */
			gt_set(&gt, in, level, desc);
			expect_fault(&cfg, &gt, in, WALK_TRANSLATION, level);
			gt_set(&gt, in, level, desc | 2);
			expect_fault(&cfg, &gt, in, WALK_TRANSLATION, level);
			if (level == 3) {
				gt_set(&gt, in, level, desc | 3);
				g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(in), PERM_R, &res),
						==, WALK_OK);
				g_assert_cmphex(res.out.v, ==, out);
				g_assert_cmpuint(gt.reads, >, 0);
			}
			/* no memory where the descriptor is */
			gt.abort_at = gt_slot(&gt, in, level, 0);
			expect_fault(&cfg, &gt, in, WALK_EXTERNAL, level);
			g_assert_cmpuint(walk_fsc(WALK_EXTERNAL, level), ==, 0x14 + level);
		}
	}
	gt_fini(&gt);
}

static void test_address_size(void)
{
	struct guest_tables gt = {0};
	struct s2walk_cfg cfg = usual(&gt);
	struct s2walk_result res;

	for (unsigned int ps = 0; ps < 8; ps++) {
		for (unsigned int k = 0; k < G_N_ELEMENTS(pa_sizes); k++) {
			unsigned int oa = MIN(pa_sizes[MIN(ps, 5)], pa_sizes[k]);
			u64 in = SZ_2M;

			gt_init(&gt, 12, 1, 32);
			cfg = config(&gt, vtcr(32, 1, 0, ps));
			cfg.pa_bits = pa_sizes[k];
			/* page, block and table at the limit and below it */
			gt_set(&gt, in, 3, (UINT64_C(1) << oa) - SZ_4K + (S2_LEAF | 3));
			g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(in), PERM_R, &res), ==,
					WALK_OK);
			if (oa == 48)
				continue;
			gt_set(&gt, in, 3, (UINT64_C(1) << oa) | S2_LEAF | 3);
			expect_fault(&cfg, &gt, in, WALK_ADDRESS_SIZE, 3);
			/* address size comes before the access flag */
			gt_set(&gt, in, 3, (UINT64_C(1) << oa) | 3);
			expect_fault(&cfg, &gt, in, WALK_ADDRESS_SIZE, 3);
			gt_set(&gt, in, 2, (UINT64_C(1) << oa) | S2_LEAF | 1);
			expect_fault(&cfg, &gt, in, WALK_ADDRESS_SIZE, 2);
			gt_set(&gt, in, 2, (UINT64_C(1) << oa) | 3);
			expect_fault(&cfg, &gt, in, WALK_ADDRESS_SIZE, 2);
			gt_set(&gt, in, 1, (UINT64_C(1) << 47) | 3);
			expect_fault(&cfg, &gt, in, WALK_ADDRESS_SIZE, 1);
			cfg.vttbr |= UINT64_C(1) << oa;
			gt.reads = 0;
			expect_fault(&cfg, &gt, in, WALK_ADDRESS_SIZE, 0);
			g_assert_cmpuint(gt.reads, ==, 0);
			g_assert_cmpuint(walk_fsc(WALK_ADDRESS_SIZE, 0), ==, 0);
		}
	}
	gt_fini(&gt);
}

static void test_base_alignment(void)
{
	struct guest_tables gt = {0};
	struct s2walk_cfg cfg = usual(&gt);
	struct s2walk_result res;

	/* 16 tables concatenated at level 2: 64 KiB; the low bits of BADDR are RES0 */
	gt_init(&gt, 12, 2, 34);
	cfg = config(&gt, vtcr(30, 0, 0, 5));
	gt_set(&gt, 15 * SZ_1G, 2, SZ_1G | S2_LEAF | 1);
	cfg.vttbr |= 0xfffe;
	g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(15 * SZ_1G), PERM_R, &res), ==, WALK_OK);
	g_assert_cmphex(res.out.v, ==, SZ_1G);
	g_assert_cmphex(res.desc_addr.v, ==, gt.root + 15 * SZ_4K);
	/* two entries at level 1: 16 bytes */
	gt_init(&gt, 12, 1, 31);
	cfg = config(&gt, vtcr(33, 1, 0, 5));
	gt_set(&gt, SZ_1G, 1, SZ_1G | S2_LEAF | 1);
	cfg.vttbr |= 0xe;
	g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(SZ_1G + 1), PERM_R, &res), ==, WALK_OK);
	g_assert_cmphex(res.out.v, ==, SZ_1G + 1);
	gt_fini(&gt);
}

static void test_attributes(void)
{
	/* XN[1:0] with FEAT_XNX: all, EL0 only, none, EL1 only */
	static const u8 x[4] = {PERM_X, PERM_XU, 0, PERM_XP};
	struct guest_tables gt = {0};
	struct s2walk_cfg cfg = usual(&gt);

	for (unsigned int i = 0; i < 1024; i++) {
		unsigned int ap = i & 3, xn = i >> 2 & 3, attr = i >> 4 & 15, sh = i >> 8 & 3;
		struct s2walk_result res;
		u64 desc = 0x5000 | PTE_AF | ap << 6 | (u64)xn << 53 | attr << 2 | sh << 8 | 3;

		gt_set(&gt, 0, 3, desc);
		for (unsigned int xnx = 0; xnx < 2; xnx++) {
			unsigned int perms = ap | (xnx ? x[xn] : xn & 2 ? 0 : PERM_X);

			cfg.xnx = xnx;
			g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(0), PERM_R, &res), ==,
					WALK_OK);
			g_assert_cmpuint(res.perms, ==, perms);
			g_assert_cmpuint(res.memattr, ==, attr);
			g_assert_cmpuint(res.sh, ==, sh);
			g_assert_cmphex(res.desc, ==, desc);
			g_assert_false(res.contiguous);
		}
	}
	gt_fini(&gt);
}

/* Hardware management of the access flag and of dirty state: every combination of the controls. */
static void test_updates(void)
{
	struct guest_tables gt = {0};
	struct s2walk_cfg cfg = usual(&gt);

	for (unsigned int i = 0; i < 512; i++) {
		bool af = i & 1, dbm = i & 2, w = i & 4, ha = i & 8, hd = i & 16, write = i & 32;
		bool probe = i & 64, has_af = i & 128, has_dbm = i & 256, dirty;
		u64 desc = 0x5000 | S2_S2AP_R | (af ? PTE_AF : 0) | (dbm ? PTE_DBM : 0) |
			   (w ? S2_S2AP_W : 0) | 3;
		struct s2walk_result res;
		u64 slot = gt_set(&gt, 0, 3, desc), want = desc;

		cfg.vtcr = vtcr(25, 1, 0, 5) | (ha ? BIT(21) : 0) | (hd ? BIT(22) : 0);
		cfg.hw_af = has_af;
		cfg.hw_dbm = has_dbm;
		gt.updates = 0;
		s2walk(&cfg, probe ? &gt_probe : &gt_mem, &gt, NIPA(0), write ? PERM_W : PERM_R,
		       &res);
		if (!af && !(ha && has_af)) {
			g_assert_cmpint(res.fault, ==, WALK_ACCESS_FLAG);
			g_assert_cmpuint(res.level, ==, 3);
			g_assert_cmphex(gt_get(&gt, slot), ==, desc);
			continue;
		}
		g_assert_cmpint(res.fault, ==, WALK_OK);
		dirty = ha && has_af && hd && has_dbm && dbm && write;
		want |= PTE_AF | (dirty ? S2_S2AP_W : 0);
		g_assert_cmphex(res.desc, ==, want);
		g_assert_cmphex(gt_get(&gt, slot), ==, probe ? desc : want);
		g_assert_cmpuint(!!(res.perms & PERM_W), ==, w || dirty);
		g_assert_cmpuint(gt.updates, ==, !probe && want != desc);
	}
	gt_fini(&gt);
}

static void test_update_races(void)
{
	struct guest_tables gt = {0};
	struct s2walk_cfg cfg = usual(&gt);
	struct s2walk_result res;
	u64 old = 0x5000 | S2_S2AP_R | 3, slot = gt_set(&gt, 0, 3, old);

	cfg.vtcr |= BIT(21);
	cfg.hw_af = true;
	/* another CPU sets the flag first, and points the page elsewhere */
	gt.conflicts = 1;
	gt.conflict_value = 0x6000 | PTE_AF | S2_S2AP_R | 3;
	g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(0), PERM_R, &res), ==, WALK_OK);
	g_assert_cmphex(res.out.v, ==, 0x6000);
	/* or takes it away */
	gt_put(&gt, slot, old);
	gt.conflicts = 1;
	gt.conflict_value = 2;
	expect_fault(&cfg, &gt, 0, WALK_TRANSLATION, 3);
	/* or makes the block a table */
	slot = gt_set(&gt, 0, 2, SZ_1G | S2_S2AP_R | 1);
	gt.conflicts = 1;
	gt.conflict_value = (GT_BASE + GT_SIZE - SZ_4K) | 3;
	expect_fault(&cfg, &gt, 0, WALK_TRANSLATION, 3);
	/* for ever: no hang, no fault either */
	gt_put(&gt, slot, SZ_1G | S2_S2AP_R | 1);
	gt.conflicts = ~0u;
	gt.conflict_value = 0;
	gt.reads = 0;
	expect_fault(&cfg, &gt, 0, WALK_AGAIN, 2);
	g_assert_cmpuint(gt.reads, <, 20);
	/* the table is in memory that L1 may not write */
	gt.conflicts = 0;
	gt.read_only = true;
	expect_fault(&cfg, &gt, 0, WALK_EXTERNAL, 2);
	gt_fini(&gt);
}

static void test_big_endian(void)
{
	struct guest_tables gt = {0};
	struct s2walk_cfg cfg = usual(&gt);
	struct s2walk_result res;
	u64 slot;

	gt.big_endian = true;
	cfg.big_endian = true;
	cfg.hw_af = cfg.hw_dbm = true;
	cfg.vtcr |= BIT(21) | BIT(22);
	slot = gt_set(&gt, 0x1000, 3, 0x5000 | PTE_DBM | S2_S2AP_R | 3);
	g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(0x1010), PERM_W, &res), ==, WALK_OK);
	g_assert_cmphex(res.out.v, ==, 0x5010);
	g_assert_cmphex(gt_get(&gt, slot), ==,
			0x5000 | PTE_DBM | PTE_AF | S2_S2AP_R | S2_S2AP_W | 3);
	g_assert_cmphex(*gt_word(&gt, slot), ==, GUINT64_SWAP_LE_BE(gt_get(&gt, slot)));
	cfg.big_endian = false;
	g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(0x1010), PERM_W, &res), !=, WALK_OK);
	gt_fini(&gt);
}

/* Tables that point at themselves or at each other: the levels bound the walk. */
static void test_loops(void)
{
	struct guest_tables gt = {0};

	for (unsigned int s = 0; s < G_N_ELEMENTS(starts); s++) {
		unsigned int g = starts[s].granule, ia = MIN(starts[s].max, 48);
		struct s2walk_cfg cfg;
		struct s2walk_result res;

		gt_init(&gt, g, starts[s].start, ia);
		cfg = config(&gt, vtcr(64 - ia, starts[s].sl0, starts[s].tg0, 5));
		cfg.ttst = true;
		/* every descriptor is a table descriptor that names the page it is in */
		for (u64 a = GT_BASE; a < GT_BASE + GT_SIZE; a += 8)
			gt_put(&gt, a, ALIGN_DOWN(a, UINT64_C(1) << g) | 3 | PTE_AF | S2_S2AP_R);
		for (int k = 0; k < 50; k++) {
			u64 in = ((u64)g_test_rand_int() << 32 | (u32)g_test_rand_int()) &
				 GENMASK(ia - 1, 0);

			gt.reads = 0;
			g_assert_cmpint(s2walk(&cfg, &gt_mem, &gt, NIPA(in), PERM_R, &res), ==,
					WALK_OK);
			g_assert_cmpuint(gt.reads, ==, 4 - starts[s].start);
			g_assert_true(gt_has(res.out.v));
		}
		gt.next = GT_BASE + GT_SIZE;
	}
	gt_fini(&gt);
}

/* ---- the merge with the host's stage 2 ---- */

/* Rank of a cacheability or device type, for an oracle of its own: higher is weaker */
static void memattr_oracle(unsigned int a, unsigned int b, unsigned int got)
{
	bool dev_a = a < 4, dev_b = b < 4;

	if (dev_a || dev_b) {
		g_assert_cmpuint(got, ==, dev_a && dev_b ? MIN(a, b) : dev_a ? a : b);
		return;
	}
	for (unsigned int shift = 0; shift <= 2; shift += 2) {
		unsigned int ca = MAX(a >> shift & 3, 1), cb = MAX(b >> shift & 3, 1);

		g_assert_cmpuint(got >> shift & 3, ==, MIN(ca, cb));
	}
}

static void test_combine_attributes(void)
{
	for (unsigned int a = 0; a < 16; a++)
		for (unsigned int b = 0; b < 16; b++) {
			memattr_oracle(a, b, s2_combine_memattr(a, b));
			g_assert_cmpuint(s2_combine_memattr(a, b), ==, s2_combine_memattr(b, a));
		}
	g_assert_cmpuint(s2_combine_memattr(MEMATTR_NORMAL_WB, MEMATTR_NORMAL_WB), ==, 0xf);
	g_assert_cmpuint(s2_combine_memattr(MEMATTR_NORMAL_WB, MEMATTR_nGnRE), ==, 1);
	g_assert_cmpuint(s2_combine_memattr(MEMATTR_GRE, MEMATTR_nGnRE), ==, 1);
	g_assert_cmpuint(s2_combine_memattr(0xd, 0x7), ==, 0x5); /* outer/inner WB/NC, NC/WB */

	g_assert_cmpuint(s2_combine_sh(SH_NON, SH_NON), ==, SH_NON);
	g_assert_cmpuint(s2_combine_sh(SH_NON, SH_INNER), ==, SH_INNER);
	g_assert_cmpuint(s2_combine_sh(SH_INNER, SH_INNER), ==, SH_INNER);
	for (unsigned int b = 0; b < 4; b++) {
		g_assert_cmpuint(s2_combine_sh(SH_OUTER, b), ==, SH_OUTER);
		g_assert_cmpuint(s2_combine_sh(b, SH_OUTER), ==, SH_OUTER);
		g_assert_cmpuint(s2_combine_sh(b, 1), ==, SH_OUTER);
	}
}

/* Sizes: the leaf fits in both, and translates every address as the two stages do in turn. */
static void test_combine_sizes(void)
{
	static const u64 guest_sizes[] = {SZ_4K,      4 * SZ_4K,   SZ_64K, SZ_2M,
					  16 * SZ_2M, 256 * SZ_2M, SZ_1G};
	static const u64 host_sizes[] = {SZ_4K, SZ_2M, SZ_1G};

	for (unsigned int i = 0; i < G_N_ELEMENTS(guest_sizes); i++) {
		for (unsigned int k = 0; k < G_N_ELEMENTS(host_sizes); k++) {
			for (int n = 0; n < 200; n++) {
				u64 gs = guest_sizes[i], hs = host_sizes[k];
				u64 in = (u64)g_test_rand_int_range(0, 1 << 30) << 6;
				u64 ipa = ALIGN_DOWN((u64)g_test_rand_int_range(0, 1 << 30) << 6,
						     gs) |
					  (in & (gs - 1));
				u64 hpa =
					ALIGN_DOWN((u64)g_test_rand_int_range(0, 1 << 30) << 6, hs);
				struct s2walk_result guest = {.out = IPA(ipa),
							      .size = gs,
							      .level = 1 + n % 3,
							      .perms = RWX,
							      .memattr = 0xf,
							      .sh = SH_INNER};
				struct pgtable_leaf host = {.ia = ALIGN_DOWN(ipa, hs),
							    .pa = HPA(hpa),
							    .size = hs,
							    .attrs = pgtable_s2_normal(RWX)};
				struct s2_shadow s;

				g_assert_cmpint(s2_combine(&guest, &host, NIPA(in), PERM_R, &s), ==,
						S2_MAP);
				g_assert_cmphex(s.size, ==, MIN(gs, hs));
				g_assert_cmphex(s.nipa.v, ==, ALIGN_DOWN(in, s.size));
				g_assert_cmphex(s.ipa.v + (in - s.nipa.v), ==, ipa);
				g_assert_cmphex(s.hpa.v + (in - s.nipa.v), ==,
						hpa + (ipa & (hs - 1)));
				g_assert_true(IS_ALIGNED(s.hpa.v, s.size));
				g_assert_cmphex(s.attrs, ==,
						pgtable_s2_normal(RWX) | pgtable_tag(1 + n % 3));
				g_assert_cmphex(s.attrs & ~PGTABLE_ATTRS_MASK, ==, 0);
			}
		}
	}
}

static void test_combine_permissions(void)
{
	for (unsigned int g = 0; g < 16; g++)
		for (unsigned int h = 0; h < 16; h++)
			for (unsigned int access = 1; access < 16; access++) {
				struct s2walk_result guest = {.out = IPA(0x1000),
							      .size = SZ_4K,
							      .level = 3,
							      .perms = g,
							      .memattr = 0xf};
				struct pgtable_leaf host = {.ia = 0,
							    .pa = HPA(SZ_1G),
							    .size = SZ_2M,
							    .attrs = pgtable_s2_device(h)};
				struct s2_shadow s;
				enum s2_verdict v =
					s2_combine(&guest, &host, NIPA(0x2000), access, &s);

				if ((access & g) != access) {
					g_assert_cmpint(v, ==, S2_FORWARD);
					continue;
				}
				g_assert_cmpint(v, ==, (access & h) != access ? S2_HOST : S2_MAP);
				g_assert_cmphex(s.ipa.v, ==, 0x1000);
				g_assert_cmphex(s.hpa.v, ==, SZ_1G + 0x1000);
				g_assert_cmpuint(s.perms, ==, g & h);
				g_assert_cmpuint(pgtable_s2_perms(s.attrs), ==, g & h);
				g_assert_cmpuint(FIELD(s.attrs, 5, 2), ==, MEMATTR_nGnRE);
			}
}

static void test_flat(void)
{
	struct pgtable_leaf host = {.ia = 0,
				    .pa = HPA(0),
				    .size = SZ_1G,
				    .attrs = pgtable_s2_attrs(RW, MEMATTR_NORMAL_NC, SH_OUTER)};
	struct s2walk_result flat;
	struct s2_shadow s;

	s2walk_flat(NIPA(0x12345678), &flat);
	g_assert_cmphex(flat.out.v, ==, 0x12345678);
	g_assert_cmpint(s2_combine(&flat, &host, NIPA(0x12345678), PERM_W, &s), ==, S2_MAP);
	g_assert_cmphex(s.size, ==, SZ_1G);
	g_assert_cmphex(s.attrs, ==, host.attrs); /* no tag, nothing stronger */
	g_assert_cmpint(s2_combine(&flat, &host, NIPA(0x12345678), PERM_XP, &s), ==, S2_HOST);
}

/* ---- what a TLBI by IPA has to take from the shadow ---- */

static void expect_widened(const struct pgtable *pt, const struct s2walk_cfg *cfg, u64 base,
			   u64 size, u64 want_base, u64 want_end)
{
	s2_widen(pt, cfg, &base, &size);
	g_assert_cmphex(base, ==, want_base);
	g_assert_cmphex(base + size, ==, want_end);
}

static void test_widen(void)
{
	const u64 attrs = pgtable_s2_normal(RWX), top = (UINT64_C(1) << 39);
	struct s2walk_cfg cfg = {.vtcr = vtcr(25, 1, 0, 5), .granules = GRANULE_ALL, .pa_bits = 48};
	struct pgtable pt;
	struct pool p;

	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 39, 48, &pool_mem, &p), ==, 0);
	/* nothing there: as it was, in whole pages */
	expect_widened(&pt, &cfg, SZ_1G + SZ_4K, SZ_4K, SZ_1G + SZ_4K, SZ_1G + 2 * SZ_4K);
	/* one page of a block of 2 MiB: any address of the block, in a hole of the shadow too */
	pgtable_map(&pt, SZ_1G + SZ_64K, HPA(0), SZ_4K, attrs | pgtable_tag(2), 0);
	expect_widened(&pt, &cfg, SZ_1G, SZ_4K, SZ_1G, SZ_1G + SZ_2M);
	expect_widened(&pt, &cfg, SZ_1G + SZ_64K, SZ_4K, SZ_1G, SZ_1G + SZ_2M);
	expect_widened(&pt, &cfg, SZ_1G + SZ_2M - SZ_4K, SZ_4K, SZ_1G, SZ_1G + SZ_2M);
	expect_widened(&pt, &cfg, SZ_1G + SZ_2M, SZ_4K, SZ_1G + SZ_2M, SZ_1G + SZ_2M + SZ_4K);
	/* neighbours in that gigabyte are pages, and stay so */
	pgtable_map(&pt, SZ_1G + SZ_2M, HPA(0), SZ_64K, attrs | pgtable_tag(3), 0);
	expect_widened(&pt, &cfg, SZ_1G + SZ_2M + SZ_4K, SZ_4K, SZ_1G + SZ_2M + SZ_4K,
		       SZ_1G + SZ_2M + 2 * SZ_4K);
	/* a range: both ends */
	expect_widened(&pt, &cfg, SZ_1G + SZ_4K, SZ_2M, SZ_1G, SZ_1G + SZ_2M + SZ_4K);
	pgtable_map(&pt, SZ_1G + 7 * SZ_2M, HPA(SZ_2M), SZ_2M, attrs | pgtable_tag(2), 0);
	expect_widened(&pt, &cfg, SZ_1G + SZ_4K, 7 * SZ_2M, SZ_1G, SZ_1G + 8 * SZ_2M);
	/* one block of a gigabyte, at the end of the table, and a range beyond it */
	pgtable_map(&pt, top - SZ_2M, HPA(0), SZ_2M, attrs | pgtable_tag(1), 0);
	expect_widened(&pt, &cfg, top - SZ_1G, SZ_4K, top - SZ_1G, top);
	expect_widened(&pt, &cfg, top - SZ_64K, SZ_2M, top - SZ_1G, top + SZ_2M - SZ_64K);
	expect_widened(&pt, &cfg, UINT64_C(1) << 51, SZ_4K, UINT64_C(1) << 51,
		       (UINT64_C(1) << 51) + SZ_4K);
	expect_widened(&pt, &cfg, SZ_1G, 0, SZ_1G, SZ_1G);
	/* L1's granule gives the sizes: level 3 of 64 KiB, level 2 of 16 KiB */
	cfg.vtcr = vtcr(25, 1, 1, 5);
	pgtable_map(&pt, 9 * SZ_1G + SZ_4K, HPA(0), SZ_4K, attrs | pgtable_tag(3), 0);
	expect_widened(&pt, &cfg, 9 * SZ_1G, SZ_4K, 9 * SZ_1G, 9 * SZ_1G + SZ_64K);
	cfg.vtcr = vtcr(25, 1, 2, 5);
	pgtable_map(&pt, 11 * SZ_1G + SZ_4K, HPA(0), SZ_4K, attrs | pgtable_tag(2), 0);
	expect_widened(&pt, &cfg, 11 * SZ_1G + 20 * SZ_4K, SZ_4K, 11 * SZ_1G,
		       11 * SZ_1G + 16 * SZ_2M);
	pgtable_destroy(&pt);
	pool_fini(&p);
}

static void test_walk_access(void)
{
	struct pgtable pt;
	struct pool p;

	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 39, 48, &pool_mem, &p), ==, 0);
	pgtable_map(&pt, SZ_1G, HPA(0), SZ_4K, pgtable_s2_normal(PERM_R), 0);
	pgtable_map(&pt, SZ_1G + SZ_4K, HPA(0), SZ_4K, pgtable_s2_normal(PERM_W), 0);
	/* it was read, so it is the update that failed */
	g_assert_cmpuint(s2_walk_access(&pt, NIPA(SZ_1G + 8)), ==, PERM_R | PERM_W);
	g_assert_cmpuint(s2_walk_access(&pt, NIPA(SZ_1G + SZ_4K + 8)), ==, PERM_R);
	/* gone meanwhile, and beyond the table: from the start */
	g_assert_cmpuint(s2_walk_access(&pt, NIPA(SZ_2M)), ==, PERM_R);
	g_assert_cmpuint(s2_walk_access(&pt, NIPA(UINT64_C(1) << 50)), ==, PERM_R);
	pgtable_destroy(&pt);
	pool_fini(&p);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/s2walk/geometries", test_geometries);
	g_test_add_func("/s2walk/vmid", test_vmid);
	g_test_add_func("/s2walk/granule-choice", test_granule_choice);
	g_test_add_func("/s2walk/levels", test_levels);
	g_test_add_func("/s2walk/address-size", test_address_size);
	g_test_add_func("/s2walk/base-alignment", test_base_alignment);
	g_test_add_func("/s2walk/attributes", test_attributes);
	g_test_add_func("/s2walk/updates", test_updates);
	g_test_add_func("/s2walk/update-races", test_update_races);
	g_test_add_func("/s2walk/big-endian", test_big_endian);
	g_test_add_func("/s2walk/loops", test_loops);
	g_test_add_func("/s2combine/attributes", test_combine_attributes);
	g_test_add_func("/s2combine/sizes", test_combine_sizes);
	g_test_add_func("/s2combine/permissions", test_combine_permissions);
	g_test_add_func("/s2combine/flat", test_flat);
	g_test_add_func("/s2combine/walk-access", test_walk_access);
	g_test_add_func("/s2combine/widen", test_widen);
	return g_test_run();
}
