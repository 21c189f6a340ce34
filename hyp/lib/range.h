/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of host physical memory. Pure. */
#ifndef NEVE_LIB_RANGE_H
#define NEVE_LIB_RANGE_H

#include "types.h"

struct mem_range {
	hpa_t base;
	u64 size; /* bytes; base + size does not overflow; 0: empty or absent */
};

#define RANGE(base, size) ((struct mem_range){HPA(base), (size)})

static inline u64 range_end(struct mem_range r)
{
	return r.base.v + r.size;
}

/* Do a and b have a byte in common? Empty ranges have none. */
static inline bool ranges_overlap(struct mem_range a, struct mem_range b)
{
	return a.size && b.size && a.base.v < range_end(b) && b.base.v < range_end(a);
}

/* Is all of `in` inside r? */
static inline bool range_contains(struct mem_range r, struct mem_range in)
{
	return in.base.v >= r.base.v && range_end(in) <= range_end(r);
}

/* What a and b have in common; may be empty. */
static inline struct mem_range range_common(struct mem_range a, struct mem_range b)
{
	u64 start = a.base.v > b.base.v ? a.base.v : b.base.v;
	u64 end = range_end(a) < range_end(b) ? range_end(a) : range_end(b);

	return RANGE(start, end > start ? end - start : 0);
}

/* The largest range of multiples of `align` (a power of two) inside r; may be empty. */
static inline struct mem_range range_shrink(struct mem_range r, u64 align)
{
	u64 start = ALIGN_UP(r.base.v, align), end = ALIGN_DOWN(range_end(r), align);

	if (start < r.base.v || end <= start)
		return RANGE(r.base.v, 0);
	return RANGE(start, end - start);
}

/*
 * Sorts the ranges by base, drops empty ones and merges those that touch or overlap. Returns the
 * new number.
 */
unsigned int ranges_normalise(struct mem_range *r, unsigned int n);

/*
 * Takes `cut` out of n sorted, disjoint ranges, in place. A hole in the middle makes one more: when
 * there is no room for it (n == max), it returns false and leaves the ranges as they are.
 */
bool ranges_subtract(struct mem_range *r, unsigned int *n, unsigned int max, struct mem_range cut);

#endif
