/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a payload learns from its device tree: nothing about a machine is compiled in. Addresses are
 * the payload's physical ones, sizes in bytes. Filled by machine_init before payload_main.
 */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#include "types.h"

#define MACHINE_MAX_MEM	   8
#define MACHINE_MAX_GICR   4
#define MACHINE_MAX_VIRTIO 32

struct mem_range {
	u64 base, size;
};

struct machine_irq {
	u32 intid; /* 0: not described */
	bool edge; /* or level-sensitive */
};

enum psci_conduit { PSCI_NONE, PSCI_HVC, PSCI_SMC };

struct machine {
	u64 image_base;
	struct mem_range dtb;
	struct mem_range mem[MACHINE_MAX_MEM];
	u32 nr_mem;
	u64 mpidr[MAX_CPUS]; /* affinity fields; [0] is the boot CPU */
	u32 nr_cpus;
	struct mem_range uart; /* PL011; size 0: none */
	u32 uart_intid;	       /* 0: not described */
	struct mem_range gicd; /* GICv3; size 0: none */
	struct mem_range gicr[MACHINE_MAX_GICR];
	u32 nr_gicr;
	struct mem_range its;					 /* the first one; size 0: none */
	u32 phys_timer_intid, virt_timer_intid, hyp_timer_intid; /* 0: not described */
	enum psci_conduit psci;
	struct mem_range fw_cfg; /* QEMU's firmware configuration device; size 0: none */
	struct {
		struct mem_range reg;
		struct machine_irq irq;
	} virtio[MACHINE_MAX_VIRTIO]; /* virtio-mmio transports, empty slots too, in DT order */
	u32 nr_virtio;
	bool xen;	      /* a domain of Xen */
	const char *bootargs; /* points into the device tree; "" if there are none */
};

extern struct machine machine;

/* Reads the device tree. NULL, or what is wrong with it (then `machine` holds what was found). */
const char *machine_init(const void *dtb);

/*
 * Entry `index` of the node's reg; false: there is none. Its bus must map one to one, as in all
 * virtual machines.
 */
bool machine_node_reg(const void *dtb, int node, u32 index, struct mem_range *r);

/* Maps RAM and the devices of `machine`. NULL, or what could not be mapped. */
const char *machine_map(void);

/* The payload's own part, on the boot CPU, interrupts masked. Returning powers off. */
void payload_main(void);

#endif
