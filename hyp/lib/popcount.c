/* SPDX-License-Identifier: Apache-2.0 */
#include "types.h"

/*
 * What gcc calls for __builtin_popcount when it may not use SIMD registers; there is no libgcc in
 * this link.
 */
int __popcountdi2(u64 x);

int __popcountdi2(u64 x)
{
	x -= (x >> 1) & 0x5555555555555555;
	x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (int)((x * 0x0101010101010101) >> 56);
}
