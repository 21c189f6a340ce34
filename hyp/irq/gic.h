/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GICv3 or v4 (affinity routing on; one Security state as seen from
 * Non-secure EL2). Every interrupt is group 1 with one fixed priority and is taken at EL2
 * (HCR_EL2.IMO = 1). ICC_CTLR_EL1.EOImode = 1: gic_drop() and deactivation are separate, so that
 * a list register with the HW bit can leave deactivation to the guest.
 *
 * `cpu` is neve's dense CPU index (0..MAX_CPUS-1). MMIO is mapped VA = PA at EL2 before
 * gic_init(). Functions that take `cpu` may be called for any CPU (the redistributor frames are
 * memory mapped): before its gic_cpu_init() they do nothing, and read 0. Functions without it act
 * on the calling CPU.
 * Source: Arm IHI 0069.
 */
#ifndef NEVE_IRQ_GIC_H
#define NEVE_IRQ_GIC_H

#include "types.h"
#include "irq/lr.h"

#define GIC_MAX_REGIONS 8

struct gic_region {
	hpa_t base;
	u64 size;   /* bytes */
	u64 stride; /* bytes from one CPU's frames to the next; 0: by GICR_TYPER.VLPIS */
};

struct gic_config {
	hpa_t gicd;
	u64 gicd_size;
	struct gic_region gicr[GIC_MAX_REGIONS];
	u32 nr_gicr;
	u32 maint_intid;     /* maintenance interrupt, a PPI: 16..31 */
	u64 mpidr[MAX_CPUS]; /* of the machine's CPUs; [0] is the boot CPU */
};

/* What the hardware has; valid after gic_init() (lists: after the boot CPU's gic_cpu_init()). */
struct gic_info {
	u32 nr_spis; /* 0..988 */
	u32 typer;   /* GICD_TYPER */
	u32 maint_intid;
	u64 vtr;      /* ICH_VTR_EL2 */
	u32 nr_lrs;   /* 1..16 */
	u32 pri_bits; /* virtual priority bits, 5..8 */
	u32 pre_bits; /* virtual preemption bits, 5..7 */
	u32 id_bits;  /* virtual INTID bits, 16 or 24 */
};

const struct gic_info *gic_info(void);

/*
 * Boot CPU, once: distributor off, all SPIs disabled, inactive, group 1, routed to the boot CPU;
 * distributor on. Returns 0 or one line that says what was found, what was
 * expected, what to do. Waits for the hardware are limited.
 */
const char *gic_init(const struct gic_config *cfg);

/*
 * Each CPU for itself, also again after CPU_OFF: finds and wakes its redistributor, disables and
 * quietens SGIs and PPIs, enables neve's own (kick SGI, maintenance interrupt), sets up the CPU
 * interface. Returns as gic_init().
 */
const char *gic_cpu_init(u32 cpu);
/* Before CPU_OFF: no interrupt is signalled to this CPU any more. */
void gic_cpu_off(void);

/* The SGI that gic_kick() sends; all it does is to cause an exit. */
#define GIC_KICK_SGI 0
/* As well: trace_follow() of the CPU that takes it. */
#define GIC_TRACE_SGI 1

/* Acknowledge: INTID that is now active, or an LPI, or 1020..1023 when there is none. */
u32 gic_ack(void);
/* Priority drop of what gic_ack() returned; it stays active. */
void gic_drop(u32 intid);
/* Deactivate on the calling CPU (ICC_DIR_EL1): only after gic_drop(). */
void gic_deactivate(u32 intid);

/*
 * One word (INTIDs 32*word ... +31) of enable, pending or active bits; word 0 is the SGIs and PPIs
 * of `cpu`. Only the bits in mask change. No wait: an effect is in finite time.
 */
void gic_write_enable(u32 cpu, u32 word, u32 mask, bool on);
void gic_write_pending(u32 cpu, u32 word, u32 mask, bool on);
void gic_write_active(u32 cpu, u32 word, u32 mask, bool on);
u32 gic_read_enable(u32 cpu, u32 word);
u32 gic_read_pending(u32 cpu, u32 word);
u32 gic_read_active(u32 cpu, u32 word);
/* PPIs and SPIs in mask: edge triggered or level sensitive. */
void gic_write_config(u32 cpu, u32 word, u32 mask, bool edge);

/* One interrupt; cpu matters for SGIs and PPIs only. */
void gic_set_enable(u32 cpu, u32 intid, bool on);
void gic_set_pending(u32 cpu, u32 intid, bool on);
void gic_set_active(u32 cpu, u32 intid, bool on);
bool gic_is_pending(u32 cpu, u32 intid);
bool gic_is_active(u32 cpu, u32 intid);

/* Route an SPI to one CPU, which need not have come up, or to any participating one. */
void gic_route(u32 intid, u32 cpu);
void gic_route_any(u32 intid);

/*
 * LPIs of a CPU's redistributor on, with these tables (GICR_PROPBASER, GICR_PENDBASER), for as long
 * as neve runs. False: the CPU never came up, has no LPIs, has them on already, or does not take
 * the tables' attributes.
 */
bool gic_lpi_enable(u32 cpu, u64 propbaser, u64 pendbaser);
/* RDbase of a CPU in a command of an ITS; pta: GITS_TYPER.PTA. False: it never came up. */
bool gic_rdbase(u32 cpu, bool pta, u64 *field);

/* Make `cpu` exit, unless it is the caller. Everything stored before is visible to it when it does.
 */
void gic_kick(u32 cpu);
/* The same with another of neve's SGIs. */
void gic_sgi(u32 cpu, u32 sgi);

/* List registers of the calling CPU; i < nr_lrs. */
u64 gic_read_lr(u32 i);
void gic_write_lr(u32 i, u64 lr);
/* Those in mask: to or from lr[] at the same index. */
void gic_read_lrs(u64 *lr, u32 mask);
void gic_write_lrs(const u64 *lr, u32 mask);

/*
 * The rest of the virtual CPU interface. Save reads hcr (for EOIcount), vmcr and the
 * active-priority registers; restore writes them.
 */
void gic_save_vcpuif(struct gic_vcpuif *cif);
void gic_restore_vcpuif(const struct gic_vcpuif *cif);
u64 gic_read_hcr(void);
void gic_write_hcr(u64 hcr);
u64 gic_read_vmcr(void);
void gic_write_vmcr(u64 vmcr);
u32 gic_read_misr(void);

#endif
