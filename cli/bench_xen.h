/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Xen as the guest hypervisor of `neve bench`: a domain without a Dom0, whose kernel is the
 * payload.
 */
#ifndef CLI_BENCH_XEN_H
#define CLI_BENCH_XEN_H

#include "bench.h"

struct stack;
struct layout;

/*
 * Sets what of @options can be measured in a domain: @cell's ops, its left_out, or unavailable when
 * nothing can. Pure.
 */
void bench_xen_choose(struct bench_cell *cell, const struct bench_options *options);

/* Gets Xen, when it is not there. FALSE: why it cannot be run. */
gboolean bench_xen_prepare(GError **error);

/* The words of the payload; free with g_free(). Pure. */
char *bench_xen_words(const struct bench_run *run, const struct bench_options *options);

/* Adds to @stack the domain's kernel, and the device tree that tells Xen of it, which is made. */
gboolean bench_xen_add(const struct bench_run *run, const struct bench_options *options,
		       struct stack *stack, const struct layout *layout, GError **error);

#endif
