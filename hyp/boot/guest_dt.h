/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's device tree: the machine's, less what the VM does not have. For the host VM that is neve,
 * and other VMs; the modules of boot/machine_mod.h that are its own stay. Other VMs keep their
 * CPUs, their memory, GIC, timer and UART. Pure.
 */
#ifndef NEVE_BOOT_GUEST_DT_H
#define NEVE_BOOT_GUEST_DT_H

#include "boot/machine.h"
#include "boot/plan.h"

/*
 * Writes the device tree of plan's VM to out (plan->dtb.size bytes, 8-byte aligned); dtb is the
 * machine's, checked by machine_from_dt before. Sets plan->dtb_size; the rest of the room
 * is zero. False: r->error says why not.
 */
bool guest_dt_build(const void *dtb, const struct machine *m, struct vm_plan *plan, void *out,
		    struct boot_report *r);

#endif
