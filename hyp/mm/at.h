/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address translation instructions in software: decode, walk, PAR_EL1. Pure.
 */
#ifndef NEVE_MM_AT_H
#define NEVE_MM_AT_H

#include "types.h"
#include "mm/s1walk.h"

/* PAR_EL1: a fault, of stage 2 with PAR_S, its status code (walk_fsc()), or the address. */
#define PAR_F	     BIT(0)
#define PAR_S	     BIT(9)
#define PAR_FST	     1 /* shift */
#define PAR_FSC(par) FIELD(par, 6, 1)
#define PAR_PA(par)  (GENMASK(47, 12) & (par))

struct at_op {
	u8 el;	     /* of the access: 0, 1 or 2 */
	bool write;  /* W variants */
	bool stage2; /* S12 variants */
	bool pan;    /* RP, WP: PSTATE.PAN counts */
};

/*
 * `key`: ISS of the trapped instruction, Rt and Dir ignored
 * (Op0 << 20 | Op2 << 17 | Op1 << 14 | CRn << 10 | CRm << 1). False: not an AT instruction that
 * neve offers.
 */
bool at_decode(u32 key, struct at_op *op);

/*
 * PAR_EL1 for `op` on `va`. `s1`: the registers of the regime the instruction means (s1->pan as
 * PSTATE.PAN; it is ignored but for RP/WP). `s2`: L1's stage 2, when the regime is L2's EL1&0 and
 * HCR_EL2.VM (or DC) is on: table accesses of stage 1 go through it, and S12 variants translate the
 * output through it; else NULL. `read64`, `ctx`: L1's memory, as in struct walk_mem. Nothing is
 * updated: an AT must not make a page dirty, and need not set its access flag.
 */
u64 at_translate(const struct at_op *op, const struct s1walk_cfg *s1, const struct s2walk_cfg *s2,
		 bool ptw, int (*read64)(void *ctx, ipa_t ipa, u64 *val), void *ctx, gva_t va);

/* The parts. `s2fault`: fault of stage 2; `on_walk`: on a stage-1 table access. */
u64 at_par_fault(enum walk_fault fault, unsigned int level, bool s2fault, bool on_walk);
u64 at_par_ok(u64 pa, u8 attr, u8 sh);

/* MAIR-style attribute byte of stage 1 combined with MemAttr[3:0] of stage 2 (FWB = 0). */
u8 at_combine_attr(u8 attr, u8 memattr);

#endif
