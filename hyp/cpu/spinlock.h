/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spinlock, first come or not: whoever finds it free has it. A queue would be fairer, and there a
 * CPU that is not running holds up all behind it: under QEMU, where CPUs are threads and often more
 * than the host has, each handover then waited for the host's scheduler (tests/host/cpu). Critical
 * sections are short and there are no more CPUs than MAX_CPUS, so on CPUs that do run nobody waits
 * long.
 *
 * neve runs with interrupts masked at EL2, so a lock needs no interrupt state; it is never held
 * across an exception return. Locks do not nest with themselves.
 *
 * Lock order. Take only to the right of what you hold:
 *
 *	vm, leaving  ->  stage 2 (guest, shadow, reverse map)  ->  its  ->  vgic  ->
 *	physical GIC  ->  EL2 tables  ->  page allocator  ->  console
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
	u32 held;
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
	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
		/* reading leaves the holder its cache line */
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED))
			spin_relax();
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

/* Someone holds the lock (for assertions and the panic path only). */
static inline bool spin_is_locked(struct spinlock *l)
{
	return __atomic_load_n(&l->held, __ATOMIC_RELAXED);
}

#endif
