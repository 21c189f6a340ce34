/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any registers, any tables: the walk ends, and what it returns can be trusted. What is mapped of a
 * leaf is found again by a TLBI of any page in it.
 */
#include "mm/s2walk.h"

#include "../host/mm/pool.h"
#include "fuzz.h"

static struct s2walk_cfg take_cfg(struct input *in)
{
	struct s2walk_cfg cfg = {.vtcr = take(in, 5), .vttbr = take(in, 8)};
	u8 flags = take(in, 1);

	cfg.granules = fuzz_granules(take(in, 1));
	cfg.pa_bits = fuzz_pa_bits(take(in, 1));
	cfg.big_endian = flags & 1;
	cfg.xnx = flags & 2;
	cfg.ttst = flags & 4;
	cfg.hw_af = flags & 8;
	cfg.hw_dbm = flags & 16;
	return cfg;
}

static void check_result(const struct s2walk_cfg *cfg, u64 in, const struct s2walk_result *res)
{
	CHECK(res->level <= 3);
	CHECK(res->fault != WALK_PERMISSION);
	if (res->fault)
		return;
	CHECK(res->level >= 1);
	CHECK(res->size == s2walk_leaf_size(cfg, res->level));
	CHECK(res->size <= s2walk_max_leaf(cfg));
	CHECK(res->out.v >> cfg->pa_bits == 0);
	CHECK(((res->out.v ^ in) & (res->size - 1)) == 0);
	CHECK((res->perms & ~0xfu) == 0 && res->memattr < 16 && res->sh < 4);
	CHECK((res->desc & (PTE_VALID | PTE_AF)) == (PTE_VALID | PTE_AF));
	CHECK(cfg->xnx || (res->perms & PERM_X) == 0 || (res->perms & PERM_X) == PERM_X);
}

static void check_combine(const struct s2walk_result *res, nipa_t in, unsigned int access,
			  struct input *input)
{
	static const u64 sizes[] = {SZ_4K, SZ_2M, SZ_1G};
	u64 size = sizes[take(input, 1) % 3];
	struct pgtable_leaf host = {
		.ia = ALIGN_DOWN(res->out.v, size),
		.pa = HPA(ALIGN_DOWN(take(input, 6), size)),
		.size = size,
		.attrs = take(input, 8) & PGTABLE_ATTRS_MASK,
	};
	struct s2_shadow s;
	enum s2_verdict v = s2_combine(res, &host, in, access, &s);

	CHECK((v == S2_FORWARD) == !!(access & ~res->perms));
	CHECK((s.perms & ~(res->perms & pgtable_s2_perms(host.attrs))) == 0);
	if (v == S2_FORWARD)
		return;
	CHECK(v != S2_MAP || (access & ~s.perms) == 0);
	CHECK(s.size >= SZ_4K && s.size <= res->size && s.size <= host.size);
	CHECK(((s.nipa.v | s.ipa.v | s.hpa.v) & (s.size - 1)) == 0);
	CHECK(in.v - s.nipa.v < s.size && in.v - s.nipa.v == res->out.v - s.ipa.v);
	CHECK(s.hpa.v + (res->out.v - s.ipa.v) == host.pa.v + (res->out.v - host.ia));
	CHECK((s.attrs & ~PGTABLE_ATTRS_MASK) == 0 && pgtable_tag_of(s.attrs) == res->level);
}

/*
 * A shadow of one leaf of L1's, of which some pieces were touched; the host has blocks of its own
 * size there.
 */
static void check_shadow(const struct s2walk_cfg *cfg, const struct s2walk_result *res, u64 in,
			 struct input *input)
{
	static u8 bytes[64 * PAGE_SIZE] __attribute__((aligned(4096)));
	static struct pool pool;
	u64 base = ALIGN_DOWN(in, res->size), mapped = 0, at, size;
	struct pgtable pt;

	pool = (struct pool){.bytes = bytes, .limit = 64};
	if (in >> 48 || pgtable_init(&pt, true, 48, 48, &pool_mem, &pool) != 0)
		return;
	for (unsigned int n = (unsigned int)take(input, 1) % 4 + 1; n; n--) {
		struct s2walk_result piece = *res;
		struct pgtable_leaf host = {.size = take(input, 1) & 1 ? SZ_2M : SZ_4K};
		struct s2_shadow s;

		at = base + take(input, 4) % res->size;
		piece.out = IPA(ALIGN_DOWN(res->out.v, res->size) + (at - base));
		host.ia = ALIGN_DOWN(piece.out.v, host.size);
		host.pa = HPA((host.ia + SZ_1G) & GENMASK(47, 0));
		host.attrs = pgtable_s2_normal(PERM_R | PERM_W | PERM_X);
		if (s2_combine(&piece, &host, NIPA(at), 0, &s) == S2_MAP &&
		    pgtable_map(&pt, s.nipa.v, s.hpa, s.size, s.attrs, PGTABLE_UPDATE) == 0)
			mapped++;
		CHECK(s.nipa.v >= base && s.size <= res->size);
	}
	CHECK(s2_walk_access(&pt, NIPA(at)) & PERM_R);
	at = base + ALIGN_DOWN(take(input, 4) % res->size, SZ_4K);
	size = SZ_4K;
	s2_widen(&pt, cfg, &at, &size);
	CHECK(at >= base && at + size <= base + res->size);
	CHECK(!mapped || (at == base && size == res->size));
	CHECK(!mapped || pgtable_unmap(&pt, at, size, NULL) == 1);
	CHECK(pt.pages == 1u << pt.root_order || pt.limbo_pages);
	pgtable_destroy(&pt);
	CHECK(pool.in_use == 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	struct s2walk_cfg cfg = take_cfg(&in);
	unsigned int access = take(&in, 1) & 15;
	nipa_t addr = NIPA(take(&in, 7));
	struct input for_host = in;
	struct s2walk_result res, again;
	struct fuzz_memory mem;

	fuzz_memory_init(&mem, &in);
	s2walk(&cfg, &fuzz_mem, &mem, addr, access, &res);
	CHECK(mem.reads <= 4 + 8 && mem.updates <= 8);
	check_result(&cfg, addr.v, &res);
	if (res.fault || mem.conflicts || mem.aborts)
		return 0;
	/* what one walk updated, the next one finds so */
	s2walk(&cfg, &fuzz_mem, &mem, addr, access, &again);
	if (mem.updates <= 1 && !again.fault && again.desc_addr.v == res.desc_addr.v)
		CHECK(again.desc == res.desc && again.out.v == res.out.v);
	check_combine(&res, addr, access, &for_host);
	check_shadow(&cfg, &res, addr.v, &for_host);
	return 0;
}
