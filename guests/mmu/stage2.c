/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 2: every geometry, leaf and fault; then changes with TLB maintenance. */
#include "mmu.h"

/* Of an output address that VTCR_EL2.PS does not allow. */
#define TOO_HIGH BIT(41)

static const struct s2_config configs[] = {
	{"4k-39", 0, 1, 39, 1},	    {"4k-34x16", 0, 2, 34, 0},	{"4k-30", 0, 2, 30, 0},
	{"4k-42x8", 0, 1, 42, 1},   {"4k-44", 0, 0, 44, 2},	{"4k-48", 0, 0, 48, 2},
	{"4k-25x16", 0, 3, 25, 3},  {"4k-21", 0, 3, 21, 3},	{"16k-36", 1, 2, 36, 1},
	{"16k-40x16", 1, 2, 40, 1}, {"16k-29x16", 1, 3, 29, 0}, {"16k-42", 1, 1, 42, 2},
	{"16k-47", 1, 1, 47, 2},    {"64k-42", 2, 2, 42, 1},	{"64k-46x16", 2, 2, 46, 1},
	{"64k-33x16", 2, 3, 33, 0}, {"64k-36", 2, 2, 36, 1},	{"64k-48", 2, 1, 48, 2},
};

static const char *prefix(void)
{
	return e2h ? "e2h s2" : "s2";
}

static void s2_pages(struct s2 *s)
{
	const char *c = s->config->name;
	u64 page = BIT(s->t.grain), w = s->window;

	mm_map(&s->t, w, 3, page_pa(0) | S2_RW);
	mm_map(&s->t, w + page, 3, page_pa(1) | S2_RO);
	mm_map(&s->t, w + 2 * page, 3, page_pa(2) | S2_NORMAL | S2_W);
	mm_map(&s->t, w + 3 * page, 3, page_pa(3) | S2_NORMAL);
	mm_map(&s->t, w + 4 * page, 3, page_pa(4) | (S2_RW & ~D_AF));
	mm_map(&s->t, w + 6 * page, 3, TOO_HIGH | S2_RW);
	mm_set(&s->t, w + 7 * page, 3, page_pa(7) | S2_RW | D_BLOCK);
	begin("%s %s page rw", prefix(), c);
	see(ldr(w), VALUE(MARK(0)));
	see(str(w, 0x55), VALUE(0x55));
	see(ldr(w), VALUE(0x55));
	see(fetch(w), VALUE(0));
	end();
	begin("%s %s page ro", prefix(), c);
	see(ldr(w + page), VALUE(MARK(1)));
	see(str(w + page, 1), FAULT(2, FSC_PERM(3)));
	see(ldr(w + page), VALUE(MARK(1)));
	end();
	begin("%s %s page wo", prefix(), c);
	see(str(w + 2 * page, 0x66), VALUE(0x66));
	see(ldr(w + 2 * page), FAULT(2, FSC_PERM(3)));
	end();
	begin("%s %s page others", prefix(), c);
	see(ldr(w + 3 * page), FAULT(2, FSC_PERM(3)));
	see(ldr(w + 4 * page + 8), FAULT_AT(FSC_AF(3), w + 4 * page));
	see(ldr(w + 5 * page + 8), FAULT_AT(FSC_TRANS(3), w + 5 * page));
	see(fetch(w + 5 * page), FAULT_AT(FSC_TRANS(3), w + 5 * page));
	see(ldr(w + 6 * page), FAULT_AT(FSC_SIZE(3), w + 6 * page));
	see(ldr(w + 7 * page), FAULT_AT(FSC_TRANS(3), w + 7 * page));
	end();
}

