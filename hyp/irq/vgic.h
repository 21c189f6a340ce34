/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emulated GICv3 of one VM: distributor, redistributors, and what goes into the list registers.
 * Affinity routing only (ARE = 1), one Security state (DS = 1), LPIs where there is an ITS (its.h;
 * no direct ones). Pure: the hardware is
 * reached through vgic_ops alone; host tests run the same code.
 * Source: Arm IHI 0069 (GICv3).
 *
 * Model. An interrupt's state is either here or in a list register of one vCPU, never in both:
 * vgic_fill() moves it out, vgic_sync() moves it back. What is changed meanwhile by MMIO or by a
 * source (clear pending, disable, other target ...) is noted here, the vCPU is kicked, and its
 * next vgic_sync() applies it: bounded by one exit of that vCPU. GICD_CTLR.RWP (GICR_CTLR.RWP)
 * reads 1 while a disable waits for that, so a guest that polls RWP sees exact semantics.
 * Reads of pending and active bits of an interrupt in another vCPU's list register give the state
 * at its last fill; the read kicks that vCPU, so a poll sees the truth after one exit.
 *
 * vCPU loop (list registers stay loaded across exits; nothing is touched when nothing changed):
 *
 *	exit:	... handle ...
 *	before entry, or before vgic_mmio_*(), vgic_deactivate(), a switch to an L2:
 *		if (vgic_lrs_used(v, cpu)) { read those; vgic_sync(...); }
 *	before entry:
 *		if (vgic_attention(v, cpu)) { sync as above; vgic_fill(...); write; set ICH_HCR }
 *
 * Locking: one spinlock per vgic, taken inside; nothing here blocks. ops->kick is called without
 * it, all other ops with it. vgic_idle(), vgic_attention(), vgic_lrs_used() take no lock; the
 * last is for the vCPU's own CPU only, as are vgic_sync() and vgic_fill().
 */
#ifndef NEVE_IRQ_VGIC_H
#define NEVE_IRQ_VGIC_H

#include "types.h"
#include "cpu/spinlock.h"
#include "irq/lr.h"

#define VGIC_MAX_SPIS  988
#define VGIC_WORDS     32 /* INTIDs / 32 */
#define VGIC_NR_LPIS   57344
#define VGIC_END_LPI   (GIC_FIRST_LPI + VGIC_NR_LPIS) /* 16 bits of INTID */
#define VGIC_GICD_SIZE SZ_64K
#define VGIC_GICR_SIZE (2 * SZ_64K) /* RD_base and SGI_base of one vCPU */

struct vgic_ops {
	/*
	 * vCPU `cpu` has to look at vgic_attention() soon: make it exit if it runs, wake it if it
	 * waits. Called without the lock; may name the calling CPU (then there is nothing to do).
	 */
	void (*kick)(void *ctx, u32 cpu);

	/*
	 * Write-through to the physical GIC, for the interrupts of vgic_set_phys() only (pINTID =
	 * vINTID): INTIDs 32*word + the bits in mask; cpu matters for word 0. With the lock held.
	 */
	void (*phys_enable)(void *ctx, u32 cpu, u32 word, u32 mask, bool on);
	void (*phys_pending)(void *ctx, u32 cpu, u32 word, u32 mask, bool on);
	/* optional: pending states that only the hardware knows of yet */
	u32 (*phys_pending_read)(void *ctx, u32 cpu, u32 word);
	void (*phys_config)(void *ctx, u32 cpu, u32 word, u32 mask, bool edge);
	/* SPI; cpu < 0: to any CPU (GICD_IROUTER.IRM) */
	void (*phys_route)(void *ctx, u32 intid, int cpu);
	/*
	 * Active state of a physical interrupt: of one that is linked (any pINTID; off = the guest
	 * has deactivated it without hardware help), or of a vgic_set_phys() one (also on).
	 */
	void (*phys_active)(void *ctx, u32 cpu, u32 pintid, bool on);

	/* With vgic_config.lpi only, with the lock held: */
	/*
	 * GICR_CTLR.EnableLPIs of a vCPU's redistributor, with the guest's GICR_PROPBASER and
	 * GICR_PENDBASER: false when these are not the guest's memory; LPIs stay off then.
	 */
	bool (*lpi_enable)(void *ctx, u32 cpu, u64 propbaser, u64 pendbaser);
	/* The byte of an LPI in the table at GICR_PROPBASER. */
	u8 (*lpi_config)(void *ctx, u64 propbaser, u32 intid);
};

