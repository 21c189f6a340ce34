/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual EL2 with HCR_EL2.E2H = 0 runs at real EL1 with HCR_EL2.{NV,NV1} = {1,1}: stage-1
 * descriptors are then read in the EL2 format, but the registers keep the format of EL1. These
 * functions translate vEL2's values into what the EL1 register has to hold. (With E2H = 1 the
 * formats are the same and nothing is translated.) Pure. Any value from L1 is accepted; bits that
 * the EL1 register has no use for are dropped.
 */
#ifndef NEVE_NESTED_VEL2_REGS_H
#define NEVE_NESTED_VEL2_REGS_H

#include "types.h"

/* TCR_EL2 -> TCR_EL1. Walks by TTBR1_EL1 are off: EL2 has one half of the address space. */
u64 vel2_tcr_to_el1(u64 tcr_el2);

/* SCTLR_EL2 -> SCTLR_EL1. What only concerns EL0 is fixed: there is no EL0 in this regime. */
u64 vel2_sctlr_to_el1(u64 sctlr_el2);

/* TTBR0_EL2 -> TTBR0_EL1: no ASID, and not shared with other CPUs (CnP). */
u64 vel2_ttbr0_to_el1(u64 ttbr0_el2);

/* CPTR_EL2 -> CPACR_EL1, for vEL2's own FP, SVE and trace accesses. */
u64 vel2_cptr_to_cpacr(u64 cptr_el2);

#endif
