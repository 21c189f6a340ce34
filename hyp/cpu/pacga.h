/* SPDX-License-Identifier: Apache-2.0 */
/* PACGA of FEAT_PAuth: the code of `ptr` and `modifier` with the key in APGAKey*_EL1. */
#ifndef NEVE_CPU_PACGA_H
#define NEVE_CPU_PACGA_H

#include "types.h"

static inline u64 pacga(u64 ptr, u64 modifier)
{
	/* PACGA x0, x1, x2: the assembler need not know it. */
	register u64 x1 __asm__("x1") = ptr;
	register u64 x2 __asm__("x2") = modifier;
	register u64 x0 __asm__("x0");

	__asm__ volatile(".inst 0x9ac23020" : "=r"(x0) : "r"(x1), "r"(x2));
	return x0;
}

#endif
