/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine for the vGIC's tests: a physical GIC behind vgic_ops and, for each vCPU, a virtual CPU
 * interface with list registers. Written from the architecture, without the code under test.
 */
#ifndef TEST_IRQ_FAKE_H
#define TEST_IRQ_FAKE_H

#include <glib.h>
#include "irq/vgic.h"

/* One physical interrupt. */
struct pirq {
	bool enabled, edge, latch, line, active;
	int cpu; /* SPI: route, -1 any */
};

struct vcpuif {
	u64 lr[GIC_MAX_LRS];
	u64 hcr, vmcr;
	bool eoimode; /* ICC_CTLR_EL1.EOImode */
	u32 apr;      /* 5 bits of priority: bit n is priority 8n */
	u32 exits;    /* maintenance interrupts taken */
};

struct fake {
	struct vgic v;
	u32 ncpus, nr_lrs;
	struct vcpuif cif[MAX_CPUS];
	struct pirq ppi[MAX_CPUS][32];
	struct pirq spi[GIC_NR_INTIDS];
	u32 kicked; /* by vCPU, until someone clears it */
	u32 ops;    /* calls of phys_* */
};

/* spis physical ones from INTID 32 on are marked with vgic_set_phys(). mpidr: Aff0 = number. */
struct fake *fake_new(u32 ncpus, u32 nr_spis, u32 nr_lrs, u32 phys_words);
void fake_free(struct fake *f);
/* Physical interrupts that this CPU takes, without an entry; true if there were any. */
bool take_physical(struct fake *f, u32 cpu);
struct pirq *fake_pirq(struct fake *f, u32 cpu, u32 intid);

u64 gicd_read(struct fake *f, u32 cpu, u32 offset, u32 size);
void gicd_write(struct fake *f, u32 cpu, u32 offset, u32 size, u64 val);
u64 gicr_read(struct fake *f, u32 cpu, u32 rcpu, u32 offset, u32 size);
void gicr_write(struct fake *f, u32 cpu, u32 rcpu, u32 offset, u32 size, u64 val);
/* A bit of one of the seven arrays (offset of its first word), in the right frame. */
bool bit_read(struct fake *f, u32 cpu, u32 rcpu, u32 array, u32 intid);
void bit_write(struct fake *f, u32 cpu, u32 rcpu, u32 array, u32 intid);
void set_prio(struct fake *f, u32 cpu, u32 intid, u8 prio);
void set_edge(struct fake *f, u32 cpu, u32 intid, bool edge);
/* Group 1, enabled, priority. */
void irq_setup(struct fake *f, u32 cpu, u32 intid, u8 prio);
/* As Linux: both groups on, SPIs and private ones in group 1, redistributors awake. */
void guest_boot(struct fake *f);

#define IGROUPR	   0x080
#define ISENABLER  0x100
#define ICENABLER  0x180
#define ISPENDR	   0x200
#define ICPENDR	   0x280
#define ISACTIVER  0x300
#define ICACTIVER  0x380
#define IPRIORITYR 0x400
#define ICFGR	   0xc00
#define IROUTER	   0x6000
#define SGI_FRAME  0x10000

/* What neve does on an exit of this vCPU: list registers home. */
void vcpu_sync(struct fake *f, u32 cpu);
/*
 * What neve does before an entry: takes physical interrupts, refills if there is a reason, and
 * again while a maintenance interrupt would be raised at once.
 */
void vcpu_enter(struct fake *f, u32 cpu);
/* vcpu_enter() for every vCPU until none needs attention. */
void settle(struct fake *f);

/* The guest: acknowledge (1023: none), end of interrupt, deactivate. No exit by themselves, */
u32 guest_ack(struct fake *f, u32 cpu);
void guest_eoi(struct fake *f, u32 cpu, u32 intid);
/* but with EOImode = 1 this traps if ICH_HCR.TDIR is set. */
void guest_dir(struct fake *f, u32 cpu, u32 intid);
/* EOI, and in EOImode 1 deactivation too. */
void guest_end(struct fake *f, u32 cpu, u32 intid);
/* Is there something to acknowledge? */
bool guest_irq(struct fake *f, u32 cpu);

/* Both groups on, nothing masked, nothing active. */
struct gic_vcpuif open_cif(void);
/* vgic_signals() with that. */
bool signals(struct fake *f, u32 cpu);

/* In a list register of this vCPU (index), or -1. */
int lr_of(struct fake *f, u32 cpu, u32 intid);

#endif
