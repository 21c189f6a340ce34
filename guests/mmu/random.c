/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests whose stage 2 changes at random, each change with the least TLB maintenance that will do,
 * in one of its forms; what they see is held against a model of their tables.
 */
#include "mmu.h"

#define NR_GUESTS 4
#define NR_BLOCKS 4
#define NR_SLOTS  NR_PAGES /* of a block, 64 KiB apart: slot n of a block mapping is page n */
#define STEPS	  150

enum kind { INVALID, BLOCK, TABLE };

struct slot {
	bool valid, writable, dbm;
	u32 page;
};

struct block {
	enum kind kind;
	bool writable, dbm;
	struct slot slots[NR_SLOTS];
};

struct guest {
	struct s2 s;
	u64 vmid, base, size, page; /* of blocks: address of the first one, size; size of a page */
	u64 pa, in;		    /* of all blocks: output address, and where slot 0 is in them */
	u32 granule;
	bool hd; /* hardware sets AF and the dirty state */
	struct block blocks[NR_BLOCKS];
	u64 tables[NR_BLOCKS]; /* descriptors of their tables, once there were any */
};

static struct guest guests[NR_GUESTS];
static u64 state, bad, sum;

static u32 below(u32 n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state >> 33) % n;
}

static u64 block_at(const struct guest *g, u32 b)
{
	return g->base + b * g->size;
}

static u64 slot_at(const struct guest *g, u32 b, u32 n)
{
	return block_at(g, b) + g->in + n * SZ_64K;
}

/* ---- maintenance ---- */

static const struct tlbi_form *form(enum tlbi_kind kind, bool leaf_only)
{
	const struct tlbi_form *f;

	do
		f = &tlbi_s2[below(nr_tlbi_s2)];
	while (f->kind != kind || !tlbi_exists(f) ||
	       (!leaf_only && kind != K_ALL && (f->name[kind == K_RIPA ? 6 : 5] == 'l')));
	return f;
}

/* The leaf of `level` at addr, of `size`: by any address in it, or a hint of its level. */
static void leaf_gone(struct guest *g, u64 addr, u64 size, u32 level)
{
	bool hint = has_ttl && below(2);
	u64 named = hint ? addr : addr + below((u32)(size / SZ_4K)) * SZ_4K;
	const struct tlbi_form *f;

	if (!below(8)) {
		f = form(K_ALL, true);
		tlbi_do(f, 0);
	} else if (has_tlbi_range && level == 3 && below(2)) {
		f = form(K_RIPA, true);
		/* It may begin before the page, which then is its last one. */
		tlbi_do(f,
			tlbi_range(g->granule, addr - below(2) * g->page, 0, 0, hint ? 3 : 0, 0));
	} else {
		f = form(K_IPA, true);
		tlbi_do(f, tlbi_operand(f, g->granule, named, hint ? level : 0, 0));
	}
}

/* Slots first to last: a range of pages, or all of them one by one. Tables too, if any went. */
static void slots_gone(struct guest *g, u32 b, u32 first, u32 last, bool table)
{
	u64 from = slot_at(g, b, first), pages = ((last - first) * SZ_64K) / g->page + 1;
	bool hint = has_ttl && !table && below(2);
	const struct tlbi_form *f;

	if (has_tlbi_range && below(2)) {
		/* Up to 64 pairs of pages. */
		u32 scale = pages > 64, unit = scale ? 64 : 2, num = (u32)((pages - 1) / unit);

		f = form(K_RIPA, !table);
		tlbi_do(f, tlbi_range(g->granule, from, num, scale, hint ? 3 : 0, 0));
		return;
	}
	if (!below(4)) {
		tlbi_do(form(K_ALL, true), 0);
		return;
	}
	f = form(K_IPA, !table);
	for (u32 n = first; n <= last; n++)
		tlbi_do(f, tlbi_operand(f, g->granule, slot_at(g, b, n), hint ? 3 : 0, 0));
}

