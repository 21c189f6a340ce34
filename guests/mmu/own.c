/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's own stage 1, in each granule: the EL2 regime, and with E2H = 1 the EL2&0 regime, there also
 * with TGE = 1, from EL0 as well, and with the TLB maintenance that is the guest's otherwise.
 */
#include "mmu.h"

#define HCR_TGE BIT(27)

/* Of an output address that TCR_EL2.PS does not allow. */
#define TOO_HIGH BIT(41)

static const char *regime;
static bool tge;

static void leaves(struct s1 *s)
{
	const char *g = granules[s->granule].name;
	u64 page = BIT(s->t.grain), w = s->window;

	mm_map(&s->t, w, 3, page_pa(0) | S1_RW);
	mm_map(&s->t, w + page, 3, page_pa(1) | S1_RW | S1_RO);
	mm_map(&s->t, w + 2 * page, 3, page_pa(2) | (S1_RW & ~D_AF));
	mm_map(&s->t, w + 4 * page, 3, TOO_HIGH | S1_RW);
	mm_map(&s->t, w + 5 * page, 3, page_pa(5) | S1_RW | S1_RO | S1_UXN | (e2h ? S1_PXN : 0));
	begin("%s %s page", regime, g);
	see(ldr(w), VALUE(MARK(0)));
	see(str(w, 0x55), VALUE(0x55));
	see(ldr(w), VALUE(0x55));
	see(ldr(w + page), VALUE(MARK(1)));
	see(str(w + page, 1), FAULT(2, FSC_PERM(3)));
	end();
	begin("%s %s page others", regime, g);
	see(ldr(w + 2 * page), FAULT(2, FSC_AF(3)));
	see(ldr(w + 3 * page), FAULT(2, FSC_TRANS(3)));
	see(ldr(w + 4 * page), FAULT(2, FSC_SIZE(3)));
	see(fetch(w + page), VALUE(0));
	see(fetch(w + 5 * page), FAULT(2, FSC_PERM(3)));
	see(ldr(BIT(s->t.ia_bits)), FAULT(2, FSC_TRANS(0)));
	end();
}

static void blocks(struct s1 *s, u32 level)
{
	u64 block = BIT(mm_shift(&s->t, level)), w = ALIGN_UP(s->window, block) + block;
	u64 pa = ALIGN_DOWN(page_pa(0), block), in = page_pa(0) - pa;

	mm_map(&s->t, w, level, pa | S1_RW);
	mm_map(&s->t, w + block, level, pa | S1_RW | S1_RO);
	mm_map(&s->t, w + 2 * block, level, pa | (S1_RW & ~D_AF));
	mm_map(&s->t, w + 3 * block, level, TOO_HIGH | S1_RW);
	begin("%s %s block%u", regime, granules[s->granule].name, level);
	see(str(w + in, 0x77), VALUE(0x77));
	see(ldr(w + in), VALUE(0x77));
	see(str(w + in, MARK(0)), VALUE(MARK(0)));
	see(ldr(w + block + in + SZ_64K), VALUE(MARK(1)));
	see(str(w + block + in, 0), FAULT(2, FSC_PERM(level)));
	see(ldr(w + 2 * block + in), FAULT(2, FSC_AF(level)));
	see(ldr(w + 3 * block + in), FAULT(2, FSC_SIZE(level)));
	see(ldr(w + 4 * block + in), FAULT(2, FSC_TRANS(level)));
	end();
}

static void contiguous(struct s1 *s)
{
	static const u32 group[NR_GRANULES] = {16, 128, 32};
	u32 n = group[s->granule];
	u64 page = BIT(s->t.grain), size = n * page;
	u64 w = ALIGN_UP(s->window + 16 * SZ_1G, size), pa = ALIGN_DOWN(page_pa(0), size);
	u64 in = page_pa(0) - pa;

	for (u32 i = 0; i < n; i++)
		mm_map(&s->t, w + i * page, 3, (pa + i * page) | S1_RW | S1_RO | S1_CONTIG);
	begin("%s %s contiguous", regime, granules[s->granule].name);
	see(ldr(w + in), VALUE(MARK(0)));
	see(str(w + in, 1), FAULT(2, FSC_PERM(3)));
	end();
}

