/* SPDX-License-Identifier: Apache-2.0 */
/* Any encoding, any operand: the range decoded is one that loops over it can trust. */
#include "nested/tlbi.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	u32 key = take(&in, 4);
	u64 rt = take(&in, 8);
	unsigned int granule = take(&in, 1) % 4;
	struct tlbi_op op, other;
	bool address;

	granule = granule ? 10 + 2 * granule : 0;
	if (size & 1) /* nearly all other keys are unallocated */
		key = (key & 0x3fffff & ~(3u << 20 | 15u << 10 | 3u << 14)) | 1u << 20 | 8u << 10;
	if (!tlbi_decode(key, rt, granule, &op))
		return 0;
	/* Rt's number and the direction do not matter */
	CHECK(tlbi_decode(key ^ 0x3e1, rt, granule, &other));
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
	CHECK(op.size || op.range);
	CHECK(op.base + op.size >= op.base || op.base + op.size == 0);
	if (!op.range)
		CHECK((op.size & (op.size - 1)) == 0 && op.base % op.size == 0);
	if (op.kind == TLBI_IPA_S2)
		CHECK(op.asid == 0 && op.base >> 53 == 0);
	if (op.kind == TLBI_VAA_E1)
		CHECK(op.asid == 0);
	return 0;
}
