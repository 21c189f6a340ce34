/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket spinlock: fair, so every wait is bounded by the critical sections ahead of it.
 *
 * neve runs with interrupts masked at EL2, so a lock needs no interrupt state; it is never held
 * across an exception return. Locks do not nest with themselves.
 *
 * Lock order. Take only to the right of what you hold:
 *
 *	vm  ->  stage 2 (guest, shadow, reverse map)  ->  its  ->  vgic  ->  physical GIC  ->
 *	EL2 tables  ->  page allocator  ->  console
 *
 * The vgic calls its write-through operations (which may take the physical GIC's lock) with its
 * own lock held, and kick() without.
 *
 * Only compiler atomics and no state of its own: host tests use the same code with threads.
 */
#ifndef NEVE_CPU_SPINLOCK_H
#define NEVE_CPU_SPINLOCK_H

#include "types.h"

/* All zero: unlocked. */
struct spinlock {
	u32 next;  /* the ticket that the next comer draws */
	u32 owner; /* the ticket that may proceed */
};

static inline void spin_relax(void)
{
#ifdef __aarch64__
	__asm__ volatile("yield" ::: "memory");
#else
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline void spin_lock(struct spinlock *l)
{
	u32 ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket)
		spin_relax();
}

static inline void spin_unlock(struct spinlock *l)
{
	/* only the holder writes owner, so it may read it without ordering */
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

/* Someone holds the lock (for assertions and the panic path only). */
static inline bool spin_is_locked(struct spinlock *l)
{
	return __atomic_load_n(&l->owner, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&l->next, __ATOMIC_RELAXED);
}

#endif
