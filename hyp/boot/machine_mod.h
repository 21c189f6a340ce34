/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multiboot modules below /chosen: which are neve's and which are left for the guest; and the
 * VMs that neve is to make besides the host VM. Pure, as boot/machine.h says.
 *
 * neve uses one kernel, and a ramdisk for it. Should the guest find its own modules by the same
 * convention (Xen does), there is more than one module of compatible "multiboot,kernel" in /chosen:
 * then the one at the lowest address is the guest's kernel, and all others, of whatever type, are
 * the guest's. So are, in any case, modules of a type that neve does not know and those below
 * another node of /chosen ("xen,domain"). What is the guest's stays in its device tree and in its
 * memory where it is.
 *
 * A node of compatible "neve,vm" in /chosen is a VM: `cpus`, a number of them; `memory` in KiB, one
 * cell or two, a multiple of 2 MiB; below it a module of compatible "multiboot,kernel" and at most
 * one "multiboot,ramdisk".
 */
#ifndef NEVE_BOOT_MACHINE_MOD_H
#define NEVE_BOOT_MACHINE_MOD_H

#include "boot/machine.h"

/* Fills m->kernel, m->ramdisk, m->kept and m->vm; m->mem and m->dtb are there. False: see r->error.
 */
bool machine_parse_modules(const void *dtb, struct machine *m, struct boot_report *r);

/* Is this child of /chosen neve's: its kernel or ramdisk module, or a VM? */
bool machine_uses_node(const void *dtb, const struct machine *m, int node);

#endif
