/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/tlbi.h"

/* Fields of the ISS key */
#define KEY_OP0(k) ((k) >> 20 & 3)
#define KEY_OP2(k) ((k) >> 17 & 7)
#define KEY_OP1(k) ((k) >> 14 & 7)
#define KEY_CRN(k) ((k) >> 10 & 15)
#define KEY_CRM(k) ((k) >> 1 & 15)

/* What op2 means, by group of encodings. KIND + 1, 0: unallocated. */
struct op2_entry {
	u8 kind_plus_1;
	bool last_level;
	bool range;
};

/* clang-format off */
#define OP(kind)	    {(kind) + 1, false, false}
#define OP_LAST(kind)	    {(kind) + 1, true, false}
#define OP_RANGE(kind)	    {(kind) + 1, false, true}
#define OP_RANGE_LAST(kind) {(kind) + 1, true, true}
/* clang-format on */

/* op1 = 0, CRm 1 (OS), 3 (IS), 7 */
static const struct op2_entry el1_plain[8] = {
	[0] = OP(TLBI_VMALL_E1), [1] = OP(TLBI_VA_E1),	    [2] = OP(TLBI_ASID_E1),
	[3] = OP(TLBI_VAA_E1),	 [5] = OP_LAST(TLBI_VA_E1), [7] = OP_LAST(TLBI_VAA_E1),
};

/* op1 = 0, CRm 5 (OS), 2 (IS), 6 */
static const struct op2_entry el1_range[8] = {
	[1] = OP_RANGE(TLBI_VA_E1),
	[3] = OP_RANGE(TLBI_VAA_E1),
	[5] = OP_RANGE_LAST(TLBI_VA_E1),
	[7] = OP_RANGE_LAST(TLBI_VAA_E1),
};

/* op1 = 4, CRm 1 (OS), 3 (IS), 7 */
static const struct op2_entry el2_plain[8] = {
	[0] = OP(TLBI_ALL_E2),	   [1] = OP(TLBI_VA_E2),    [4] = OP(TLBI_ALL_E1),
	[5] = OP_LAST(TLBI_VA_E2), [6] = OP(TLBI_VMALLS12),
};

/* op1 = 4, CRm 5 (OS), 2 (IS), 6 */
static const struct op2_entry el2_range[8] = {
	[1] = OP_RANGE(TLBI_VA_E2),
	[5] = OP_RANGE_LAST(TLBI_VA_E2),
};

/* op1 = 4, CRm 0: all inner shareable */
static const struct op2_entry ipa_is[8] = {
	[1] = OP(TLBI_IPA_S2),
	[2] = OP_RANGE(TLBI_IPA_S2),
	[5] = OP_LAST(TLBI_IPA_S2),
	[6] = OP_RANGE_LAST(TLBI_IPA_S2),
};

/* op1 = 4, CRm 4: 0, 3, 4, 7 outer shareable, the rest local */
static const struct op2_entry ipa_other[8] = {
	[0] = OP(TLBI_IPA_S2),
	[1] = OP(TLBI_IPA_S2),
	[2] = OP_RANGE(TLBI_IPA_S2),
	[3] = OP_RANGE(TLBI_IPA_S2),
	[4] = OP_LAST(TLBI_IPA_S2),
	[5] = OP_LAST(TLBI_IPA_S2),
	[6] = OP_RANGE_LAST(TLBI_IPA_S2),
	[7] = OP_RANGE_LAST(TLBI_IPA_S2),
};

