/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual machine: its memory, its vCPUs, its interrupt controller, its shadow stage 2 contexts.
 *
 * The first VM is the host VM: it owns the machine (RAM one to one less neve's own, all devices).
 */
#ifndef NEVE_VM_VM_H
#define NEVE_VM_VM_H

#include "types.h"
#include "boot/machine.h"
#include "boot/plan.h"
#include "irq/vgic.h"
#include "cpu/spinlock.h"
#include "mm/pgtable.h"
#include "nested/shadow.h"
#include "vm/vcpu.h"

struct vm {
	unsigned ncpus;
	struct vcpu *vcpu[MAX_CPUS];

	/*
	 * Stage 2: L1 IPA -> HPA. RAM is mapped at once; the rest of the address space, devices,
	 * one block at a time when it is touched. Changes under `lock`.
	 */
	struct pgtable s2;
	struct spinlock lock;

	struct vgic vgic;
	struct shadow_set shadows;

	struct spinlock counters_lock;
	bool l2_counters; /* boot option: nested VMs may make neve's hypercalls */

	const struct machine *machine;
	const struct host_vm_plan *plan;
};

/* Hardware VMID of a VM's own stage 2; shadow contexts use the ones above. */
#define VM_VMID 1

/* VTCR_EL2 for every stage 2 in this machine, host's and shadow's: one input size, 4 KiB granule.
 */
extern u64 vm_vtcr;
/* Input address bits of stage 2: what L1 sees as ID_AA64MMFR0_EL1.PARange. */
extern unsigned vm_ipa_bits;

/* Allocators for tables, from neve's page pool. */
extern const struct pgtable_mem vm_pgtable_mem;

/*
 * Makes [ipa, ...) accessible to the host VM if that address is one it may have: maps the largest
 * block around it that touches nothing of neve's. Takes vm->lock. 0, or -ENOENT when the VM has
 * nothing there, or -ENOMEM.
 */
int vm_map_host(struct vm *vm, ipa_t ipa);

/* Which redistributor `ipa` belongs to, and the offset in it. False: none. */
bool vm_gicr_find(const struct vm *vm, ipa_t ipa, u32 *cpu, u64 *offset);

/*
 * A pointer to `size` bytes of the VM's RAM, or NULL when they are not all RAM of the VM, or such
 * that nobody may map.
 */
void *vm_ram(struct vm *vm, ipa_t ipa, u64 size);

#endif
