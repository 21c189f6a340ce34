/* SPDX-License-Identifier: Apache-2.0 */
/* The table builder: against a flat model, against the software walkers, at its limits. */
#include "pool.h"

#include "mm/s1walk.h"
#include "mm/s2walk.h"

#include <glib.h>

#define RWX (PERM_R | PERM_W | PERM_X)

static const struct {
	bool stage2;
	unsigned int ia_bits, level, order;
	u64 tcr; /* T0SZ, SL0 */
} geometries[] = {
	{true, 32, 2, 2, 32 | 0 << 6}, {true, 34, 2, 4, 30 | 0 << 6}, {true, 35, 1, 0, 29 | 1 << 6},
	{true, 36, 1, 0, 28 | 1 << 6}, {true, 39, 1, 0, 25 | 1 << 6}, {true, 40, 1, 1, 24 | 1 << 6},
	{true, 42, 1, 3, 22 | 1 << 6}, {true, 43, 1, 4, 21 | 1 << 6}, {true, 44, 0, 0, 20 | 2 << 6},
	{true, 48, 0, 0, 16 | 2 << 6}, {false, 25, 2, 0, 39},	      {false, 30, 2, 0, 34},
	{false, 31, 1, 0, 33},	       {false, 39, 1, 0, 25},	      {false, 40, 0, 0, 24},
	{false, 48, 0, 0, 16},
};

static void test_geometry(void)
{
	struct pool p;
	struct pgtable pt;

	pool_init(&p);
	for (unsigned int i = 0; i < G_N_ELEMENTS(geometries); i++) {
		g_assert_cmpint(pgtable_init(&pt, geometries[i].stage2, geometries[i].ia_bits, 48,
					     &pool_mem, &p),
				==, 0);
		g_assert_cmpuint(pt.start_level, ==, geometries[i].level);
		g_assert_cmpuint(pt.root_order, ==, geometries[i].order);
		g_assert_cmphex(pgtable_tcr(&pt), ==, geometries[i].tcr);
		g_assert_cmpuint(pt.pages, ==, 1u << geometries[i].order);
		pgtable_destroy(&pt);
		g_assert_cmpuint(p.in_use, ==, 0);
	}
	g_assert_cmpint(pgtable_init(&pt, true, 31, 48, &pool_mem, &p), ==, -EINVAL);
	g_assert_cmpint(pgtable_init(&pt, false, 24, 48, &pool_mem, &p), ==, -EINVAL);
	g_assert_cmpint(pgtable_init(&pt, true, 49, 48, &pool_mem, &p), ==, -EINVAL);
	g_assert_cmpint(pgtable_init(&pt, true, 40, 49, &pool_mem, &p), ==, -EINVAL);
	p.limit = 1;
	g_assert_cmpint(pgtable_init(&pt, true, 40, 40, &pool_mem, &p), ==, -ENOMEM);
	pool_fini(&p);
}

static void expect_leaf(const struct pgtable *pt, u64 ia, u64 base, u64 pa, u64 size, u64 attrs)
{
	struct pgtable_leaf leaf;

	g_assert_true(pgtable_lookup(pt, ia, &leaf));
	g_assert_cmphex(leaf.ia, ==, base);
	g_assert_cmphex(leaf.pa.v, ==, pa);
	g_assert_cmphex(leaf.size, ==, size);
	g_assert_cmphex(leaf.attrs, ==, attrs);
	g_assert_cmpuint(leaf.level, ==, size == SZ_4K ? 3 : size == SZ_2M ? 2 : 1);
}

