/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequences of maps and unmaps against an exact model. All boundaries lie on a grid of interesting
 * addresses; between two neighbours of the grid the mapping is uniform: an offset and attributes.
 */
#include "../host/mm/pool.h"

#include "fuzz.h"

#define NG 4
static const u16 grid_m[] = {0, 1, 2, 510, 511}, grid_k[] = {0, 1, 511};
#define NM	  ARRAY_SIZE(grid_m)
#define NK	  ARRAY_SIZE(grid_k)
#define INTERVALS (NG * NM * NK)

struct cell {
	bool valid;
	u64 delta, attrs;
};

static u64 grid(u64 base, unsigned int i)
{
	return base + i / (NM * NK) * SZ_1G + grid_m[i / NK % NM] * SZ_2M + grid_k[i % NK] * SZ_4K;
}

static u64 grid_end(u64 base, unsigned int i)
{
	return i == INTERVALS - 1 ? base + NG * SZ_1G : grid(base, i + 1);
}

static void check_cell(const struct pgtable *pt, const struct cell *c, u64 ia)
{
	struct pgtable_leaf leaf;

	CHECK(pgtable_lookup(pt, ia, &leaf) == c->valid);
	if (c->valid)
		CHECK(leaf.pa.v - leaf.ia == c->delta && leaf.attrs == c->attrs);
}

static void check_all(const struct pgtable *pt, const struct cell *cells, u64 base)
{
	for (unsigned int i = 0; i < INTERVALS; i++) {
		u64 lo = grid(base, i), hi = grid_end(base, i);

		check_cell(pt, &cells[i], lo);
		check_cell(pt, &cells[i], ALIGN_DOWN(lo + (hi - lo) / 2, SZ_4K));
		check_cell(pt, &cells[i], hi - 1);
	}
}

static void fuzz_map(struct pgtable *pt, struct cell *cells, u64 base, unsigned int a,
		     unsigned int b, u8 how)
{
	static const u64 deltas[] = {SZ_1G, SZ_2M, SZ_4K, SZ_1G + SZ_2M};
	u64 ia = grid(base, a), size = grid_end(base, b) - ia;
	struct cell new = {true, deltas[how & 3] - ALIGN_DOWN(base, SZ_1G),
			   pgtable_s2_normal(how & 4 ? PERM_R : PERM_R | PERM_W)};
	bool update = how & 8, conflict = false, changes = false;
	int rc = pgtable_map(pt, ia, HPA(ia + new.delta), size, new.attrs,
			     update ? PGTABLE_UPDATE : 0);

	for (unsigned int i = a; i <= b; i++) {
		if (!cells[i].valid)
			continue;
		conflict |= cells[i].delta != new.delta;
		changes |= cells[i].attrs != new.attrs;
	}
	if (rc == 0) {
		CHECK(!conflict && (update || !changes));
		for (unsigned int i = a; i <= b; i++)
			cells[i] = new;
		return;
	}
	/* an update is also refused where a leaf sticks out of the range */
	CHECK(rc == -ENOMEM || (rc == -EEXIST && (conflict || changes)));
	rc = pgtable_unmap(pt, ia, size, NULL);
	if (rc == -ENOMEM) {
		/* not even a split: take the leaves whole, and all else to have a grid again */
		pgtable_unmap_leaves(pt, base, NG * SZ_1G, NULL);
		memset(cells, 0, INTERVALS * sizeof(*cells));
		return;
	}
	CHECK(rc >= 0);
	for (unsigned int i = a; i <= b; i++)
		cells[i].valid = false;
}

static void fuzz_unmap(struct pgtable *pt, struct cell *cells, u64 base, unsigned int a,
		       unsigned int b, bool leaves)
{
	u64 ia = grid(base, a), size = grid_end(base, b) - ia;
	struct pgtable_span span;
	bool any = false;
	int rc;

	for (unsigned int i = a; i <= b; i++)
		any |= cells[i].valid;
	if (leaves) {
		rc = pgtable_unmap_leaves(pt, ia + 5, size - 9, &span);
		CHECK(rc == any && any == (span.size != 0) && !span.split);
		/* what went beyond the range: back to the grid */
		while (a > 0 && any && grid(base, a) > span.ia)
			a--;
		while (b < INTERVALS - 1 && any && grid_end(base, b) < span.ia + span.size)
			b++;
		ia = grid(base, a);
		size = grid_end(base, b) - ia;
	}
	rc = pgtable_unmap(pt, ia, size, &span);
	CHECK(leaves || rc == any || rc == -ENOMEM);
	if (rc == -ENOMEM) {
		a = 0;
		b = INTERVALS - 1;
		pgtable_unmap_leaves(pt, base, NG * SZ_1G, NULL);
	} else if (rc) {
		CHECK(span.ia >= ia && span.ia + span.size <= ia + size);
	}
	for (unsigned int i = a; i <= b; i++)
		cells[i].valid = false;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 bits[] = {34, 36, 40, 43, 44, 48};
	static u8 bytes[POOL_PAGES * PAGE_SIZE] __attribute__((aligned(4096)));
	static struct pool pool;
	struct input in = {data, size};
	struct cell cells[INTERVALS] = {0};
	u8 head = take(&in, 1), limit = take(&in, 1);
	unsigned int ia_bits = bits[head % 6];
	u64 base = head & 8 ? (UINT64_C(1) << ia_bits) - NG * SZ_1G : 0;
	struct pgtable pt;

	pool = (struct pool){.bytes = bytes, .limit = POOL_PAGES};
	CHECK(pgtable_init(&pt, !(head & 16) || ia_bits < 36, ia_bits, 48, &pool_mem, &pool) == 0);
	pool.watch = &pt;
	/* few pages: for this table, or because others have the rest */
	if (limit & 128)
		pt.max_pages = pt.pages + limit % 32;
	else if (limit & 64)
		pool.limit = pool.in_use + limit % 32;
	for (unsigned int ops = 0; in.size && ops < 40; ops++) {
		u8 how = take(&in, 1);
		unsigned int a = take(&in, 1) % INTERVALS, b = take(&in, 1) % INTERVALS;

		if (a > b) {
			unsigned int t = a;

			a = b;
			b = t;
		}
		/* a range of gigabytes in 4 KiB pages fills the pool and takes time */
		if (!(how & 48) && (how & 3) == 2 && grid_end(base, b) - grid(base, a) > SZ_1G / 8)
			continue;
		if (!(how & 48))
			fuzz_map(&pt, cells, base, a, b, how);
		else
			fuzz_unmap(&pt, cells, base, a, b, how & 32);
		if (how & 64)
			pgtable_reap(&pt);
		check_all(&pt, cells, base);
	}
	pool_check_table(&pool, &pt);
	pool.watch = NULL;
	pgtable_destroy(&pt);
	CHECK(pool.in_use == 0);
	return 0;
}
