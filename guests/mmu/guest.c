/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's own stage 1, in each granule on each granule of stage 2, and on none. */
#include <string.h>

#include "mmu.h"

#define TOO_HIGH BIT(41)
#define NO_S2	 NR_GRANULES
#define ASID	 5

struct both {
	struct s1 s1;
	struct s2 s2;
	bool stage2;
	const char *name1, *name2;
};

static const char *prefix(void)
{
	return e2h ? "e2h guest" : "guest";
}

static void both_make(struct both *b, u32 g1, u32 g2, u64 pstate)
{
	fresh();
	b->stage2 = g2 != NO_S2;
	b->name1 = granules[g1].name;
	b->name2 = b->stage2 ? granules[g2].name : "none";
	if (b->stage2) {
		s2_make(&b->s2, s2_usual(g2));
		s2_map_payload(&b->s2);
	}
	s1_make(&b->s1, g1, b->stage2 ? b->s2.code : code_pa());
	s1_map_tables(&b->s1);
	if (b->stage2)
		s2_on(&b->s2, 6);
	s1_guest_on(&b->s1, ASID);
	tlbi_everything();
	actor(pstate, b->s1.code);
}

static void both_begin(struct both *b, const char *what)
{
	begin("%s %s on %s %s", prefix(), b->name1, b->name2, what);
}

static void leaves(struct both *b, bool el0)
{
	struct s1 *s = &b->s1;
	u64 page = BIT(s->t.grain), w = s->window;

	mm_map(&s->t, w, 3, page_pa(0) | S1_RW);
	mm_map(&s->t, w + page, 3, page_pa(1) | S1_RW | S1_RO);
	mm_map(&s->t, w + 2 * page, 3, page_pa(2) | (S1_RW & ~D_AF));
	mm_map(&s->t, w + 4 * page, 3, TOO_HIGH | S1_RW);
	mm_map(&s->t, w + 5 * page, 3, page_pa(5) | S1_RW | S1_RO | S1_UXN | S1_PXN);
	mm_map(&s->t, w + 6 * page, 3, page_pa(6) | S1_NORMAL);
	both_begin(b, el0 ? "el0 page" : "page");
	see(ldr(w), VALUE(MARK(0)));
	see(str(w, 0x55), VALUE(0x55));
	see(str(w, MARK(0)), VALUE(MARK(0)));
	see(ldr(w + page), VALUE(MARK(1)));
	see(str(w + page, 1), FAULT(1, FSC_PERM(3)));
	see(ldr(w + 2 * page), FAULT(1, FSC_AF(3)));
	/* Neither a fault is kept anywhere, nor what it was for. */
	*mm_entry(&s->t, w + 2 * page, 3) |= D_AF;
	dsb(ish);
	see(ldr(w + 2 * page), VALUE(MARK(2)));
	end();
	both_begin(b, el0 ? "el0 page others" : "page others");
	see(ldr(w + 3 * page), FAULT(1, FSC_TRANS(3)));
	see(ldr(w + 4 * page), FAULT(1, FSC_SIZE(3)));
	see(fetch(w + page), VALUE(0));
	see(fetch(w + 5 * page), FAULT(1, FSC_PERM(3)));
	see(ldr(w + 6 * page), el0 ? FAULT(1, FSC_PERM(3)) : VALUE(MARK(6)));
	see(ldr(BIT(s->t.ia_bits)), FAULT(1, FSC_TRANS(0)));
	end();
}

static void blocks(struct both *b, u32 level)
{
	struct s1 *s = &b->s1;
	u64 block = BIT(mm_shift(&s->t, level)), w = ALIGN_UP(s->window, block) + block;
	u64 pa = ALIGN_DOWN(page_pa(0), block), in = page_pa(0) - pa;

	mm_map(&s->t, w, level, pa | S1_RW);
	mm_map(&s->t, w + block, level, pa | (S1_RW & ~D_AF));
	mm_map(&s->t, w + 2 * block, level, TOO_HIGH | S1_RW);
	begin("%s %s on %s block%u", prefix(), b->name1, b->name2, level);
	see(ldr(w + in), VALUE(MARK(0)));
	see(ldr(w + in + 5 * SZ_64K), VALUE(MARK(5)));
	see(ldr(w + block + in), FAULT(1, FSC_AF(level)));
	see(ldr(w + 2 * block + in), FAULT(1, FSC_SIZE(level)));
	see(ldr(w + 3 * block + in), FAULT(1, FSC_TRANS(level)));
	end();
}

