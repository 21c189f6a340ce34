/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping of the boot CPU until its virtual timer, for operations that do not measure that timer.
 */
#ifndef BENCH_SLEEP_H
#define BENCH_SLEEP_H

#include "types.h"

/* For setup and teardown of an operation. NULL, or why not. */
const char *sleep_start(void);
void sleep_stop(void);

/*
 * Sleep has two halves, so that something can stand between them: the timer, set for so many ticks
 * from now, and WFI until it comes. Interrupts are masked in between and on afterwards.
 */
void sleep_arm(u64 ticks);
void sleep_wait(void);

#endif
