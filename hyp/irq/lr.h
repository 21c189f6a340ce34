/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of the GICv3 virtual CPU interface: list registers (ICH_LR<n>_EL2) and what follows
 * from them. Pure: no globals, no hardware. Used for neve's own list registers, for those that an
 * L1 writes in its VNCR page, and by the host tests.
 *
 * Source: Arm IHI 0069 (GIC architecture, v3), chapters "Virtual interrupt handling" and the
 * ICH_*_EL2 register descriptions.
 */
#ifndef NEVE_IRQ_LR_H
#define NEVE_IRQ_LR_H

#include "types.h"

#define GIC_MAX_LRS	  16
#define GIC_NR_SGIS	  16
#define GIC_NR_PRIVATE	  32 /* SGIs and PPIs */
#define GIC_FIRST_SPI	  32
#define GIC_NR_INTIDS	  1020 /* SGIs, PPIs and SPIs; 1020..1023 are special */
#define GIC_INTID_SPECIAL 1020 /* what an acknowledge returns from here to 1023 is no interrupt */
#define GIC_FIRST_LPI	  8192
#define GIC_PRIO_IDLE	  0x100 /* running priority when nothing is active: below every priority */

/* ICH_LR<n>_EL2 */
#define LR_VINTID(lr) ((u32)(lr))
#define LR_PINTID(lr) ((u32)FIELD(lr, 44, 32)) /* only when LR_HW */
#define LR_EOI	      BIT(41)		       /* only when not LR_HW: maintenance on EOI */
#define LR_PRIO(lr)   ((u32)FIELD(lr, 55, 48))
#define LR_GROUP1     BIT(60)
#define LR_HW	      BIT(61)
#define LR_STATE(lr)  ((u32)FIELD(lr, 63, 62))
#define LR_STATE_MASK GENMASK(63, 62)
#define LR_INVALID    0u
#define LR_PENDING    1u
#define LR_ACTIVE     2u
#define LR_PENDACT    3u /* not for hardware interrupts */

/* ICH_HCR_EL2 */
#define ICH_HCR_EN	       BIT(0)
#define ICH_HCR_UIE	       BIT(1)
#define ICH_HCR_LRENPIE	       BIT(2)
#define ICH_HCR_NPIE	       BIT(3)
#define ICH_HCR_VGRP0EIE       BIT(4)
#define ICH_HCR_VGRP0DIE       BIT(5)
#define ICH_HCR_VGRP1EIE       BIT(6)
#define ICH_HCR_VGRP1DIE       BIT(7)
#define ICH_HCR_TC	       BIT(10)
#define ICH_HCR_TALL0	       BIT(11)
#define ICH_HCR_TALL1	       BIT(12)
#define ICH_HCR_TSEI	       BIT(13)
#define ICH_HCR_TDIR	       BIT(14)
#define ICH_HCR_EOICOUNT_SHIFT 27
#define ICH_HCR_EOICOUNT(hcr)  ((u32)FIELD(hcr, 31, 27))

/* ICH_MISR_EL2 */
#define ICH_MISR_EOI	BIT(0)
#define ICH_MISR_U	BIT(1)
#define ICH_MISR_LRENP	BIT(2)
#define ICH_MISR_NP	BIT(3)
#define ICH_MISR_VGRP0E BIT(4)
#define ICH_MISR_VGRP0D BIT(5)
#define ICH_MISR_VGRP1E BIT(6)
#define ICH_MISR_VGRP1D BIT(7)

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0	  BIT(0)
#define ICH_VMCR_VENG1	  BIT(1)
#define ICH_VMCR_VACKCTL  BIT(2)
#define ICH_VMCR_VFIQEN	  BIT(3)
#define ICH_VMCR_VCBPR	  BIT(4)
#define ICH_VMCR_VEOIM	  BIT(9)
#define ICH_VMCR_VBPR1(v) ((u32)FIELD(v, 20, 18))
#define ICH_VMCR_VBPR0(v) ((u32)FIELD(v, 23, 21))
#define ICH_VMCR_VPMR(v)  ((u32)FIELD(v, 31, 24))

/* ICH_VTR_EL2 */
#define ICH_VTR_LISTREGS(v) ((u32)FIELD(v, 4, 0) + 1)
#define ICH_VTR_DVIM	    BIT(18)
#define ICH_VTR_TDS	    BIT(19)
#define ICH_VTR_NV4	    BIT(20)
#define ICH_VTR_A3V	    BIT(21)
#define ICH_VTR_SEIS	    BIT(22)
#define ICH_VTR_IDBITS(v)   (FIELD(v, 25, 23) ? 24u : 16u)
#define ICH_VTR_PREBITS(v)  ((u32)FIELD(v, 28, 26) + 1)
#define ICH_VTR_PRIBITS(v)  ((u32)FIELD(v, 31, 29) + 1)

/*
 * The state of one virtual CPU interface besides its list registers: the ICH_ registers that a
 * context switch moves. ap0r/ap1r: 1, 2 or 4 words are implemented for 5, 6, 7 preemption bits;
 * the others stay 0.
 */