static void test_largest_blocks(void)
{
	struct pool p;
	struct pgtable pt;
	struct pgtable_leaf leaf;
	u64 a = pgtable_s2_normal(RWX);

	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 40, 40, &pool_mem, &p), ==, 0);
	/* 4 KiB, then 2 MiB, then 1 GiB, and back */
	g_assert_cmpint(pgtable_map(&pt, SZ_1G - SZ_2M - SZ_4K, HPA(3 * SZ_1G - SZ_2M - SZ_4K),
				    SZ_1G + 2 * SZ_2M + 2 * SZ_4K, a, 0),
			==, 0);
	expect_leaf(&pt, SZ_1G - SZ_2M - 1, SZ_1G - SZ_2M - SZ_4K, 3 * SZ_1G - SZ_2M - SZ_4K, SZ_4K,
		    a);
	expect_leaf(&pt, SZ_1G - 1, SZ_1G - SZ_2M, 3 * SZ_1G - SZ_2M, SZ_2M, a);
	expect_leaf(&pt, SZ_1G + 12345, SZ_1G, 3 * SZ_1G, SZ_1G, a);
	expect_leaf(&pt, 2 * SZ_1G, 2 * SZ_1G, 4 * SZ_1G, SZ_2M, a);
	expect_leaf(&pt, 2 * SZ_1G + SZ_2M, 2 * SZ_1G + SZ_2M, 4 * SZ_1G + SZ_2M, SZ_4K, a);
	g_assert_false(pgtable_lookup(&pt, 2 * SZ_1G + SZ_2M + SZ_4K, &leaf));
	g_assert_cmpuint(leaf.level, ==, 3);
	g_assert_false(pgtable_lookup(&pt, 5 * SZ_1G, &leaf));
	g_assert_cmpuint(leaf.level, ==, 1);
	g_assert_cmphex(leaf.size, ==, SZ_1G);
	g_assert_false(pgtable_lookup(&pt, UINT64_C(1) << 40, &leaf));
	g_assert_cmphex(leaf.size, ==, 0);

	g_assert_true(pgtable_next(&pt, 0, SZ_1G - SZ_2M, &leaf));
	g_assert_cmphex(leaf.ia, ==, SZ_1G - SZ_2M - SZ_4K);
	g_assert_false(pgtable_next(&pt, 0, SZ_1G - SZ_2M - SZ_4K, &leaf));
	g_assert_true(pgtable_next(&pt, SZ_1G - 1, SZ_1G, &leaf));
	g_assert_cmphex(leaf.size, ==, SZ_2M);

	/* The offset between input and output limits the size. */
	g_assert_cmpint(pgtable_map(&pt, 8 * SZ_1G, HPA(SZ_2M), SZ_1G, a, 0), ==, 0);
	expect_leaf(&pt, 8 * SZ_1G, 8 * SZ_1G, SZ_2M, SZ_2M, a);
	g_assert_cmpint(pgtable_map(&pt, 16 * SZ_1G, HPA(SZ_4K), SZ_2M, a, 0), ==, 0);
	expect_leaf(&pt, 16 * SZ_1G, 16 * SZ_1G, SZ_4K, SZ_4K, a);
	pool_check_table(&p, &pt);
	pgtable_destroy(&pt);
	pool_fini(&p);
}

static void test_refusals(void)
{
	u64 a = pgtable_s2_normal(RWX), top = UINT64_C(1) << 40;
	struct pgtable_span span;
	struct pool p;
	struct pgtable pt;

	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 40, 36, &pool_mem, &p), ==, 0);
	g_assert_cmpint(pgtable_map(&pt, 1, HPA(0), SZ_4K, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(8), SZ_4K, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(0), 100, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(0), 0, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, top, HPA(0), SZ_4K, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, top - SZ_4K, HPA(0), 2 * SZ_4K, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, SZ_4K, HPA(0), -SZ_4K, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(UINT64_C(1) << 36), SZ_4K, a, 0), ==, -EINVAL);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA((UINT64_C(1) << 36) - SZ_4K), SZ_2M, a, 0), ==,
			-EINVAL);
	for (unsigned int bit = 0; bit < 64; bit++) {
		bool ok = (bit >= 2 && bit <= 11) || bit == 50 || (bit >= 53 && bit <= 58);

		g_assert_cmpint(pgtable_map(&pt, 0, HPA(0), SZ_4K, BIT(bit), 0), ==,
				ok ? 0 : -EINVAL);
		if (ok)
			g_assert_cmpint(pgtable_unmap(&pt, 0, SZ_4K, NULL), ==, 1);
	}
	g_assert_cmpint(pgtable_unmap(&pt, 1, SZ_4K, &span), ==, -EINVAL);
	g_assert_cmpint(pgtable_unmap(&pt, 0, 0, &span), ==, -EINVAL);
	g_assert_cmpint(pgtable_unmap(&pt, top, SZ_4K, &span), ==, -EINVAL);
	g_assert_cmpint(pgtable_unmap(&pt, SZ_4K, top, &span), ==, -EINVAL);
	g_assert_cmpint(pgtable_unmap(&pt, 0, top, &span), ==, 0);
	g_assert_cmphex(span.size, ==, 0);
	g_assert_cmpint(pgtable_unmap_leaves(&pt, top, SZ_4K, &span), ==, 0);
	g_assert_cmpint(pgtable_unmap_leaves(&pt, 0, ~UINT64_C(0), &span), ==, 0);
	pgtable_destroy(&pt);
	pool_fini(&p);
}

