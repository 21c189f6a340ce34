/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SMMUv3 with dma=smmu: what neve makes of it. Every stream has the same Stream table entry: no
 * stage 1, and one stage 2, which maps the host VM's RAM one to one and what devices send their
 * MSIs to. It is made at boot and never changes. All other accesses end in the SMMU.
 *
 * Pure; smmu_hw.h drives the hardware. Source: Arm IHI 0070 (SMMUv3 architecture).
 */
#ifndef NEVE_DMA_SMMU_H
#define NEVE_DMA_SMMU_H

#include "boot/machine.h"
#include "boot/plan.h"
#include "mm/pgtable.h"

struct smmu_info {
	u32 sid_bits; /* streams that the table has; those above it abort */
	bool two_level;
	u32 oas_bits;	/* output address size, 32 to 48 */
	u32 cmdq_bits;	/* log2 of the entries of the queues that neve uses, at most a page each */
	u32 event_bits; /* of 32 bytes */
	bool ats;	/* CR0.ATSCHK is there: without it translated requests would pass unseen */
	bool msi;	/* it could send its own interrupts as MSIs */
};

/* What the ID registers say. NULL, or why it cannot be used: "has no ...". */
const char *smmu_identify(u32 idr0, u32 idr1, u32 idr5, struct smmu_info *info);

#define SMMU_STE_WORDS 8
#define SMMU_STE_BITS  8 /* log2 of the entries of a second level; all first ones share one */
#define SMMU_MAX_SIDS  20

/* A Stream table entry: stage 2 by this table, with this VMID. */
void smmu_make_ste(u64 ste[SMMU_STE_WORDS], const struct pgtable *pt, u32 vmid);
/* A first-level descriptor: a table of 2^SMMU_STE_BITS entries. */
u64 smmu_make_l1std(hpa_t stes);
/* SMMU_STRTAB_BASE_CFG */
u32 smmu_strtab_cfg(const struct smmu_info *info);

/*
 * Fills the stage 2, an empty table. Read and write in the host VM's RAM; write to the page of each
 * ITS that takes MSIs, if the VM has LPIs. 0, -ENOMEM, or -EINVAL: RAM beyond the table's reach.
 */
int smmu_map(struct pgtable *pt, const struct machine *m, const struct vm_plan *host);

#define SMMU_EVENT_WORDS 4

/* A record of the event queue as text: at most `size` bytes, NUL-terminated. */
void smmu_describe(const u64 event[SMMU_EVENT_WORDS], char *text, size_t size);

#endif
