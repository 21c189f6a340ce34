/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs with which Agesen ("Virtual machine monitors", PLDI 2012 tutorial) shows what a
 * virtual machine monitor costs and what it does not, each scaled down to a second or so under
 * emulation. They take nothing from the kernel but what they measure.
 */
#ifndef OVERHEAD_OVERHEAD_H
#define OVERHEAD_OVERHEAD_H

#include "types.h"

struct overhead_program {
	const char *name; /* the tutorial's */
	u64 n;		  /* how much: what it means is the program's */
	u64 (*run)(u64 n);
	u64 expected; /* what run() must return */
};

extern const struct overhead_program overhead_programs[];
extern const u32 nr_overhead_programs;

#endif
