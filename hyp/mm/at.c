/* SPDX-License-Identifier: Apache-2.0 */
#include "mm/at.h"

#define PAR_SH	 7 /* shift */
#define PAR_PTW	 BIT(8)
#define PAR_NS	 BIT(9) /* no fault: neve and its guests are Non-secure */
#define PAR_RES1 BIT(11)

#define ATTR_NORMAL_NC 0x44

/* Op0, Op1, CRn, CRm, Op2 as in the ISS of a trapped instruction, without Rt and Dir */
#define ISS_KEY(op0, op1, crn, crm, op2)                                                           \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_KEY_MASK 0x3ffc1eu

bool at_decode(u32 key, struct at_op *op)
{
	static const struct {
		u32 key;
		struct at_op op;
	} ops[] = {
		{ISS_KEY(1, 0, 7, 8, 0), {.el = 1}},
		{ISS_KEY(1, 0, 7, 8, 1), {.el = 1, .write = true}},
		{ISS_KEY(1, 0, 7, 8, 2), {.el = 0}},
		{ISS_KEY(1, 0, 7, 8, 3), {.el = 0, .write = true}},
		{ISS_KEY(1, 0, 7, 9, 0), {.el = 1, .pan = true}},
		{ISS_KEY(1, 0, 7, 9, 1), {.el = 1, .write = true, .pan = true}},
		{ISS_KEY(1, 4, 7, 8, 0), {.el = 2}},
		{ISS_KEY(1, 4, 7, 8, 1), {.el = 2, .write = true}},
		{ISS_KEY(1, 4, 7, 8, 4), {.el = 1, .stage2 = true}},
		{ISS_KEY(1, 4, 7, 8, 5), {.el = 1, .write = true, .stage2 = true}},
		{ISS_KEY(1, 4, 7, 8, 6), {.el = 0, .stage2 = true}},
		{ISS_KEY(1, 4, 7, 8, 7), {.el = 0, .write = true, .stage2 = true}},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		if (ops[i].key == (key & ISS_KEY_MASK)) {
			*op = ops[i].op;
			return true;
		}
	}
	return false;
}

u64 at_par_fault(enum walk_fault fault, unsigned int level, bool s2fault, bool on_walk)
{
	return PAR_RES1 | (s2fault ? PAR_S : 0) | (on_walk ? PAR_PTW : 0) |
	       (u64)walk_fsc(fault, level) << PAR_FST | PAR_F;
}

u64 at_par_ok(u64 pa, u8 attr, u8 sh)
{
	return (u64)attr << 56 | (pa & GENMASK(51, 12)) | PAR_RES1 | PAR_NS |
	       (u64)(sh & 3) << PAR_SH;
}

/* Cacheability of one nibble of a Normal attribute byte: 1 NC, 2 WT, 3 WB, as in MemAttr */
static u8 cacheability(u8 nibble)
{
	if (nibble == 0x4)
		return 1;
	return nibble & 0x4 ? 3 : 2;
}

/* One half of a combined Normal attribute; allocation hints are stage 1's. */
static u8 combine_nibble(u8 nibble, u8 s2)
{
	u8 s1 = cacheability(nibble), c = s1 < s2 ? s1 : s2;

	if (c == 1)
		return 0x4;
	if (s1 == c)
		return nibble;
	return 0x8 | (nibble & 0x3); /* stage 2 made Write-Through of Write-Back */
}

u8 at_combine_attr(u8 attr, u8 memattr)
{
	u8 outer = attr >> 4, inner = attr & 0xf, s2_outer = memattr >> 2 & 3,
	   s2_inner = memattr & 3;

	if (!outer || !s2_outer) {
		u8 type = outer ? 3 : inner >> 2, s2_type = s2_outer ? 3 : s2_inner;

		/* At least one is Device: the stricter one. Normal does not restrict. */
		return (type < s2_type ? type : s2_type) << 2;
	}
	/* 0x40, 0xa0 (FEAT_XS) and 0xf0 (tagged): inner is as outer. */
	if (!inner)
		inner = outer;
	if (!s2_inner)
		s2_inner = 1; /* reserved, as in s2_combine_memattr() */
	return combine_nibble(outer, s2_outer) << 4 | combine_nibble(inner, s2_inner);
}

static unsigned int s1_access(const struct at_op *op)
{
	if (op->el == 0)
		return op->write ? S1_UW : S1_UR;
	return op->write ? S1_PW : S1_PR;
}

/* Stage 2 of an S12 instruction, after stage 1 gave `s1`. */
static u64 translate_stage2(const struct at_op *op, const struct s1walk_tables *tables,
			    const struct s1walk_result *s1)
{
	const struct walk_mem probe = {.read64 = tables->read64};
	unsigned int access = op->write ? PERM_W : PERM_R;
	struct s2walk_result res;
	enum walk_fault f = s2walk(tables->s2, &probe, tables->ctx, NIPA(s1->out), access, &res);
	u8 attr, sh;

	if (!f && (access & ~res.perms))
		f = WALK_PERMISSION;
	if (f)
		return at_par_fault(f, res.level, true, false);
	attr = at_combine_attr(s1->attr, res.memattr);
	sh = !(attr & 0xf0) || attr == ATTR_NORMAL_NC ? SH_OUTER : s2_combine_sh(s1->sh, res.sh);
	return at_par_ok(res.out.v, attr, sh);
}

u64 at_translate(const struct at_op *op, const struct s1walk_cfg *s1, const struct s2walk_cfg *s2,
		 bool ptw, int (*read64)(void *ctx, ipa_t ipa, u64 *val), void *ctx, gva_t va)
{
	const struct s1walk_tables tables = {.s2 = s2, .read64 = read64, .ctx = ctx, .ptw = ptw};
	struct s1walk_cfg cfg = *s1;
	struct s1walk_result res;

	cfg.pan = cfg.pan && op->pan;
	s1walk(&cfg, &tables, va, s1_access(op), &res);
	if (res.s2)
		return at_par_fault(res.fault, res.s2fault.level, true, true);
	if (res.fault)
		return at_par_fault(res.fault, res.level, false, false);
	if (op->stage2 && s2)
		return translate_stage2(op, &tables, &res);
	return at_par_ok(res.out, res.attr, res.sh);
}
