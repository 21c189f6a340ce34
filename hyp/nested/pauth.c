/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/pauth.h"

/* Bits of the pointer that hold the code: 54 down to the VA, and the top byte when not ignored. */
static u64 pac_mask(const struct pauth_format *f, u64 ptr)
{
	unsigned range = f->two_ranges && (ptr & BIT(55));
	u64 mask = GENMASK(54, 0) & ~(BIT(f->va_bits[range]) - 1);

	if (!f->tbi[range])
		mask |= GENMASK(63, 56);
	return mask;
}

/* Bit 55 is what the others are without a code, also where there is one range. */
u64 pauth_strip(const struct pauth_format *f, u64 ptr)
{
	u64 mask = pac_mask(f, ptr);

	return ptr & BIT(55) ? ptr | mask : ptr & ~mask;
}

bool pauth_matches(const struct pauth_format *f, u64 ptr, u64 pac)
{
	u64 mask = pac_mask(f, ptr);

	if (f->enhanced)
		return ((ptr ^ pac ^ pauth_strip(f, ptr)) & mask) == 0;
	return ((ptr ^ pac) & mask) == 0;
}

u64 pauth_poison(const struct pauth_format *f, u64 ptr, u64 pac, bool key_b)
{
	u64 mask = pac_mask(f, ptr), code = key_b ? 2 : 1;
	unsigned range = f->two_ranges && (ptr & BIT(55));

	if (f->enhanced)
		return (ptr & ~mask) | ((ptr ^ pac) & mask);
	if (f->tbi[range])
		return (pauth_strip(f, ptr) & ~GENMASK(54, 53)) | code << 53;
	return (pauth_strip(f, ptr) & ~GENMASK(62, 61)) | code << 61;
}
