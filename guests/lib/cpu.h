/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-CPU data of a payload, and starting the other CPUs. The boot CPU is cpus[0]; TPIDR_ELx of
 * each CPU points at its own. Included by assembly for the offsets.
 */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#define CPU_STACK      0 /* offset of stack_top in struct cpu */
#define CPU_STACK_SIZE 16384

#ifndef __ASSEMBLER__
#include "sysreg.h"
#include "types.h"

struct exception_record;

struct cpu {
	u64 stack_top;	    /* first: start.S takes it at CPU_STACK */
	void (*main)(void); /* of a secondary; must not return */
	u64 mpidr;	    /* affinity fields only */
	u64 gicr;	    /* address of this CPU's redistributor; 0 before gic_cpu_init */
	u32 id;
	u32 online;			/* atomic: set by the CPU itself */
	struct exception_record *catch; /* see exception.h */
};

_Static_assert(offsetof(struct cpu, stack_top) == CPU_STACK, "start.S");

extern struct cpu cpus[MAX_CPUS];

static inline struct cpu *this_cpu(void)
{
	/* TPIDR_EL1 under its own name at EL2 as well: no regime of ours uses it otherwise. */
	return (struct cpu *)read_sysreg(tpidr_el1);
}

/*
 * Starts CPU `id` of the machine by PSCI, with the MMU and the GIC on and interrupts masked, in
 * `entry`. Waits at most one second for it; false: it did not come.
 */
bool cpu_start(u32 id, void (*entry)(void));

#endif
#endif