/* ---- changes ---- */

/* Attributes of a new leaf. With hardware's updates it may be old, and clean. */
static u64 attrs(const struct guest *g, bool *writable, bool *dbm)
{
	u64 attrs = S2_RO;

	*writable = below(2);
	*dbm = g->hd && below(2);
	if (*writable)
		attrs |= S2_W;
	if (*dbm)
		attrs |= D_DBM;
	if (g->hd && below(2))
		attrs &= ~D_AF;
	return attrs;
}

static void set_slot(struct guest *g, u32 b, u32 n)
{
	struct slot *s = &g->blocks[b].slots[n];

	*s = (struct slot){.valid = below(4) != 0, .page = below(NR_PAGES)};
	if (s->valid)
		mm_map(&g->s.t, slot_at(g, b, n), 3,
		       page_pa(s->page) | attrs(g, &s->writable, &s->dbm));
}

static void new_kind(struct guest *g, u32 b)
{
	struct block *k = &g->blocks[b];
	u64 *entry = mm_entry(&g->s.t, block_at(g, b), 2);

	k->kind = below(3);
	switch (k->kind) {
	case INVALID:
		break;
	case BLOCK:
		*entry = g->pa | attrs(g, &k->writable, &k->dbm) | D_BLOCK;
		break;
	case TABLE:
		*entry = g->tables[b];
		for (u32 n = 0; n < NR_SLOTS; n++) {
			mm_set(&g->s.t, slot_at(g, b, n), 3, 0);
			set_slot(g, b, n);
		}
		g->tables[b] = *entry;
		break;
	}
	dsb(ish);
}

/* What is there goes, in whole. */
static void clear(struct guest *g, u32 b)
{
	struct block *k = &g->blocks[b];
	u64 *entry = mm_entry(&g->s.t, block_at(g, b), 2);

	*entry = 0;
	dsb(ish);
	if (k->kind == BLOCK)
		leaf_gone(g, block_at(g, b), g->size, 2);
	else if (k->kind == TABLE)
		slots_gone(g, b, 0, NR_SLOTS - 1, true);
	k->kind = INVALID;
}

static void change_page(struct guest *g, u32 b, u32 n)
{
	u64 at = slot_at(g, b, n);
	struct slot *s = &g->blocks[b].slots[n];

	if (s->valid) {
		mm_set(&g->s.t, at, 3, 0);
		leaf_gone(g, at, g->page, 3);
	}
	set_slot(g, b, n);
}

static void change_range(struct guest *g, u32 b)
{
	u32 first = below(NR_SLOTS), last = first + below(NR_SLOTS - first);

	for (u32 n = first; n <= last; n++)
		mm_set(&g->s.t, slot_at(g, b, n), 3, 0);
	slots_gone(g, b, first, last, false);
	for (u32 n = first; n <= last; n++)
		set_slot(g, b, n);
}

/* Permissions need no break before make. */
static void change_permission(struct guest *g, u32 b, u32 n)
{
	struct block *k = &g->blocks[b];
	bool table = k->kind == TABLE;
	u64 at = table ? slot_at(g, b, n) : block_at(g, b);
	u64 *entry = mm_entry(&g->s.t, at, table ? 3 : 2);

	if (k->kind == INVALID || (table && !k->slots[n].valid))
		return;
	*entry ^= S2_W;
	dsb(ish);
	if (table)
		k->slots[n].writable ^= 1;
	else
		k->writable ^= 1;
	leaf_gone(g, at, table ? g->page : g->size, table ? 3 : 2);
}

/* ---- looks ---- */

/* After an access that went well: AF, and the dirty state as the model has it. */
static bool is_updated(struct guest *g, u64 at, u32 level, bool writable)
{
	u64 entry = *mm_entry(&g->s.t, at, level);

	return (entry & D_AF) && !(entry & S2_W) == !writable;
}

