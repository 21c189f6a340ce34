/* SPDX-License-Identifier: Apache-2.0 */
#include "trapset.h"

static struct trap_count *find(struct trapset *set, u32 level, u32 cause)
{
	for (u32 i = 0; i < set->nr; i++)
		if (set->entry[i].level == level && set->entry[i].cause == cause)
			return &set->entry[i];
	return NULL;
}

static const struct trap_count *find_const(const struct trapset *set, u32 level, u32 cause)
{
	return find((struct trapset *)set, level, cause);
}

static u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static void drop_zeros(struct trapset *set)
{
	u32 kept = 0;

	for (u32 i = 0; i < set->nr; i++)
		if (set->entry[i].count)
			set->entry[kept++] = set->entry[i];
	set->nr = kept;
}

void trapset_add(struct trapset *set, const struct trap_count *t)
{
	struct trap_count *e = find(set, t->level, t->cause);

	if (!e) {
		if (set->nr == TRAPSET_MAX) {
			set->overflow = true;
			return;
		}
		e = &set->entry[set->nr++];
		*e = (struct trap_count){.level = t->level, .cause = t->cause};
	}
	e->count += t->count;
	e->spent += t->spent;
}

void trapset_add_all(struct trapset *set, const struct trapset *other)
{
	for (u32 i = 0; i < other->nr; i++)
		trapset_add(set, &other->entry[i]);
	set->overflow |= other->overflow;
}

void trapset_intersect(struct trapset *set, const struct trapset *other)
{
	for (u32 i = 0; i < set->nr; i++) {
		struct trap_count *e = &set->entry[i];
		const struct trap_count *o = find_const(other, e->level, e->cause);

		e->count = o ? min_u64(e->count, o->count) : 0;
		e->spent = o ? min_u64(e->spent, o->spent) : 0;
	}
	drop_zeros(set);
}

void trapset_subtract(struct trapset *set, const struct trapset *other)
{
	for (u32 i = 0; i < set->nr; i++) {
		struct trap_count *e = &set->entry[i];
		const struct trap_count *o = find_const(other, e->level, e->cause);

		if (!o)
			continue;
		e->count -= min_u64(e->count, o->count);
		e->spent -= min_u64(e->spent, o->spent);
	}
	drop_zeros(set);
}

u64 trapset_total(const struct trapset *set)
{
	u64 sum = 0;

	for (u32 i = 0; i < set->nr; i++)
		sum += set->entry[i].count;
	return sum;
}
