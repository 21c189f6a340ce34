/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host VM's device tree: the machine's, with neve taken out of it, and the modules of
 * boot/machine_mod.h that are the guest's own left in. Pure.
 */
#ifndef NEVE_BOOT_GUEST_DT_H
#define NEVE_BOOT_GUEST_DT_H

#include "boot/machine.h"
#include "boot/plan.h"

/*
 * Writes the device tree of the host VM to out (plan->dtb.size bytes, 8-byte aligned); dtb is the
 * machine's, checked by machine_from_dt before. Sets plan->dtb_size. False: r->error says why not.
 */
bool guest_dt_build(const void *dtb, const struct machine *m, struct host_vm_plan *plan, void *out,
		    struct boot_report *r);

#endif