static void test_existing(void)
{
	u64 rw = pgtable_s2_normal(PERM_R | PERM_W), ro = pgtable_s2_normal(PERM_R);
	u64 dev = pgtable_s2_device(PERM_R | PERM_W);
	unsigned int published;
	struct pool p;
	struct pgtable pt;

	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 40, 40, &pool_mem, &p), ==, 0);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(SZ_1G), SZ_2M, rw, 0), ==, 0);
	published = p.published;
	/* the same again, whole and in part: nothing to do */
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(SZ_1G), SZ_2M, rw, 0), ==, 0);
	g_assert_cmpint(pgtable_map(&pt, SZ_4K, HPA(SZ_1G + SZ_4K), SZ_64K, rw, 0), ==, 0);
	g_assert_cmpuint(p.published, ==, published);
	/* something else */
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(0), SZ_2M, rw, 0), ==, -EEXIST);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(SZ_1G), SZ_2M, ro, 0), ==, -EEXIST);
	g_assert_cmpint(pgtable_map(&pt, SZ_4K, HPA(SZ_1G), SZ_4K, rw, 0), ==, -EEXIST);
	g_assert_cmpint(pgtable_map(&pt, SZ_4K, HPA(SZ_1G + SZ_4K), SZ_4K, ro, PGTABLE_UPDATE), ==,
			-EEXIST);
	expect_leaf(&pt, 0, 0, SZ_1G, SZ_2M, rw);
	/* permissions and tag may change in place, memory type and address not */
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(SZ_1G), SZ_2M, ro | pgtable_tag(2), PGTABLE_UPDATE),
			==, 0);
	expect_leaf(&pt, 0, 0, SZ_1G, SZ_2M, ro | pgtable_tag(2));
	g_assert_cmpuint(p.published, ==, published + 1);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(SZ_1G), SZ_2M, dev, PGTABLE_UPDATE), ==, -EEXIST);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(2 * SZ_1G), SZ_2M, ro, PGTABLE_UPDATE), ==,
			-EEXIST);
	/* a block over pages that are there: fills up around them */
	g_assert_cmpint(pgtable_map(&pt, SZ_1G + SZ_4K, HPA(SZ_4K), SZ_4K, rw, 0), ==, 0);
	g_assert_cmpint(pgtable_map(&pt, SZ_1G, HPA(0), SZ_2M, rw, 0), ==, 0);
	expect_leaf(&pt, SZ_1G, SZ_1G, 0, SZ_4K, rw);
	g_assert_cmpint(pgtable_map(&pt, SZ_1G, HPA(0), SZ_2M, ro, PGTABLE_UPDATE), ==, 0);
	expect_leaf(&pt, SZ_1G + SZ_4K, SZ_1G + SZ_4K, SZ_4K, SZ_4K, ro);
	pool_check_table(&p, &pt);
	pgtable_destroy(&pt);
	pool_fini(&p);
}

