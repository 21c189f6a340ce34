/* SPDX-License-Identifier: Apache-2.0 */
/* Any encoding, any operand: the range decoded is one that loops over it can trust. */
#include "nested/tlbi.h"

#include "fuzz.h"

/* TLBIRange() of the Arm ARM: pages from BaseADDR, which is signed, to the end of the addresses. */
static void check_range(const struct tlbi_op *op, u64 rt)
{
	u64 tg = rt >> 46 & 3, page = tg ? SZ_4K << 2 * (tg - 1) : 0;
	u64 first = rt & GENMASK(36, 0), pages = ((rt >> 39 & 31) + 1) << (5 * (rt >> 44 & 3) + 1);
	u64 left;

	if (op->kind != TLBI_IPA_S2 && (first & BIT(36)))
		first |= ~GENMASK(36, 0);
	CHECK(op->base == first * page);
	/* in pages, so that the end of the address space is a number */
	left = page ? (~op->base / page) + 1 : 0;
	CHECK(op->size == (pages < left ? pages : left) * page);
	CHECK(!op->ttl || op->ttl == (rt >> 37 & 3));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	u32 key = take(&in, 4);
	u64 rt = take(&in, 8);
	struct tlbi_op op, other;
	bool address;

	if (size & 1) /* nearly all other keys are unallocated */
		key = (key & 0x3fffff & ~(3u << 20 | 15u << 10 | 3u << 14)) | 1u << 20 | 8u << 10;
	if (!tlbi_decode(key, rt, &op))
		return 0;
	/* Rt's number and the direction do not matter */
	CHECK(tlbi_decode(key ^ 0x3e1, rt, &other));
	CHECK(!memcmp(&op.kind, &other.kind, sizeof(op.kind)) && op.base == other.base &&
	      op.size == other.size && op.ttl == other.ttl);

	address = op.kind == TLBI_VA_E1 || op.kind == TLBI_VAA_E1 || op.kind == TLBI_VA_E2 ||
		  op.kind == TLBI_IPA_S2;
	CHECK(op.ttl <= 3);
	if (!address) {
		CHECK(!op.size && !op.base && !op.ttl && !op.last_level && !op.range);
		return 0;
	}
	CHECK(op.base % SZ_4K == 0 && op.size % SZ_4K == 0);
	if (op.range)
		check_range(&op, rt);
	else
		CHECK(op.size);
	CHECK(op.base + op.size >= op.base || op.base + op.size == 0);
	if (!op.range)
		CHECK((op.size & (op.size - 1)) == 0 && op.base % op.size == 0);
	if (op.kind == TLBI_IPA_S2)
		CHECK(op.asid == 0 && op.base >> 53 == 0);
	if (op.kind == TLBI_VAA_E1)
		CHECK(op.asid == 0);
	return 0;
}
