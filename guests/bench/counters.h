/* SPDX-License-Identifier: Apache-2.0 */
/* neve's trap counters, by its hypercalls (include/neve/hypercall.h). */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include "trapset.h"
#include "types.h"

/*
 * Looks for neve and measures what a latch itself costs. NULL, or why there are no counters: nobody
 * answers when neve is not below, or was booted without l2-counters=on.
 */
const char *counters_init(void);

/*
 * Lets neve time its traps (the trapsets' `spent`), until counters_trace_end(). NULL, or why not.
 * After counters_init().
 */
const char *counters_trace(void);
void counters_trace_end(void);

/* Ends one interval and begins the next. Nothing to allocate, nothing to read: safe in a loop. */
void counters_latch(void);

/* Adds the interval that the last latch ended to *set, less the trap of that latch. */
void counters_collect(struct trapset *set);

/* The name of a cause, made safe for JSON. */
#define COUNTERS_NAME_SIZE 33
void counters_name(u32 cause, char name[COUNTERS_NAME_SIZE]);

#endif