static void test_split(void)
{
	u64 a = pgtable_s2_normal(RWX) | pgtable_tag(1);
	struct pgtable_span span;
	struct pgtable_leaf leaf;
	struct pool p;
	struct pgtable pt;

	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 36, 40, &pool_mem, &p), ==, 0);
	p.watch = &pt;
	g_assert_cmpint(pgtable_map(&pt, SZ_1G, HPA(SZ_1G), SZ_1G, a, 0), ==, 0);
	/* one page out of a 1 GiB block */
	g_assert_cmpint(pgtable_unmap(&pt, SZ_1G + SZ_2M + SZ_4K, SZ_4K, &span), ==, 1);
	g_assert_true(span.split);
	g_assert_cmphex(span.ia, ==, SZ_1G + SZ_2M + SZ_4K);
	g_assert_cmphex(span.size, ==, SZ_4K);
	g_assert_cmpuint(p.invalidations, ==, 1);
	g_assert_cmphex(p.inv_ia, ==, SZ_1G);
	g_assert_cmphex(p.inv_size, ==, SZ_1G);
	g_assert_false(pgtable_lookup(&pt, SZ_1G + SZ_2M + SZ_4K, &leaf));
	expect_leaf(&pt, SZ_1G, SZ_1G, SZ_1G, SZ_2M, a);
	expect_leaf(&pt, SZ_1G + SZ_2M, SZ_1G + SZ_2M, SZ_1G + SZ_2M, SZ_4K, a);
	expect_leaf(&pt, 2 * SZ_1G - 1, 2 * SZ_1G - SZ_2M, 2 * SZ_1G - SZ_2M, SZ_2M, a);
	g_assert_cmpuint(pt.pages, ==, 3);
	/* both ends of a range inside blocks */
	g_assert_cmpint(pgtable_unmap(&pt, SZ_1G + 5 * SZ_2M - SZ_4K, SZ_2M + 2 * SZ_4K, &span), ==,
			1);
	g_assert_cmpuint(p.invalidations, ==, 3);
	expect_leaf(&pt, SZ_1G + 6 * SZ_2M + SZ_4K, SZ_1G + 6 * SZ_2M + SZ_4K,
		    SZ_1G + 6 * SZ_2M + SZ_4K, SZ_4K, a);
	g_assert_false(pgtable_lookup(&pt, SZ_1G + 6 * SZ_2M, &leaf));
	pool_check_table(&p, &pt);

	/* no page for the split: nothing changes */
	p.limit = p.in_use;
	g_assert_cmpint(pgtable_unmap(&pt, SZ_1G, SZ_4K, &span), ==, -ENOMEM);
	g_assert_cmphex(span.size, ==, 0);
	expect_leaf(&pt, SZ_1G, SZ_1G, SZ_1G, SZ_2M, a);
	g_assert_cmpuint(p.invalidations, ==, 3);
	p.limit = POOL_PAGES;
	/* nor when the second of two tables is missing, for a page out of 1 GiB */
	g_assert_cmpint(pgtable_map(&pt, 8 * SZ_1G, HPA(8 * SZ_1G), SZ_1G, a, 0), ==, 0);
	p.limit = p.in_use + 1;
	g_assert_cmpint(pgtable_unmap(&pt, 8 * SZ_1G, SZ_4K, &span), ==, -ENOMEM);
	expect_leaf(&pt, 8 * SZ_1G, 8 * SZ_1G, 8 * SZ_1G, SZ_1G, a);
	pool_check_table(&p, &pt);
	/* nor the last of three, for a cut across two blocks */
	p.limit = p.in_use + 2;
	g_assert_cmpint(pgtable_unmap(&pt, 8 * SZ_1G + SZ_2M - SZ_4K, 2 * SZ_4K, &span), ==,
			-ENOMEM);
	expect_leaf(&pt, 8 * SZ_1G, 8 * SZ_1G, 8 * SZ_1G, SZ_1G, a);
	pool_check_table(&p, &pt);
	p.limit = POOL_PAGES;
	pt.max_pages = pt.pages;
	g_assert_cmpint(pgtable_unmap(&pt, SZ_1G, SZ_4K, &span), ==, -ENOMEM);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(0), SZ_4K, a, 0), ==, -ENOMEM);
	pt.max_pages = 0;

	/* the whole: tables go to limbo, and to the pool only when reaped */
	g_assert_cmpint(pgtable_unmap(&pt, 0, UINT64_C(1) << 36, &span), ==, 1);
	g_assert_false(pgtable_next(&pt, 0, ~UINT64_C(0), &leaf));
	g_assert_cmpuint(pt.limbo_pages, ==, pt.pages - 1);
	g_assert_cmpuint(p.in_use, ==, pt.pages);
	pgtable_reap(&pt);
	g_assert_cmpuint(pt.pages, ==, 1);
	pool_check_table(&p, &pt);
	p.watch = NULL;
	pgtable_destroy(&pt);
	pool_fini(&p);
}

