/* SPDX-License-Identifier: Apache-2.0 */
/* Any instruction, any syndrome: what is decoded is a load or store that its emulation can trust.
 */
#include "vm/exit.h"
#include "vm/ldst.h"

#include "fuzz.h"

static void is_sound(const struct ldst *l)
{
	CHECK(l->nr == 1 || l->nr == 2);
	CHECK(l->size == 1 || l->size == 2 || l->size == 4 || l->size == 8);
	CHECK(l->rt[0] < 32 && l->rt[1] < 32 && l->rn < 32);
	CHECK(!l->sign || !l->write);
	CHECK(l->wide || l->size < 8);
	CHECK(!l->sign || l->wide || l->size < 4);
}

/* An access of the same kind with another register, or the other way round, is one too. */
static void others(u32 insn, const struct ldst *l)
{
	struct ldst other;
	u32 free = 0;

	while (free == l->rn || free == l->rt[0] || free == l->rt[1])
		free++;
	CHECK(ldst_decode((insn & ~0x1fu) | free, &other) && other.rt[0] == free);
	CHECK(other.nr == l->nr && other.size == l->size && other.write == l->write &&
	      other.offset == l->offset && other.increment == l->increment);
	CHECK(ldst_decode((insn & ~0x3e0u) | free << 5, &other) && other.rn == free);
	if (l->sign)
		return;
	if (ldst_decode(insn ^ BIT(22), &other))
		CHECK(other.write == !l->write);
	else
		CHECK(l->write && l->nr == 2 && l->rt[0] == l->rt[1]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	u32 insn = (u32)take(&in, 4);
	u64 iss = take(&in, 8);
	struct ldst l;

	ldst_from_iss(iss | ABT_ISV, &l);
	CHECK(l.nr == 1 && !l.offset && !l.increment && l.rt[0] < 32);
	CHECK(l.size == 1 || l.size == 2 || l.size == 4 || l.size == 8);

	if (size & 1) /* nearly all others are something else */
		insn = insn & BIT(28) ? (insn & 0xc0dfffff) | 0x38000400
				      : (insn & 0xc1ffffff) | 0x28000000;
	if (!ldst_decode(insn, &l))
		return 0;
	is_sound(&l);
	if (l.nr == 1) {
		CHECK(l.increment >= -256 && l.increment <= 255);
		CHECK(l.offset == 0 || l.offset == l.increment);
	} else {
		CHECK(l.size >= 4);
		CHECK(l.offset % l.size == 0 && l.increment % l.size == 0);
		CHECK(l.offset >= -64 * l.size && l.offset < 64 * l.size);
		CHECK(l.increment >= -64 * l.size && l.increment < 64 * l.size);
		CHECK(l.write || l.rt[0] != l.rt[1]);
	}
	if (l.increment && l.rn != LDST_SP)
		CHECK(l.rn != l.rt[0] && (l.nr == 1 || l.rn != l.rt[1]));
	others(insn, &l);
	return 0;
}
