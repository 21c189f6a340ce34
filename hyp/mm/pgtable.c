/* SPDX-License-Identifier: Apache-2.0 */
#include "mm/pgtable.h"

#define ENTRIES	    512u
#define STRIDE	    9u
#define LEAF_LEVEL  3u
#define PTE_PA_MASK GENMASK(47, 12)

/* What may change in a valid leaf without break-before-make: permissions, AF, software bits. */
#define IN_PLACE_MASK (PTE_SW_MASK | GENMASK(54, 53) | PTE_AF | GENMASK(7, 6))

static unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + STRIDE * (LEAF_LEVEL - level);
}

static u64 level_size(unsigned int level)
{
	return UINT64_C(1) << level_shift(level);
}

static u64 input_end(const struct pgtable *pt)
{
	return UINT64_C(1) << pt->ia_bits;
}

/* Index in the table that covers `ia`; the root of stage 2 may be concatenated tables. */
static unsigned int entry_index(const struct pgtable *pt, unsigned int level, u64 ia)
{
	u64 i = ia >> level_shift(level);

	return level == pt->start_level ? i : i % ENTRIES;
}

static u64 pte_load(const u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* Release order: a walk that sees the descriptor sees the table it points to. */
static void pte_store(u64 *p, u64 val)
{
	__atomic_store_n(p, val, __ATOMIC_RELEASE);
}

static bool pte_is_table(u64 pte, unsigned int level)
{
	return level < LEAF_LEVEL &&
	       (pte & (PTE_VALID | PTE_TYPE_TABLE)) == (PTE_VALID | PTE_TYPE_TABLE);
}

static u64 pte_make_leaf(unsigned int level, u64 pa, u64 attrs)
{
	return pa | attrs | PTE_VALID | (level == LEAF_LEVEL ? PTE_TYPE_TABLE : 0);
}

static u64 pte_make_table(hpa_t pa)
{
	return pa.v | PTE_VALID | PTE_TYPE_TABLE;
}

static hpa_t pte_pa(u64 pte)
{
	return HPA(pte & PTE_PA_MASK);
}

static u64 *table_ptr(const struct pgtable *pt, hpa_t pa)
{
	return pt->mem->ptr(pt->ctx, pa);
}

static bool table_alloc(struct pgtable *pt, hpa_t *pa)
{
	if (pt->max_pages && pt->pages >= pt->max_pages)
		return false;
	if (!pt->mem->alloc(pt->ctx, 0, pa))
		return false;
	pt->pages++;
	return true;
}

static void table_free(struct pgtable *pt, hpa_t pa)
{
	pt->mem->free(pt->ctx, pa, 0);
	pt->pages--;
}

static bool table_is_empty(const u64 *table)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		if (pte_load(&table[i]))
			return false;
	return true;
}

/*
 * A walk in flight, or a cached walk, may still read an unlinked table: it stays as it is, but for
 * the link, which is page aligned and so an invalid descriptor.
 */
static void limbo_add(struct pgtable *pt, hpa_t pa)
{
	pte_store(table_ptr(pt, pa), pt->limbo.v);
	pt->limbo = pa;
	pt->limbo_pages++;
}

/* Puts a table that is no longer linked, and all below it, in limbo. */
static void limbo_add_subtree(struct pgtable *pt, hpa_t pa, unsigned int level)
{
	const u64 *table = table_ptr(pt, pa);

	if (level < LEAF_LEVEL) {
		for (unsigned int i = 0; i < ENTRIES; i++) {
			u64 pte = pte_load(&table[i]);

			if (pte_is_table(pte, level))
				limbo_add_subtree(pt, pte_pa(pte), level + 1);
		}
	}
	limbo_add(pt, pa);
}

/* Frees a table that hardware never saw, and all below it. */
static void free_subtree(struct pgtable *pt, hpa_t pa, unsigned int level)
{
	const u64 *table = table_ptr(pt, pa);

	if (level < LEAF_LEVEL) {
		for (unsigned int i = 0; i < ENTRIES; i++)
			if (pte_is_table(table[i], level))
				free_subtree(pt, pte_pa(table[i]), level + 1);
	}
	table_free(pt, pa);
}

