/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of guests/beat: its pattern, and where it finds memory. */
#include <glib.h>

#include "pattern.h"
#include "ram.h"

static struct pattern filled(u64 *memory, u64 size)
{
	struct pattern p = {.base = (u64)memory, .size = size, .key = 7};

	pattern_fill(&p);
	return p;
}

static void test_pattern_whole(void)
{
	u64 memory[64] = {0};
	struct pattern p = filled(memory, sizeof(memory));

	pattern_check(&p, 3 * sizeof(memory) - 8);
	g_assert_cmpuint(p.bad, ==, 0);
	g_assert_cmpuint(p.passes, ==, 2);
	pattern_check(&p, 8);
	g_assert_cmpuint(p.passes, ==, 3);
	g_assert_cmpuint(p.next, ==, 0);
}

/* Any bit of any word is noticed, once, and it is said where. */
static void test_pattern_changed(void)
{
	u64 memory[64];
	struct pattern p = filled(memory, sizeof(memory));

	for (u32 i = 0; i < ARRAY_SIZE(memory); i++) {
		memory[i] ^= BIT(i);
		pattern_check(&p, 2 * sizeof(memory));
		g_assert_cmpuint(p.bad, ==, i + 1);
		g_assert_cmpuint(p.bad_address, ==, (u64)&memory[0]);
		g_assert_cmpuint(p.bad_found, ==, pattern_word(p.key, (u64)&memory[0]) ^ 1);
	}
	memory[3] = memory[2]; /* a word of the pattern, elsewhere */
	pattern_check(&p, sizeof(memory));
	g_assert_cmpuint(p.bad, ==, ARRAY_SIZE(memory) + 1);
}

static void test_pattern_slice(void)
{
	u64 memory[8];
	struct pattern p = filled(memory, sizeof(memory));

	memory[5]++;
	pattern_check(&p, 40);
	g_assert_cmpuint(p.bad, ==, 0);
	pattern_check(&p, 8);
	g_assert_cmpuint(p.bad, ==, 1);
}

static void test_ram(void)
{
	const struct mem_range mem[] = {
		{0x40000000, 8 * SZ_2M}, {0x80001000, 3 * SZ_2M}, {0x200000000, 16 * SZ_2M}};
	const struct mem_range used[] = {
		{0x40000000 + 5 * SZ_2M + 8, 16}, /* the middle of the first range */
		{0x40000000 + 2 * SZ_2M - 1, 1},  /* the last byte of a block */
		{0x40000000 + 7 * SZ_2M, 0},	  /* nothing */
		{0x200000000 - SZ_2M, 100 * SZ_2M},
	};

	g_assert_cmphex(ram_find(mem, 1, used, 0, 8 * SZ_2M), ==, 0x40000000);
	g_assert_cmphex(ram_find(mem, 1, used, 0, 8 * SZ_2M + 1), ==, 0);
	g_assert_cmphex(ram_find(mem, 1, used, 0, 1), ==, 0x40000000 + 7 * SZ_2M);
	g_assert_cmphex(ram_find(mem, 1, used, 3, 2 * SZ_2M), ==, 0x40000000 + 6 * SZ_2M);
	g_assert_cmphex(ram_find(mem, 1, used, 3, 2 * SZ_2M + 8), ==, 0x40000000 + 2 * SZ_2M);
	g_assert_cmphex(ram_find(mem, 1, used, 3, 4 * SZ_2M), ==, 0);
	/* Two whole blocks of the three, as it begins in the middle of one. */
	g_assert_cmphex(ram_find(mem + 1, 1, used, 0, 2 * SZ_2M), ==, 0x80000000 + SZ_2M);
	g_assert_cmphex(ram_find(mem + 1, 1, used, 0, 3 * SZ_2M), ==, 0);
	g_assert_cmphex(ram_find(mem, 3, used, 4, 9 * SZ_2M), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/beat/pattern/whole", test_pattern_whole);
	g_test_add_func("/beat/pattern/changed", test_pattern_changed);
	g_test_add_func("/beat/pattern/slice", test_pattern_slice);
	g_test_add_func("/beat/ram", test_ram);
	return g_test_run();
}
