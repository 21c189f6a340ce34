/* SPDX-License-Identifier: Apache-2.0 */
#include "mm/s1walk.h"
#include "cpu/hcr.h"

#define LEAF_LEVEL 3u

#define S1_PRIV	  (S1_PR | S1_PW | S1_PX)
#define S1_UNPRIV (S1_UR | S1_UW | S1_UX)
#define S1_EXEC	  (S1_PX | S1_UX)

/* What TCR and TTBR say about one half of the address space, in the form of one layout. */
struct s1_range {
	u64 ttbr;
	u8 txsz;
	u8 granule; /* log2 */
	u8 oa_bits;
	bool upper; /* TTBR1's half: high bits set */
	bool tbi, tbid, epd, e0pd, hpd, ha, hd;
};

/* A walk under way. */
struct s1_walk {
	const struct s1walk_cfg *cfg;
	const struct s1walk_tables *tables;
	struct s1_range range;
	u64 va;
	unsigned int access;
	u64 hier; /* hierarchical permission bits of the tables passed */
	struct s1walk_result *res;
};

/* EL2, and EL1&0 under {NV, NV1}: one privilege level, AP[1] and PXN mean nothing. */
static bool one_privilege(const struct s1walk_cfg *cfg)
{
	return cfg->regime == S1_EL2 || (cfg->regime == S1_EL10 && cfg->nv1);
}

static u8 implemented_granule(const struct s1walk_cfg *cfg, unsigned int g)
{
	/* Reserved or not implemented: counts as any one that is implemented (TCR_EL1.TG0). */
	if (!g || !(cfg->granules & BIT(g)))
		g = cfg->granules & GRANULE_4K ? 12 : cfg->granules & GRANULE_64K ? 16 : 14;
	return g;
}

static void range_of_el2(const struct s1walk_cfg *cfg, struct s1_range *r)
{
	static const u8 tg0[] = {12, 16, 14, 0};
	u64 tcr = cfg->tcr;

	*r = (struct s1_range){
		.ttbr = cfg->ttbr0,
		.txsz = FIELD(tcr, 5, 0),
		.granule = implemented_granule(cfg, tg0[FIELD(tcr, 15, 14)]),
		.oa_bits = walk_oa_bits(FIELD(tcr, 18, 16)),
		.tbi = tcr & BIT(20),
		.ha = tcr & BIT(21),
		.hd = tcr & BIT(22),
		.hpd = tcr & BIT(24),
		.tbid = tcr & BIT(29),
	};
}

static void range_of_el1(const struct s1walk_cfg *cfg, u64 va, struct s1_range *r)
{
	static const u8 tg0[] = {12, 16, 14, 0}, tg1[] = {0, 14, 12, 16};
	bool upper = va & BIT(55);
	u64 tcr = cfg->tcr;

	*r = (struct s1_range){
		.upper = upper,
		.ttbr = upper ? cfg->ttbr1 : cfg->ttbr0,
		.txsz = upper ? FIELD(tcr, 21, 16) : FIELD(tcr, 5, 0),
		.granule = implemented_granule(cfg, upper ? tg1[FIELD(tcr, 31, 30)]
							  : tg0[FIELD(tcr, 15, 14)]),
		.oa_bits = walk_oa_bits(FIELD(tcr, 34, 32)),
		.epd = tcr & (upper ? BIT(23) : BIT(7)),
		.tbi = tcr & (upper ? BIT(38) : BIT(37)),
		.ha = tcr & BIT(39),
		.hd = tcr & BIT(40),
		.hpd = tcr & (upper ? BIT(42) : BIT(41)),
		.tbid = tcr & (upper ? BIT(52) : BIT(51)),
		.e0pd = tcr & (upper ? BIT(56) : BIT(55)),
	};
}

static void find_range(const struct s1walk_cfg *cfg, u64 va, struct s1_range *r)
{
	if (cfg->regime == S1_EL2)
		range_of_el2(cfg, r);
	else
		range_of_el1(cfg, va, r);
	if (r->oa_bits > cfg->pa_bits)
		r->oa_bits = cfg->pa_bits;
	r->ha = r->ha && cfg->hw_af;
	r->hd = r->hd && r->ha && cfg->hw_dbm;
	r->hpd = r->hpd && cfg->hpds;
	r->e0pd = r->e0pd && cfg->e0pd;
}