/* 32 interrupts: bit n is INTID 32*word + n. The words are guarded by the lock. */
struct vgic_bank {
	u32 phys;  /* wired to the physical interrupt of the same INTID */
	u32 group; /* 1 = group 1 */
	u32 enable;
	u32 edge;  /* GIC*_ICFGR */
	u32 level; /* software line */
	u32 latch; /* pending without a line: edge, ISPENDR, acknowledged physical interrupt */
	u32 active;
	u32 linked;  /* a physical interrupt (pintid[]) is active on behalf of this one */
	u32 in_lr;   /* owned by a list register; the words below are about that */
	u32 lr_pend; /* as filled, for reads */
	u32 lr_act;
	u32 lr_latch; /* latch, linked: moved out with it */
	u32 lr_link;
	u32 lr_hw;    /* the list register has LR_HW */
	u32 lr_done;  /* an L2's list register has ended the physical one meanwhile */
	u32 clr_pend; /* to apply when it comes back */
	u32 clr_act;
	u8 prio[32];
	u8 act_prio[32]; /* active: priority at which it was acknowledged (0xff: by MMIO) */
	u16 pintid[32];
	u32 occurrence[32]; /* how often a physical one became active for it; modulo 2^32 */
};

struct vgic_spi {
	u32 aff;   /* GICD_IROUTER: Aff3.Aff2.Aff1.Aff0, a byte each */
	u8 irm;	   /* GICD_IROUTER.IRM */
	u8 target; /* vCPU by the above (irm: the one chosen last), or VGIC_NO_CPU */
	u8 owner;  /* vCPU whose list register holds it or on which it is active */
	u8 cand;   /* vCPU whose cand[] has its bit, or VGIC_NO_CPU */
};
#define VGIC_NO_CPU 0xff

/* A set of LPIs. sum: bit n is set when there are any in the n-th 2048; atomic to read. */
struct vgic_lpis {
	u32 sum;
	u64 bits[VGIC_NR_LPIS / 64];
};

/* LPIs of one vCPU. */
struct vgic_lpi_cpu {
	bool on;		  /* GICR_CTLR.EnableLPIs: never off again */
	u64 propbaser, pendbaser; /* GICR_*BASER; constant while on */
	u32 slots, clear;	  /* slot[] that are LPIs; those taken back meanwhile */
	struct vgic_lpis pend;
	struct vgic_lpis off; /* pending and found disabled */
};

struct vgic_cpu {
	u64 mpidr;	       /* affinity fields only */
	u32 waker;	       /* GICR_WAKER */
	u32 attn;	       /* atomic: list registers are not what they should be */
	u32 cand_sum;	       /* atomic to read: bit n is set when cand[n] is not 0 */
	u32 cand[VGIC_WORDS];  /* wants a list register here and has none */
	u32 used;	       /* list registers filled; own CPU only */
	bool act_out;	       /* at the last fill an active interrupt did not fit */
	u16 slot[GIC_MAX_LRS]; /* INTID in each used list register */
	struct vgic_bank priv; /* SGIs and PPIs */
};

struct vgic {
	struct spinlock lock;
	u32 ncpus;
	u32 nr_words; /* ITLinesNumber + 1 */
	u32 nr_intids;
	u32 prio_mask;
	u32 typer; /* GICD_TYPER */
	u32 ctlr;  /* GICD_CTLR.EnableGrp0/1 */
	u32 rwp;   /* by vCPU: a disable waits for its next sync */
	u32 last;  /* by vCPU: GICR_TYPER.Last */
	const struct vgic_ops *ops;
	void *ctx;
	struct vgic_cpu cpu[MAX_CPUS];
	struct vgic_bank spi[VGIC_WORDS - 1]; /* spi[word - 1] */
	struct vgic_spi spis[VGIC_MAX_SPIS];  /* spis[intid - 32] */
	struct vgic_lpi_cpu *lpi;	      /* by vCPU; NULL: there are none */
	u32 lpi_wait;			      /* as rwp, for a change of LPIs */
};

struct vgic_config {
	u32 ncpus;		    /* 1..MAX_CPUS */
	u64 mpidr[MAX_CPUS];	    /* affinity of each vCPU */
	u32 last;		    /* vCPUs whose frames are the last of a region */
	u32 nr_spis;		    /* rounded down to what ITLinesNumber can say; at most 988 */
	u32 prio_bits;		    /* implemented, 4..8: those of the virtual CPU interface */
	bool a3v;		    /* Aff3 may be other than 0 (ICH_VTR.A3V) */
	struct vgic_lpi_cpu *lpi;   /* there is an ITS: MAX_CPUS of them; or NULL */
	const struct vgic_ops *ops; /* phys_* may be 0 if nothing is ever physical */
	void *ctx;
};