/* A line about a page with these attributes, which no TLB has. Its address. */
static u64 begin_update(struct s1 *s, const char *name, u64 attrs)
{
	u64 va = s->window + 9 * BIT(s->t.grain);

	mm_set(&s->t, va, 3, 0);
	tlbi_everything();
	mm_map(&s->t, va, 3, page_pa(6) | attrs);
	begin("%s %s update %s", regime, granules[s->granule].name, name);
	return va;
}

/* Hardware's updates of a page: `attrs` before, `want` of AF, AP[2] and DBM after. */
static void update(struct s1 *s, const char *name, u64 attrs, bool write, struct want w, u64 want)
{
	u64 va = begin_update(s, name, attrs), *entry = mm_entry(&s->t, va, 3);

	see(write ? str(va, MARK(6)) : ldr(va), w);
	see_bits("entry", *entry & (D_AF | S1_RO | D_DBM), want);
	end();
}

/*
 * AT asks what an access would meet, and is none: a clean page stays clean, while the access flag
 * may be set or not. (PAR_EL1 is not looked at: QEMU's own says that a clean page cannot be
 * written.)
 */
static void at_update(struct s1 *s, const char *name, u64 attrs)
{
	u64 va = begin_update(s, name, attrs), *entry = mm_entry(&s->t, va, 3);

	AT("s1e2w", va);
	see_bits("entry", *entry & (S1_RO | D_DBM), attrs & (S1_RO | D_DBM));
	end();
}

static void updates(struct s1 *s)
{
	u64 clean = S1_RW | S1_RO | D_DBM, plain = S1_RW & ~D_AF;

	s->ha = true;
	s1_own_on(s);
	update(s, "ha read", plain, false, VALUE(MARK(6)), D_AF);
	update(s, "ha write", plain, true, VALUE(MARK(6)), D_AF);
	update(s, "ha write, clean", clean, true, FAULT(2, FSC_PERM(3)), D_AF | S1_RO | D_DBM);
	at_update(s, "ha at", plain);
	if (!has_dbm)
		return;
	s->hd = true;
	s1_own_on(s);
	update(s, "hd read", clean, false, VALUE(MARK(6)), D_AF | S1_RO | D_DBM);
	update(s, "hd write", clean, true, VALUE(MARK(6)), D_AF | D_DBM);
	update(s, "hd write, no af", clean & ~D_AF, true, VALUE(MARK(6)), D_AF | D_DBM);
	update(s, "hd write, read-only", clean & ~D_DBM, true, FAULT(2, FSC_PERM(3)), D_AF | S1_RO);
	at_update(s, "hd at", clean);
	at_update(s, "hd at, no af", clean & ~D_AF);
	s->ha = s->hd = false;
	s1_own_on(s);
	update(s, "off, write", clean, true, FAULT(2, FSC_PERM(3)), D_AF | S1_RO | D_DBM);
}

/* TCR_EL2's fields for addresses with tags, and for tables whose permissions are not looked at. */
static void tcr_fields(struct s1 *s)
{
	u64 block = BIT(mm_shift(&s->t, 2)), w = ALIGN_UP(s->window, block) + 9 * block;
	u64 tcr = read_sysreg(tcr_el2), tag = UINT64_C(0x5a) << 56;
	u64 tbi = e2h ? BIT(37) : BIT(20), hpd = e2h ? BIT(41) : BIT(24);

	mm_map(&s->t, w, 3, page_pa(4) | S1_RW);
	*mm_entry(&s->t, w, 2) |= BIT(62); /* APTable: read-only */
	begin("%s %s tcr", regime, granules[s->granule].name);
	write_sysreg(tcr_el2, tcr & ~(tbi | hpd));
	tlbi_everything();
	see(ldr(w), VALUE(MARK(4)));
	see(str(w, MARK(4)), FAULT(2, FSC_PERM(3)));
	see(ldr(w | tag), FAULT(2, FSC_TRANS(0)));
	write_sysreg(tcr_el2, tcr | tbi | hpd);
	tlbi_everything();
	see(ldr(w | tag), VALUE(MARK(4)));
	see(str(w | tag, MARK(4)), has_hpd ? VALUE(MARK(4)) : FAULT(2, FSC_PERM(3)));
	see(ldr((w + block) | tag), FAULT(2, FSC_TRANS(2)));
	write_sysreg(tcr_el2, tcr);
	tlbi_everything();
	end();
}