/* The highest address bit that counts: the tag byte of TBI does not. */
static unsigned int top_bit(const struct s1_walk *w)
{
	bool tbi = w->range.tbi && !(w->range.tbid && (w->access & S1_EXEC));

	return tbi ? 55 : 63;
}

/* The MMU is off: flat (Arm ARM, D8.2.9 and AArch64.S1DisabledOutput). */
static enum walk_fault walk_off(struct s1_walk *w)
{
	struct s1walk_result *res = w->res;
	u64 out = w->va & GENMASK(top_bit(w), 0);

	if (out >> w->cfg->pa_bits)
		return WALK_ADDRESS_SIZE;
	res->out = out;
	res->perms = w->cfg->regime == S1_EL2 ? S1_PRIV : S1_PRIV | S1_UNPRIV;
	if (w->cfg->dc && w->cfg->regime == S1_EL10) {
		res->attr = 0xff;
		res->sh = SH_NON;
	} else {
		/* Instructions: Normal, whose cacheability SCTLR.I gives; AT asks for data only. */
		res->attr = w->access & S1_EXEC ? (w->cfg->sctlr & BIT(12) ? 0xaa : 0x44) : 0x00;
		res->sh = SH_OUTER;
	}
	return WALK_OK;
}

static u64 memory_order(const struct s1_walk *w, u64 desc)
{
	return w->cfg->sctlr & SCTLR_EE ? __builtin_bswap64(desc) : desc;
}

/* A table's address in L1's IPAs; a fault of stage 2 is one of the walk. */
static enum walk_fault table_ipa(struct s1_walk *w, u64 pa, ipa_t *ipa)
{
	const struct s1walk_tables *t = w->tables;
	const struct walk_mem probe = {.read64 = t->read64};
	struct s2walk_result res;
	enum walk_fault f;

	if (!t->s2) {
		*ipa = IPA(pa);
		return WALK_OK;
	}
	f = s2walk(t->s2, &probe, t->ctx, NIPA(pa), PERM_R, &res);
	/* HCR_EL2.PTW: no table in Device memory. */
	if (!f && (!(res.perms & PERM_R) || (t->ptw && !(res.memattr & 0xc))))
		f = WALK_PERMISSION;
	if (f) {
		w->res->s2 = true;
		w->res->s2fault =
			(struct s1walk_s2fault){.fault = f, .level = res.level, .ipa = pa};
		return f;
	}
	*ipa = res.out;
	return WALK_OK;
}

static enum walk_fault read_desc(struct s1_walk *w, u64 pa, u64 *desc)
{
	ipa_t ipa;
	enum walk_fault f = table_ipa(w, pa, &ipa);

	if (f)
		return f;
	if (w->tables->read64(w->tables->ctx, ipa, desc))
		return WALK_EXTERNAL;
	*desc = memory_order(w, *desc);
	return WALK_OK;
}

static u8 leaf_perms(const struct s1_walk *w, u64 desc, bool writable_clean)
{
	const struct s1walk_cfg *cfg = w->cfg;
	bool ro = (desc & S1_AP_RO) && !writable_clean, wxn = cfg->sctlr & SCTLR_WXN;
	u8 perms = S1_PRIV;

	if (ro || (w->hier & S1_APTABLE_RO))
		perms &= ~S1_PW;
	if (one_privilege(cfg)) {
		if ((desc & S1_UXN) || (w->hier & S1_UXNTABLE) || (wxn && (perms & S1_PW)))
			perms &= ~S1_PX;
		return perms;
	}

	if ((desc & S1_AP_EL0) && !(w->hier & S1_APTABLE_NOEL0))
		perms |= perms & S1_PW ? S1_UR | S1_UW : S1_UR;
	if (!(desc & S1_UXN) && !(w->hier & S1_UXNTABLE) && !(wxn && (perms & S1_UW)))
		perms |= S1_UX;
	/* What EL0 can write, EL1 never executes. */
	if ((desc & S1_PXN) || (w->hier & S1_PXNTABLE) || (perms & S1_UW) ||
	    (wxn && (perms & S1_PW)))
		perms &= ~S1_PX;
	if (cfg->pan && ((perms & (S1_UR | S1_UW)) ||
			 (cfg->epan && (cfg->sctlr & SCTLR_EPAN) && (perms & S1_UX))))
		perms &= ~(S1_PR | S1_PW);
	return perms;
}

