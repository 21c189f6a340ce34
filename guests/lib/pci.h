/* SPDX-License-Identifier: Apache-2.0 */
/* As much of PCI as one device on the root bus needs. Sources: pci-host-ecam-generic, PCI 3.0. */
#ifndef GUEST_PCI_H
#define GUEST_PCI_H

#include "types.h"

/*
 * Finds the device on the first bus of the first host bridge, puts its BAR 0 (32 bits) to the start
 * of the bridge's window, maps that, and makes it a bus master. NULL, or what is wrong.
 */
const char *pci_claim(u16 vendor, u16 device, u64 *bar);

#endif
