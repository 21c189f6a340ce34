/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/alarm.h: when neve's own timer has to go off for a guest's that is in memory. */
#include <glib.h>

#include "nested/alarm.h"

static u64 evaluate(u64 ctl, u64 cval, u64 now, u64 *left)
{
	*left = ALARM_NEVER;
	return alarm_evaluate(ctl, cval, now, left);
}

static void test_known(void)
{
	u64 left;

	g_assert_cmphex(evaluate(0, 100, 200, &left), ==, 0);
	g_assert_cmphex(left, ==, ALARM_NEVER);
	g_assert_cmphex(evaluate(CTL_ISTATUS, 100, 200, &left), ==, 0);
	g_assert_cmphex(evaluate(CTL_ENABLE, 200, 200, &left), ==, CTL_ENABLE | CTL_ISTATUS);
	g_assert_cmphex(left, ==, ALARM_NEVER);
	g_assert_cmphex(evaluate(CTL_ENABLE, 201, 200, &left), ==, CTL_ENABLE);
	g_assert_cmphex(left, ==, 1);
	g_assert_cmphex(evaluate(CTL_ENABLE | CTL_IMASK, 201, 200, &left), ==,
			CTL_ENABLE | CTL_IMASK);
	g_assert_cmphex(left, ==, ALARM_NEVER);
	left = 10;
	alarm_evaluate(CTL_ENABLE, 220, 200, &left);
	g_assert_cmphex(left, ==, 10);
	alarm_evaluate(CTL_ENABLE, 209, 200, &left);
	g_assert_cmphex(left, ==, 9);
}

static void test_at(void)
{
	u64 at = 0;

	g_assert_false(alarm_at(1000, ALARM_NEVER, &at));
	g_assert_true(alarm_at(1000, 5, &at));
	g_assert_cmphex(at, ==, 1005);
	g_assert_true(alarm_at(1000, UINT64_MAX - 1000, &at));
	g_assert_cmphex(at, ==, UINT64_MAX);
	g_assert_false(alarm_at(1000, UINT64_MAX - 999, &at));
}

/* CNTV_CVAL_EL0 = -1 is "never" to some; with CNTVOFF_EL2 the sum is a moment long ago. */
static void test_never(void)
{
	u64 now = 1000000, offset = 300000, left, at;

	g_assert_cmphex(evaluate(CTL_ENABLE, UINT64_MAX, now - offset, &left), ==, CTL_ENABLE);
	g_assert_cmphex(now + left, <, now);
	g_assert_false(alarm_at(now, left, &at));
}

static u64 random64(void)
{
	u64 r = (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();

	return r >> g_test_rand_int_range(0, 64);
}

/* An alarm that is not later than now would go off for ever, and nobody would get to run. */
static void test_random(void)
{
	unsigned int set = 0;

	for (unsigned int i = 0; i < 200000; i++) {
		u64 now = random64(), offset = random64(), cval = random64(), left, at, ctl;

		if (g_test_rand_bit())
			offset = -offset;
		if (g_test_rand_bit())
			cval = -cval;
		ctl = evaluate(CTL_ENABLE, cval, now - offset, &left);
		if (!alarm_at(now, left, &at))
			continue;
		set++;
		g_assert_cmphex(at, >, now);
		g_assert_cmphex(ctl, ==, CTL_ENABLE);
		/* and it is met exactly then */
		g_assert_cmphex(evaluate(CTL_ENABLE, cval, at - offset, &left) & CTL_ISTATUS, !=,
				0);
		g_assert_cmphex(evaluate(CTL_ENABLE, cval, at - 1 - offset, &left) & CTL_ISTATUS,
				==, 0);
	}
	g_assert_cmpuint(set, >, 10000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/alarm/known", test_known);
	g_test_add_func("/alarm/at", test_at);
	g_test_add_func("/alarm/never", test_never);
	g_test_add_func("/alarm/random", test_random);
	return g_test_run();
}
