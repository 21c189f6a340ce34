/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A buddy allocator. One byte of state a page, at the start of the pool; a free chunk holds its
 * list node in its own first page. Chunks are aligned by address, not by their place in the pool.
 */
#include "mm/alloc.h"

#include <string.h>
#include "cpu/panic.h"
#include "cpu/spinlock.h"

struct free_chunk {
	struct free_chunk *next, *prev;
};

/* State of a page: order and one of these for the first page of a chunk, 0 inside one */
#define CHUNK_FREE 0x40
#define CHUNK_USED 0x80

static struct {
	struct spinlock lock;
	u64 first, end; /* page numbers that may be handed out: [first, end) */
	u8 *state;	/* of page number `first` + i */
	struct free_chunk *list[ALLOC_MAX_ORDER + 1];
	u64 nr_free;
} pool;

static u64 page_number(const void *p)
{
	return (u64)(uintptr_t)p >> PAGE_SHIFT;
}

static void *page_ptr(u64 number)
{
	return (void *)(uintptr_t)(number << PAGE_SHIFT);
}

static u8 *state_of(u64 number)
{
	return &pool.state[number - pool.first];
}

static void list_add(u64 number, unsigned int order)
{
	struct free_chunk *c = page_ptr(number);

	c->prev = NULL;
	c->next = pool.list[order];
	if (c->next)
		c->next->prev = c;
	pool.list[order] = c;
	*state_of(number) = (u8)(CHUNK_FREE | order);
}

static void list_del(u64 number, unsigned int order)
{
	struct free_chunk *c = page_ptr(number);

	if (c->prev)
		c->prev->next = c->next;
	else
		pool.list[order] = c->next;
	if (c->next)
		c->next->prev = c->prev;
	*state_of(number) = 0;
}

/* Puts a chunk back, merged with its free neighbours as far as possible. */
static void give_back(u64 number, unsigned int order)
{
	pool.nr_free += UINT64_C(1) << order;
	while (order < ALLOC_MAX_ORDER) {
		u64 buddy = number ^ (UINT64_C(1) << order);

		if (buddy < pool.first || buddy + (UINT64_C(1) << order) > pool.end ||
		    *state_of(buddy) != (CHUNK_FREE | order))
			break;
		list_del(buddy, order);
		number &= ~(UINT64_C(1) << order);
		order++;
	}
	list_add(number, order);
}

void alloc_init(struct mem_range r)
{
	u64 start = ALIGN_UP(r.base.v, PAGE_SIZE) >> PAGE_SHIFT;
	u64 end = (r.base.v + r.size) >> PAGE_SHIFT;
	u64 pages = end - start;
	u64 state_pages = ALIGN_UP(pages, PAGE_SIZE) >> PAGE_SHIFT;

	BUG_ON(end <= start || pages <= state_pages);
	memset(&pool, 0, sizeof(pool));
	pool.state = page_ptr(start);
	pool.first = start + state_pages;
	pool.end = end;
	memset(pool.state, 0, state_pages << PAGE_SHIFT);
	for (u64 n = pool.first; n < end;) {
		unsigned int order = ALLOC_MAX_ORDER;

		while ((n & ((UINT64_C(1) << order) - 1)) || n + (UINT64_C(1) << order) > end)
			order--;
		pool.nr_free += UINT64_C(1) << order;
		list_add(n, order);
		n += UINT64_C(1) << order;
	}
}

void *alloc_pages(unsigned int order)
{
	unsigned int from = order;
	void *p = NULL;

	if (order > ALLOC_MAX_ORDER)
		return NULL;
	spin_lock(&pool.lock);
	while (from <= ALLOC_MAX_ORDER && !pool.list[from])
		from++;
	if (from <= ALLOC_MAX_ORDER) {
		u64 number = page_number(pool.list[from]);

		list_del(number, from);
		while (from > order) {
			from--;
			list_add(number + (UINT64_C(1) << from), from);
		}
		*state_of(number) = (u8)(CHUNK_USED | order);
		pool.nr_free -= UINT64_C(1) << order;
		p = page_ptr(number);
	}
	spin_unlock(&pool.lock);
	if (p)
		memset(p, 0, PAGE_SIZE << order);
	return p;
}

void free_pages(void *pages, unsigned int order)
{
	u64 number = page_number(pages);

	spin_lock(&pool.lock);
	/* also catches what was freed before, and what never came from here */
	BUG_ON(number < pool.first || number >= pool.end ||
	       *state_of(number) != (CHUNK_USED | order));
	*state_of(number) = 0;
	give_back(number, order);
	spin_unlock(&pool.lock);
}

void *alloc_page(void)
{
	return alloc_pages(0);
}

void free_page(void *page)
{
	free_pages(page, 0);
}

u64 alloc_free_count(void)
{
	return __atomic_load_n(&pool.nr_free, __ATOMIC_RELAXED);
}

u64 alloc_total_count(void)
{
	return pool.end - pool.first;
}
