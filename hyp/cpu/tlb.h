/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLB maintenance of guests' translations, for the VMID in a VTTBR_EL2 value, on all CPUs of the
 * Inner Shareable domain. Complete (DSB, ISB) on return. VTTBR_EL2 is as before afterwards.
 */
#ifndef NEVE_CPU_TLB_H
#define NEVE_CPU_TLB_H

#include "types.h"
#include "nested/tlbi.h"

/* Stages 1 and 2. */
void tlb_flush_vmid(u64 vttbr);

/* Stage 2 for [ia, ia + size), with the combined entries that may be made of it. */
void tlb_flush_ipa(u64 vttbr, u64 ia, u64 size);

/* The stage-1 operation `op` (kinds VMALL_E1, VA_E1, VAA_E1, ASID_E1) with operand `rt`. */
void tlb_flush_stage1(u64 vttbr, const struct tlbi_op *op, u64 rt);

/* Of this CPU alone: the translations of all guests that it has. No VMID matters. */
void tlb_flush_local(void);

#endif