/* Blocks at `level`, from the second one after the window's. */
static void s2_blocks(struct s2 *s, u32 level)
{
	u64 block = BIT(mm_shift(&s->t, level)), w = ALIGN_UP(s->window, block) + block;
	u64 pa = ALIGN_DOWN(page_pa(0), block), in = page_pa(0) - pa;

	if ((w + 6 * block) >> s->t.ia_bits)
		return;
	mm_map(&s->t, w, level, pa | S2_RW);
	mm_map(&s->t, w + block, level, pa | S2_RO);
	mm_map(&s->t, w + 2 * block, level, pa | (S2_RW & ~D_AF));
	mm_map(&s->t, w + 3 * block, level, TOO_HIGH | S2_RW);
	/* A table there. */
	mm_set(&s->t, w + 4 * block, level, TOO_HIGH | D_TABLE);
	begin("%s %s block%u", prefix(), s->config->name, level);
	see(str(w + in, 0x77), VALUE(0x77));
	see(ldr(w + in), VALUE(0x77));
	see(ldr(w + in + SZ_64K), VALUE(MARK(1)));
	see(str(w + in, MARK(0)), VALUE(MARK(0)));
	see(ldr(w + block + in), VALUE(MARK(0)));
	see(str(w + block + in, 0), FAULT(2, FSC_PERM(level)));
	end();
	begin("%s %s block%u others", prefix(), s->config->name, level);
	see(ldr(w + 2 * block + in), FAULT_AT(FSC_AF(level), w + 2 * block + in));
	see(ldr(w + 3 * block + in), FAULT_AT(FSC_SIZE(level), w + 3 * block + in));
	see(ldr(w + 4 * block + in), FAULT_AT(FSC_SIZE(level), w + 4 * block + in));
	see(ldr(w + 5 * block + in), FAULT_AT(FSC_TRANS(level), w + 5 * block + in));
	end();
}

/*
 * A leaf where there is none without LPA2: level 1 with 16 KiB, level 0. With 64 KiB level 1 has
 * blocks on CPUs with 52 bits of address (FEAT_LPA), which neve does not offer.
 */
static void s2_no_block(struct s2 *s, u32 level)
{
	u64 size = BIT(mm_shift(&s->t, level)), w = ALIGN_UP(s->window, size) + size;

	if ((w + size) >> s->t.ia_bits)
		w = size; /* the window's own */
	if ((w + size - 1) >> s->t.ia_bits)
		return;
	if (!(*mm_entry(&s->t, w, level) & 1))
		mm_set(&s->t, w, level, S2_RW | D_BLOCK);
	begin("%s %s no block%u", prefix(), s->config->name, level);
	see(ldr(w + 8), FAULT_AT(FSC_TRANS(level), w));
	end();
}

/* Groups of leaves with the contiguous hint. */
static void s2_contiguous(struct s2 *s, u32 level)
{
	static const u32 group[NR_GRANULES] = {16, 128, 32};
	u32 n = level == 3 ? group[s->config->granule] : 16;
	u64 leaf = BIT(mm_shift(&s->t, level)), size = n * leaf;
	u64 w = ALIGN_UP(s->window + level * SZ_1G, size), pa = ALIGN_DOWN(page_pa(0), size);
	u64 in = page_pa(0) - pa;

	if ((w + size - 1) >> s->t.ia_bits)
		return;
	for (u32 i = 0; i < n; i++)
		mm_map(&s->t, w + i * leaf, level, (pa + i * leaf) | S2_RO | D_CONTIG);
	begin("%s %s contiguous level %u", prefix(), s->config->name, level);
	see(ldr(w + in), VALUE(MARK(0)));
	if (size > SZ_64K && in + 7 * SZ_64K < size)
		see(ldr(w + in + 7 * SZ_64K), VALUE(MARK(7)));
	see(str(w + in, 1), FAULT(2, FSC_PERM(level)));
	/* All of them go, then one of them comes back elsewhere. */
	for (u32 i = 0; i < n; i++)
		mm_set(&s->t, w + i * leaf, level, 0);
	for (u32 i = 0; i < n; i++)
		tlbi_ipa(w + i * leaf);
	see(ldr(w + in), FAULT_AT(FSC_TRANS(level), w + in));
	if (level == 3) {
		mm_map(&s->t, w + ALIGN_DOWN(in, leaf), 3, page_pa(3) | S2_RO);
		see(ldr(w + in), VALUE(MARK(3)));
	}
	end();
}

