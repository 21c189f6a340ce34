/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pure parts of the boot say to the person at the console: at most one error, which ends
 * the boot, and a few warnings. Each text is one line without prefix and newline, and says what was
 * found, what was expected and what to do. The caller owns the structure and prints it.
 */
#ifndef NEVE_BOOT_REPORT_H
#define NEVE_BOOT_REPORT_H

#include "types.h"

#define REPORT_TEXT	240
#define REPORT_WARNINGS 4

struct boot_report {
	char error[REPORT_TEXT]; /* empty: none */
	char warnings[REPORT_WARNINGS][REPORT_TEXT];
	unsigned int nr_warnings;
};

/* Keeps the first error only: what follows it is mostly its consequence. Always returns false. */
bool report_error(struct boot_report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* More than REPORT_WARNINGS: the last slot says so. */
void report_warning(struct boot_report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