void pgtable_reap(struct pgtable *pt)
{
	while (pt->limbo_pages) {
		hpa_t pa = pt->limbo;

		pt->limbo = pte_pa(pte_load(table_ptr(pt, pa)));
		pt->limbo_pages--;
		table_free(pt, pa);
	}
	pt->limbo = HPA(0);
}

int pgtable_init(struct pgtable *pt, bool stage2, unsigned int ia_bits, unsigned int oa_bits,
		 const struct pgtable_mem *mem, void *ctx)
{
	unsigned int level, order = 0;

	if (ia_bits > 48 || ia_bits < (stage2 ? 32 : 25) || oa_bits > 48 || oa_bits < 32)
		return -EINVAL;

	/* The lowest start level whose table, or 16 concatenated ones, cover the input. */
	for (level = LEAF_LEVEL; level > 0; level--)
		if (ia_bits <= level_shift(level) + STRIDE + (stage2 ? 4 : 0))
			break;
	if (ia_bits > level_shift(level) + STRIDE)
		order = ia_bits - level_shift(level) - STRIDE;

	*pt = (struct pgtable){
		.ia_bits = ia_bits,
		.oa_bits = oa_bits,
		.start_level = level,
		.root_order = order,
		.stage2 = stage2,
		.mem = mem,
		.ctx = ctx,
	};
	if (!mem->alloc(ctx, order, &pt->root))
		return -ENOMEM;
	pt->pages = 1u << order;
	return 0;
}

void pgtable_destroy(struct pgtable *pt)
{
	unsigned int level = pt->start_level;
	const u64 *root;

	if (!pt->pages)
		return;
	root = table_ptr(pt, pt->root);
	for (unsigned int i = 0; i < ENTRIES << pt->root_order; i++)
		if (pte_is_table(root[i], level))
			free_subtree(pt, pte_pa(root[i]), level + 1);
	pgtable_reap(pt);
	pt->mem->free(pt->ctx, pt->root, pt->root_order);
	pt->root = HPA(0);
	pt->pages = 0;
}

u64 pgtable_tcr(const struct pgtable *pt)
{
	u64 t0sz = 64u - pt->ia_bits;

	/* SL0 counts from level 2 upwards (Arm ARM, VTCR_EL2, 4 KiB granule). */
	return pt->stage2 ? t0sz | (u64)(2 - pt->start_level) << 6 : t0sz;
}

/* ---- map ---- */

struct map {
	struct pgtable *pt;
	u64 delta; /* output address - input address, modulo 2^64 */
	u64 attrs;
	unsigned int flags;
	bool stored;
};

static int map_table(struct map *m, u64 *table, unsigned int level, u64 ia, u64 end);

/* A leaf is already there, which covers [ia, ...). `whole`: the caller could replace all of it. */
static int map_over_leaf(struct map *m, u64 *slot, unsigned int level, u64 ia, bool whole)
{
	u64 old = pte_load(slot), size = level_size(level);
	u64 new = pte_make_leaf(level, ALIGN_DOWN(ia, size) + m->delta, m->attrs);

	if (old == new)
		return 0;
	if (!(m->flags & PGTABLE_UPDATE) || !whole || ((old ^ new) & ~IN_PLACE_MASK))
		return -EEXIST;
	pte_store(slot, new);
	m->stored = true;
	return 0;
}

/* Builds the table below an invalid descriptor, and links it when it is complete. */
static int map_new_table(struct map *m, u64 *slot, unsigned int level, u64 ia, u64 end)
{
	hpa_t pa;
	u64 *child;
	int rc;

	if (!table_alloc(m->pt, &pa))
		return -ENOMEM;
	child = table_ptr(m->pt, pa);
	rc = map_table(m, child, level + 1, ia, end);
	if (rc && table_is_empty(child)) {
		table_free(m->pt, pa);
		return rc;
	}
	pte_store(slot, pte_make_table(pa));
	m->stored = true;
	return rc;
}

