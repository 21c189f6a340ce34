/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The micro-benchmark payload. To add an operation: write its functions in a file of ops_*.c, name
 * it below and in bench_ops[] (ops.c); docs/measuring.md shows one. One sample is one call of
 * `body`.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "types.h"

#define BENCH_PREFIX	     "neve-bench: "
#define BENCH_MAX_ITERATIONS 16384

/* `prepare` traps itself, so traps are counted around each body instead of around the loop. */
#define OP_PREPARE_TRAPS 1u
/* The body, or who it speaks to, ends the interval of which traps are counted: bench_interval. */
#define OP_ENDS_INTERVAL 2u
/* A test, or needs a machine made for it: not among "all operations", only by its name in ops=. */
#define OP_NAMED_ONLY 4u

struct bench_op {
	const char *name;
	u32 flags;
	u32 min_cpus;
	void (*setup)(void);   /* once, before the warm-up; interrupts are on from here on */
	void (*prepare)(void); /* before each sample, not measured */
	void (*body)(void);    /* measured */
	/* Ticks of the last sample, if they are not those from before to after the body. */
	u64 (*ticks)(void);
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

/* What the current interval must end with: a latch of neve's counters, MARK_END. */
struct bench_interval {
	bool latched, marked;
};

extern struct bench_interval bench_interval;

/*
 * For setup, prepare and body: this operation cannot go on. `why` is a literal and is reported; the
 * first one counts.
 */
void bench_fail(const char *why);

/* What the operation works on, reported as "on"; copied. */
void bench_describe(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Limit of a wait: on a busy host and without -icount an interrupt may take more than a second. */
#define BENCH_WAIT_S 10

/* Waits until *word == val (acquire); true, or after BENCH_WAIT_S false and bench_fail(why). */
bool bench_wait(const u32 *word, u32 val, const char *why);

/* For prepare: lets settle_us pass, so that whatever runs on other CPUs falls asleep. */
void bench_settle(void);

/* Starts CPU 1 if it is not on, and leaves it in WFI with interrupts on; false: failed. */
bool bench_sleep_cpu1(void);

/*
 * With partner=1 in bootargs, this is the other VM of context-switch: returns only why it cannot be
 * that. NULL without.
 */
const char *bench_partner(void);

/* ops_exit.c */
extern const struct bench_op op_hypercall, op_device_io, op_intc_trap;
/* ops_irq.c */
extern const struct bench_op op_virtual_eoi, op_timer;
/* ops_ipi.c */
extern const struct bench_op op_virtual_ipi, op_virtual_ipi_idle;
/* ops_io.c */
extern const struct bench_op op_io_latency_out, op_io_latency_in, op_io_round_trip;
/* ops_page.c */
extern const struct bench_op op_page_fault, op_page_fault_present;
/* ops_storm.c */
extern const struct bench_op op_ipi_storm;
/* ops_switch.c */
extern const struct bench_op op_context_switch;

#endif