static void test_split_refused(void)
{
	struct pgtable_mem mem = pool_mem;
	u64 a = pgtable_s2_normal(RWX);
	struct pgtable_span span;
	struct pgtable_leaf leaf;
	struct pool p;
	struct pgtable pt;

	mem.invalidate = NULL;
	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, true, 36, 40, &mem, &p), ==, 0);
	g_assert_cmpint(pgtable_map(&pt, 0, HPA(0), SZ_1G + SZ_2M + SZ_4K, a, 0), ==, 0);
	g_assert_cmpint(pgtable_unmap(&pt, SZ_4K, SZ_1G - SZ_4K, &span), ==, -EINVAL);
	g_assert_cmpint(pgtable_unmap(&pt, SZ_1G, SZ_4K, &span), ==, -EINVAL);
	g_assert_cmpint(pgtable_unmap(&pt, 0, SZ_1G + SZ_4K, &span), ==, -EINVAL);
	expect_leaf(&pt, 0, 0, 0, SZ_1G, a);

	/* but whole leaves go, more than was asked for */
	g_assert_cmpint(pgtable_unmap_leaves(&pt, SZ_1G + SZ_64K + 5, 1, &span), ==, 1);
	g_assert_cmphex(span.ia, ==, SZ_1G);
	g_assert_cmphex(span.size, ==, SZ_2M);
	g_assert_false(span.split);
	g_assert_false(pgtable_lookup(&pt, SZ_1G, &leaf));
	expect_leaf(&pt, SZ_1G + SZ_2M, SZ_1G + SZ_2M, SZ_1G + SZ_2M, SZ_4K, a);
	g_assert_cmpint(pgtable_unmap_leaves(&pt, SZ_1G - 1, ~UINT64_C(0), &span), ==, 1);
	g_assert_cmphex(span.ia, ==, 0);
	g_assert_cmphex(span.ia + span.size, >=, SZ_1G + SZ_2M + SZ_4K);
	g_assert_false(pgtable_next(&pt, 0, ~UINT64_C(0), &leaf));
	pgtable_reap(&pt);
	g_assert_cmpuint(pt.pages, ==, 1);
	pgtable_destroy(&pt);
	pool_fini(&p);
}

/* Running out at every point of a map: what is mapped stays right, nothing leaks. */
static void test_out_of_memory(void)
{
	u64 a = pgtable_s2_normal(RWX), start = SZ_1G - 3 * SZ_4K, size = SZ_1G + 6 * SZ_4K;

	for (unsigned int limit = 1;; limit++) {
		struct pgtable_leaf leaf;
		struct pgtable pt;
		struct pool p;
		u64 ia = 0;
		int rc;

		pool_init(&p);
		p.limit = limit;
		g_assert_cmpint(pgtable_init(&pt, true, 48, 48, &pool_mem, &p), ==, 0);
		rc = pgtable_map(&pt, start, HPA(SZ_4K), size, a, 0);
		pool_check_table(&p, &pt);
		for (; pgtable_next(&pt, ia, ~UINT64_C(0), &leaf); ia = leaf.ia + leaf.size)
			g_assert_cmphex(leaf.pa.v - leaf.ia, ==, SZ_4K - start);
		g_assert_cmpint(pgtable_unmap(&pt, start, size, NULL), ==, ia != 0);
		pgtable_reap(&pt);
		g_assert_cmpuint(pt.pages, ==, 1);
		pgtable_destroy(&pt);
		pool_fini(&p);
		if (!rc) {
			/* root, level 1, three of level 2, 514 of level 3 */
			g_assert_cmpuint(limit, ==, 2 + 3 + 514);
			break;
		}
		g_assert_cmpint(rc, ==, -ENOMEM);
		if (limit == 10)
			limit = 505; /* the same in between */
	}
}

/*
 * Random maps and unmaps against a flat array: one word a page, output address and attributes,
 * 0 invalid.
 */
#define MODEL_PAGES (3 * (SZ_1G / SZ_4K))

