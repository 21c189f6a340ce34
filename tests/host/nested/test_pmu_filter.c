/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/pmu_filter.c against the architecture's rules, written down once more. */
#include <glib.h>

#include "nested/pmu_filter.h"

#define P   (UINT64_C(1) << 31)
#define U   (UINT64_C(1) << 30)
#define NSK (UINT64_C(1) << 29)
#define NSU (UINT64_C(1) << 28)
#define NSH (UINT64_C(1) << 27)
#define M   (UINT64_C(1) << 26)
#define DP  (UINT64_C(1) << 5)

#define HPMD (UINT64_C(1) << 17)
#define HCCD (UINT64_C(1) << 23)

enum level { EL0, EL1, EL2, EL3, S_EL0, S_EL1, LEVELS };

/* Does hardware with this type register count there? */
static gboolean counted(uint64_t type, enum level level, bool el3)
{
	gboolean p = !!(type & P), u = !!(type & U);
	gboolean nsk = el3 && (type & NSK), nsu = el3 && (type & NSU);

	switch (level) {
	case EL0:
		return u == nsu;
	case EL1:
		return p == nsk;
	case EL2:
		return !!(type & NSH);
	case EL3:
		return el3 && p == !!(type & M);
	case S_EL0:
		return el3 && !u;
	case S_EL1:
		return el3 && !p;
	default:
		g_assert_not_reached();
	}
}

static uint64_t random_type(unsigned i)
{
	uint64_t rest = (uint64_t)g_random_int() << 32 | (g_random_int() & 0x03ffffff);

	return (i & 1 ? P : 0) | (i & 2 ? U : 0) | (i & 4 ? NSK : 0) | (i & 8 ? NSU : 0) |
	       (i & 16 ? NSH : 0) | (i & 32 ? M : 0) | rest;
}

/* All of the filter bits, all of the rest at random. */
static void test_types(void)
{
	for (unsigned i = 0; i < 64 * 8; i++) {
		bool el3 = i & 64, vel2 = i & 128, stopped = i & 256;
		struct pmu_impl impl = {.counters = 6, .el3 = el3};
		uint64_t type = random_type(i), hw = pmu_hw_type(&impl, type, vel2, stopped);
		gboolean at_el1 =
			vel2 ? counted(type, EL2, el3) && !stopped : counted(type, EL1, el3);

		g_assert_false(counted(hw, EL2, el3));
		g_assert_cmpint(counted(hw, EL1, el3), ==, at_el1);
		for (enum level l = EL0; l < LEVELS; l++) {
			if (l != EL1 && l != EL2)
				g_assert_cmpint(counted(hw, l, el3), ==, counted(type, l, el3));
		}
		/* What is no filter of this state's EL1 and EL2 stays. */
		g_assert_cmphex((hw ^ type) & ~(NSH | (el3 ? NSK : P)), ==, 0);
		/* The register reads as written, so the value has to be found again: it is kept. */
		g_assert_cmphex(pmu_hw_type(&impl, hw, false, false), ==, hw);
		g_assert_cmpint(pmu_counts_el0(&impl, type), ==, counted(type, EL0, el3));
		g_assert_cmpint(pmu_counts_el1(&impl, type), ==, counted(type, EL1, el3));
		g_assert_cmpint(pmu_counts_el2(type), ==, counted(type, EL2, el3));
	}
}

/* The filters that perf of a VHE kernel sets, without EL3. */
static void test_linux(void)
{
	static const struct {
		const char *what;
		uint64_t type, vel2, guest;
	} t[] = {
		{"all", NSH, 0, 0},
		{"exclude_guest", NSH | P, 0, P},
		{"exclude_host", U, U | P, U},
		{"exclude_kernel", P, P, P},
		{"exclude_user", NSH | U, U, U},
		{"exclude_user exclude_guest", NSH | P | U, U, P | U},
	};
	struct pmu_impl impl = {.counters = 6};

	for (unsigned i = 0; i < G_N_ELEMENTS(t); i++) {
		g_test_message("%s", t[i].what);
		g_assert_cmphex(pmu_hw_type(&impl, t[i].type | 8, true, false), ==, t[i].vel2 | 8);
		g_assert_cmphex(pmu_hw_type(&impl, t[i].type | 8, false, false), ==,
				t[i].guest | 8);
	}
}

static void test_hpmn(void)
{
	static const struct {
		unsigned counters, written, hpmn;
		uint32_t el1, el2;
		bool traps;
	} t[] = {
		{6, 6, 6, 0x8000003f, 0x8000003f, false},
		{6, 2, 2, 0x80000003, 0x8000003f, true},
		{6, 0, 0, 0x80000000, 0x8000003f, true},
		{6, 7, 6, 0x8000003f, 0x8000003f, false},
		{6, 31, 6, 0x8000003f, 0x8000003f, false},
		{31, 31, 31, 0xffffffff, 0xffffffff, false},
		{31, 30, 30, 0xbfffffff, 0xffffffff, true},
		{0, 0, 0, 0x80000000, 0x80000000, false},
		{0, 4, 0, 0x80000000, 0x80000000, false},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(t); i++) {
		struct pmu_impl impl = {.counters = t[i].counters, .hpmd = true};
		uint64_t mdcr = ~(uint64_t)(HPMD | 31) | t[i].written;

		g_assert_cmpuint(pmu_hpmn(&impl, mdcr), ==, t[i].hpmn);
		g_assert_cmphex(pmu_counters_el1(&impl, mdcr), ==, t[i].el1);
		g_assert_cmphex(pmu_counters_el2(&impl), ==, t[i].el2);
		g_assert_cmpint(pmu_needs_traps(&impl, mdcr), ==, t[i].traps);
		g_assert_true(pmu_needs_traps(&impl, mdcr | HPMD));
		impl.hpmd = false;
		g_assert_cmpint(pmu_needs_traps(&impl, mdcr | HPMD), ==, t[i].traps);
	}
}

static void test_prohibited(void)
{
	static const struct {
		uint64_t mdcr, pmcr;
		bool hpmd, hccd;
		uint32_t mask;
	} t[] = {
		{6, DP, true, true, 0},
		{6 | HPMD, 0, true, true, 0x3f},
		{6 | HPMD, DP, true, true, 0x8000003f},
		{2 | HPMD, DP, true, true, 0x80000003},
		{0 | HPMD, 0, true, true, 0},
		{9 | HPMD, 0, true, true, 0x3f},
		{6 | HCCD, 0, true, true, 0x80000000},
		{6 | HPMD | HCCD, 0, true, true, 0x8000003f},
		{6 | HPMD | HCCD, DP, true, false, 0x8000003f},
		{6 | HPMD | HCCD, 0, true, false, 0x3f},
		{6 | HPMD | HCCD, DP, false, false, 0},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(t); i++) {
		struct pmu_impl impl = {.counters = 6, .hpmd = t[i].hpmd, .hccd = t[i].hccd};

		g_assert_cmphex(pmu_prohibited(&impl, t[i].mdcr, t[i].pmcr), ==, t[i].mask);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pmu/types", test_types);
	g_test_add_func("/pmu/linux", test_linux);
	g_test_add_func("/pmu/hpmn", test_hpmn);
	g_test_add_func("/pmu/prohibited", test_prohibited);
	return g_test_run();
}
