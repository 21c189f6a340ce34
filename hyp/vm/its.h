/* SPDX-License-Identifier: Apache-2.0 */
/* The ITSs and LPIs of a VM: irq/its.h and the vgic between the guest's memory and the hardware. */
#ifndef NEVE_VM_ITS_H
#define NEVE_VM_ITS_H

#include "irq/its.h"
#include "vm/vm.h"

/* Before the vgic: nothing, unless the machine's ITSs are shown (machine_gic.lpis). */
void vm_its_init(struct vm *vm);

/* The ITS whose control frame `ipa` is in, and the offset in it; NULL: none that is shown. */
struct its *vm_its_find(const struct vm *vm, ipa_t ipa, u64 *offset);

/* An access to it. A vCPU's list registers are with the vgic (nested_gic_sync). */
enum its_result vm_its_mmio(struct its *its, u64 offset, u32 size, bool write, u64 *val);

/* For struct vgic_ops; ctx is the VM. */
bool vm_lpi_enable(void *ctx, u32 cpu, u64 propbaser, u64 pendbaser);
u8 vm_lpi_config(void *ctx, u64 propbaser, u32 intid);

#endif
