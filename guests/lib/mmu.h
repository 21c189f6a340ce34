/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1 of a payload: an identity map in blocks of 2 MiB and 1 GiB, 39 bits of address. What was
 * not mapped faults. Not locked: map before the other CPUs are started.
 */
#ifndef GUEST_MMU_H
#define GUEST_MMU_H

#include "types.h"

enum mmu_type {
	MMU_DEVICE, /* Device-nGnRE, never executable */
	MMU_RAM,    /* Normal write-back, executable */
};

/*
 * Maps all 2 MiB blocks that have a byte of [base, base + size). A block that is mapped already
 * stays; false when it has the other type, is out of reach or no table is left.
 */
bool mmu_map(u64 base, u64 size, enum mmu_type type);

#endif