static bool model_map(u64 *model, u64 first, u64 n, u64 pa, u64 attrs, bool *conflict)
{
	*conflict = false;
	for (u64 i = 0; i < n; i++)
		if (model[first + i] && model[first + i] != (pa + i * SZ_4K) + (attrs | 1))
			*conflict = true;
	if (*conflict)
		return false;
	for (u64 i = 0; i < n; i++)
		model[first + i] = (pa + i * SZ_4K) + (attrs | 1);
	return true;
}

/* Every leaf of the table is in the model, and the model has no page more. */
static void model_compare(const u64 *model, const struct pgtable *pt, u64 base)
{
	struct pgtable_leaf leaf;
	u64 seen = 0, expected = 0;

	for (u64 ia = 0; pgtable_next(pt, ia, ~UINT64_C(0), &leaf); ia = leaf.ia + leaf.size) {
		g_assert_cmphex(leaf.ia, >=, base);
		g_assert_cmphex(leaf.ia + leaf.size, <=, base + MODEL_PAGES * SZ_4K);
		for (u64 o = 0; o < leaf.size; o += SZ_4K)
			if (model[(leaf.ia - base + o) / SZ_4K] !=
			    (leaf.pa.v + o) + (leaf.attrs | 1))
				g_error("page %#" G_GINT64_MODIFIER "x differs", leaf.ia + o);
		seen += leaf.size / SZ_4K;
	}
	for (u64 i = 0; i < MODEL_PAGES; i++)
		expected += model[i] != 0;
	g_assert_cmpuint(seen, ==, expected);
}

static u64 random_size(GRand *r)
{
	switch (g_rand_int_range(r, 0, 5)) {
	case 0:
		return SZ_4K;
	case 1:
		return SZ_4K * g_rand_int_range(r, 1, 600);
	case 2:
		return SZ_2M * g_rand_int_range(r, 1, 5);
	case 3:
		return SZ_2M * g_rand_int_range(r, 1, 520);
	default:
		return SZ_1G;
	}
}

static void test_model(gconstpointer arg)
{
	const unsigned int ia_bits = GPOINTER_TO_UINT(arg) & 0xff;
	const bool stage2 = GPOINTER_TO_UINT(arg) >> 8;
	g_autofree u64 *model = g_new0(u64, MODEL_PAGES);
	GRand *r = g_rand_new_with_seed(ia_bits * 2 + stage2);
	u64 base = ((UINT64_C(1) << ia_bits) - 3 * SZ_1G);
	unsigned int results[4] = {0};
	struct pool p;
	struct pgtable pt;

	base = ALIGN_DOWN(base, SZ_1G);
	pool_init(&p);
	g_assert_cmpint(pgtable_init(&pt, stage2, ia_bits, 48, &pool_mem, &p), ==, 0);
	p.watch = &pt;
	for (int step = 0; step < 1200; step++) {
		u64 size = random_size(r), pages, first, pa;
		u64 attrs = stage2 ? pgtable_s2_normal(g_rand_int_range(r, 0, 2) ? RWX : PERM_R)
				   : PGTABLE_EL2_RW;
		struct pgtable_span span;
		bool any = false, conflict;
		int rc;

		pages = size / SZ_4K;
		first = g_rand_int_range(r, 0, MODEL_PAGES - pages + 1);
		if (g_rand_int_range(r, 0, 3) && size >= SZ_2M)
			first = ALIGN_DOWN(first, size >= SZ_1G ? 0x40000 : 0x200);
		/* mostly one offset, so that maps also meet what fits */
		pa = first * SZ_4K + (g_rand_int_range(r, 0, 4) ? SZ_1G : SZ_1G + SZ_4K);

		switch (g_rand_int_range(r, 0, 5)) {
		case 0:
		case 1:
			rc = pgtable_map(&pt, base + first * SZ_4K, HPA(pa), size, attrs, 0);
			if (model_map(model, first, pages, pa, attrs, &conflict)) {
				g_assert_cmpint(rc, ==, 0);
				results[0]++;
				break;
			}
			g_assert_cmpint(rc, ==, -EEXIST);
			results[1]++;
			/* what is mapped now in front of the conflict is open: clear the range */
			pgtable_unmap(&pt, base + first * SZ_4K, size, NULL);
			memset(&model[first], 0, pages * sizeof(u64));
			break;
		case 2:
			rc = pgtable_unmap_leaves(&pt, base + first * SZ_4K, size, &span);
			for (u64 i = 0; i < pages; i++)
				any |= model[first + i] != 0;
			g_assert_cmpint(rc, ==, any);
			if (any) {
				u64 lo = (span.ia - base) / SZ_4K;

				/* more may have gone: within the span */
				for (u64 i = 0; i < span.size / SZ_4K; i++) {
					struct pgtable_leaf leaf;

					if (!pgtable_lookup(&pt, base + (lo + i) * SZ_4K, &leaf))
						model[lo + i] = 0;
				}
				for (u64 i = 0; i < pages; i++)
					g_assert_cmphex(model[first + i], ==, 0);
				results[2]++;
			}
			break;
		default:
			for (u64 i = 0; i < pages; i++)
				any |= model[first + i] != 0;
			rc = pgtable_unmap(&pt, base + first * SZ_4K, size, &span);
			g_assert_cmpint(rc, ==, any);
			if (any) {
				g_assert_cmphex(span.ia, >=, base + first * SZ_4K);
				g_assert_cmphex(span.ia + span.size, <=,
						base + first * SZ_4K + size);
			}
			memset(&model[first], 0, pages * sizeof(u64));
			results[3]++;
			break;
		}
		if (g_rand_int_range(r, 0, 2))
			pgtable_reap(&pt);
		if (step % 16 == 0) {
			model_compare(model, &pt, base);
			pool_check_table(&p, &pt);
		}
	}
	for (unsigned int i = 0; i < G_N_ELEMENTS(results); i++)
		g_assert_cmpuint(results[i], >, 50);
	g_assert_cmpuint(p.invalidations, >, 50);
	p.watch = NULL;
	pgtable_destroy(&pt);
	pool_fini(&p);
	g_rand_free(r);
}

