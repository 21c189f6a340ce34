/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/ldst.h"
#include "vm/exit.h"

void ldst_from_iss(u64 iss, struct ldst *l)
{
	*l = (struct ldst){
		.nr = 1,
		.rt = {(u8)ABT_SRT(iss)},
		.size = (u8)(1 << ABT_SAS(iss)),
		.write = iss & ABT_WNR,
		.sign = iss & ABT_SSE,
		.wide = iss & ABT_SF,
	};
}

static s32 immediate(u32 insn, unsigned int high, unsigned int low)
{
	unsigned int up = 31 - high;

	return (s32)(insn << up) >> (up + low);
}

/* LDR, STR and those of less and with sign: 111 0 00, opc, 0, imm9, post- or pre-index */
static bool decode_one(u32 insn, struct ldst *l)
{
	unsigned int size = FIELD(insn, 31, 30), opc = FIELD(insn, 23, 22);

	if (opc > 1 && size + opc > 4)
		return false;
	l->nr = 1;
	l->size = (u8)(1 << size);
	l->write = opc == 0;
	l->sign = opc > 1;
	l->wide = opc == 2 || size == 3;
	l->increment = immediate(insn, 20, 12);
	l->offset = FIELD(insn, 11, 10) == 3 ? l->increment : 0;
	return true;
}

/* LDP, STP, LDPSW, LDNP, STNP: opc, 101 0 0, index, L, imm7, Rt2 */
static bool decode_pair(u32 insn, struct ldst *l)
{
	enum { NO_ALLOCATE, POST, OFFSET, PRE } index = FIELD(insn, 24, 23);
	unsigned int opc = FIELD(insn, 31, 30);
	s32 imm;

	l->write = !(insn & BIT(22));
	if (opc == 3 || (opc == 1 && (l->write || index == NO_ALLOCATE)))
		return false;
	l->nr = 2;
	l->rt[1] = FIELD(insn, 14, 10);
	l->size = opc == 2 ? 8 : 4;
	l->sign = opc == 1;
	l->wide = opc != 0;
	imm = immediate(insn, 21, 15) * l->size;
	l->offset = index == POST ? 0 : imm;
	l->increment = index == POST || index == PRE ? imm : 0;
	return l->write || l->rt[0] != l->rt[1];
}

bool ldst_decode(u32 insn, struct ldst *l)
{
	bool writeback;

	*l = (struct ldst){.rt = {FIELD(insn, 4, 0)}, .rn = FIELD(insn, 9, 5)};
	if ((insn & 0x3f200400) == 0x38000400) {
		writeback = true;
		if (!decode_one(insn, l))
			return false;
	} else if ((insn & 0x3e000000) == 0x28000000) {
		writeback = insn & BIT(23);
		if (!decode_pair(insn, l))
			return false;
	} else {
		return false;
	}
	/* CONSTRAINED UNPREDICTABLE, but for SP and XZR, which are not the same */
	return !writeback || l->rn == LDST_SP ||
	       (l->rn != l->rt[0] && (l->nr == 1 || l->rn != l->rt[1]));
}
