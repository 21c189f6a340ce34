/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For bugs of neve only: guests' mistakes become exceptions in the guest, bad input ends in
 * fatal().
 */
#ifndef NEVE_CPU_PANIC_H
#define NEVE_CPU_PANIC_H

#include "types.h"

/* What the same-EL vectors save. The layout is known to assembly: see the asserts in panic.c. */
struct el2_regs {
	u64 x[31];
	u64 sp;
	u64 elr;  /* ELR_EL2 */
	u64 spsr; /* SPSR_EL2 */
	u64 esr;  /* ESR_EL2 */
	u64 far;  /* FAR_EL2 */
};

/*
 * Prints the text and the registers (regs may be NULL), calls the trap-ring printer, and turns the
 * machine off. The first CPU that panics does this; any other one stops in WFI.
 */
void panic_regs(const struct el2_regs *regs, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#define panic(...) panic_regs(NULL, __VA_ARGS__)

/* print_traps(): logs the last traps of all CPUs by log_err; it must take no lock. */
void panic_set_trap_printer(void (*print_traps)(void));

#define BUG_ON(x)                                                                                  \
	do {                                                                                       \
		if (__builtin_expect(!!(x), 0))                                                    \
			panic("bug: %s at %s:%d", #x, __FILE__, __LINE__);                         \
	} while (0)

#endif
