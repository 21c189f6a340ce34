/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/range.h"

static void insertion_sort(struct mem_range *r, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) {
		struct mem_range x = r[i];
		unsigned int j = i;

		for (; j && r[j - 1].base.v > x.base.v; j--)
			r[j] = r[j - 1];
		r[j] = x;
	}
}

unsigned int ranges_normalise(struct mem_range *r, unsigned int n)
{
	unsigned int out = 0;

	insertion_sort(r, n);
	for (unsigned int i = 0; i < n; i++) {
		if (!r[i].size)
			continue;
		if (out && r[i].base.v <= range_end(r[out - 1])) {
			if (range_end(r[i]) > range_end(r[out - 1]))
				r[out - 1].size = range_end(r[i]) - r[out - 1].base.v;
			continue;
		}
		r[out++] = r[i];
	}
	return out;
}

bool ranges_subtract(struct mem_range *r, unsigned int *n, unsigned int max, struct mem_range cut)
{
	for (unsigned int i = 0; i < *n; i++) {
		struct mem_range below, above;

		if (!ranges_overlap(r[i], cut))
			continue;
		below = RANGE(r[i].base.v, cut.base.v > r[i].base.v ? cut.base.v - r[i].base.v : 0);
		above = RANGE(range_end(cut), range_end(r[i]) > range_end(cut)
						      ? range_end(r[i]) - range_end(cut)
						      : 0);
		if (below.size && above.size) {
			/* disjoint ranges: a cut in the middle of one touches no other */
			if (*n == max)
				return false;
			for (unsigned int j = *n; j > i + 1; j--)
				r[j] = r[j - 1];
			r[i] = below;
			r[i + 1] = above;
			++*n;
			return true;
		}
		r[i] = below.size ? below : above;
	}
	*n = ranges_normalise(r, *n);
	return true;
}
