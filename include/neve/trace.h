/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace of a running neve, as it lies in memory: for a reader outside the machine (QEMU's
 * monitor, a debug port). Little endian; addresses are physical; what is not said is unsigned.
 *
 * To find it: neve's arm64 Image lies at a multiple of 2 MiB ("ARM\x64" at 0x38 of it). At
 * NEVE_TRACE_ID_OFFSET of it is a struct neve_trace_id. The hypercall NEVE_TRACE answers the same.
 *
 * Nothing here is ever locked. Only CPU n writes the block of CPU n, and it never waits for a
 * reader:
 *  - a counter or a statistic is whole at any time (8 bytes, aligned), but the fields of one are
 * not of the same moment;
 *  - to read a ring: read `next` (call it A), the entries, and `next` again (B). The entries with
 *    the numbers from B - entries + 1 (at least 0) to A - 1 are good; number n is at n % entries.
 *
 * A trap is recorded when the next one on its CPU begins: what it took is known then.
 */
#ifndef NEVE_TRACE_LAYOUT_H
#define NEVE_TRACE_LAYOUT_H

#define NEVE_TRACE_MAGIC     0x454341525456454e /* "NEVTRACE" in memory */
#define NEVE_TRACE_VERSION   1
#define NEVE_TRACE_ID_OFFSET 0x40

#ifndef __ASSEMBLER__
#include <stdint.h>

struct neve_trace_id {
	uint64_t magic;
	int64_t header; /* where the header is, as an offset from this field */
};

enum neve_trace_mode {
	NEVE_TRACE_OFF,	 /* the counters, and a small ring for a panic */
	NEVE_TRACE_ON,	 /* and what is described here */
	NEVE_TRACE_NONE, /* not even the small ring */
};

#define NEVE_TRACE_CPUS	  8
#define NEVE_TRACE_NAME	  32 /* bytes of a name, padded with 0 */
#define NEVE_TRACE_LEVELS 2  /* index 0 is L1, 1 is L2 */

struct neve_trace_header {
	uint64_t magic;
	uint32_t version;
	uint32_t size; /* of this structure */
	uint64_t self; /* its own address; another value: a copy of the Image, which never ran */
	uint64_t frequency; /* of a tick (CNTPCT_EL0), Hz */
	uint64_t start;	    /* in ticks: when the first guest started */
	uint32_t mode;	    /* now; enum neve_trace_mode */
	uint32_t cpus;
	uint32_t causes;      /* see NEVE_COUNTERS_NEXT in hypercall.h */
	uint32_t entries;     /* of a ring, a power of two */
	uint64_t names;	      /* [causes][NEVE_TRACE_NAME] of ASCII; 0: there was no memory */
	char nested_mode[16]; /* "nv2": see docs/design.md */
	struct {
		uint64_t counts; /* uint64_t [NEVE_TRACE_LEVELS][causes], always counting */
		uint64_t block;	 /* struct neve_trace_cpu; 0 until tracing was on once */
	} cpu[NEVE_TRACE_CPUS];
};

/*
 * Traps of one cause from one level, while tracing was on. Ticks are those spent in neve, from the
 * exception to the return, less what tracing itself takes.
 */
struct neve_trace_stat {
	uint64_t count;
	uint64_t sum, min, max; /* ticks; min is meaningless while count is 0 */
};

struct neve_trace_entry {
	uint64_t start; /* in ticks: when the exception was taken */
	uint32_t ticks; /* spent in neve; UINT32_MAX: at least that */
	uint16_t cause;
	uint8_t level; /* 1, 2 */
	uint8_t flags;
	uint64_t pc;	 /* of the guest, the preferred return address */
	uint64_t esr;	 /* ESR_EL2; 0 for an interrupt */
	uint64_t pstate; /* of the guest, with real exception levels */
	uint64_t far;	 /* FAR_EL2 of an abort, else 0 */
	/*
	 * x0 of an HVC or SMC; the value of a system register write; the faulting address of an
	 * abort as stage 2 sees it (HPFAR_EL2); else 0
	 */
	uint64_t arg;
	uint64_t vttbr; /* L2: L1's VTTBR_EL2, which says which VM it is */
};

#define NEVE_TRACE_VEL2 1 /* flags: at vEL2 or vEL0 of its host regime */
#define NEVE_TRACE_E2H	2 /* flags: vEL2's HCR_EL2.E2H */

/* Of a CPU; the statistics [NEVE_TRACE_LEVELS][causes] follow, then the ring. */
struct neve_trace_cpu {
	uint64_t next; /* number of the next entry; the first was 0 */
	uint64_t last; /* in ticks: when the last recorded trap ended */
	uint64_t reserved[6];
};

#endif
#endif
