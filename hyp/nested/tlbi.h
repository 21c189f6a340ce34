/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decode of the TLB maintenance instructions of EL1 and EL2 (Arm ARM, C5.5): op0 = 1, op1 = 0 or 4,
 * CRn = 8, or 9 for the nXS forms. Pure.
 */
#ifndef NEVE_NESTED_TLBI_H
#define NEVE_NESTED_TLBI_H

#include "types.h"

enum tlbi_kind {
	TLBI_ALL_E1,   /* ALLE1: EL1&0, stages 1 and 2, every VMID */
	TLBI_ALL_E2,   /* ALLE2: EL2 or EL2&0 */
	TLBI_VMALLS12, /* VMALLS12E1: stages 1 and 2 of the current VMID */
	TLBI_VMALL_E1, /* VMALLE1: stage 1 of the current VMID (EL2&0 with TGE) */
	TLBI_VA_E1,    /* VA*E1: address and ASID */
	TLBI_VAA_E1,   /* VAA*E1: address, every ASID */
	TLBI_ASID_E1,  /* ASIDE1 */
	TLBI_VA_E2,    /* VA*E2: address; and ASID, with E2H = 1 */
	TLBI_IPA_S2,   /* IPAS2*E1: stage 2 of the current VMID by IPA */
};

enum tlbi_shareability { TLBI_LOCAL, TLBI_IS, TLBI_OS };

struct tlbi_op {
	enum tlbi_kind kind;
	enum tlbi_shareability share;
	bool last_level; /* only entries of the last level need go */
	bool range;	 /* FEAT_TLBIRANGE; the caller knows whether the guest has it, ... */
	bool nxs;	 /* ... FEAT_XS, ... and FEAT_TLBIOS (share == TLBI_OS) */
	u16 asid;	 /* of the operand; 0 for kinds without */
	/*
	 * VA and IPA kinds: the addresses named, [base, base + size). With a level hint and no
	 * range, the whole block of that level; without a hint, 4 KiB, and any leaf
	 * that contains a part of it has to go, as large as it is. Ranges end at 2^64 at the
	 * latest: then base + size wraps to 0. size 0: the operand names nothing (reserved
	 * granule).
	 */
	u64 base;
	u64 size;
	u8 ttl; /* level hint, 1 to 3; 0: none, or one that cannot be right */
};

/*
 * `key`: ISS of the trapped instruction, Rt and Dir ignored
 * (Op0 << 20 | Op2 << 17 | Op1 << 14 | CRn << 10 | CRm << 1). `rt`: value of the operand register.
 * False: unallocated, op is then undefined.
 */
bool tlbi_decode(u32 key, u64 rt, struct tlbi_op *op);

#endif
