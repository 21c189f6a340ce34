/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual machine: its memory, its vCPUs, its interrupt controller, its shadow stage 2 contexts.
 *
 * The first VM is the host VM: it owns the machine (RAM one to one less neve's own and other VMs',
 * all devices). Any other VM has CPUs and RAM of its own, and a UART that neve makes.
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
#include "vm/vuart.h"
#include "vm/vcpu.h"

struct vm {
	unsigned number; /* 0: the host VM */
	unsigned ncpus;
	struct vcpu *vcpu[MAX_CPUS];

	/*
	 * Stage 2: L1 IPA -> HPA. RAM is mapped at once; the rest of the address space, devices,
	 * one block at a time when it is touched. Changes under `lock`.
	 */
	struct pgtable s2;
	struct spinlock lock;
	struct spinlock leaving; /* vcpu_leave(): one CPU at a time */
	u64 vttbr;		 /* VTTBR_EL2 of that table, with the VM's first hardware VMID */

	struct vgic vgic;
	struct vuart uart; /* not the host VM's */
	struct shadow_set shadows;

	struct spinlock counters_lock;
	bool l2_counters; /* boot option: nested VMs may make neve's hypercalls */
	bool stopped;	  /* turned off, not the host VM: its CPUs go when they are kicked */

	const struct machine *machine;
	const struct vm_plan *plan;
};

/* Hardware VMIDs of a VM: its own stage 2 has the first one, shadow contexts the others. */
#define VMIDS_PER_VM	 (1 + SHADOW_CONTEXTS)
#define VM_FIRST_VMID(n) (1 + VMIDS_PER_VM * (n))

/* VTCR_EL2 for every stage 2 in this machine, host's and shadow's: one input size, 4 KiB granule.
 */
extern u64 vm_vtcr;
/* Input address bits of stage 2: what L1 sees as ID_AA64MMFR0_EL1.PARange. */
extern unsigned vm_ipa_bits;

/* Allocators for tables, from neve's page pool. */
extern const struct pgtable_mem vm_pgtable_mem;

/* How many VMs there are, the host VM included; they are numbered from 0. */
extern unsigned vm_count;

/*
 * Makes [ipa, ...) accessible to the VM if that address is one it may have: maps the largest block
 * around it that touches nothing else. Takes vm->lock. 0, or -ENOENT when the VM has
 * nothing there, or -ENOMEM.
 */
int vm_map(struct vm *vm, ipa_t ipa);

/* The VM is turned off: its other CPUs, and v's own, which does not return. Not the host VM. */
void vm_stop(struct vcpu *v) __attribute__((noreturn));

/* Which redistributor `ipa` belongs to, and the offset in it. False: none. */
bool vm_gicr_find(const struct vm *vm, ipa_t ipa, u32 *cpu, u64 *offset);

/*
 * A pointer to `size` bytes of the VM's RAM, or NULL when they are not all RAM of the VM, or such
 * that nobody may map.
 */
void *vm_ram(struct vm *vm, ipa_t ipa, u64 size);

#endif