/* ---- the architecture's view: the software walkers read what the builder wrote ---- */

static int walk_read(void *ctx, ipa_t ipa, u64 *val)
{
	*val = *(pool_ptr(ctx, HPA(ALIGN_DOWN(ipa.v, PAGE_SIZE))) + ipa.v % PAGE_SIZE / 8);
	return 0;
}

static void test_walkers_agree(void)
{
	const struct walk_mem mem = {.read64 = walk_read};

	for (unsigned int i = 0; i < G_N_ELEMENTS(geometries); i++) {
		bool stage2 = geometries[i].stage2;
		unsigned int bits = geometries[i].ia_bits;
		u64 top = UINT64_C(1) << bits, at[] = {0, SZ_2M, top / 2 + SZ_4K, top - SZ_2M};
		u64 attrs = stage2 ? pgtable_s2_attrs(PERM_R | PERM_XP, MEMATTR_NORMAL_NC, SH_OUTER)
				   : PGTABLE_EL2_DEVICE;
		struct pool p;
		struct pgtable pt;

		pool_init(&p);
		g_assert_cmpint(pgtable_init(&pt, stage2, bits, 48, &pool_mem, &p), ==, 0);
		for (unsigned int k = 0; k < G_N_ELEMENTS(at); k++)
			g_assert_cmpint(pgtable_map(&pt, at[k], HPA(k * SZ_1G), SZ_64K, attrs, 0),
					==, 0);
		for (unsigned int k = 0; k < G_N_ELEMENTS(at); k++) {
			u64 ia = at[k] + SZ_64K - 8, pa = k * SZ_1G + SZ_64K - 8;

			if (stage2) {
				struct s2walk_cfg cfg = {.vtcr = pgtable_tcr(&pt) | 5 << 16,
							 .vttbr = pt.root.v,
							 .granules = GRANULE_4K,
							 .pa_bits = 48,
							 .xnx = true};
				struct s2walk_result res;

				g_assert_cmpint(s2walk(&cfg, &mem, &p, NIPA(ia), PERM_R, &res), ==,
						WALK_OK);
				g_assert_cmphex(res.out.v, ==, pa);
				g_assert_cmpuint(res.perms, ==, PERM_R | PERM_XP);
				g_assert_cmpuint(res.memattr, ==, MEMATTR_NORMAL_NC);
				g_assert_cmpuint(res.sh, ==, SH_OUTER);
			} else {
				struct s1walk_cfg cfg = {.regime = S1_EL2,
							 .sctlr = 1,
							 .tcr = pgtable_tcr(&pt) | 5 << 16,
							 .ttbr0 = pt.root.v,
							 .mair = PGTABLE_EL2_MAIR,
							 .granules = GRANULE_4K,
							 .pa_bits = 48};
				struct s1walk_tables t = {.read64 = mem.read64, .ctx = &p};
				struct s1walk_result res;

				g_assert_cmpint(s1walk(&cfg, &t, GVA(ia), S1_PR, &res), ==,
						WALK_OK);
				g_assert_cmphex(res.out, ==, pa);
				g_assert_cmpuint(res.perms, ==, S1_PR | S1_PW);
				g_assert_cmphex(res.attr, ==, 0x04);
			}
		}
		pgtable_destroy(&pt);
		pool_fini(&p);
	}
}

