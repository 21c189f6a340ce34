/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The micro-benchmark payload. To add an operation: write its functions in a file of ops_*.c, name
 * it in bench_ops[] (ops.c). One sample is one call of `body`.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "types.h"

#define BENCH_PREFIX	     "neve-bench: "
#define BENCH_MAX_ITERATIONS 16384

/* `prepare` traps itself, so traps are counted around each body instead of around the loop. */
#define OP_PREPARE_TRAPS 1u

struct bench_op {
	const char *name;
	u32 flags;
	u32 min_cpus;
	void (*setup)(void);	/* once, before the warm-up; interrupts are on from here on */
	void (*prepare)(void);	/* before each sample, not measured */
	void (*body)(void);	/* measured */
	void (*teardown)(void); /* once, also after a failure */
};

extern const struct bench_op *const bench_ops[];
extern const u32 nr_bench_ops;

struct bench_options {
	u64 iterations; /* samples of each operation */
	u64 warmup;	/* samples thrown away before */
	u64 settle_us;	/* how long the other CPU has to fall asleep, virtual-ipi-idle */
	u64 limit_s;	/* of one operation, as the counter counts */
	bool counters;	/* use neve's trap counters */
	bool trace;	/* let neve time its traps; with counters */
	bool marks;	/* mark the intervals for QEMU's log of exceptions */
};

extern struct bench_options bench_options;

/*
 * For setup, prepare and body: this operation cannot go on. `why` is a literal and is reported; the
 * first one counts.
 */
void bench_fail(const char *why);

/* What the operation works on, reported as "on"; copied. */
void bench_describe(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Waits until *word == val (acquire); true, or false and bench_fail(why) after a second. */
bool bench_wait(const u32 *word, u32 val, const char *why);

/* The operations, by file */
extern const struct bench_op op_hypercall, op_device_io, op_intc_trap; /* ops_exit.c */
extern const struct bench_op op_virtual_eoi, op_timer;		       /* ops_irq.c */
extern const struct bench_op op_virtual_ipi, op_virtual_ipi_idle;      /* ops_ipi.c */

#endif