struct gic_vcpuif {
	u64 hcr;  /* ICH_HCR_EL2 */
	u64 vmcr; /* ICH_VMCR_EL2 */
	u32 ap0r[4];
	u32 ap1r[4];
};

/* The software-interrupt form: eoi asks for a maintenance interrupt when it is deactivated. */
u64 lr_make_sw(u32 vintid, u32 state, bool group1, u32 prio, bool eoi);
/* The hardware form: deactivation by the guest deactivates pintid. state is not LR_PENDACT. */
u64 lr_make_hw(u32 vintid, u32 state, bool group1, u32 prio, u32 pintid);

static inline u64 lr_set_state(u64 lr, u32 state)
{
	return (lr & ~LR_STATE_MASK) | ((u64)state << 62);
}

/* The read-only status registers, computed from nr list registers (as an L1 reads them). */
u32 lr_elrsr(const u64 *lr, u32 nr);
u32 lr_eisr(const u64 *lr, u32 nr);
u32 lr_misr(const u64 *lr, u32 nr, u64 hcr, u64 vmcr);
/* The level of the maintenance interrupt: ICH_HCR.En and a reason in ICH_MISR. */
bool lr_maintenance(const u64 *lr, u32 nr, u64 hcr, u64 vmcr);

/*
 * Index of the list register with the highest-priority pending interrupt of a group that vmcr
 * enables, or -1. State "pending and active" does not count. Equal priorities: the lowest index.
 */
int lr_highest_pending(const u64 *lr, u32 nr, u64 vmcr);

/* Highest active priority by the active-priority registers (0..255), or GIC_PRIO_IDLE. */
u32 gic_active_priority(const struct gic_vcpuif *cif, u32 prebits);

/*
 * Would this interface signal an interrupt of this priority and group: group enable, priority
 * mask, and preemption (group priority by the binary point) against what is active.
 * ICH_HCR.En is the caller's matter, because L1 has it in its page and neve in hardware.
 */
bool gic_would_signal(const struct gic_vcpuif *cif, u32 prebits, u32 prio, bool group1);

/* The same for the best interrupt in nr list registers. */
bool lr_would_signal(const u64 *lr, u32 nr, const struct gic_vcpuif *cif, u32 prebits);

/*
 * Nested list registers: L1's list registers (from its page) become real ones for its L2.
 *
 * map() answers: INTID of L1's interrupt controller -> physical INTID that neve has made active on
 * this pCPU on L1's behalf (so that the hardware may deactivate it), and which of its occurrences
 * that is: any number. false: there is none; then the real list register is a software one with
 * LR_EOI, so that neve exits as soon as L2 deactivates and can deactivate L1's interrupt in the
 * model.
 */
struct lr_nest_ops {
	bool (*map)(void *ctx, u32 l1_intid, u32 *pintid, u32 *occurrence);
	void *ctx;
};

struct lr_nest {
	u8 nr;			     /* real list registers in use: 0..nr-1 */
	u8 idx[GIC_MAX_LRS];	     /* real index -> index in L1's page */
	u16 hw;			     /* by real index: the real one has LR_HW too */
	u16 l1_hw;		     /* by real index: L1 wrote LR_HW with a valid pINTID */
	u32 occurrence[GIC_MAX_LRS]; /* by real index, where hw: map()'s answer */
};

/*
 * Translates nr_l1 list registers into at most nr_real. idbits: INTID bits (ICH_VTR.IDbits).
 * Left out, and so never presented to L2: invalid state; vINTID 1020..8191 or beyond idbits; a
 * vINTID that an earlier list register already has (both UNPREDICTABLE in the architecture).
 * L1 is shown no more list registers than the hardware has, so all others fit; if they do not
 * (nr_real < nr_l1), those with the lowest index win. Unused real ones are set to 0.
 */
void lr_nest(struct lr_nest *n, const u64 *l1, u32 nr_l1, u64 *real, u32 nr_real, u32 idbits,
	     const struct lr_nest_ops *ops);

/* An L1 interrupt that L2 deactivated through a list register with L1's HW bit. */
struct lr_deact {
	u32 l1_intid;
	bool phys_done; /* the hardware has deactivated the physical interrupt too: */
	u32 occurrence; /* map()'s answer for it, else 0 */
};

/*
 * Copies the state that L2 left in the real list registers to L1's page. Returns the number of
 * entries in deact (at most GIC_MAX_LRS): L1's interrupts to deactivate in the model of L1's GIC.
 * n may be used again only after another lr_nest(). l1: same array (only state bits change).
 */
u32 lr_unnest(const struct lr_nest *n, const u64 *real, u64 *l1, u32 nr_l1,
	      struct lr_deact deact[GIC_MAX_LRS]);

/* L1's ICH_HCR after a run of L2: its EOIcount plus that of the hardware, modulo 32. */
u64 lr_add_eoicount(u64 l1_hcr, u64 hw_hcr);

#endif