static void look(struct guest *g, u32 step)
{
	u32 b = below(NR_BLOCKS), n = below(NR_SLOTS), page = n;
	struct block *k = &g->blocks[b];
	struct slot *s = &k->slots[n];
	bool write = below(3) == 0, table = k->kind == TABLE, ok;
	bool *writable = table ? &s->writable : &k->writable;
	u32 level = table ? 3 : 2;
	u64 at = slot_at(g, b, n);
	struct want w;
	struct outcome o;

	if (table)
		page = s->page;
	w = VALUE(MARK(page));
	if (k->kind == INVALID || (table && !s->valid))
		w = FAULT_AT(FSC_TRANS(level), at);
	else if (write && (table ? s->dbm : k->dbm))
		*writable = true;
	else if (write && !*writable)
		w = FAULT(2, FSC_PERM(level));
	o = write ? str(at, MARK(page)) : ldr(at);
	sum = sum * 31 + (o.el ? o.esr : o.value);
	ok = is_wanted(o, w) && (o.el || is_updated(g, at, level, *writable));
	if (!ok && !bad++) {
		begin("random first bad: step %u guest %u block %u slot %u", step,
		      (u32)(g - guests), b, n);
		see(o, w);
		see_bits("entry", k->kind ? *mm_entry(&g->s.t, at, level) : 0, 0);
		end();
	}
}

static void guest_make(struct guest *g, u32 i)
{
	static const u64 vmids[NR_GUESTS] = {1, 2, 0x101, 0x201};
	u32 n = below(NR_GRANULES);

	while (!granules[n].stage2)
		n = (n + 1) % NR_GRANULES;
	*g = (struct guest){.granule = n, .vmid = has_vmid16 ? vmids[i] : i + 1};
	s2_make(&g->s, s2_usual(n));
	if (has_vmid16)
		g->s.vtcr |= VTCR_VS;
	g->hd = has_dbm && below(2);
	if (g->hd)
		g->s.vtcr |= VTCR_HA | VTCR_HD;
	g->size = BIT(mm_shift(&g->s.t, 2));
	g->page = BIT(granules[n].shift);
	g->base = g->s.window + g->size;
	g->pa = ALIGN_DOWN(page_pa(0), g->size);
	g->in = page_pa(0) - g->pa;
	for (u32 b = 0; b < NR_BLOCKS; b++)
		new_kind(g, b);
}

static void step(u32 n)
{
	struct guest *g = &guests[below(NR_GUESTS)];
	u32 b = below(NR_BLOCKS);

	if (!below(8))
		set_e2h(!e2h);
	s2_on(&g->s, g->vmid);
	actor(P_EL1h, g->s.code);
	for (u32 i = below(4); i--;)
		look(g, n);
	switch (below(4)) {
	case 0:
		clear(g, b);
		look(g, n);
		new_kind(g, b);
		break;
	case 1:
		change_permission(g, b, below(NR_SLOTS));
		break;
	case 2:
		if (g->blocks[b].kind == TABLE)
			change_range(g, b);
		break;
	default:
		if (g->blocks[b].kind == TABLE)
			change_page(g, b, below(NR_SLOTS));
		break;
	}
	for (u32 i = below(6); i--;)
		look(g, n);
}

void cases_random(void)
{
	bool first = e2h;

	for (u32 seed = 1; seed <= random_seeds; seed++) {
		fresh();
		state = seed * UINT64_C(0x9e3779b97f4a7c15);
		bad = sum = 0;
		for (u32 i = 0; i < NR_GUESTS; i++)
			guest_make(&guests[i], i);
		for (u32 i = 0; i < STEPS; i++)
			step(i);
		set_e2h(first);
		begin("%srandom seed=%u sum=%lx", e2h ? "e2h " : "", seed, sum);
		see_bits("bad", bad, 0);
		end();
	}
	s2_off();
}
