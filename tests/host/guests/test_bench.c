/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of guests/bench: statistics, sets of traps, options. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "bootargs.h"
#include "stats.h"
#include "trapset.h"

static void test_stats_small(void)
{
	u64 one[] = {42};
	u64 two[] = {9, 1};
	u64 same[] = {5, 5, 5, 5, 5};
	struct stats s = stats_of(one, 1);

	g_assert_cmpuint(s.min, ==, 42);
	g_assert_cmpuint(s.p50, ==, 42);
	g_assert_cmpuint(s.p99, ==, 42);
	g_assert_cmpuint(s.max, ==, 42);
	g_assert_cmpuint(s.sum, ==, 42);
	s = stats_of(two, 2);
	g_assert_cmpuint(s.min, ==, 1);
	g_assert_cmpuint(s.p50, ==, 1); /* nearest rank: the lower of the two */
	g_assert_cmpuint(s.p99, ==, 9);
	g_assert_cmpuint(s.max, ==, 9);
	s = stats_of(same, 5);
	g_assert_cmpuint(s.p50, ==, 5);
	g_assert_cmpuint(s.sum, ==, 25);
}

static void test_stats_percentiles(void)
{
	u64 v[200];
	struct stats s;

	for (u32 i = 0; i < 200; i++)
		v[i] = 200 - i;
	s = stats_of(v, 200);
	g_assert_cmpuint(s.min, ==, 1);
	g_assert_cmpuint(s.p50, ==, 100);
	g_assert_cmpuint(s.p99, ==, 198);
	g_assert_cmpuint(s.max, ==, 200);
	g_assert_cmpuint(s.quantile[0], ==, 1);
	g_assert_cmpuint(s.quantile[1], ==, 2);
	g_assert_cmpuint(s.quantile[5], ==, 100);
	g_assert_cmpuint(s.quantile[10], ==, 200);
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* Against qsort, for many lengths and with equal values among them. */
static void test_stats_sort(void)
{
	for (u32 n = 1; n < 300; n++) {
		u64 a[300], b[300];

		for (u32 i = 0; i < n; i++)
			a[i] = b[i] = (u64)g_test_rand_int_range(0, 50)
				      << g_test_rand_int_range(0, 50);
		qsort(b, n, sizeof(*b), compare);
		stats_of(a, n);
		g_assert_cmpmem(a, n * sizeof(*a), b, n * sizeof(*b));
	}
}

static void check_ratio(u64 sum, u64 n, const char *expected)
{
	char buf[STATS_RATIO_SIZE];

	g_assert_cmpstr(stats_ratio(buf, sum, n), ==, expected);
}

static void test_ratio(void)
{
	check_ratio(0, 512, "0.0");
	check_ratio(7 * 512, 512, "7.0");
	check_ratio(1, 8, "0.125");
	check_ratio(1, 2, "0.5");
	check_ratio(100, 1, "100.0");
	check_ratio(1, 3, "0.333");
	check_ratio(2, 3, "0.667");
	check_ratio(1999999, 1000000, "2.0"); /* rounding carries into the whole part */
	check_ratio(10001, 1000, "10.001");
	check_ratio(~UINT64_C(0), 1, "18446744073709551615.0");
}

static struct trap_count trap(u32 level, u32 cause, u64 count)
{
	return (struct trap_count){
		.level = level, .cause = cause, .count = count, .spent = count * 10};
}

static void add(struct trapset *set, u32 level, u32 cause, u64 count)
{
	struct trap_count t = trap(level, cause, count);

	trapset_add(set, &t);
}

static void test_trapset_add(void)
{
	struct trapset a = {0}, b = {0};

	add(&a, 2, 0x16, 3);
	add(&a, 1, 0x16, 4); /* the same cause of another level is another entry */
	add(&a, 2, 0x16, 5);
	g_assert_cmpuint(a.nr, ==, 2);
	g_assert_cmpuint(a.entry[0].count, ==, 8);
	g_assert_cmpuint(a.entry[0].spent, ==, 80);
	g_assert_cmpuint(trapset_total(&a), ==, 12);
	add(&b, 1, 0x16, 1);
	add(&b, 1, 0x1a, 1);
	trapset_add_all(&a, &b);
	g_assert_cmpuint(a.nr, ==, 3);
	g_assert_cmpuint(trapset_total(&a), ==, 14);
	g_assert_false(a.overflow);
}

static void test_trapset_overflow(void)
{
	struct trapset a = {0}, b = {0};

	for (u32 i = 0; i < TRAPSET_MAX; i++)
		add(&a, 1, i, 1);
	add(&a, 1, 0, 1);
	g_assert_false(a.overflow);
	add(&a, 1, TRAPSET_MAX, 1);
	g_assert_true(a.overflow);
	g_assert_cmpuint(a.nr, ==, TRAPSET_MAX);
	trapset_add_all(&b, &a);
	g_assert_true(b.overflow);
}

static void test_trapset_baseline(void)
{
	struct trapset a = {0}, b = {0}, c = {0};

	add(&a, 2, 0x17, 1); /* the latch */
	add(&a, 2, 64, 1);   /* an interrupt that came once */
	add(&b, 2, 0x17, 2);
	trapset_intersect(&a, &b);
	g_assert_cmpuint(a.nr, ==, 1);
	g_assert_cmpuint(a.entry[0].count, ==, 1);
	g_assert_cmpuint(a.entry[0].spent, ==, 10);

	add(&c, 2, 0x16, 512);
	add(&c, 2, 0x17, 1);
	trapset_subtract(&c, &a);
	g_assert_cmpuint(c.nr, ==, 1);
	g_assert_cmpuint(c.entry[0].cause, ==, 0x16);
	g_assert_cmpuint(trapset_total(&c), ==, 512);
	trapset_subtract(&a, &b); /* never below 0 */
	g_assert_cmpuint(a.nr, ==, 0);
}

static void test_bootargs_find(void)
{
	size_t len = 0;
	const char *v = bootargs_find(" a=1 ops=x,y\tops=z b=", "ops", &len);

	g_assert_cmpmem(v, len, "z", 1);
	g_assert_null(bootargs_find("xops=1 ops opsx=2", "ops", &len));
	v = bootargs_find("ops=", "ops", &len);
	g_assert_nonnull(v);
	g_assert_cmpuint(len, ==, 0);
	g_assert_null(bootargs_find("", "ops", &len));
}

static void test_bootargs_number(void)
{
	u64 val = 77;

	g_assert_true(bootargs_number("a=1", "n", 1, 10, &val));
	g_assert_cmpuint(val, ==, 77);
	g_assert_true(bootargs_number("n=10", "n", 1, 10, &val));
	g_assert_cmpuint(val, ==, 10);
	val = 77;
	g_assert_false(bootargs_number("n=11", "n", 1, 10, &val));
	g_assert_false(bootargs_number("n=0", "n", 1, 10, &val));
	g_assert_false(bootargs_number("n=", "n", 0, 10, &val));
	g_assert_false(bootargs_number("n=5x", "n", 0, 10, &val));
	g_assert_false(bootargs_number("n=-1", "n", 0, 10, &val));
	g_assert_false(bootargs_number("n=99999999999999999999999", "n", 0, ~UINT64_C(0), &val));
	g_assert_cmpuint(val, ==, 77);
}

static void test_bootargs_list(void)
{
	const char *list = "timer,virtual-ipi rest";

	g_assert_true(bootargs_list_has(list, 17, "timer"));
	g_assert_true(bootargs_list_has(list, 17, "virtual-ipi"));
	g_assert_false(bootargs_list_has(list, 17, "virtual"));
	g_assert_false(bootargs_list_has(list, 17, "virtual-ipi-idle"));
	g_assert_false(bootargs_list_has("", 0, "timer"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bench/stats/small", test_stats_small);
	g_test_add_func("/bench/stats/percentiles", test_stats_percentiles);
	g_test_add_func("/bench/stats/sort", test_stats_sort);
	g_test_add_func("/bench/stats/ratio", test_ratio);
	g_test_add_func("/bench/trapset/add", test_trapset_add);
	g_test_add_func("/bench/trapset/overflow", test_trapset_overflow);
	g_test_add_func("/bench/trapset/baseline", test_trapset_baseline);
	g_test_add_func("/bench/bootargs/find", test_bootargs_find);
	g_test_add_func("/bench/bootargs/number", test_bootargs_number);
	g_test_add_func("/bench/bootargs/list", test_bootargs_list);
	return g_test_run();
}
