/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last traps of each CPU: a ring that only its CPU writes. Printed by a panic.
 */
#ifndef NEVE_VM_TRACE_H
#define NEVE_VM_TRACE_H

#include "vm/vcpu.h"

#define TRACE_ENTRIES 32 /* a power of two */

struct trace_entry {
	u64 esr; /* or TRACE_ASYNC | vector */
	u64 pc;
	u64 pstate;
	u64 context; /* enum vcpu_context | e2h << 1 */
};

#define TRACE_ASYNC BIT(63)

struct trace_ring {
	struct trace_entry e[TRACE_ENTRIES];
	u64 next;
};

extern struct trace_ring trace_rings[MAX_CPUS];

static inline void trace_add(const struct vcpu *v, u64 what)
{
	struct trace_ring *r = &trace_rings[v->id];
	struct trace_entry *e = &r->e[r->next++ % TRACE_ENTRIES];

	e->esr = what;
	e->pc = v->pc;
	e->pstate = v->pstate;
	e->context = v->context | (u64)v->e2h << 1;
}

static inline void trace_trap(const struct vcpu *v, u64 esr)
{
	trace_add(v, esr);
}

static inline void trace_async(const struct vcpu *v, unsigned vector)
{
	trace_add(v, TRACE_ASYNC | vector);
}

/* For panic_set_trap_printer(). */
void trace_print(void);

#endif
