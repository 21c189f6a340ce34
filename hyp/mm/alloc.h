/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve's page allocator, on the pool of the memory plan. EL2 virtual = physical, so a pointer's
 * value is the page's physical address. Locking: one spinlock, a leaf of the lock order.
 */
#ifndef NEVE_MM_ALLOC_H
#define NEVE_MM_ALLOC_H

#include "boot/machine.h"
#include "types.h"

#define ALLOC_MAX_ORDER 10 /* 4 MiB */

void alloc_init(struct mem_range pool);

/* One zeroed page; NULL when the pool is empty. */
void *alloc_page(void);
void free_page(void *page);

/* 2^order zeroed pages, aligned to their size; NULL when there is no such chunk. */
void *alloc_pages(unsigned int order);
void free_pages(void *pages, unsigned int order);

u64 alloc_free_count(void);  /* free pages */
u64 alloc_total_count(void); /* pages of the pool, less what the allocator itself uses */

static inline hpa_t virt_to_hpa(const void *p)
{
	return HPA((u64)(uintptr_t)p);
}

static inline void *hpa_to_virt(hpa_t pa)
{
	return (void *)(uintptr_t)pa.v;
}

#endif