static const struct op2_entry *find_entry(u32 key, enum tlbi_shareability *share)
{
	bool el2 = KEY_OP1(key) == 4;
	unsigned int op2 = KEY_OP2(key);
	const struct op2_entry *plain = el2 ? el2_plain : el1_plain;
	const struct op2_entry *range = el2 ? el2_range : el1_range;

	if (KEY_OP0(key) != 1 || (KEY_CRN(key) != 8 && KEY_CRN(key) != 9) ||
	    (KEY_OP1(key) != 0 && !el2))
		return NULL;

	switch (KEY_CRM(key)) {
	case 0:
		*share = TLBI_IS;
		return el2 ? &ipa_is[op2] : NULL;
	case 4:
		*share = op2 % 4 == 0 || op2 % 4 == 3 ? TLBI_OS : TLBI_LOCAL;
		return el2 ? &ipa_other[op2] : NULL;
	case 1:
		*share = TLBI_OS;
		return &plain[op2];
	case 3:
		*share = TLBI_IS;
		return &plain[op2];
	case 7:
		*share = TLBI_LOCAL;
		return &plain[op2];
	case 5:
		*share = TLBI_OS;
		return &range[op2];
	case 2:
		*share = TLBI_IS;
		return &range[op2];
	case 6:
		*share = TLBI_LOCAL;
		return &range[op2];
	default:
		return NULL;
	}
}

/* Sign extension from bit `top`: the halves of a two-range regime */
static u64 sign_extend(u64 val, unsigned int top)
{
	return (u64)((s64)(val << (63 - top)) >> (63 - top));
}

/*
 * TTL fields: granule (1 4K, 2 16K, 3 64K), level. Without LPA2 and 52-bit addresses leaves are at
 * levels 1 to 3 with 4 KiB, 2 and 3 otherwise; any other hint is none.
 */
static u8 ttl_level(unsigned int tg, unsigned int level)
{
	if (!tg || !level || (level == 1 && tg != 1))
		return 0;
	return level;
}

static void decode_address(struct tlbi_op *op, u64 rt)
{
	bool ipa = op->kind == TLBI_IPA_S2;
	unsigned int tg = FIELD(rt, 47, 46), ttl_granule = 10 + 2 * tg, shift;

	op->base = ipa ? FIELD(rt, 39, 0) << 12 : sign_extend(FIELD(rt, 43, 0) << 12, 55);
	op->ttl = ttl_level(tg, FIELD(rt, 45, 44));
	shift = op->ttl ? ttl_granule + (ttl_granule - 3) * (3 - op->ttl) : 12;
	op->size = UINT64_C(1) << shift;
	op->base = ALIGN_DOWN(op->base, op->size);
}

static void decode_range(struct tlbi_op *op, u64 rt)
{
	bool ipa = op->kind == TLBI_IPA_S2;
	unsigned int tg = FIELD(rt, 47, 46), shift = 10 + 2 * tg;

	if (!tg)
		return; /* reserved: names nothing */
	op->base = FIELD(rt, 36, 0) << shift;
	if (!ipa)
		op->base = sign_extend(op->base, 36 + shift);
	op->size = (FIELD(rt, 43, 39) + 1) << (5 * FIELD(rt, 45, 44) + 1 + shift);
	if (op->base && op->size > -op->base)
		op->size = -op->base;
	op->ttl = ttl_level(tg, FIELD(rt, 38, 37));
}

bool tlbi_decode(u32 key, u64 rt, struct tlbi_op *op)
{
	enum tlbi_shareability share;
	const struct op2_entry *e = find_entry(key, &share);

	if (!e || !e->kind_plus_1)
		return false;
	*op = (struct tlbi_op){
		.kind = e->kind_plus_1 - 1,
		.share = share,
		.last_level = e->last_level,
		.range = e->range,
		.nxs = KEY_CRN(key) == 9,
	};
	switch (op->kind) {
	case TLBI_VA_E1:
	case TLBI_VA_E2:
	case TLBI_ASID_E1:
		op->asid = FIELD(rt, 63, 48);
		break;
	default:
		break;
	}
	switch (op->kind) {
	case TLBI_VA_E1:
	case TLBI_VAA_E1:
	case TLBI_VA_E2:
	case TLBI_IPA_S2:
		if (op->range)
			decode_range(op, rt);
		else
			decode_address(op, rt);
		break;
	default:
		break;
	}
	return true;
}
