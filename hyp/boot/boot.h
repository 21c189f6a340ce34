/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What boot/ and the rest of neve expect of each other.
 *
 * Order on the primary CPU: entry.S (EL2, E2H=0, boot tables, stack) -> boot_main (machine, plan,
 * console, page pool, EL2 stage 1) -> cpu_shared_init -> cpu_local_init(0) -> vm_start_all.
 * On a secondary, after boot_cpu_on: entry.S (EL2 stage 1, stack) -> cpu_local_init(pcpu) ->
 * vcpu_secondary_start.
 *
 * State at cpu_local_init: EL2, E2H=0, TGE=0, SPSel=1, SP_EL2 = top of the CPU's stack, DAIF
 * masked, MMU and caches on (EL2 virtual = physical), WXN=1, CPTR_EL2 lets neve use FP/SIMD,
 * VBAR_EL2 points to the boot's own vectors. No other EL2 register is set up.
 */
#ifndef NEVE_BOOT_BOOT_H
#define NEVE_BOOT_BOOT_H

#include "boot/entry.h"
#include "boot/machine.h"
#include "boot/plan.h"

/* The machine, for the life of neve. Written once by boot_main, constant afterwards. */
extern const struct machine *boot_machine;

/* Top of the stack of a CPU: STACK_SIZE bytes, and below them STACK_GUARD that are not mapped. */
void *boot_stack_top(unsigned int pcpu);

/*
 * Starts a secondary CPU, which ends up in vcpu_secondary_start(pcpu). Returns PSCI's result: 0, or
 * a negative error. Call it once per CPU_ON of the guest; a CPU that neve has turned off by
 * psci_cpu_off may be started again.
 */
s64 boot_cpu_on(unsigned int pcpu);

/* ---- supplied by others ---- */

/* cpu/: what all CPUs share: features, mode, GIC. Once, before the first cpu_local_init. */
void cpu_shared_init(void);

/*
 * cpu/: per-CPU data, VBAR_EL2, features. First thing on the CPU's own stack, each time that it
 * comes up: a guest may turn any CPU off and on again, also the one that has booted.
 */
void cpu_local_init(unsigned int pcpu);

/*
 * vm/: makes the VMs, starts all but the host VM on CPUs of their own, and enters that on CPU 0.
 * Kernels and device trees are in place already.
 */
void vm_start_all(const struct machine *m, const struct plan *plan) __attribute__((noreturn));

/* vm/: the vCPU pinned to this CPU has been turned on. */
void vcpu_secondary_start(unsigned int pcpu) __attribute__((noreturn));

#endif