/* Maps [ia, end), which `table` covers. */
static int map_table(struct map *m, u64 *table, unsigned int level, u64 ia, u64 end)
{
	u64 size = level_size(level);
	int rc = 0;

	while (ia < end && !rc) {
		u64 base = ALIGN_DOWN(ia, size);
		u64 next = base + size < end ? base + size : end;
		u64 *slot = &table[entry_index(m->pt, level, ia)];
		u64 pte = pte_load(slot);
		bool whole = level > 0 && ia == base && next == base + size &&
			     IS_ALIGNED(ia + m->delta, size);

		if (pte_is_table(pte, level)) {
			rc = map_table(m, table_ptr(m->pt, pte_pa(pte)), level + 1, ia, next);
		} else if (pte & PTE_VALID) {
			rc = map_over_leaf(m, slot, level, ia, whole);
		} else if (whole) {
			pte_store(slot, pte_make_leaf(level, ia + m->delta, m->attrs));
			m->stored = true;
		} else {
			rc = map_new_table(m, slot, level, ia, next);
		}
		ia = next;
	}
	return rc;
}

int pgtable_map(struct pgtable *pt, u64 ia, hpa_t pa, u64 size, u64 attrs, unsigned int flags)
{
	u64 oa_end = UINT64_C(1) << pt->oa_bits;
	struct map m = {
		.pt = pt,
		.delta = pa.v - ia,
		.attrs = attrs,
		.flags = flags,
	};
	int rc;

	if (!size || !IS_ALIGNED(ia | pa.v | size, PAGE_SIZE) || (attrs & ~PGTABLE_ATTRS_MASK))
		return -EINVAL;
	if (ia >= input_end(pt) || size > input_end(pt) - ia || pa.v >= oa_end ||
	    size > oa_end - pa.v)
		return -EINVAL;

	rc = map_table(&m, table_ptr(pt, pt->root), pt->start_level, ia, ia + size);
	if (m.stored && pt->mem->publish)
		pt->mem->publish(pt->ctx);
	return rc;
}

/* ---- unmap ---- */

struct unmap {
	struct pgtable *pt;
	bool leaves; /* take leaves whole, never split */
	struct pgtable_span span;
};

/* Leaves go in ascending order. */
static void span_add(struct pgtable_span *span, u64 ia, u64 end)
{
	if (!span->size)
		span->ia = ia;
	span->size = end - span->ia;
}

/*
 * Fills a fresh table at `level` with what the leaf {base, pa, attrs} above it mapped, less
 * [cut, cut_end).
 */
static int split_fill(struct pgtable *pt, u64 *table, unsigned int level, u64 base, u64 pa,
		      u64 attrs, u64 cut, u64 cut_end)
{
	u64 size = level_size(level);

	for (unsigned int i = 0; i < ENTRIES; i++, base += size, pa += size) {
		u64 lo = cut > base ? cut : base;
		u64 hi = cut_end < base + size ? cut_end : base + size;
		hpa_t child;

		if (lo >= hi) {
			table[i] = pte_make_leaf(level, pa, attrs);
			continue;
		}
		if (lo == base && hi == base + size)
			continue;
		if (!table_alloc(pt, &child))
			return -ENOMEM;
		table[i] = pte_make_table(child);
		if (split_fill(pt, table_ptr(pt, child), level + 1, base, pa, attrs, lo, hi))
			return -ENOMEM;
	}
	return 0;
}

/* Replaces the block in `slot` by a table without [ia, end). */
static int unmap_split(struct unmap *u, u64 *slot, unsigned int level, u64 ia, u64 end)
{
	struct pgtable *pt = u->pt;
	u64 pte = pte_load(slot), size = level_size(level), base = ALIGN_DOWN(ia, size);
	hpa_t child;

	if (!table_alloc(pt, &child))
		return -ENOMEM;
	if (split_fill(pt, table_ptr(pt, child), level + 1, base, pte_pa(pte).v,
		       pte & PGTABLE_ATTRS_MASK, ia, end)) {
		free_subtree(pt, child, level + 1);
		return -ENOMEM;
	}
	pte_store(slot, 0);
	pt->mem->invalidate(pt->ctx, base, size);
	pte_store(slot, pte_make_table(child));
	if (pt->mem->publish)
		pt->mem->publish(pt->ctx);
	span_add(&u->span, ia, end);
	u->span.split = true;
	return 0;
}

