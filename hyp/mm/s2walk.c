/* SPDX-License-Identifier: Apache-2.0 */
#include "mm/s2walk.h"

/* VTCR_EL2 */
#define VTCR_T0SZ(v) FIELD(v, 5, 0)
#define VTCR_SL0(v)  FIELD(v, 7, 6)
#define VTCR_TG0(v)  FIELD(v, 15, 14)
#define VTCR_PS(v)   FIELD(v, 18, 16)
#define VTCR_VS	     BIT(19)
#define VTCR_HA	     BIT(21)
#define VTCR_HD	     BIT(22)

#define LEAF_LEVEL 3u

/* How often a descriptor may change under a hardware update before the access is repeated. */
#define UPDATE_TRIES 8

/* The geometry of a walk, from VTCR_EL2 and VTTBR_EL2. */
struct s2_geometry {
	u8 ia_bits;
	u8 oa_bits;
	u8 granule; /* log2 */
	u8 start;
	u64 base;
};

unsigned int s2walk_granule(const struct s2walk_cfg *cfg)
{
	static const u8 tg0[] = {12, 16, 14, 0};
	unsigned int g = tg0[VTCR_TG0(cfg->vtcr)];

	/* Reserved or not implemented: counts as any one that is implemented (VTCR_EL2.TG0). */
	if (!g || !(cfg->granules & BIT(g)))
		g = cfg->granules & GRANULE_4K ? 12 : cfg->granules & GRANULE_64K ? 16 : 14;
	return g;
}

u16 s2walk_vmid(u64 vttbr, u64 vtcr, bool vmid16)
{
	return FIELD(vttbr, vmid16 && (vtcr & VTCR_VS) ? 63 : 55, 48);
}

static unsigned int leaf_shift(unsigned int granule, unsigned int level)
{
	return granule + (granule - 3) * (LEAF_LEVEL - level);
}

static u64 leaf_size(unsigned int granule, unsigned int level)
{
	return UINT64_C(1) << leaf_shift(granule, level);
}

u64 s2walk_leaf_size(const struct s2walk_cfg *cfg, unsigned int level)
{
	return leaf_size(s2walk_granule(cfg), level);
}

/* A valid descriptor that is no table. Without LPA2, level 1 has blocks only with 4 KiB. */
static bool is_leaf(u64 desc, unsigned int granule, unsigned int level)
{
	if (level == LEAF_LEVEL)
		return desc & PTE_TYPE_TABLE;
	return level == 2 || (level == 1 && granule == 12);
}

u64 s2walk_max_leaf(const struct s2walk_cfg *cfg)
{
	unsigned int g = s2walk_granule(cfg);

	return leaf_size(g, g == 12 ? 1 : 2);
}

/* Start level by TG0 and SL0; -1 reserved. The top ones need a large PA space (Arm ARM, SL0). */
static int start_level(const struct s2walk_cfg *cfg, unsigned int granule)
{
	unsigned int sl0 = VTCR_SL0(cfg->vtcr);

	if (sl0 == 3)
		return granule == 12 && cfg->ttst ? 3 : -1;
	if (sl0 == 2 && cfg->pa_bits < (granule == 14 ? 42 : 44))
		return -1;
	return (granule == 12 ? 2 : 3) - sl0;
}

/*
 * Start level and input size must fit together: the start level resolves at least one bit, and
 * needs at most 16 concatenated tables. False: level 0 translation fault.
 */
static bool geometry(const struct s2walk_cfg *cfg, struct s2_geometry *geo)
{
	unsigned int t0sz = VTCR_T0SZ(cfg->vtcr), g = s2walk_granule(cfg);
	unsigned int t0sz_max = !cfg->ttst ? 39 : g == 16 ? 47 : 48;
	unsigned int below, oa = walk_oa_bits(VTCR_PS(cfg->vtcr));
	int start = start_level(cfg, g);

	if (start < 0 || t0sz > t0sz_max || 64 - t0sz > cfg->pa_bits)
		return false;
	geo->ia_bits = 64 - t0sz;
	geo->oa_bits = oa < cfg->pa_bits ? oa : cfg->pa_bits;
	geo->granule = g;
	geo->start = start;
	below = leaf_shift(g, start); /* bits that the lower levels resolve */
	if (geo->ia_bits < below + 1 || geo->ia_bits > below + g - 3 + 4)
		return false;
	/* BADDR is aligned to the size of the start level's table; lower bits are RES0. */
	geo->base =
		ALIGN_DOWN(FIELD(cfg->vttbr, 47, 1) << 1, UINT64_C(8) << (geo->ia_bits - below));
	return true;
}

