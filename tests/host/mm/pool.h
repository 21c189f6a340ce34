/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table memory for tests of the table builder: a pool of pages with a bitmap, which catches double
 * frees, leaks and use of pages that were not allocated, and can be told to run out.
 */
#ifndef NEVE_TESTS_POOL_H
#define NEVE_TESTS_POOL_H

#include "../../check.h"
#include "mm/pgtable.h"

#include <stdlib.h>
#include <string.h>

#define POOL_PAGES 4096u
#define POOL_BASE  UINT64_C(0x80000000)

struct pool {
	u8 *bytes;
	u8 used[POOL_PAGES];
	unsigned int in_use;
	unsigned int limit; /* allocations fail from here on */
	unsigned int hint;
	unsigned int published;
	/* what the invalidate callback saw */
	unsigned int invalidations;
	u64 inv_ia, inv_size;
	struct pgtable *watch; /* the table that must not translate what is being invalidated */
};

static inline unsigned int pool_index(hpa_t pa)
{
	CHECK(pa.v >= POOL_BASE && IS_ALIGNED(pa.v, PAGE_SIZE));
	CHECK((pa.v - POOL_BASE) / PAGE_SIZE < POOL_PAGES);
	return (pa.v - POOL_BASE) / PAGE_SIZE;
}

static inline bool pool_alloc(void *ctx, unsigned int order, hpa_t *pa)
{
	struct pool *p = ctx;
	unsigned int n = 1u << order;

	if (p->in_use + n > p->limit)
		return false;
	for (unsigned int tried = 0; tried < POOL_PAGES; tried += n) {
		unsigned int i = ALIGN_UP(p->hint + tried, n) % POOL_PAGES, j;

		for (j = 0; j < n && !p->used[i + j]; j++)
			;
		if (j < n)
			continue;
		memset(&p->used[i], 1, n);
		memset(p->bytes + i * PAGE_SIZE, 0, n * PAGE_SIZE);
		p->in_use += n;
		p->hint = i + n;
		*pa = HPA(POOL_BASE + i * PAGE_SIZE);
		return true;
	}
	return false;
}

static inline void pool_free(void *ctx, hpa_t pa, unsigned int order)
{
	struct pool *p = ctx;
	unsigned int i = pool_index(pa);

	for (unsigned int j = 0; j < 1u << order; j++) {
		CHECK(p->used[i + j]);
		p->used[i + j] = 0;
	}
	/* A later walk through a freed page must stand out. */
	memset(p->bytes + i * PAGE_SIZE, 0xff, PAGE_SIZE << order);
	p->in_use -= 1u << order;
}

static inline u64 *pool_ptr(void *ctx, hpa_t pa)
{
	struct pool *p = ctx;
	unsigned int i = pool_index(pa);

	CHECK(p->used[i]);
	return (u64 *)(p->bytes + i * PAGE_SIZE);
}

static inline void pool_invalidate(void *ctx, u64 ia, u64 size)
{
	struct pool *p = ctx;
	struct pgtable_leaf leaf;

	p->invalidations++;
	p->inv_ia = ia;
	p->inv_size = size;
	/* Break before make: at this point the whole block is invalid. */
	if (p->watch) {
		CHECK(!pgtable_lookup(p->watch, ia, &leaf));
		CHECK(leaf.size == size && leaf.ia == ia);
	}
}

static inline void pool_publish(void *ctx)
{
	((struct pool *)ctx)->published++;
}

static const struct pgtable_mem pool_mem = {
	.alloc = pool_alloc,
	.free = pool_free,
	.ptr = pool_ptr,
	.invalidate = pool_invalidate,
	.publish = pool_publish,
};

static inline void pool_init(struct pool *p)
{
	memset(p, 0, sizeof(*p));
	p->bytes = aligned_alloc(PAGE_SIZE, POOL_PAGES * PAGE_SIZE);
	CHECK(p->bytes);
	p->limit = POOL_PAGES;
}

static inline void pool_fini(struct pool *p)
{
	CHECK(p->in_use == 0);
	free(p->bytes);
}

/* Counts the tables reachable below `table`; checks that none of them is empty. */
static inline unsigned int pool_tables_below(struct pool *p, const u64 *table, unsigned int entries,
					     unsigned int level)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < entries; i++) {
		const u64 *child;
		bool any = false;

		if (level == 3 || (table[i] & 3) != 3)
			continue;
		child = pool_ptr(p, HPA(table[i] & GENMASK(47, 12)));
		for (unsigned int j = 0; j < 512; j++)
			any |= child[j] != 0;
		CHECK(any);
		n += 1 + pool_tables_below(p, child, 512, level + 1);
	}
	return n;
}

/* The bookkeeping of a table agrees with what is linked and what the pool gave out. */
static inline void pool_check_table(struct pool *p, const struct pgtable *pt)
{
	unsigned int root = 1u << pt->root_order;
	unsigned int linked =
		pool_tables_below(p, pool_ptr(p, pt->root), 512 * root, pt->start_level);

	CHECK(pt->pages == root + linked + pt->limbo_pages);
	CHECK(pt->pages == p->in_use);
}

#endif
