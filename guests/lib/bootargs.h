/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a payload: words "name=value" in the device tree's bootargs. Pure. */
#ifndef GUEST_BOOTARGS_H
#define GUEST_BOOTARGS_H

#include "types.h"

/* The value of the last `name=` in args, with its length in *len; NULL if there is none. */
const char *bootargs_find(const char *args, const char *name, size_t *len);

/*
 * A decimal number from min to max. True: *val is it, or untouched because the option is absent.
 * False: the value is something else.
 */
bool bootargs_number(const char *args, const char *name, u64 min, u64 max, u64 *val);

/* Is `item` one of the comma-separated words of list? */
bool bootargs_list_has(const char *list, size_t len, const char *item);

#endif
