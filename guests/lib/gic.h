/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 with affinity routing, Group 1 interrupts, one priority. A handler runs with interrupts
 * masked, between acknowledge and EOI (EOImode 0, so that EOI also deactivates).
 */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include "types.h"

typedef void (*irq_handler_fn)(u32 intid);

/* The distributor, then the boot CPU's part. NULL, or what is wrong. */
const char *gic_init(void);

/* At EL2: interrupts and SErrors come there (HCR_EL2.IMO, FMO, AMO). At EL1: nothing to do. */
void gic_route_to_el2(void);

/* This CPU's redistributor and CPU interface; SGIs on, PPIs off. */
void gic_cpu_init(void);

/* SGIs, PPIs and SPIs (intid < 1020). Set the handler before the interrupt can come. */
void gic_set_handler(u32 intid, irq_handler_fn fn);

/* SGIs, PPIs and SPIs are the INTIDs below this (at most 1020); a number may have no interrupt. */
u32 gic_nr_intid(void);

/* A PPI or an SGI of this CPU. */
void gic_enable_ppi(u32 intid);
void gic_disable_ppi(u32 intid);
bool gic_ppi_pending(u32 intid);

/* Group 0, which is signalled as an FIQ, or 1 again. Where the GIC has one Security state. */
void gic_set_ppi_group(u32 intid, u32 group);

/*
 * An SPI (32 <= intid < 1020), level-sensitive or edge-triggered as its device tree says, taken by
 * the CPU with these affinity fields. Off it may stay pending.
 */
void gic_enable_spi(u32 intid, bool edge, u64 mpidr);
void gic_disable_spi(u32 intid);

/* Makes an SPI pending, as if its device had signalled it. */
void gic_pend_spi(u32 intid);

/* Sends SGI intid (0..15) to the CPU with these affinity fields. */
void gic_send_sgi(u32 intid, u64 mpidr);

static inline u32 gic_ack(void)
{
	u64 iar;

	asm volatile("mrs %0, icc_iar1_el1\n\tdsb sy" : "=r"(iar)::"memory");
	return (u32)iar;
}

static inline void gic_eoi(u32 intid)
{
	asm volatile("msr icc_eoir1_el1, %0\n\tisb" ::"r"((u64)intid) : "memory");
}

#endif
