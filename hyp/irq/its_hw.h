/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical ITSs, with all of their tables in neve's memory: see its.h. `n` is an ITS's number in
 * the device tree. No locks: the caller has one for each ITS. Source: Arm IHI 0069.
 */
#ifndef NEVE_IRQ_ITS_HW_H
#define NEVE_IRQ_ITS_HW_H

#include "boot/machine.h"
#include "irq/its.h"

struct its_hw_info {
	u32 device_bits, event_bits, itt_entry; /* as in its_config */
	bool pta;				/* an RDbase is an address */
};

/*
 * Boot CPU, once, after the page allocator, before gic_init(): finds out whether the GIC has LPIs
 * and every ITS can be driven from memory that neve and the VM share with it without cache
 * maintenance. All or none: returns NULL, or why not. The ITSs are mapped, set up, and off.
 */
const char *its_hw_init(const struct machine_gic *gic);

const struct its_hw_info *its_hw_info(u32 n);
/* False: it does not answer. */
bool its_hw_enable(u32 n, bool on);
/* While it is off. */
bool its_hw_reset(u32 n, enum its_table table);
/* Returns when it has done all; false: it stopped, or takes too long. */
bool its_hw_submit(u32 n, const struct its_cmd *cmd, u32 count);

#endif
