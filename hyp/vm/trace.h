/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of traps besides the counters, by mode (include/neve/trace.h):
 *  - always, but with trace=none: the last traps of each CPU, which a panic prints;
 *  - trace=on: what each trap took, in memory that is read from outside.
 * Each mode has exception vectors of its own (cpu/vectors.S): what is off is not there.
 */
#ifndef NEVE_VM_TRACE_H
#define NEVE_VM_TRACE_H

#include <neve/trace.h>
#include "boot/machine.h"
#include "vm/trace_block.h"
#include "vm/vcpu.h"

/* Written by vectors.S. */
struct last_trap {
	u64 pc;
	u64 pstate;
	u64 what; /* ESR_EL2, or the index of the vector (below 16) */
	u64 lr;	  /* the guest's x30 */
};

#define LAST_TRAPS 32

struct last_traps {
	struct last_trap e[LAST_TRAPS];
} __attribute__((aligned(2 * LAST_TRAPS_SIZE)));

_Static_assert(LAST_TRAPS * sizeof(struct last_trap) == LAST_TRAPS_SIZE, "vectors.S");

/* At boot, before any vCPU; fatal() when there is no memory. */
void trace_init(const struct machine *m, const char *nested_mode);
void trace_add_vcpu(struct vcpu *v);

/*
 * Changes the mode of all CPUs; the caller runs on v's. Other CPUs follow a moment later. False:
 * no memory for it, nothing has changed.
 */
bool trace_switch(struct vcpu *v, enum neve_trace_mode mode);

/* The calling CPU takes on the mode; at its start, and when another CPU says so by GIC_TRACE_SGI.
 */
void trace_follow(struct vcpu *v);

/* What readers from outside look for. */
const struct neve_trace_header *trace_header_get(void);

/* From vectors.S, before exit_sync() and exit_async(). */
void trace_sync(struct vcpu *v, u64 esr);
void trace_async(struct vcpu *v, unsigned vector);

/* For panic_set_trap_printer(). */
void trace_print(void);

#endif
