/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of a payload. An exception that nobody expects is printed with its registers and ends
 * the run; one that is expected is recorded and its instruction skipped. Included by assembly.
 */
#ifndef GUEST_EXCEPTION_H
#define GUEST_EXCEPTION_H

/* Offsets in struct regs */
#define REGS_LR	    240
#define REGS_PSTATE 256
#define REGS_SIZE   272

/* Entry of the vector table: from the current EL with SP_ELx */
#define EXC_SYNC 4
#define EXC_IRQ	 5

#ifndef __ASSEMBLER__
#include "cpu.h"
#include "types.h"

struct regs {
	u64 x[31];
	u64 pc;
	u64 pstate;
	u64 sp;
};

_Static_assert(sizeof(struct regs) == REGS_SIZE, "vectors.S");
_Static_assert(offsetof(struct regs, pstate) == REGS_PSTATE, "vectors.S");
_Static_assert(offsetof(struct regs, x[30]) == REGS_LR, "vectors.S");

struct exception_record {
	bool taken;
	u64 esr, elr, far;
};

/*
 * Between begin and end, the first synchronous exception of this CPU is written to *rec and its
 * instruction skipped; a second one ends the run as usual. `end` returns rec->taken.
 */
static inline void exception_catch_begin(struct exception_record *rec)
{
	*rec = (struct exception_record){0};
	asm volatile("" ::: "memory");
	this_cpu()->catch = rec;
	asm volatile("" ::: "memory");
}

static inline bool exception_catch_end(const struct exception_record *rec)
{
	asm volatile("" ::: "memory");
	this_cpu()->catch = NULL;
	return *(const volatile bool *)&rec->taken;
}

/*
 * Ends the run: one line on the console, payload_abort(), power off. The message says what was
 * found, what was expected and what to do.
 */
void fatal(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The payload's own last words in its own format; called once, on the CPU that failed. */
void payload_abort(const char *why);

#endif
#endif