static void s2_limits(struct s2 *s)
{
	u64 top = BIT(s->t.ia_bits);

	begin("%s %s outside", prefix(), s->config->name);
	if (s->t.ia_bits < 48)
		see(ldr(top), FAULT_AT(FSC_TRANS(0), top));
	/* The last page of the input range. */
	mm_map(&s->t, top - BIT(s->t.grain), 3, page_pa(5) | S2_RO);
	see(ldr(top - BIT(s->t.grain)), VALUE(MARK(5)));
	end();
}

void cases_stage2(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(configs); i++) {
		const struct s2_config *c = &configs[i];
		struct s2 s;

		if (!granules[c->granule].stage2 || (c->sl0 == 3 && !has_ttst))
			continue;
		fresh();
		s2_make(&s, c);
		s2_on(&s, 1);
		actor(P_EL1h, s.code);
		s2_pages(&s);
		fresh();
		s2_make(&s, c);
		s2_on(&s, 1);
		if (c->start_level <= 2)
			s2_blocks(&s, 2);
		if (c->start_level <= 1 && c->granule == 0)
			s2_blocks(&s, 1);
		else if (c->granule == 1 && c->start_level <= 1)
			s2_no_block(&s, 1);
		if (c->start_level == 0)
			s2_no_block(&s, 0);
		s2_limits(&s);
		fresh();
		s2_make(&s, c);
		s2_on(&s, 1);
		s2_contiguous(&s, 3);
		if (c->granule == 0 && c->start_level <= 2)
			s2_contiguous(&s, 2);
	}
	s2_off();
}

/* ---- changes ---- */

/* Page `old` becomes invalid, then page `new`. `operand` has to name it. */
static void s2_remap(struct s2 *s, u64 ipa, u32 new, const struct tlbi_form *f, u64 operand,
		     u64 was)
{
	see(ldr(ipa), VALUE(was));
	mm_set(&s->t, ipa, 3, 0);
	tlbi_do(f, operand);
	see(ldr(ipa), FAULT_AT(FSC_TRANS(3), ipa));
	mm_map(&s->t, ipa, 3, page_pa(new) | S2_RW);
	see(ldr(ipa), VALUE(MARK(new)));
}

static void remap_page(struct s2 *s, const struct tlbi_form *f, u32 ttl)
{
	u32 g = s->config->granule;
	u64 page = BIT(s->t.grain), w = s->window;

	mm_map(&s->t, w, 3, page_pa(0) | S2_RW);
	mm_map(&s->t, w + page, 3, page_pa(6) | S2_RW);
	mm_map(&s->t, w + 2 * page, 3, page_pa(7) | S2_RW);
	tlbi_vmid();
	begin("%s %s %s page ttl=%u", prefix(), s->config->name, f->name, ttl);
	see(ldr(w + 2 * page), VALUE(MARK(7)));
	s2_remap(s, w, 1, f, tlbi_operand(f, g, w, ttl, 0), MARK(0));
	if (f->kind == K_RIPA) /* the second of the two pages named */
		s2_remap(s, w + page, 3, f, tlbi_operand(f, g, w, ttl, 0), MARK(6));
	see(ldr(w + 2 * page), VALUE(MARK(7)));
	end();
}