/* Reset state. false: a number in cfg is out of range. v need not be zeroed. */
bool vgic_init(struct vgic *v, const struct vgic_config *cfg);
/* Interrupts of the VM that are physical ones: before the VM starts. Word 0: of every vCPU. */
void vgic_set_phys(struct vgic *v, u32 word, u32 mask);
/*
 * A vCPU is off from now on: physical SPIs that are for any CPU (GICD_IROUTER.IRM) get another one,
 * by ops->phys_route.
 */
void vgic_route_again(struct vgic *v);

/* vCPU reset (PSCI CPU_ON): redistributor and private interrupts as after vgic_init(). */
void vgic_reset_cpu(struct vgic *v, u32 cpu);

/*
 * MMIO by vCPU `cpu`; offset within the 64 KiB distributor frame, or within the 128 KiB of vCPU
 * `rcpu`'s redistributor frames. size: 1, 2, 4, 8 bytes. val: zero-extended, in or out.
 * false: the architecture has no such access (size not supported by the register, misaligned,
 * outside the frame); the caller injects a synchronous external abort. Reserved locations and
 * unimplemented registers are RAZ/WI (true).
 */
bool vgic_mmio_gicd(struct vgic *v, u32 cpu, u64 offset, u32 size, bool write, u64 *val);
bool vgic_mmio_gicr(struct vgic *v, u32 cpu, u32 rcpu, u64 offset, u32 size, bool write, u64 *val);

enum vgic_sgi_reg {
	VGIC_SGI0R,  /* group 0 */
	VGIC_SGI1R,  /* group 1 */
	VGIC_ASGI1R, /* group 1 of the other Security state: with DS = 1 group 0 targets */
};
/* vCPU `cpu` wrote ICC_SGI0R/SGI1R/ASGI1R_EL1. Kicks the other targets. */
void vgic_sgi(struct vgic *v, u32 cpu, enum vgic_sgi_reg reg, u64 val);

/*
 * Sources. intid: any of the VM's; cpu: the vCPU for SGIs and PPIs, for SPIs see each. An INTID
 * that the VM does not have is ignored.
 */
/*
 * Physical interrupt pintid was acknowledged on pCPU `cpu`, its priority dropped; it stays active
 * until the guest deactivates intid. An SPI with IRM goes to `cpu`, any other where it is routed.
 * It may come before the deactivation that made it possible is known here: before vgic_sync(), or
 * before vgic_hw_deactivated() after an L2 ran.
 */
void vgic_inject_hw(struct vgic *v, u32 cpu, u32 intid, u32 pintid);
/* A line driven by software (timers, maintenance interrupt, vUART). Free when unchanged; one
 * caller at a time per line. */
void vgic_set_level(struct vgic *v, u32 cpu, u32 intid, bool level);
/* An edge from software. */
void vgic_inject_edge(struct vgic *v, u32 cpu, u32 intid);
/* Physical LPI intid was acknowledged on the CPU of vCPU `cpu`, which calls this. */
void vgic_inject_lpi(struct vgic *v, u32 cpu, u32 intid);
/*
 * The ITS's commands, for the LPIs that have come here. The vCPUs that have one in a list register
 * see the change at their next sync; until then vgic_lpi_waiting().
 */
void vgic_lpi_changed(struct vgic *v);
void vgic_lpi_clear(struct vgic *v, u32 intid);
void vgic_lpi_move(struct vgic *v, u32 intid, u32 to);
/* Also when a vCPU goes off, after its last sync: no LPI waits for one that is off. */
void vgic_lpi_move_all(struct vgic *v, u32 from, u32 to);
bool vgic_lpi_waiting(struct vgic *v);
/* Take back a pending state that is not a line (as GIC*_ICPENDR); a linked physical interrupt that
 * is not active in the guest is deactivated. For a line that fell before the guest saw it. */
void vgic_clear_pending(struct vgic *v, u32 cpu, u32 intid);

/* List registers. */
struct vgic_lrs {
	u64 lr[GIC_MAX_LRS];
	u32 used; /* by fill: lr[] that are not 0; all lr[] below nr are written */
	u64 hcr;  /* by fill: bits for ICH_HCR_EL2 (NPIE, LRENPIE, TDIR); without En */
};
/*
 * Chooses for vCPU `cpu` among what is active or pending, into at most nr (1..16) list registers.
 * All its list registers must have been synced (neve's bug otherwise: traps). Those of a group that
 * is on in vmcr (ICH_VMCR_EL2 as it is) first, then highest priority, then lowest INTID. If there
 * are more active ones than fit, at least one list register is kept for a pending one; the active
 * ones of lowest priority stay out and hcr has LRENPIE (an EOI of one of them is found by EOIcount)
 * and TDIR (a trapped ICC_DIR_EL1 goes to vgic_dir()). If pending ones stay out, hcr has NPIE: a
 * maintenance interrupt brings the next.
 */
