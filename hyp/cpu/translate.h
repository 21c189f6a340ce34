/* SPDX-License-Identifier: Apache-2.0 */
/* The hardware's own translation of a guest's addresses. */
#ifndef NEVE_CPU_TRANSLATE_H
#define NEVE_CPU_TRANSLATE_H

#include "types.h"

/*
 * PAR_EL1 (mm/at.h) for a read at the guest's EL1, or EL0, through both stages as they are on this
 * CPU now. The guest's PAR_EL1 stays.
 */
u64 cpu_translate(gva_t va, bool el0);

#endif
