/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes of reading and writing system registers, and how they are printed. */
#ifndef PROBE_SWEEP_H
#define PROBE_SWEEP_H

#include "probe.h"

enum dir { READ, WRITE };

/* What one access did; `extra` is what is unusual about the exception (0: nothing). */
struct outcome {
	u64 val;   /* of a read */
	u64 extra; /* ELR that is not the instruction's, or a SPSR that is not the caller's PSTATE
		    */
	u32 esr;
	u16 where; /* as in struct op */
};

/* Does the access have a value that differs from run to run? */
bool sweep_volatile(u16 enc);

/* Do accesses that would end the probe or hang it, so that they are left out? */
bool sweep_left_out(u16 enc, enum dir dir);

/* The option traps=all: each bit of each control, which takes minutes. */
bool sweep_all(void);

/*
 * Makes the n accesses of list[], all in one direction, at the EL of `pstate`; out[] by position.
 * A write writes val[enc]; val NULL: 0. Prints nothing.
 */
void sweep(const u16 *list, u32 n, enum dir dir, u64 pstate, const u64 *val, struct outcome *out);

/* Bits that are not to be changed: the probe would not survive it. */
u64 sweep_kept_bits(u16 enc);

/*
 * What of a register can be 1, and what can be 0, at the EL of `pstate`, without exceptions in
 * between. False: it cannot be read and written there, or must not be.
 */
bool sweep_bits(u16 enc, u64 pstate, u64 *ones, u64 *zeros);

bool outcome_same(const struct outcome *a, const struct outcome *b);

/* An undefined instruction, taken to the EL that takes those of code at `pstate`. */
bool outcome_undef(const struct outcome *o, u64 pstate);

/*
 * Prints a line `SECTION r|w ENC[..ENC] OUTCOME` for each run of neighbours with the same outcome.
 * With `base`, only those where it differs from the base.
 */
void sweep_print(const char *section, enum dir dir, const u16 *list, u32 n, u64 pstate,
		 const struct outcome *out, const struct outcome *base);

#define SWEEP_MAX 49152

#endif