/* Stage 2 refuses: what stage 1 leads to, or its tables. */
static void refused(struct both *b)
{
	struct s1 *s = &b->s1;
	u64 page = BIT(s->t.grain), w = s->window + 16 * page, step = BIT(b->s2.t.grain);
	u64 free = b->s2.window, ro = free + SZ_64K, none = free + 2 * SZ_64K;
	u64 block = BIT(mm_shift(&s->t, 2)), table = ALIGN_UP(s->window, block) + 8 * block;

	for (u64 off = 0; off < SZ_64K; off += step) {
		mm_map(&b->s2.t, ro + off, 3, (page_pa(0) + off) | S2_RO);
		mm_map(&b->s2.t, none + off, 3, (page_pa(0) + off) | S2_NORMAL);
	}
	mm_map(&s->t, w, 3, free | S1_RW | S1_RO);
	mm_map(&s->t, w + page, 3, ro | S1_RW);
	mm_map(&s->t, w + 2 * page, 3, none | S1_RW);
	both_begin(b, "stage 2 refuses");
	see(ldr(w + 0x128), FAULT_AT(FSC_TRANS(3), free));
	see(fetch(w), FAULT_AT(FSC_TRANS(3), free));
	see(ldr(w + page), VALUE(MARK(0)));
	see(str(w + page + 8, 1), FAULT(2, FSC_PERM(3)));
	see(ldr(w + 2 * page + 8), FAULT(2, FSC_PERM(3)));
	/* From memory that is there to memory that is not. */
	mm_map(&s->t, w + 7 * page, 3, ro | S1_RW);
	mm_map(&s->t, w + 8 * page, 3, free | S1_RW);
	see(ldr(w + 8 * page - 4), FAULT_AT(FSC_TRANS(3), free));
	end();
	mm_set(&s->t, table, 2, free | D_TABLE);
	mm_set(&s->t, table + block, 2, none | D_TABLE);
	both_begin(b, "stage 2 refuses a table");
	see(ldr(table + page), FAULT_AT(FSC_TRANS(3), free));
	see(str(table + page, 0), FAULT_AT(FSC_TRANS(3), free));
	see(fetch(table), FAULT_AT(FSC_TRANS(3), free));
	see(ldr(table + block + page), FAULT_AT(FSC_PERM(3), none));
	end();
}

/* What EL2's AT says of the pages that leaves() and refused() have made. */
static void translations(struct both *b)
{
	struct s1 *s = &b->s1;
	u64 page = BIT(s->t.grain), block = BIT(mm_shift(&s->t, 2));
	const u64 vas[] = {
		s->window + 0x123,
		s->window + page,
		s->window + 3 * page,
		s->window + 4 * page,
		s->window + 6 * page,
		s->window + 16 * page,
		s->window + 17 * page,
		s->window + 18 * page,
		ALIGN_UP(s->window, block) + 8 * block,
		ALIGN_UP(s->window, block) + 9 * block,
		ALIGN_UP(s->window, block) + block + (page_pa(1) & (block - 1)),
	};

	for (u32 i = 0; i < ARRAY_SIZE(vas); i++) {
		begin("%s %s on %s at %u", prefix(), b->name1, b->name2, i);
		say("s1e1r", AT("s1e1r", vas[i]));
		say("s1e1w", AT("s1e1w", vas[i]));
		say("s1e0r", AT("s1e0r", vas[i]));
		say("s12e1r", AT("s12e1r", vas[i]));
		say("s12e1w", AT("s12e1w", vas[i]));
		say("s12e0w", AT("s12e0w", vas[i]));
		end();
	}
}

/* A page goes and another one comes: by EL2's hand, or by the guest's own. */
static void remap(struct both *b, const struct tlbi_form *f, u32 ttl, bool own)
{
	struct s1 *s = &b->s1;
	u64 page = BIT(s->t.grain), w = s->window + 32 * page, gone = 0;
	u64 operand = tlbi_operand(f, s->granule, w, ttl, ASID);
	u64 ng = f->op2 == 1 || f->op2 == 2 || f->op2 == 5 ? S1_NG : 0;
	u64 *entry = mm_entry(&s->t, w, 3);
	u64 new = page_pa(3) | S1_RW | ng | D_PAGE;

	mm_map(&s->t, w, 3, page_pa(0) | S1_RW | ng);
	mm_map(&s->t, w + page, 3, page_pa(1) | S1_RW | ng);
	mm_map(&s->t, w + 2 * page, 3, page_pa(2) | S1_RW | ng);
	tlbi_vmid();
	begin("%s %s on %s %s by el%u ttl=%u", prefix(), b->name1, b->name2, f->name, own ? 1 : 2,
	      ttl);
	see(ldr(w), VALUE(MARK(0)));
	see(ldr(w + page), VALUE(MARK(1)));
	see(ldr(w + 2 * page), VALUE(MARK(2)));
	if (own) {
		see(guest_change(entry, gone, tlbi_insn(f), operand, w), FAULT(1, FSC_TRANS(3)));
		see(guest_change(entry, new, 0, 0, w), VALUE(MARK(3)));
	} else {
		mm_set(&s->t, w, 3, gone);
		tlbi_do(f, operand);
		see(ldr(w), FAULT(1, FSC_TRANS(3)));
		mm_set(&s->t, w, 3, new);
		see(ldr(w), VALUE(MARK(3)));
	}
	/* The second page of a range that begins with the first. */
	mm_set(&s->t, w + page, 3, 0);
	if (f->kind == K_VA)
		operand = tlbi_operand(f, s->granule, w + page, ttl, ASID);
	tlbi_do(f, operand);
	see(ldr(w + page), FAULT(1, FSC_TRANS(3)));
	see(ldr(w + 2 * page), VALUE(MARK(2)));
	end();
}