void vgic_fill(struct vgic *v, u32 cpu, struct vgic_lrs *l, u32 nr, u64 vmcr);
/* Takes the state back from lr[] (only vgic_lrs_used() are looked at); hcr: ICH_HCR_EL2 as read
 * (EOIcount). Afterwards the list registers count as empty: fill, or write 0 to those used. */
void vgic_sync(struct vgic *v, u32 cpu, const u64 *lr, u64 hcr);

/* The vCPU wrote ICC_DIR_EL1 and it trapped (TDIR). Sync first. */
void vgic_dir(struct vgic *v, u32 cpu, u32 intid);

/*
 * Nothing to signal, active or in a list register for this vCPU, and none of its PPIs linked. No
 * lock, any CPU. (An LPI that may be signalled is in a list register, or asks for attention.)
 */
static inline bool vgic_idle(const struct vgic *v, u32 cpu)
{
	const struct vgic_cpu *c = &v->cpu[cpu];

	return !(__atomic_load_n(&c->attn, __ATOMIC_ACQUIRE) |
		 __atomic_load_n(&c->cand_sum, __ATOMIC_RELAXED) |
		 __atomic_load_n(&c->used, __ATOMIC_RELAXED) |
		 __atomic_load_n(&c->priv.linked, __ATOMIC_RELAXED));
}

/* The list registers must be synced and filled before the vCPU runs on. No lock. */
static inline bool vgic_attention(const struct vgic *v, u32 cpu)
{
	return __atomic_load_n(&v->cpu[cpu].attn, __ATOMIC_ACQUIRE) != 0;
}

/* The list registers that vgic_sync() wants to see. Own CPU. */
static inline u32 vgic_lrs_used(const struct vgic *v, u32 cpu)
{
	return v->cpu[cpu].used;
}

/*
 * With the list registers synced (L2 has them): what would the vCPU's own interface (state in cif,
 * ICH_HCR.En taken as 1) signal now? For the exit from L2 to L1, and for WFI.
 * prebits: ICH_VTR. No lock taken when there is no candidate.
 */
enum vgic_signal { VGIC_NONE, VGIC_IRQ, VGIC_FIQ /* Group 0 */ };

enum vgic_signal vgic_signals(struct vgic *v, u32 cpu, const struct gic_vcpuif *cif, u32 prebits);

/*
 * State of one interrupt, for timers and nested list registers. Exact for a vCPU whose list
 * registers are synced.
 */
bool vgic_is_active(struct vgic *v, u32 cpu, u32 intid);
bool vgic_is_pending(struct vgic *v, u32 cpu, u32 intid);
bool vgic_is_enabled(struct vgic *v, u32 cpu, u32 intid);
/*
 * Is a PPI of the own CPU pending on behalf of a physical interrupt, as far as is known here? It
 * may have been acknowledged in a list register meanwhile; vgic_clear_pending() finds out. No lock.
 */
static inline bool vgic_hw_pending(const struct vgic *v, u32 cpu, u32 intid)
{
	const struct vgic_bank *b = &v->cpu[cpu].priv;
	u32 linked = __atomic_load_n(&b->linked, __ATOMIC_RELAXED) & b->latch;

	return (linked | (b->lr_link & b->lr_pend & ~b->clr_pend)) & BIT(intid);
}

/* Is a physical interrupt active on behalf of intid, and which? Its occurrence may be NULL. */
bool vgic_hw_linked(struct vgic *v, u32 cpu, u32 intid, u32 *pintid, u32 *occurrence);

/*
 * Deactivate intid as ICC_DIR_EL1 would: L2 deactivated it through a list register of L1 with HW.
 * vgic_hw_deactivated: the hardware has deactivated the linked physical interrupt already, in this
 * occurrence of vgic_hw_linked(). If it has come again since, this one is over (vgic_inject_hw()),
 * and the new one, which L1 may have active by now, stays as it is.
 */
void vgic_deactivate(struct vgic *v, u32 cpu, u32 intid);
void vgic_hw_deactivated(struct vgic *v, u32 cpu, u32 intid, u32 occurrence);

/*
 * When hardware that backs an interrupt changes hands (a timer at a context switch); list
 * registers synced. vgic_link: if intid is active, pintid, which the caller has made active, is
 * deactivated together with it; false (and no link) if it is not active. vgic_unlink: drops the
 * link and the pending state that came from it, keeps the active state; true: *pintid is still
 * active in hardware and now the caller's to deactivate.
 */
bool vgic_link(struct vgic *v, u32 cpu, u32 intid, u32 pintid);
bool vgic_unlink(struct vgic *v, u32 cpu, u32 intid, u32 *pintid);

#endif
