/* SPDX-License-Identifier: Apache-2.0 */
/* What hardware writes into tables of stage 2, for accesses and for stage 1's walks and updates. */
#include <string.h>

#include "mmu.h"

#define BITS (D_AF | S2_R | S2_W | D_DBM)

static const char *prefix(void)
{
	return e2h ? "e2h s2" : "s2";
}

/* A table of stage 1, at TABLE_IPA for the guest. */
static u64 table[SZ_64K / 8] __attribute__((aligned(65536)));

enum act { LDR, STR, FETCH_IT };

/* One access to a leaf of `level` with `attrs`; what it is then. */
static void update(struct s2 *s, const char *name, u32 level, u64 attrs, enum act act,
		   struct want w, u64 want)
{
	u64 size = BIT(mm_shift(&s->t, level)), at = ALIGN_UP(s->window, size) + size;
	u64 pa = ALIGN_DOWN(page_pa(6), size), in = page_pa(6) - pa;
	u64 *entry = mm_entry(&s->t, at, level);
	struct outcome o;

	*entry = 0;
	tlbi_vmid();
	mm_map(&s->t, at, level, pa | attrs);
	begin("%s %s update%u %s", prefix(), s->config->name, level, name);
	at += in;
	o = act == LDR ? ldr(at) : act == STR ? str(at, MARK(6)) : fetch(at);
	see(o, w);
	see_bits("entry", *entry & BITS, want);
	end();
	*entry = 0;
	tlbi_vmid();
}

/* Clean, written, cleaned by software, written. */
static void log_dirty(struct s2 *s)
{
	u64 w = s->window;
	u64 *entry = mm_entry(&s->t, w, 3);

	mm_map(&s->t, w, 3, page_pa(6) | S2_RO | D_DBM);
	begin("%s %s dirty log", prefix(), s->config->name);
	for (u32 i = 0; i < 3; i++) {
		see(ldr(w), VALUE(MARK(6)));
		see_bits("entry", *entry & BITS, D_AF | S2_R | D_DBM);
		see(str(w, MARK(6)), VALUE(MARK(6)));
		see_bits("entry", *entry & BITS, BITS);
		*entry &= ~S2_W;
		tlbi_ipa(w);
	}
	end();
}

static void accesses(struct s2 *s, u32 level)
{
	u64 old = S2_RW & ~D_AF, clean = S2_RO | D_DBM;

	s->vtcr |= VTCR_HA;
	s2_on(s, 3);
	tlbi_vmid();
	update(s, "ha read", level, old, LDR, VALUE(MARK(6)), D_AF | S2_R | S2_W);
	update(s, "ha write", level, old, STR, VALUE(MARK(6)), D_AF | S2_R | S2_W);
	update(s, "ha fetch", level, old, FETCH_IT, VALUE(0), D_AF | S2_R | S2_W);
	update(s, "ha write, clean", level, clean, STR, FAULT(2, FSC_PERM(level)),
	       D_AF | S2_R | D_DBM);
	if (!has_dbm)
		return;
	s->vtcr |= VTCR_HD;
	s2_on(s, 3);
	tlbi_vmid();
	update(s, "hd read", level, clean, LDR, VALUE(MARK(6)), D_AF | S2_R | D_DBM);
	update(s, "hd write", level, clean, STR, VALUE(MARK(6)), BITS);
	update(s, "hd write, no af", level, clean & ~D_AF, STR, VALUE(MARK(6)), BITS);
	update(s, "hd write, not readable", level, clean & ~S2_R, STR, VALUE(MARK(6)),
	       D_AF | S2_W | D_DBM);
	update(s, "hd read, not readable", level, clean & ~S2_R, LDR, FAULT(2, FSC_PERM(level)),
	       D_AF | D_DBM);
	update(s, "hd write, no dbm", level, clean & ~D_DBM, STR, FAULT(2, FSC_PERM(level)),
	       D_AF | S2_R);
	if (level == 3)
		log_dirty(s);
	/* HD without HA counts as nothing. */
	s->vtcr &= ~VTCR_HA;
	s2_on(s, 3);
	tlbi_vmid();
	update(s, "hd without ha", level, clean, STR, FAULT(2, FSC_PERM(level)),
	       D_AF | S2_R | D_DBM);
	s->vtcr &= ~VTCR_HD;
}

