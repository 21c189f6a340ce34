/* SPDX-License-Identifier: Apache-2.0 */
/* Range arithmetic, against a bitmap of 64 units. */
#include "lib/range.h"

#include <glib.h>
#include <string.h>

static u64 bits_of(struct mem_range r)
{
	u64 bits = 0;

	for (u64 i = r.base.v; i < range_end(r); i++)
		bits |= UINT64_C(1) << i;
	return bits;
}

static u64 bits_of_all(const struct mem_range *r, unsigned int n)
{
	u64 bits = 0;

	for (unsigned int i = 0; i < n; i++)
		bits |= bits_of(r[i]);
	return bits;
}

static void check_normal(const struct mem_range *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		g_assert_cmphex(r[i].size, >, 0);
		if (i)
			g_assert_cmphex(r[i].base.v, >, range_end(r[i - 1]));
	}
}

static struct mem_range random_range(GRand *rand)
{
	u64 base = (u64)g_rand_int_range(rand, 0, 60);

	return RANGE(base, (u64)g_rand_int_range(rand, 0, 63 - (int)base));
}

static void test_random(void)
{
	GRand *rand = g_rand_new_with_seed(3);

	for (unsigned int i = 0; i < 20000; i++) {
		struct mem_range r[8], before[8], cut = random_range(rand);
		unsigned int n = (unsigned int)g_rand_int_range(rand, 0, 6), count;
		u64 bits;

		for (unsigned int j = 0; j < n; j++)
			r[j] = random_range(rand);
		bits = bits_of_all(r, n);
		n = ranges_normalise(r, n);
		check_normal(r, n);
		g_assert_cmphex(bits_of_all(r, n), ==, bits);
		for (unsigned int j = 0; j < n; j++) {
			g_assert_cmpint(ranges_overlap(r[j], cut), ==,
					(bits_of(r[j]) & bits_of(cut)) != 0);
			if (cut.size)
				g_assert_cmpint(range_contains(r[j], cut), ==,
						(bits_of(cut) & ~bits_of(r[j])) == 0);
		}
		memcpy(before, r, sizeof(r));
		count = n;
		if (!ranges_subtract(r, &n, count, cut)) {
			/* no room for the hole: nothing is changed */
			g_assert_cmpuint(n, ==, count);
			g_assert_cmpmem(r, n * sizeof(r[0]), before, n * sizeof(r[0]));
			g_assert_true(ranges_subtract(r, &n, 8, cut));
			g_assert_cmpuint(n, ==, count + 1);
		}
		check_normal(r, n);
		g_assert_cmphex(bits_of_all(r, n), ==, bits & ~bits_of(cut));
	}
	g_rand_free(rand);
}

static void test_shrink(void)
{
	struct mem_range r = range_shrink(RANGE(0x1001, 0x2fff), 0x1000);

	g_assert_cmphex(r.base.v, ==, 0x2000);
	g_assert_cmphex(r.size, ==, 0x2000);
	g_assert_cmphex(range_shrink(RANGE(0x1001, 0x1ffe), 0x1000).size, ==, 0);
	g_assert_cmphex(range_shrink(RANGE(0x1000, 0x1000), 0x1000).size, ==, 0x1000);
	g_assert_cmphex(range_shrink(RANGE(~UINT64_C(0) - 10, 5), 0x1000).size, ==, 0);
	g_assert_cmphex(range_shrink(RANGE(0x1000, 0), 0x1000).size, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/range/random", test_random);
	g_test_add_func("/range/shrink", test_shrink);
	return g_test_run();
}
