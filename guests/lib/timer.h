/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timer of the payload's own level: the virtual one at EL1, the hypervisor's physical one at
 * EL2 (E2H = 0 or 1). EL1's at EL2 would do on hardware too, but with FEAT_NV2 a virtual EL2 writes
 * its registers to memory, and its hypervisor reads them there when something traps.
 */
#ifndef GUEST_TIMER_H
#define GUEST_TIMER_H

#include "sysreg.h"
#include "types.h"

/* Its PPI; 0: the device tree does not say. */
u32 timer_intid(void);

/* The counter that it compares with, ordered as counter_read() is. */
static inline u64 timer_count(void)
{
	u64 val;

	if (read_sysreg(CurrentEL) != CURRENTEL_EL2)
		return counter_read();
	asm volatile("isb\n\tmrs %0, cntpct_el0\n\tisb" : "=r"(val)::"memory");
	return val;
}

/* Interrupts from the time when the counter is `at` until it is set again. */
void timer_set(u64 at);
void timer_off(void);

#endif