/* ---- through stage 1 ---- */

struct walk {
	struct s1 s1;
	struct s2 s2;
	u64 table_ipa, va;
	u64 *s2_entry;
};

/* Stage 1 with its last table in a page of its own, which stage 2 maps with s2_attrs. */
static void walk_make(struct walk *w, u32 g1, u32 g2, u64 s2_attrs, u64 vtcr, bool hd)
{
	u64 step = BIT(granules[g2].shift);

	fresh();
	memset(table, 0, sizeof(table));
	s2_make(&w->s2, s2_usual(g2));
	s2_map_payload(&w->s2);
	w->s2.vtcr |= vtcr;
	w->table_ipa = w->s2.window + SZ_1G;
	for (u64 off = 0; off < SZ_64K; off += step)
		mm_map(&w->s2.t, w->table_ipa + off, 3, ((u64)table + off) | s2_attrs);
	s1_make(&w->s1, g1, w->s2.code);
	w->s1.ha = true;
	w->s1.hd = hd;
	w->va = w->s1.window + 8 * BIT(w->s1.t.grain);
	mm_set(&w->s1.t, w->va, 2, w->table_ipa | D_TABLE);
	w->s2_entry = mm_entry(&w->s2.t, w->table_ipa + 64, 3);
	s2_on(&w->s2, 4);
	s1_guest_on(&w->s1, 1);
	actor(P_EL1h, w->s1.code);
}

static void walk_see(struct walk *w, const char *name, u64 desc, enum act act, struct want want,
		     u64 s1_want, u64 s2_want)
{
	table[8] = page_pa(6) | desc | D_PAGE;
	tlbi_vmid();
	begin("%s stage1 %s stage2 %s %s", prefix(), granules[w->s1.granule].name,
	      w->s2.config->name, name);
	see(act == STR ? str(w->va, MARK(6)) : act == LDR ? ldr(w->va) : fetch(w->va), want);
	see_bits("stage1", table[8] & (D_AF | S1_RO | D_DBM), s1_want);
	see_bits("stage2", *w->s2_entry & BITS, s2_want);
	end();
}

/* AT is no access: it makes nothing dirty, see own.c. */
static void walk_at(struct walk *w, const char *name, u64 desc)
{
	u64 s2 = *w->s2_entry;

	table[8] = page_pa(6) | desc | D_PAGE;
	tlbi_vmid();
	begin("%s stage1 %s stage2 %s at %s", prefix(), granules[w->s1.granule].name,
	      w->s2.config->name, name);
	AT("s1e1w", w->va);
	AT("s12e1w", w->va);
	see_bits("stage1", table[8] & (S1_RO | D_DBM), desc & (S1_RO | D_DBM));
	see_bits("stage2", *w->s2_entry & (BITS & ~D_AF), s2 & (BITS & ~D_AF));
	end();
}

