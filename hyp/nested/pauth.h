/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointer authentication of ERETAA and ERETAB at vEL2 (Arm ARM, FEAT_PAuth: AuthIA, AuthIB).
 */
#ifndef NEVE_NESTED_PAUTH_H
#define NEVE_NESTED_PAUTH_H

#include "types.h"

struct vcpu;

/* How the address is laid out in the regime that authenticates it. */
struct pauth_format {
	unsigned va_bits[2]; /* of the range with bit 55 = 0 and 1 */
	bool tbi[2];	     /* top byte ignored, for instruction addresses */
	bool two_ranges;
	bool enhanced; /* FEAT_PAuth2: the code is XORed into the pointer */
};

/* Pure. The pointer as it was before it was signed: what the code is computed of. */
u64 pauth_strip(const struct pauth_format *f, u64 ptr);

/* Pure. Does `ptr` carry the code `pac`? */
bool pauth_matches(const struct pauth_format *f, u64 ptr, u64 pac);

/* Pure. Result of a failed authentication without FEAT_FPAC. */
u64 pauth_poison(const struct pauth_format *f, u64 ptr, u64 pac, bool key_b);

/*
 * Authenticates *elr with vEL2's key and stack pointer. False: it failed and, with FEAT_FPAC, the
 * exception has been taken to vEL2.
 */
bool pauth_eret(struct vcpu *v, bool key_b, u64 *elr);

#endif
