/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `neve bench` measures: configurations (a row of the table each) on host hypervisors. One
 * such pair is a cell; a cell is run once or several times.
 */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "conlog.h"
#include "console.h"
#include "intlog.h"

#include <glib.h>

/* Of all machines. */
#define BENCH_CPU "max,pauth-impdef=on"

/* The host hypervisor. */
enum bench_l0 {
	L0_NONE, /* the guest hypervisor runs at EL2 itself: a VM of it is the baseline */
	L0_NEVE,
	L0_KVM,
};

/* What a machine is started for. */
enum bench_kind {
	RUN_OPS,      /* the operations of the payload */
	RUN_PROGRAMS, /* the overhead programs in a Linux */
	RUN_WALL,     /* the operations again, for their time */
};

/*
 * A configuration. To add one: a row in bench_configs[] (bench_config.c).
 */
struct bench_config {
	const char *name;
	const char *title;	/* a few words, for people */
	const char *neve_args;	/* boot options of neve; NULL: not nested, runs without a host */
	const char *l1_append;	/* words for L1's command line; "" for none */
	const char *l1_kvm;	/* what L1 must say that it is, else results are refused: KVM's
				   mode, XEN; NULL: there is no VM */
	const char *not_on_kvm; /* why Linux KVM cannot be the host of it; NULL: it can */
	const char *published;	/* the column of published.h beside it; NULL: none */
	const char *base;	/* the configuration that ratios refer to; NULL: none */
};

extern const struct bench_config bench_configs[];
extern const guint nr_bench_configs;

/* What ratios refer to: a VM of the same hypervisor, and for programs also no VM. */
#define BASELINE     "baseline"
#define BASELINE_XEN "baseline-xen"
#define NATIVE	     "native"

/* A configuration's l1_kvm when the guest hypervisor is not KVM. */
#define XEN "Xen"

const struct bench_config *bench_config_find(const char *name);

gboolean bench_config_is_xen(const struct bench_config *config);

/* Whether other configurations' ratios refer to it. */
gboolean bench_config_is_base(const struct bench_config *config);

/* What the user chose. Strings are owned. */
struct bench_options {
	GPtrArray *configs; /* const struct bench_config *, in the order given */
	gboolean l0[L0_KVM + 1];
	char *ops;	   /* of the payload; NULL: all */
	gboolean has_ops;  /* any of them */
	gboolean switches; /* the operation that takes two VMs */
	gboolean programs;
	guint iterations;
	char *l1;	/* the guest hypervisor's Image */
	char *l1_given; /* the same as the user gave it; NULL: the default */
	char *qemu;
	guint repeat;	      /* runs of each cell that must be equal */
	guint wall;	      /* rounds of wall-clock time; 0: none */
	guint jobs;	      /* machines at a time */
	guint timeout;	      /* seconds a machine may take */
	gboolean check_traps; /* hold neve's own counts against QEMU's log */
};

struct bench_cell {
	const struct bench_config *config;
	enum bench_l0 l0;
	char *name;	     /* "nv2-vhe@neve": unique */
	char *unavailable;   /* why it cannot be run here; NULL: it can */
	char *ops;	     /* those of the payload, when not all can be measured; else NULL */
	char *left_out;	     /* which of those wanted cannot, and why; NULL: none */
	char *failure;	     /* why there are no results, or not all; NULL: there are */
	GPtrArray *runs;     /* struct bench_run: those that are counted, then those of wall time */
	guint64 traps_equal; /* that neve and QEMU's log both counted (check_traps) */
	guint64 traps_beside; /* beside an interval, see intlog.h */
	GString *differences; /* between its runs, or between counters and log; empty: none */
};

/* One start of a machine. */
struct bench_run {
	struct bench_cell *cell;
	enum bench_kind kind;
	guint number;	 /* 0, 1, ... of its kind */
	guint nominal_s; /* what it usually takes, for the time left */
	struct console *console;
	struct intlog *intlog; /* NULL: traps are not counted in QEMU's log */
	GString *raw;	       /* the payload's lines, to compare runs bit for bit */
	gboolean started, ended;
	gint64 start_us, end_us;
	int status;
	struct conlog log;
	struct bench_machine *machine; /* bench_run.c's own */
};

/* For a GPtrArray. */
void bench_run_free(void *run);

/* The cells that @options ask for, also those that cannot be run. */
GPtrArray *bench_cells_new(const struct bench_options *options);

/* The run of a kind whose results are shown, the first one; NULL when there is none. */
const struct bench_run *bench_cell_run(const struct bench_cell *cell, enum bench_kind kind);

/* A run in which the guest hypervisor came up; NULL when there is none. */
const struct bench_run *bench_cell_any_run(const struct bench_cell *cell);

/* The results of a cell by name; NULL when it has none. */
const struct op_result *bench_cell_op(const struct bench_cell *cell, const char *op);

/* The result of an overhead program; NULL when there is none. */
const struct program_result *bench_cell_program(const struct bench_cell *cell, const char *name);

/* "neve", "kvm", "none" */
const char *bench_l0_name(enum bench_l0 l0);

#endif
