/* SPDX-License-Identifier: Apache-2.0 */
/* The page allocator, on a pool in the test's own memory. */
#include "mm/alloc.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "cpu/panic.h"

#define POOL_PAGES 3000 /* no power of two: chunks at the end are smaller */

static jmp_buf panicked;
static u8 *pool;

void panic_regs(const struct el2_regs *regs, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	g_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	g_test_message("panic (regs %p): %s", (const void *)regs, text);
	longjmp(panicked, 1);
}

static void reset(unsigned int first_page)
{
	memset(pool, 0xcc, POOL_PAGES * PAGE_SIZE);
	alloc_init((struct mem_range){virt_to_hpa(pool + first_page * PAGE_SIZE),
				      (POOL_PAGES - first_page) * PAGE_SIZE});
}

static bool in_pool(const u8 *p, u64 size)
{
	return p >= pool && p + size <= pool + POOL_PAGES * PAGE_SIZE;
}

static bool all(const u8 *p, u64 size, u8 val)
{
	for (u64 i = 0; i < size; i++) {
		if (p[i] != val)
			return false;
	}
	return true;
}

static void test_all_pages(void)
{
	u64 total, n = 0;
	void *pages[POOL_PAGES];

	reset(1);
	total = alloc_total_count();
	g_assert_cmpuint(total, ==, POOL_PAGES - 2); /* one page of state for 2999 */
	g_assert_cmpuint(alloc_free_count(), ==, total);
	while ((pages[n] = alloc_page())) {
		g_assert_true(in_pool(pages[n], PAGE_SIZE));
		g_assert_true(all(pages[n], PAGE_SIZE, 0));
		memset(pages[n], 0xaa, PAGE_SIZE);
		n++;
	}
	g_assert_cmpuint(n, ==, total);
	g_assert_cmpuint(alloc_free_count(), ==, 0);
	g_assert_null(alloc_pages(3));
	/* nobody's page has been given to another one */
	for (u64 i = 0; i < n; i++) {
		g_assert_true(all(pages[i], PAGE_SIZE, 0xaa));
		memset(pages[i], 0, PAGE_SIZE);
	}
	for (u64 i = 0; i < n; i++)
		free_page(pages[(i * 7) % n]);
	g_assert_cmpuint(alloc_free_count(), ==, total);
	/* all merged again: the largest chunks are there */
	g_assert_nonnull(alloc_pages(ALLOC_MAX_ORDER));
}

static void test_orders(void)
{
	reset(0);
	for (unsigned int order = 0; order <= ALLOC_MAX_ORDER; order++) {
		u64 size = PAGE_SIZE << order, before = alloc_free_count();
		u8 *p = alloc_pages(order);

		g_assert_nonnull(p);
		g_assert_true(in_pool(p, size));
		g_assert_true(IS_ALIGNED((u64)(uintptr_t)p, size));
		g_assert_true(all(p, size, 0));
		g_assert_cmpuint(alloc_free_count(), ==, before - (UINT64_C(1) << order));
		memset(p, 0x11, size);
		free_pages(p, order);
		g_assert_cmpuint(alloc_free_count(), ==, before);
	}
	g_assert_null(alloc_pages(ALLOC_MAX_ORDER + 1));
	g_assert_null(alloc_pages(~0u));
}

static void test_random(void)
{
	struct {
		u8 *p;
		unsigned int order;
		u8 val;
	} held[200] = {{0}};
	GRand *rand = g_rand_new_with_seed(4);
	u64 total;

	reset(7);
	total = alloc_free_count();
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int k = (unsigned int)g_rand_int_range(rand, 0, G_N_ELEMENTS(held));
		u64 size = PAGE_SIZE << held[k].order;

		if (held[k].p) {
			g_assert_true(all(held[k].p, 16, held[k].val) &&
				      all(held[k].p + size - 16, 16, held[k].val));
			free_pages(held[k].p, held[k].order);
			held[k].p = NULL;
			continue;
		}
		held[k].order = (unsigned int)g_rand_int_range(rand, 0, 7);
		held[k].val = (u8)g_rand_int(rand);
		held[k].p = alloc_pages(held[k].order);
		if (held[k].p)
			memset(held[k].p, held[k].val, PAGE_SIZE << held[k].order);
	}
	for (size_t k = 0; k < G_N_ELEMENTS(held); k++) {
		if (held[k].p)
			free_pages(held[k].p, held[k].order);
	}
	g_assert_cmpuint(alloc_free_count(), ==, total);
	g_rand_free(rand);
}

static bool panics_on_free(void *p, unsigned int order)
{
	if (setjmp(panicked))
		return true;
	free_pages(p, order);
	return false;
}

static void test_misuse(void)
{
	u8 *p;

	reset(0);
	p = alloc_pages(2);
	g_assert_true(panics_on_free(p, 1)); /* not as it was allocated */
	reset(0);
	p = alloc_pages(2);
	g_assert_true(panics_on_free(p + PAGE_SIZE, 0)); /* from the middle */
	reset(0);
	p = alloc_page();
	free_page(p);
	g_assert_true(panics_on_free(p, 0)); /* twice */
	reset(0);
	g_assert_true(panics_on_free(pool + POOL_PAGES * PAGE_SIZE, 0)); /* foreign */
	reset(0);
	g_assert_true(panics_on_free(pool, 0)); /* the allocator's own state */
	reset(0);
	g_assert_false(panics_on_free(alloc_page(), 0));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pool = aligned_alloc(PAGE_SIZE << ALLOC_MAX_ORDER, (PAGE_SIZE << ALLOC_MAX_ORDER) * 3);
	g_assert_nonnull(pool);
	g_test_add_func("/alloc/all-pages", test_all_pages);
	g_test_add_func("/alloc/orders", test_orders);
	g_test_add_func("/alloc/random", test_random);
	g_test_add_func("/alloc/misuse", test_misuse);
	return g_test_run();
}
