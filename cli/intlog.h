/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traps counted from outside: QEMU's log of exceptions (-d int), read as a stream, and the marks
 * that the payload leaves in it (neve/mark.h). Works for every host hypervisor. Only with -icount,
 * where one CPU runs at a time, are the lines of an exception together. Pure: bytes in, counts out.
 *
 * A trap is an exception taken to EL2 from below, out of a VM. Where the host hypervisor is a
 * kernel at EL2 (KVM with VHE), its own programs are below EL2 as well. What tells them apart is
 * the vector table: KVM has one for its guests, and whatever comes from EL1 came through that one.
 */
#ifndef CLI_INTLOG_H
#define CLI_INTLOG_H

#include "vm/counters.h"

#include <glib.h>

/* Who caused the trap: the payload itself, or anything else at EL1 and EL0. */
enum intlog_level { INTLOG_OTHER, INTLOG_PAYLOAD, INTLOG_LEVELS };

struct intlog_counts {
	guint64 count[INTLOG_LEVELS][CAUSE_COUNT];
};

/*
 * Traps of another CPU while neve latched its counters at an end of an interval, or that it was
 * just taking then: neve may count them. Each once.
 */
struct intlog_beside {
	struct intlog_counts traps;
	guint64 latches, disturbed; /* all, and those with such a trap */
};

/* One operation. */
struct intlog_op {
	gboolean has_loop; /* else its traps are those of the samples */
	struct intlog_counts loop;
	struct intlog_counts samples;
	GArray *totals; /* guint64: the traps of each sample */
	/* Not among the above. */
	struct intlog_beside loop_beside, samples_beside;
};

struct intlog;

struct intlog *intlog_new(void);
void intlog_free(struct intlog *log);

/* Takes the next @len bytes of the log. */
void intlog_feed(struct intlog *log, const char *data, gsize len);

/* The operations in the order of the run, struct intlog_op; the log owns them. */
const GPtrArray *intlog_ops(const struct intlog *log);

/* The counts that stand for the operation: the loop's, or the samples'. */
const struct intlog_counts *intlog_op_counts(const struct intlog_op *op);
const struct intlog_beside *intlog_op_beside(const struct intlog_op *op);

guint64 intlog_total(const struct intlog_counts *counts);

#endif