static u64 memory_order(const struct s2walk_cfg *cfg, u64 desc)
{
	return cfg->big_endian ? __builtin_bswap64(desc) : desc;
}

static u8 leaf_perms(const struct s2walk_cfg *cfg, u64 desc)
{
	if (!cfg->xnx)
		desc &= ~BIT(53);
	return pgtable_s2_perms(desc);
}

/* The leaf as hardware management of AF and dirty state leaves it; false: access flag fault. */
static bool updated(const struct s2walk_cfg *cfg, u64 desc, unsigned int access, u64 *new)
{
	bool ha = cfg->hw_af && (cfg->vtcr & VTCR_HA);
	bool hd = ha && cfg->hw_dbm && (cfg->vtcr & VTCR_HD);

	*new = desc | PTE_AF;
	if (hd && (desc & PTE_DBM) && (access & PERM_W))
		*new |= S2_S2AP_W;
	return ha || (desc & PTE_AF);
}

/* Takes the leaf res->desc, after the updates that hardware would make to it. */
static enum walk_fault take_leaf(const struct s2walk_cfg *cfg, const struct s2_geometry *geo,
				 const struct walk_mem *mem, void *ctx, u64 in, unsigned int access,
				 struct s2walk_result *res)
{
	u64 size = leaf_size(geo->granule, res->level), old = res->desc, new;
	u64 out = ALIGN_DOWN(old & GENMASK(47, 12), size);

	if (out >> geo->oa_bits)
		return WALK_ADDRESS_SIZE;
	if (!updated(cfg, old, access, &new))
		return WALK_ACCESS_FLAG;
	if (new != old && mem->cas64) {
		int rc = mem->cas64(ctx, res->desc_addr, memory_order(cfg, old),
				    memory_order(cfg, new));

		if (rc)
			return rc < 0 ? WALK_EXTERNAL : WALK_AGAIN;
	}
	res->desc = new;
	res->out = IPA(out | (in & (size - 1)));
	res->size = size;
	res->perms = leaf_perms(cfg, new);
	res->memattr = FIELD(new, 5, 2);
	res->sh = FIELD(new, 9, 8);
	res->contiguous = new &PTE_CONTIG;
	return WALK_OK;
}

static enum walk_fault walk(const struct s2walk_cfg *cfg, const struct walk_mem *mem, void *ctx,
			    u64 in, unsigned int access, struct s2walk_result *res)
{
	struct s2_geometry geo;
	unsigned int tries = UPDATE_TRIES;
	u64 table;

	if (!geometry(cfg, &geo) || in >> geo.ia_bits)
		return WALK_TRANSLATION;
	table = geo.base;
	res->level = geo.start;
	if (table >> geo.oa_bits) {
		res->level = 0;
		return WALK_ADDRESS_SIZE;
	}
	for (;;) {
		u64 index = in >> leaf_shift(geo.granule, res->level);
		enum walk_fault f;

		/* The tables of the start level are contiguous: one large table. */
		if (res->level != geo.start)
			index &= GENMASK(geo.granule - 4, 0);
		res->desc_addr = IPA(table + index * 8);
		if (mem->read64(ctx, res->desc_addr, &res->desc))
			return WALK_EXTERNAL;
		res->desc = memory_order(cfg, res->desc);
		if (!(res->desc & PTE_VALID))
			return WALK_TRANSLATION;
		if (res->level < LEAF_LEVEL && (res->desc & PTE_TYPE_TABLE)) {
			table = res->desc & GENMASK(47, geo.granule);
			if (table >> geo.oa_bits)
				return WALK_ADDRESS_SIZE;
			res->level++;
			continue;
		}
		if (!is_leaf(res->desc, geo.granule, res->level))
			return WALK_TRANSLATION;
		f = take_leaf(cfg, &geo, mem, ctx, in, access, res);
		/* Somebody changed the descriptor: whatever it is now decides. */
		if (f != WALK_AGAIN || !--tries)
			return f;
	}
}

enum walk_fault s2walk(const struct s2walk_cfg *cfg, const struct walk_mem *mem, void *ctx,
		       nipa_t in, unsigned int access, struct s2walk_result *res)
{
	*res = (struct s2walk_result){0};
	res->fault = walk(cfg, mem, ctx, in.v, access, res);
	return res->fault;
}

