/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One start of a machine for `neve bench`: its stack, its console, QEMU's log of exceptions.
 */
#ifndef CLI_BENCH_RUN_H
#define CLI_BENCH_RUN_H

#include "bench.h"

/* What the scheduler wants to hear. @data is its own. */
struct bench_run_events {
	void (*said)(struct bench_run *run, const char *text, void *data);
	void (*ended)(struct bench_run *run, void *data);
};

/* Adds a run to @cell, which owns it. */
struct bench_run *bench_run_new(struct bench_cell *cell, const struct bench_options *options,
				enum bench_kind kind, guint number);

/* FALSE with a message when it cannot be started; `ended` is not called then. */
gboolean bench_run_start(struct bench_run *run, const struct bench_options *options,
			 const struct bench_run_events *events, void *data, GError **error);

void bench_run_stop(struct bench_run *run);

/*
 * Makes what a run of Linux KVM as host needs: its kernel, and an initramfs that has the guest
 * hypervisor in it. Takes a minute when they are not there. FALSE: why it cannot be run.
 */
gboolean bench_prepare_kvm(const struct bench_options *options, GError **error);

#endif
