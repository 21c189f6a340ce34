/* SPDX-License-Identifier: Apache-2.0 */
/* The part of <stdlib.h> that libfdt uses, for the freestanding build (lib/string.c). */
#ifndef NEVE_LIBC_STDLIB_H
#define NEVE_LIBC_STDLIB_H

unsigned long strtoul(const char *restrict s, char **restrict end, int base);

#endif