void s2walk_flat(nipa_t in, struct s2walk_result *res)
{
	*res = (struct s2walk_result){
		.out = IPA(in.v),
		.size = SZ_1G,
		.perms = PERM_R | PERM_W | PERM_X,
		.memattr = MEMATTR_NORMAL_WB,
	};
}

/* ---- shadow leaves ---- */

/* Device type, or cacheability with the reserved inner value taken as the strongest. */
static u8 known_memattr(u8 m)
{
	return (m & 0xc) && !(m & 0x3) ? m | 0x1 : m;
}

u8 s2_combine_memattr(u8 a, u8 b)
{
	u8 outer, inner;

	a = known_memattr(a & 0xf);
	b = known_memattr(b & 0xf);
	if (!(a & 0xc) || !(b & 0xc)) {
		/* Device beats Normal; of two Device types the lower is the stricter one. */
		if (!(a & 0xc) && !(b & 0xc))
			return a < b ? a : b;
		return a & 0xc ? b : a;
	}
	/* NC < WT < WB, outer and inner on their own. */
	outer = (a & 0xc) < (b & 0xc) ? a & 0xc : b & 0xc;
	inner = (a & 0x3) < (b & 0x3) ? a & 0x3 : b & 0x3;
	return outer | inner;
}

u8 s2_combine_sh(u8 a, u8 b)
{
	/* The reserved value counts as the widest: it costs coherence traffic, never coherence. */
	a = (a & 3) == 1 ? SH_OUTER : a & 3;
	b = (b & 3) == 1 ? SH_OUTER : b & 3;
	if (a == SH_OUTER || b == SH_OUTER)
		return SH_OUTER;
	return a | b;
}

enum s2_verdict s2_combine(const struct s2walk_result *guest, const struct pgtable_leaf *host,
			   nipa_t in, unsigned int access, struct s2_shadow *out)
{
	u64 size = guest->size < host->size ? guest->size : host->size;
	u64 hpa = host->pa.v + (guest->out.v - host->ia);
	unsigned int host_perms = pgtable_s2_perms(host->attrs);

	*out = (struct s2_shadow){.perms = guest->perms & host_perms};
	if (access & ~guest->perms)
		return S2_FORWARD;

	/* Leaves are aligned to their size; were one not, a page is always right. */
	if (((in.v ^ hpa) | (in.v ^ guest->out.v)) & (size - 1))
		size = PAGE_SIZE;
	out->size = size;
	out->nipa = NIPA(ALIGN_DOWN(in.v, size));
	out->ipa = IPA(ALIGN_DOWN(guest->out.v, size));
	out->hpa = HPA(ALIGN_DOWN(hpa, size));
	out->attrs = pgtable_s2_attrs(out->perms,
				      s2_combine_memattr(guest->memattr, FIELD(host->attrs, 5, 2)),
				      s2_combine_sh(guest->sh, FIELD(host->attrs, 9, 8))) |
		     pgtable_tag(guest->level);
	return access & ~host_perms ? S2_HOST : S2_MAP;
}

unsigned int s2_walk_access(const struct pgtable *pt, nipa_t in)
{
	struct pgtable_leaf leaf;
	bool readable = pgtable_lookup(pt, in.v, &leaf) && (pgtable_s2_perms(leaf.attrs) & PERM_R);

	return readable ? PERM_R | PERM_W : PERM_R;
}

/*
 * Size of L1's leaf around `addr`. All shadow leaves that were made of it have its level as tag, so
 * the first one in the block of that size tells.
 */
static u64 tagged_size(const struct pgtable *pt, const struct s2walk_cfg *cfg, u64 addr)
{
	for (unsigned int level = 1; level <= LEAF_LEVEL; level++) {
		u64 size = s2walk_leaf_size(cfg, level), base = ALIGN_DOWN(addr, size);
		struct pgtable_leaf leaf;

		if (size <= s2walk_max_leaf(cfg) && pgtable_next(pt, base, base + size, &leaf) &&
		    pgtable_tag_of(leaf.attrs) == level)
			return size;
	}
	return PAGE_SIZE;
}

void s2_widen(const struct pgtable *pt, const struct s2walk_cfg *cfg, u64 *base, u64 *size)
{
	u64 last = *base + *size - 1, start;

	if (!*size)
		return;
	start = ALIGN_DOWN(*base, tagged_size(pt, cfg, *base));
	last |= tagged_size(pt, cfg, last) - 1;
	*base = start;
	*size = last - start + 1;
}
