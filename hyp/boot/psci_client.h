/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the machine's own PSCI firmware, with the conduit and the ids of its device tree.
 * Results are PSCI's: 0 or a value, or a negative error (DEN0022). A function that the firmware
 * does not have returns PSCI_NOT_SUPPORTED. psci_client_init comes first; later calls are safe from
 * every CPU.
 */
#ifndef NEVE_BOOT_PSCI_CLIENT_H
#define NEVE_BOOT_PSCI_CLIENT_H

#include "boot/machine.h"

#define PSCI_SUCCESS	    0
#define PSCI_NOT_SUPPORTED  (-1)
#define PSCI_INVALID_PARAMS (-2)
#define PSCI_DENIED	    (-3)
#define PSCI_ALREADY_ON	    (-4)
#define PSCI_ON_PENDING	    (-5)
#define PSCI_INTERNAL	    (-6)
#define PSCI_NOT_PRESENT    (-7)
#define PSCI_DISABLED	    (-8)
#define PSCI_INVALID_ADDR   (-9)

void psci_client_init(const struct machine_psci *psci);

s64 psci_cpu_on(u64 mpidr, u64 entry, u64 context);
s64 psci_affinity_info(u64 mpidr); /* 0 on, 1 off, 2 pending */
s64 psci_cpu_off(void);		   /* returns only on failure */

/* Never return: when the firmware cannot, the CPU waits for ever in WFI. */
void psci_system_off(void) __attribute__((noreturn));
void psci_system_reset(void) __attribute__((noreturn));

#endif