/* Takes the leaf res->desc, as if hardware had made the updates that it may. */
static enum walk_fault take_leaf(struct s1_walk *w, u64 size)
{
	struct s1walk_result *res = w->res;
	u64 desc = res->desc, out = ALIGN_DOWN(desc & GENMASK(47, 12), size);

	if (out >> w->range.oa_bits)
		return WALK_ADDRESS_SIZE;
	if (!(desc & PTE_AF) && !w->range.ha)
		return WALK_ACCESS_FLAG;

	res->perms = leaf_perms(w, desc, w->range.hd && (desc & PTE_DBM));
	res->out = out | (w->va & (size - 1));
	res->size = size;
	res->attr = w->cfg->mair >> (8 * FIELD(desc, 4, 2));
	/* Device and Normal Non-cacheable are outer shareable, whatever SH says. */
	res->sh = !(res->attr & 0xf0) || res->attr == 0x44 ? SH_OUTER : FIELD(desc, 9, 8);
	res->ng = desc & BIT(11);
	res->contiguous = desc & PTE_CONTIG;
	return w->access & ~res->perms ? WALK_PERMISSION : WALK_OK;
}

static bool is_leaf(u64 desc, unsigned int granule, unsigned int level)
{
	if (level == LEAF_LEVEL)
		return desc & PTE_TYPE_TABLE;
	return level == 2 || (level == 1 && granule == 12);
}

/* Walks the tables from `table` at res->level; `ia_bits` are resolved from there on. */
static enum walk_fault walk_tables(struct s1_walk *w, u64 table, unsigned int ia_bits)
{
	struct s1walk_result *res = w->res;
	unsigned int g = w->range.granule;
	u64 ia = w->va & GENMASK(ia_bits - 1, 0);

	for (;;) {
		unsigned int shift = g + (g - 3) * (LEAF_LEVEL - res->level);
		enum walk_fault f =
			read_desc(w, table + ((ia >> shift) & GENMASK(g - 4, 0)) * 8, &res->desc);

		if (f)
			return f;
		if (!(res->desc & PTE_VALID))
			return WALK_TRANSLATION;
		if (res->level < LEAF_LEVEL && (res->desc & PTE_TYPE_TABLE)) {
			table = res->desc & GENMASK(47, g);
			if (table >> w->range.oa_bits)
				return WALK_ADDRESS_SIZE;
			if (!w->range.hpd)
				w->hier |= res->desc;
			res->level++;
			continue;
		}
		if (!is_leaf(res->desc, g, res->level))
			return WALK_TRANSLATION;
		return take_leaf(w, UINT64_C(1) << shift);
	}
}

static enum walk_fault walk(struct s1_walk *w)
{
	const struct s1walk_cfg *cfg = w->cfg;
	const struct s1_range *r = &w->range;
	unsigned int txsz_max, ia_bits, stride, levels, low;
	u64 high, table;

	find_range(cfg, w->va, &w->range);
	if (!(cfg->sctlr & SCTLR_M) || (cfg->dc && cfg->regime == S1_EL10))
		return walk_off(w);

	txsz_max = !cfg->ttst ? 39 : r->granule == 16 ? 47 : 48;
	if (r->txsz < 16 || r->txsz > txsz_max)
		return WALK_TRANSLATION;
	ia_bits = 64 - r->txsz;
	high = GENMASK(top_bit(w), ia_bits);
	if ((w->va & high) != (r->upper ? high : 0))
		return WALK_TRANSLATION;
	if (r->epd || (r->e0pd && (w->access & S1_UNPRIV)))
		return WALK_TRANSLATION;

	stride = r->granule - 3;
	levels = (ia_bits - r->granule + stride - 1) / stride;
	low = r->granule + stride * (levels - 1); /* bits that the lower levels resolve */
	table = ALIGN_DOWN(FIELD(r->ttbr, 47, 1) << 1, UINT64_C(8) << (ia_bits - low));
	if (table >> r->oa_bits)
		return WALK_ADDRESS_SIZE;
	w->res->level = LEAF_LEVEL + 1 - levels;
	return walk_tables(w, table, ia_bits);
}

enum walk_fault s1walk(const struct s1walk_cfg *cfg, const struct s1walk_tables *tables, gva_t va,
		       unsigned int access, struct s1walk_result *res)
{
	struct s1_walk w = {
		.cfg = cfg,
		.tables = tables,
		.va = va.v,
		.access = access,
		.res = res,
	};

	*res = (struct s1walk_result){0};
	res->fault = walk(&w);
	return res->fault;
}
