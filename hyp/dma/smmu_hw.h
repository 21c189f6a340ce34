/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's SMMUv3 with dma=smmu. See smmu.h. */
#ifndef NEVE_DMA_SMMU_HW_H
#define NEVE_DMA_SMMU_HW_H

#include "boot/machine.h"
#include "boot/plan.h"

/*
 * Boot CPU, once, after the page allocator and its_hw_init(), before any VM has run: from then on
 * no device behind the SMMU reaches anything but the host VM's memory, nor has it on the way there.
 * Does nothing without dma=smmu. Ends in fatal() when the SMMU is not up to it.
 */
void smmu_hw_init(const struct machine *m, const struct vm_plan *host);

/* After gic_cpu_init() of the boot CPU: the event queue's interrupt, if it has one, is on. */
void smmu_hw_enable_events(const struct machine *m);

/*
 * The event queue's interrupt: the first few refused accesses are lines on the console, then the
 * interrupt is off for good, since a VM can have it as often as it likes. Boot CPU only.
 */
void smmu_hw_events(const struct machine *m);

#endif