static void forms(struct both *b)
{
	for (u32 i = 0; i < nr_tlbi_guest; i++) {
		const struct tlbi_form *f = &tlbi_guest[i];

		if (!tlbi_exists(f))
			continue;
		for (u32 own = 0; own < 2; own++) {
			remap(b, f, 0, own);
			if (has_ttl && (f->kind == K_VA || f->kind == K_RVA))
				remap(b, f, 3, own);
		}
	}
}

/* Two address spaces in turn, by ASID; then one of them changes. */
static void asids(struct both *b)
{
	struct s1 other;
	u64 w = b->s1.window + 48 * BIT(b->s1.t.grain);

	s1_make(&other, b->s1.granule, b->stage2 ? b->s2.code : code_pa());
	mm_map(&b->s1.t, w, 3, page_pa(0) | S1_RW | S1_NG);
	mm_map(&other.t, w, 3, page_pa(1) | S1_RW | S1_NG);
	both_begin(b, "asids in turn");
	for (u32 i = 0; i < 2; i++) {
		s1_guest_on(&b->s1, ASID);
		see(ldr(w), VALUE(MARK(0)));
		s1_guest_on(&other, ASID + 0x100);
		see(ldr(w), VALUE(MARK(1)));
	}
	mm_map(&b->s1.t, w, 3, page_pa(2) | S1_RW | S1_NG);
	asm volatile("dsb ish\n\ttlbi aside1is, %0\n\tdsb ish\n\tisb" ::"r"((u64)ASID << 48)
		     : "memory");
	s1_guest_on(&b->s1, ASID);
	see(ldr(w), VALUE(MARK(2)));
	s1_guest_on(&other, ASID + 0x100);
	see(ldr(w), VALUE(MARK(1)));
	end();
	s1_guest_on(&b->s1, ASID);
}

/* The guest's tables in one granule, then in another one, for the same ASID. */
static void granule_change(u32 from, u32 to, u32 g2)
{
	struct both b;
	struct s1 other;

	both_make(&b, from, g2, P_EL1h);
	s1_make(&other, to, b.stage2 ? b.s2.code : code_pa());
	mm_map(&b.s1.t, b.s1.window, 3, page_pa(0) | S1_RW);
	mm_map(&other.t, other.window, 3, page_pa(1) | S1_RW);
	begin("%s %s to %s on %s", prefix(), b.name1, granules[to].name, b.name2);
	for (u32 i = 0; i < 2; i++) {
		s1_guest_off();
		s1_guest_on(&b.s1, ASID);
		asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
		see(ldr(b.s1.window), VALUE(MARK(0)));
		s1_guest_off();
		s1_guest_on(&other, ASID);
		asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
		see(ldr(b.s1.window), VALUE(MARK(1)));
	}
	end();
}

void cases_guest(void)
{
	for (u32 g1 = 0; g1 < NR_GRANULES; g1++) {
		if (!granules[g1].stage1)
			continue;
		for (u32 g2 = 0; g2 <= NO_S2; g2++) {
			struct both b;

			if (g2 != NO_S2 && !granules[g2].stage2)
				continue;
			both_make(&b, g1, g2, P_EL0t);
			leaves(&b, true);
			both_make(&b, g1, g2, P_EL1h);
			leaves(&b, false);
			blocks(&b, 2);
			if (g1 == 0)
				blocks(&b, 1);
			if (b.stage2)
				refused(&b);
			translations(&b);
			forms(&b);
			asids(&b);
			granule_change(g1, (g1 + 1) % NR_GRANULES, g2);
		}
	}
	s1_guest_off();
	s2_off();
}
