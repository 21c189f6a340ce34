/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of trap counts by level and cause, as neve's counters give them. Pure. */
#ifndef BENCH_TRAPSET_H
#define BENCH_TRAPSET_H

#include "types.h"

#define TRAPSET_MAX 128

struct trap_count {
	u32 level, cause;
	u64 count;
	u64 spent; /* instructions or cycles in neve; 0 if neve does not count them */
};

struct trapset {
	struct trap_count entry[TRAPSET_MAX];
	u32 nr;
	bool overflow; /* an entry did not fit: the set is of no use */
};

/* Adds to the entry of t's level and cause, a new one if need be. */
void trapset_add(struct trapset *set, const struct trap_count *t);

/* set += other */
void trapset_add_all(struct trapset *set, const struct trapset *other);

/* What both have, the smaller of the two: the part of a set that comes every time. */
void trapset_intersect(struct trapset *set, const struct trapset *other);

/* set -= other, not below 0; entries that become 0 go. */
void trapset_subtract(struct trapset *set, const struct trapset *other);

u64 trapset_total(const struct trapset *set);

#endif