static void walks(u32 g1, u32 g2)
{
	u64 clean = S1_RW | S1_RO | D_DBM, old = S1_RW & ~D_AF, where;
	struct walk w;

	walk_make(&w, g1, g2, S2_RW, 0, has_dbm);
	walk_see(&w, "af", old, LDR, VALUE(MARK(6)), D_AF, D_AF | S2_R | S2_W);
	walk_see(&w, "af write", old, STR, VALUE(MARK(6)), D_AF, D_AF | S2_R | S2_W);
	if (has_dbm)
		walk_see(&w, "dirty", clean, STR, VALUE(MARK(6)), D_AF | D_DBM, D_AF | S2_R | S2_W);
	walk_at(&w, "af", old);
	if (has_dbm)
		walk_at(&w, "dirty", clean);
	/* Stage 2 does not let the tables be written: they can be walked but not updated. */
	walk_make(&w, g1, g2, S2_RO, 0, has_dbm);
	where = w.table_ipa + 64;
	walk_see(&w, "read-only, nothing to do", S1_RW, LDR, VALUE(MARK(6)), D_AF, D_AF | S2_R);
	walk_see(&w, "read-only, af", old, LDR, FAULT_AT(FSC_PERM(3), where), 0, D_AF | S2_R);
	walk_see(&w, "read-only, af write", old, STR, FAULT_AT(FSC_PERM(3), where), 0, D_AF | S2_R);
	walk_see(&w, "read-only, af fetch", old | S1_RO, FETCH_IT, FAULT_AT(FSC_PERM(3), where),
		 S1_RO, D_AF | S2_R);
	if (has_dbm)
		walk_see(&w, "read-only, dirty", clean, STR, FAULT_AT(FSC_PERM(3), where),
			 D_AF | S1_RO | D_DBM, D_AF | S2_R);
	walk_at(&w, "read-only, af", old);
	if (has_dbm)
		walk_at(&w, "read-only, dirty", clean);
	walk_make(&w, g1, g2, S2_NORMAL | S2_W, 0, has_dbm);
	walk_see(&w, "write-only", S1_RW, LDR, FAULT_AT(FSC_PERM(3), where), D_AF, D_AF | S2_W);
	walk_see(&w, "write-only, af write", old, STR, FAULT_AT(FSC_PERM(3), where), 0,
		 D_AF | S2_W);
	/* Stage 2 notes what stage 1's walks do. */
	walk_make(&w, g1, g2, S2_RW & ~D_AF, VTCR_HA, has_dbm);
	walk_at(&w, "s2-ha", S1_RW);
	walk_see(&w, "s2-ha, nothing to do", S1_RW, LDR, VALUE(MARK(6)), D_AF, D_AF | S2_R | S2_W);
	if (!has_dbm)
		return;
	walk_make(&w, g1, g2, S2_RO | D_DBM, VTCR_HA | VTCR_HD, true);
	walk_at(&w, "s2-hd, dirty", clean);
	walk_see(&w, "s2-hd, nothing to do", S1_RW, LDR, VALUE(MARK(6)), D_AF, D_AF | S2_R | D_DBM);
	walk_see(&w, "s2-hd, af", old, LDR, VALUE(MARK(6)), D_AF, BITS);
	*w.s2_entry &= ~S2_W;
	walk_see(&w, "s2-hd, dirty", clean, STR, VALUE(MARK(6)), D_AF | D_DBM, BITS);
}

/*
 * Access flags that software clears, without hardware's and without a TLBI: whether a walk finds
 * that or a TLB does not is open. But it comes to an end: the page is read-only in stage 2.
 */
static void aged(u32 g)
{
	struct walk w;
	struct outcome o;
	u64 ipa;

	walk_make(&w, g, g, S2_RW, 0, false);
	w.s1.ha = false;
	s1_guest_on(&w.s1, 1);
	ipa = w.table_ipa + SZ_64K;
	mm_map(&w.s2.t, ipa, 3, page_pa(6) | S2_RO);
	table[8] = ipa | S1_RW | D_PAGE;
	for (u32 stage = 1; stage <= 2; stage++) {
		u64 *entry = stage == 1 ? &table[8] : w.s2_entry;
		struct want young =
			stage == 1 ? FAULT(1, FSC_AF(3)) : FAULT_AT(FSC_AF(3), w.table_ipa + 64);

		tlbi_vmid();
		begin("%s stage1 %s stage2 %s aged, stage %u", prefix(),
		      granules[w.s1.granule].name, w.s2.config->name, stage);
		see(ldr(w.va), VALUE(MARK(6)));
		*entry &= ~D_AF;
		asm volatile("dsb ish" ::: "memory");
		o = str(w.va, MARK(6));
		if (is_wanted(o, young)) {
			*entry |= D_AF;
			asm volatile("dsb ish" ::: "memory");
			o = str(w.va, MARK(6));
		}
		see(o, FAULT(2, FSC_PERM(3)));
		*entry |= D_AF;
		end();
	}
}

void cases_s2_update(void)
{
	if (!has_af)
		return;
	for (u32 g = 0; g < NR_GRANULES; g++) {
		struct s2 s;

		if (!granules[g].stage2)
			continue;
		s2_fresh(&s, g);
		actor(P_EL1h, s.code);
		accesses(&s, 3);
		accesses(&s, 2);
		if (g == 0)
			accesses(&s, 1);
		for (u32 g1 = 0; g1 < NR_GRANULES; g1++)
			if (granules[g1].stage1)
				walks(g1, g);
		if (granules[g].stage1)
			aged(g);
	}
	s1_guest_off();
	s2_off();
}