static void remap(struct s1 *s, const struct tlbi_form *f, u32 ttl)
{
	u64 page = BIT(s->t.grain), w = s->window, operand, attrs = S1_RW | (e2h ? S1_NG : 0);

	mm_map(&s->t, w, 3, page_pa(0) | attrs);
	mm_map(&s->t, w + page, 3, page_pa(1) | attrs);
	mm_map(&s->t, w + 2 * page, 3, page_pa(2) | attrs);
	tlbi_everything();
	operand = tlbi_operand(f, s->granule, w, ttl, OWN_ASID);
	begin("%s %s %s ttl=%u", regime, granules[s->granule].name, f->name, ttl);
	see(ldr(w), VALUE(MARK(0)));
	see(ldr(w + page), VALUE(MARK(1)));
	see(ldr(w + 2 * page), VALUE(MARK(2)));
	mm_set(&s->t, w, 3, 0);
	if (f->kind == K_RVA)
		mm_set(&s->t, w + page, 3, 0);
	tlbi_do(f, operand);
	see(ldr(w), FAULT(2, FSC_TRANS(3)));
	see(ldr(w + page), f->kind == K_RVA ? FAULT(2, FSC_TRANS(3)) : VALUE(MARK(1)));
	see(ldr(w + 2 * page), VALUE(MARK(2)));
	mm_map(&s->t, w, 3, page_pa(3) | attrs);
	see(ldr(w), VALUE(MARK(3)));
	end();
}

static void split(struct s1 *s, const struct tlbi_form *f, u32 ttl)
{
	u64 block = BIT(mm_shift(&s->t, 2)), page = BIT(s->t.grain);
	u64 w = ALIGN_UP(s->window, block) + block, pa = ALIGN_DOWN(page_pa(0), block);
	u64 at = w + page_pa(0) - pa, other = at + SZ_64K;
	u64 *entry = mm_entry(&s->t, w, 2);

	*entry = pa | S1_RW | D_BLOCK;
	tlbi_everything();
	begin("%s %s %s block ttl=%u", regime, granules[s->granule].name, f->name, ttl);
	see(ldr(at), VALUE(MARK(0)));
	see(ldr(other), VALUE(MARK(1)));
	*entry = 0;
	tlbi_do(f, tlbi_operand(f, s->granule, ttl ? w : ALIGN_DOWN(at, page), ttl, OWN_ASID));
	see(ldr(at), FAULT(2, FSC_TRANS(2)));
	see(ldr(other), FAULT(2, FSC_TRANS(2)));
	mm_map(&s->t, ALIGN_DOWN(at, page), 3, page_pa(4) | S1_RW);
	see(ldr(at), VALUE(MARK(4)));
	see(ldr(other), FAULT(2, FSC_TRANS(3)));
	end();
	*entry = 0;
	tlbi_everything();
}

static void forms(struct s1 *s, const struct tlbi_form *f, u32 n)
{
	for (; n--; f++) {
		if (!tlbi_exists(f))
			continue;
		remap(s, f, 0);
		split(s, f, 0);
		if (!has_ttl || f->kind == K_ALL || f->kind == K_ASID)
			continue;
		remap(s, f, 3);
		if (f->kind == K_VA)
			split(s, f, 2);
	}
}

static void own(const char *name, u64 pstate)
{
	regime = name;
	for (u32 g = 0; g < NR_GRANULES; g++) {
		struct s1 s;
		u64 pa;

		if (!granules[g].stage1)
			continue;
		fresh();
		pa = code_pa();
		s1_make(&s, g, pa);
		s1_map_payload(&s);
		s1_own_on(&s);
		actor(pstate, s.code);
		leaves(&s);
		blocks(&s, 2);
		if (g == 0)
			blocks(&s, 1);
		contiguous(&s);
		tcr_fields(&s);
		if (has_af)
			updates(&s);
		s.ha = s.hd = false;
		s1_own_on(&s);
		forms(&s, tlbi_own, nr_tlbi_own);
		if (tge)
			forms(&s, tlbi_guest, nr_tlbi_guest);
		s1_own_off();
	}
}

void cases_own(void)
{
	tge = false;
	own(e2h ? "e2h own" : "own", P_EL2t);
	if (!e2h)
		return;
	tge = true;
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_TGE);
	isb();
	own("e2h tge own", P_EL2t);
	own("e2h tge el0", P_EL0t);
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~HCR_TGE);
	isb();
}