static void test_attrs(void)
{
	for (unsigned int perms = 0; perms < 16; perms++) {
		u64 a = pgtable_s2_normal(perms);

		g_assert_cmphex(a & ~PGTABLE_ATTRS_MASK, ==, 0);
		g_assert_cmpuint(pgtable_s2_perms(a), ==, perms);
		g_assert_cmpuint(FIELD(a, 5, 2), ==, 0xf);
		g_assert_cmpuint(FIELD(a, 9, 8), ==, 3);
		g_assert_cmpuint(FIELD(pgtable_s2_device(perms), 5, 2), ==, 1);
	}
	/* XN[1:0] as in the Arm ARM, FEAT_XNX */
	g_assert_cmpuint(FIELD(pgtable_s2_normal(PERM_X), 54, 53), ==, 0);
	g_assert_cmpuint(FIELD(pgtable_s2_normal(PERM_XU), 54, 53), ==, 1);
	g_assert_cmpuint(FIELD(pgtable_s2_normal(0), 54, 53), ==, 2);
	g_assert_cmpuint(FIELD(pgtable_s2_normal(PERM_XP), 54, 53), ==, 3);
	for (unsigned int level = 0; level <= 3; level++) {
		u64 a = pgtable_s2_normal(RWX) | pgtable_tag(level);

		g_assert_cmphex(a & ~PGTABLE_ATTRS_MASK, ==, 0);
		g_assert_cmpuint(pgtable_tag_of(a), ==, level);
	}
	g_assert_cmphex(PGTABLE_EL2_RX, ==, UINT64_C(0x7c0));
	g_assert_cmphex(PGTABLE_EL2_RO, ==, UINT64_C(0x400000000007c0));
	g_assert_cmphex(PGTABLE_EL2_RW, ==, UINT64_C(0x40000000000740));
	g_assert_cmphex(PGTABLE_EL2_DEVICE, ==, UINT64_C(0x40000000000444));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pgtable/geometry", test_geometry);
	g_test_add_func("/pgtable/attrs", test_attrs);
	g_test_add_func("/pgtable/largest-blocks", test_largest_blocks);
	g_test_add_func("/pgtable/refusals", test_refusals);
	g_test_add_func("/pgtable/existing", test_existing);
	g_test_add_func("/pgtable/split", test_split);
	g_test_add_func("/pgtable/split-refused", test_split_refused);
	g_test_add_func("/pgtable/out-of-memory", test_out_of_memory);
	g_test_add_data_func("/pgtable/model/s2-36", GUINT_TO_POINTER(0x100 | 36), test_model);
	g_test_add_data_func("/pgtable/model/s2-40", GUINT_TO_POINTER(0x100 | 40), test_model);
	g_test_add_data_func("/pgtable/model/s2-48", GUINT_TO_POINTER(0x100 | 48), test_model);
	g_test_add_data_func("/pgtable/model/s1-39", GUINT_TO_POINTER(39), test_model);
	g_test_add_func("/pgtable/walkers-agree", test_walkers_agree);
	return g_test_run();
}
