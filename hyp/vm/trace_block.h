/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one CPU records of its traps while tracing is on: statistics by level and cause, and a ring
 * of the last ones. Its layout up to the ring is include/neve/trace.h's. Pure.
 *
 * Written by its own CPU alone, read by anybody at any time, never locked.
 */
#ifndef NEVE_VM_TRACE_BLOCK_H
#define NEVE_VM_TRACE_BLOCK_H

#include <neve/trace.h>
#include "types.h"
#include "vm/counters.h"

#define TRACE_ENTRIES 2048 /* a power of two */

struct trace_block {
	struct neve_trace_cpu head;
	struct neve_trace_stat stat[LEVEL_COUNT][CAUSE_COUNT];
	struct neve_trace_entry ring[TRACE_ENTRIES];
	/* neve's own from here on: for NEVE_COUNTERS_LATCH, under the VM's counters lock */
	u64 sum_base[LEVEL_COUNT][CAUSE_COUNT], sum_latched[LEVEL_COUNT][CAUSE_COUNT];
	bool open; /* ring[head.next] is a trap that has begun */
};

/* A trap begins; the caller leaves e->ticks alone. */
void trace_block_begin(struct trace_block *b, const struct neve_trace_entry *e);

/*
 * The trap that has begun, if any, ended at `out`, of which tracing took `own`: ticks. Now it is to
 * be seen.
 */
void trace_block_end(struct trace_block *b, u64 out, u64 own);

#endif
