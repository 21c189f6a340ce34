/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's load or store, for whoever does it in place of a device. Of one general register
 * without writeback the syndrome of the abort tells all (ESR_EL2.ISS.ISV); of a pair, or with
 * writeback, the instruction has to (Arm ARM, C4.1, "Loads and stores"). Pure.
 */
#ifndef NEVE_VM_LDST_H
#define NEVE_VM_LDST_H

#include "types.h"

#define LDST_SP 31 /* as a base; as a register that is loaded or stored: XZR */

struct ldst {
	u8 nr;	  /* registers, 1 or 2, at ascending addresses */
	u8 rt[2]; /* their numbers */
	u8 size;  /* bytes of each in memory */
	bool write;
	bool sign; /* what is loaded is sign-extended */
	bool wide; /* to 64 bits, else to 32 */

	/* The rest is not in a syndrome: then there is no writeback. */
	u8 rn;	       /* the base */
	s32 offset;    /* from the base to the first address */
	s32 increment; /* of the base */
};

/* `iss`: of a data abort, with ISV. */
void ldst_from_iss(u64 iss, struct ldst *l);

/*
 * False: `insn` is not of general registers, immediate offset, in a pair or with writeback (others
 * have a syndrome, or are not for devices), or the architecture leaves open what it does.
 */
bool ldst_decode(u32 insn, struct ldst *l);

#endif
