/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small formatter: %d %i %u %x %c %s %p %% with l, ll, z and a width with '0' or '-', and a
 * precision (also .*) for %s. An unknown conversion is printed as it stands. Returns the length
 * that the whole text needs; writes at most size bytes, the terminating NUL included (none if size
 * is 0).
 */
#ifndef NEVE_LIB_PRINTF_H
#define NEVE_LIB_PRINTF_H

#include <stdarg.h>
#include "types.h"

size_t fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
size_t fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
