/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text output on the PL011 of `machine`; silent without one. Buffered up to the end of a line,
 * because in a nested VM each access to the UART costs hundreds of thousands of instructions. For
 * one CPU at a time: the boot CPU, or the one that failed.
 */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include "types.h"

void console_init(void);
void console_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_flush(void);

#endif