/* A block becomes a table, and the table a block. */
static void split_block(struct s2 *s, const struct tlbi_form *f, u32 ttl)
{
	u32 g = s->config->granule;
	u64 block = BIT(mm_shift(&s->t, 2)), page = BIT(s->t.grain);
	u64 w = ALIGN_UP(s->window, block) + block, pa = ALIGN_DOWN(page_pa(0), block);
	u64 at = w + page_pa(0) - pa, other = at + SZ_64K;
	u64 *entry = mm_entry(&s->t, w, 2);
	/* Without a hint any address in the block will do. */
	u64 named = ttl ? w : ALIGN_DOWN(at, page) + SZ_64K * 2;
	bool range = f->kind == K_RIPA;

	/* With a hint of level 2 a range is one of blocks. */
	u64 operand = range && ttl ? tlbi_range(g, named,
						g == 0	 ? 15
						: g == 1 ? 1
							 : 7,
						g == 0 ? 1 : 2, ttl, 0)
				   : tlbi_operand(f, g, named, ttl, 0);

	mm_set(&s->t, w, 2, pa | S2_RW | D_BLOCK);
	tlbi_vmid();
	begin("%s %s %s block ttl=%u", prefix(), s->config->name, f->name, ttl);
	see(ldr(at), VALUE(MARK(0)));
	see(ldr(other), VALUE(MARK(1)));
	*entry = 0;
	tlbi_do(f, operand);
	see(ldr(at), FAULT_AT(FSC_TRANS(2), at));
	see(ldr(other), FAULT_AT(FSC_TRANS(2), other));
	mm_map(&s->t, ALIGN_DOWN(at, page), 3, page_pa(4) | S2_RO);
	see(ldr(at), VALUE(MARK(4)));
	see(ldr(other), FAULT_AT(FSC_TRANS(3), other));
	/* Back: a table goes, which a hint and the last-level forms do not name. */
	*entry = 0;
	tlbi_vmid();
	see(ldr(at), FAULT_AT(FSC_TRANS(2), at));
	mm_set(&s->t, w, 2, pa | S2_RO | D_BLOCK);
	see(ldr(other), VALUE(MARK(1)));
	see(str(other, 1), FAULT(2, FSC_PERM(2)));
	end();
	*entry = 0;
	tlbi_vmid();
}

/* Ranges of many pages: what is in them goes, what follows stays. */
static void remap_range(struct s2 *s, const struct tlbi_form *f, u32 ttl)
{
	u32 g = s->config->granule;
	u64 page = BIT(s->t.grain), w = s->window + 256 * page;
	u64 first = w + 3 * page, last = w + 127 * page, after = w + 128 * page;
	u64 operand = tlbi_range(g, w, 1, 1, ttl, 0); /* 2 * 2^6 pages */

	mm_map(&s->t, first, 3, page_pa(0) | S2_RW);
	mm_map(&s->t, last, 3, page_pa(1) | S2_RW);
	mm_map(&s->t, after, 3, page_pa(2) | S2_RW);
	tlbi_vmid();
	begin("%s %s %s range ttl=%u", prefix(), s->config->name, f->name, ttl);
	see(ldr(first), VALUE(MARK(0)));
	see(ldr(last), VALUE(MARK(1)));
	see(ldr(after), VALUE(MARK(2)));
	mm_set(&s->t, first, 3, 0);
	mm_set(&s->t, last, 3, 0);
	tlbi_do(f, operand);
	see(ldr(first), FAULT_AT(FSC_TRANS(3), first));
	see(ldr(last), FAULT_AT(FSC_TRANS(3), last));
	see(ldr(after), VALUE(MARK(2)));
	mm_map(&s->t, first, 3, page_pa(3) | S2_RW);
	mm_map(&s->t, last, 3, page_pa(4) | S2_RW);
	see(ldr(first), VALUE(MARK(3)));
	see(ldr(last), VALUE(MARK(4)));
	end();
}

void cases_s2_tlbi(void)
{
	for (u32 g = 0; g < NR_GRANULES; g++) {
		struct s2 s;

		if (!granules[g].stage2)
			continue;
		s2_fresh(&s, g);
		s2_on(&s, 2);
		actor(P_EL1h, s.code);
		for (u32 i = 0; i < nr_tlbi_s2; i++) {
			const struct tlbi_form *f = &tlbi_s2[i];

			if (!tlbi_exists(f))
				continue;
			remap_page(&s, f, 0);
			split_block(&s, f, 0);
			if (f->kind == K_RIPA)
				remap_range(&s, f, 0);
			if (!has_ttl || f->kind == K_ALL)
				continue;
			remap_page(&s, f, 3);
			split_block(&s, f, 2);
			if (f->kind == K_RIPA)
				remap_range(&s, f, 3);
		}
	}
	s2_off();
}
