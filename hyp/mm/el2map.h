/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve's own translation tables (EL2 stage 1): virtual = physical, at most 48 bits. Text RX, rodata
 * RO, data and all RAM RW and never executable, a hole under every stack, devices as
 * Device-nGnRE. W^X is enforced by SCTLR_EL2.WXN as well.
 */
#ifndef NEVE_MM_EL2MAP_H
#define NEVE_MM_EL2MAP_H

#include "boot/machine.h"

/* Builds the tables and switches the calling CPU to them. */
void el2_map_init(const struct machine *m);

/*
 * Maps device registers (widened to whole pages). Before the secondaries run or from any CPU later;
 * already mapped devices are left. False: out of page-table memory, or above the PA range.
 */
bool el2_map_device(hpa_t pa, u64 size);

#endif
