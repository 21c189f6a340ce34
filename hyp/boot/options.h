/* SPDX-License-Identifier: Apache-2.0 */
/* neve's own options, as words of /chosen/bootargs. Pure. */
#ifndef NEVE_BOOT_OPTIONS_H
#define NEVE_BOOT_OPTIONS_H

#include "boot/machine.h"

/*
 * Sets *opt to the defaults, then to what the words of `line` say; the last of equal options
 * counts. False: r->error names the word that is no option.
 */
bool options_parse(const char *line, struct neve_options *opt, struct boot_report *r);

#endif
