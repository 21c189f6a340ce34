/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve's own translation tables (EL2 stage 1): virtual = physical, at most 48 bits. Text RX, rodata
 * RO, data and all RAM RW and never executable, a hole under every stack, devices as
 * Device-nGnRE. SCTLR_EL2.WXN enforces W^X as well. There is one set of tables from the first
 * instruction with the MMU on; it only grows. All CPUs use it.
 *
 * All calls below return 0, or -EINVAL (above the CPU's physical address range), -EEXIST (mapped
 * already as something else), -ENOMEM.
 */
#ifndef NEVE_MM_EL2MAP_H
#define NEVE_MM_EL2MAP_H

#include "boot/machine.h"
#include "errcode.h"

/* Maps memory RW, as Normal WB. For the boot, before el2_map_ram. */
int el2_map_memory(struct mem_range r);

/*
 * Once the page allocator works: maps all RAM but what is reserved as no-map. From here on table
 * pages come from the allocator.
 */
int el2_map_ram(const struct machine *m);

/* Maps device registers, widened to whole pages. From any CPU, at any time; takes a lock. */
int el2_map_device(hpa_t pa, u64 size);

#endif
