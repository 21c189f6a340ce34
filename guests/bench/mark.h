/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves marks in QEMU's log of exceptions; see neve/mark.h. */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#include "neve/mark.h"

/* `kind` is a constant: it is the instruction's immediate. exception_entry() only returns. */
#define mark(kind) asm volatile("svc %0" ::"i"(kind) : "memory")

#endif