/* Unmaps [ia, end), which `table` covers. */
static int unmap_table(struct unmap *u, u64 *table, unsigned int level, u64 ia, u64 end)
{
	u64 size = level_size(level);

	for (u64 next; ia < end; ia = next) {
		u64 base = ALIGN_DOWN(ia, size);
		u64 *slot = &table[entry_index(u->pt, level, ia)];
		u64 pte = pte_load(slot);
		bool whole;
		int rc;

		next = base + size < end ? base + size : end;
		whole = ia == base && next == base + size;
		if (!(pte & PTE_VALID))
			continue;
		if (!pte_is_table(pte, level)) {
			if (!whole && !u->leaves) {
				rc = unmap_split(u, slot, level, ia, next);
				if (rc)
					return rc;
				continue;
			}
			pte_store(slot, 0);
			span_add(&u->span, base, base + size);
		} else if (whole) {
			pte_store(slot, 0);
			limbo_add_subtree(u->pt, pte_pa(pte), level + 1);
			span_add(&u->span, base, base + size);
		} else {
			rc = unmap_table(u, table_ptr(u->pt, pte_pa(pte)), level + 1, ia, next);
			if (table_is_empty(table_ptr(u->pt, pte_pa(pte)))) {
				pte_store(slot, 0);
				limbo_add(u->pt, pte_pa(pte));
			}
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int unmap_range(struct unmap *u, u64 ia, u64 end, struct pgtable_span *span)
{
	struct pgtable *pt = u->pt;
	int rc = unmap_table(u, table_ptr(pt, pt->root), pt->start_level, ia, end);

	if (span)
		*span = u->span;
	return rc ? rc : u->span.size != 0;
}

/* Whether a leaf spans the boundary between `ia - 1` and `ia`. */
static bool leaf_spans(const struct pgtable *pt, u64 ia)
{
	struct pgtable_leaf leaf;

	return pgtable_lookup(pt, ia, &leaf) && leaf.ia != ia;
}

int pgtable_unmap(struct pgtable *pt, u64 ia, u64 size, struct pgtable_span *span)
{
	struct unmap u = {.pt = pt};

	if (span)
		*span = u.span;
	if (!size || !IS_ALIGNED(ia | size, PAGE_SIZE) || ia >= input_end(pt) ||
	    size > input_end(pt) - ia)
		return -EINVAL;
	if (!pt->mem->invalidate && (leaf_spans(pt, ia) || leaf_spans(pt, ia + size)))
		return -EINVAL;
	return unmap_range(&u, ia, ia + size, span);
}

int pgtable_unmap_leaves(struct pgtable *pt, u64 ia, u64 size, struct pgtable_span *span)
{
	struct unmap u = {.pt = pt, .leaves = true};

	if (span)
		*span = u.span;
	if (!size || ia >= input_end(pt))
		return 0;
	if (size > input_end(pt) - ia)
		size = input_end(pt) - ia;
	return unmap_range(&u, ALIGN_DOWN(ia, PAGE_SIZE), ALIGN_UP(ia + size, PAGE_SIZE), span);
}

/* ---- lookup ---- */

bool pgtable_lookup(const struct pgtable *pt, u64 ia, struct pgtable_leaf *leaf)
{
	const u64 *table;

	*leaf = (struct pgtable_leaf){.ia = ia};
	if (ia >= input_end(pt))
		return false;

	table = table_ptr(pt, pt->root);
	for (unsigned int level = pt->start_level;; level++) {
		u64 pte = pte_load(&table[entry_index(pt, level, ia)]);

		if (pte_is_table(pte, level)) {
			table = table_ptr(pt, pte_pa(pte));
			continue;
		}
		leaf->level = level;
		leaf->size = level_size(level);
		leaf->ia = ALIGN_DOWN(ia, leaf->size);
		if (!(pte & PTE_VALID))
			return false;
		leaf->pa = pte_pa(pte);
		leaf->attrs = pte & PGTABLE_ATTRS_MASK;
		return true;
	}
}

bool pgtable_next(const struct pgtable *pt, u64 ia, u64 end, struct pgtable_leaf *leaf)
{
	while (ia < end) {
		if (pgtable_lookup(pt, ia, leaf))
			return true;
		if (!leaf->size)
			return false;
		ia = leaf->ia + leaf->size;
	}
	return false;
}
