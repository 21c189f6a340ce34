/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket spinlocks. neve runs with interrupts masked at EL2, so a lock holder is never preempted.
 *
 * Lock order, outermost first; a CPU that holds a lock takes only locks further down:
 *   1. a VM's lock (vm/)        2. a VM's shadow stage 2 (nested/)   3. a vCPU's vGIC lock (irq/)
 *   4. EL2 tables (mm/el2map)   5. page allocator (mm/alloc)         6. console (cpu/console)
 */
#ifndef NEVE_LIB_SPINLOCK_H
#define NEVE_LIB_SPINLOCK_H

#include "types.h"

struct spinlock {
	u32 next;  /* ticket that the next comer draws */
	u32 owner; /* ticket that is being served */
};

static inline void spin_lock(struct spinlock *l)
{
	u32 ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket) {
#ifdef __aarch64__
		__asm__ volatile("yield");
#endif
	}
}

static inline void spin_unlock(struct spinlock *l)
{
	/* only the owner writes l->owner */
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

#endif
