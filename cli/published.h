/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures that were published, to stand beside ours. They are cycles of real hardware of their
 * time, ours are instructions of an emulated CPU: what can be compared are ratios and traps.
 *
 * [1] Lim, Dall, Li, Nieh, Zyngier: NEVE: Nested Virtualization Extensions for ARM. SOSP 2017,
 *     Tables 1, 6 and 7 (ARMv8.0 hardware made to behave like ARMv8.3 and like NEVE; KVM of Linux
 *     4.10).
 * [2] Dall, Li, Lim, Nieh, Koloventzos: ARM Virtualization: Performance and Architectural
 *     Implications. ISCA 2016, Table II (the same hardware, KVM of Linux 4.0 without VHE).
 */
#ifndef CLI_PUBLISHED_H
#define CLI_PUBLISHED_H

#include <glib.h>

struct published_column {
	const char *name;
	const char *title;
	const char *source;
	gboolean is_ours; /* a configuration of ours measures the same */
};

struct published {
	const char *column;
	const char *op;
	double cycles;
	double ratio; /* to a VM on the same machine, as printed; 0: not given */
	double traps; /* -1: not given */
};

extern const struct published_column published_columns[];
extern const guint nr_published_columns;
extern const struct published published_figures[];
extern const guint nr_published_figures;

const struct published_column *published_column_find(const char *name);

/* NULL when it was not published. */
const struct published *published_find(const char *column, const char *op);

#endif
