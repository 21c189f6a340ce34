/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve's console: a PL011, written by polling. The guest drives the same UART later, so neve never
 * changes its set-up; it only writes characters. Lines begin with "neve: ".
 *
 * Locking: one spinlock, a leaf of the lock order; any context may log, also exception handlers.
 * Before console_init the text is dropped.
 */
#ifndef NEVE_CPU_CONSOLE_H
#define NEVE_CPU_CONSOLE_H

#include <stdarg.h>
#include "types.h"

enum log_level {
	LOG_ERR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

#define LOG_DEFAULT LOG_INFO

/* uart: the PL011's registers, mapped as Device memory at their physical address. */
void console_init(hpa_t uart);
void console_set_level(enum log_level level);

/* One line: prefix, text, newline; at most 256 characters, the rest is cut. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_vline(enum log_level level, const char *fmt, va_list ap);

/* "vmN: ", text, newline: a line that a VM has printed. */
void console_vm_line(unsigned vm, const char *text);

#define log_err(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* From a panic on: no lock is taken any more, since its owner may be the one that died. */
void console_panic_mode(void);

/*
 * For bad input and unfit machines: one line that says what was found, what was expected and what
 * to do (for QEMU: which option), then the machine is turned off.
 */
void fatal(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
