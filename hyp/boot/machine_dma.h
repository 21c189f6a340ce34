/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices the host VM may have with dma=smmu, so that nothing it programmes writes memory
 * that is not its own: those behind the SMMU that neve drives (dma/smmu.h), and those that cannot
 * be bus masters. All others go, with what is below them: out of the device tree, and, since the
 * host VM gets machine.dma.allowed and nothing else, out of its address space. Pure, as
 * boot/machine.h says.
 *
 * Sources: the bindings arm,smmu-v3, iommu, pci-iommu.
 */
#ifndef NEVE_BOOT_MACHINE_DMA_H
#define NEVE_BOOT_MACHINE_DMA_H

#include "boot/machine.h"

/* Fills m->dma if m->opt says dma=smmu; the rest of *m is there. False: see r->error. */
bool machine_parse_dma(const void *dtb, struct machine *m, struct boot_report *r);

/*
 * The first node of a device that the host VM may not have and that is not below another one;
 * negative: there is none.
 */
int machine_dma_refused(const void *dtb, const struct machine *m);

#endif
