/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the frames of a GICv3 and of an ITS: offsets and bits, as IHI 0069 names them, for
 * who drives them (irq/gic, irq/its_hw, guests) and who emulates them (irq/vgic_mmio, irq/its).
 */
#ifndef NEVE_IRQ_GICV3_H
#define NEVE_IRQ_GICV3_H

#include "types.h"

/* Distributor; those called GIC_ are in the redistributor's SGI frame too. */
#define GICD_CTLR	0x0000
#define GICD_TYPER	0x0004
#define GICD_IIDR	0x0008
#define GIC_IGROUPR	0x0080
#define GIC_ISENABLER	0x0100
#define GIC_ICENABLER	0x0180
#define GIC_ISPENDR	0x0200
#define GIC_ICPENDR	0x0280
#define GIC_ISACTIVER	0x0300
#define GIC_ICACTIVER	0x0380
#define GIC_IPRIORITYR	0x0400
#define GICD_ITARGETSR	0x0800
#define GIC_ICFGR	0x0c00
#define GICD_CPENDSGIR	0x0f10
#define GICD_ICENABLERE 0x1400
#define GICD_IROUTER	0x6000
#define GIC_ID_REGS	0xffd0 /* PIDR4 and so on; in each frame */
#define GIC_PIDR2	0xffe8

/* The same whether the GIC has one Security state or shows the Non-secure view of two */
#define GICD_CTLR_ENGRP0     BIT(0)
#define GICD_CTLR_ENGRP1     BIT(1)
#define GICD_CTLR_ARE	     BIT(4)
#define GICD_CTLR_DS	     BIT(6)
#define GICD_CTLR_RWP	     BIT(31)
#define GICD_TYPER_ESPI	     BIT(8)
#define GICD_TYPER_ESPIS(t)  (FIELD(t, 31, 27) + 1) /* in 32 */
#define GICD_TYPER_LPIS	     BIT(17)
#define GICD_TYPER_IDBITS(t) (FIELD(t, 23, 19) + 1)
#define GICD_TYPER_A3V	     BIT(24)
#define GICD_IROUTER_IRM     BIT(31)

/* Redistributor, RD frame; the SGI frame follows it. */
#define GICR_CTLR	0x0000
#define GICR_IIDR	0x0004
#define GICR_TYPER	0x0008
#define GICR_WAKER	0x0014
#define GICR_SETLPIR	0x0040
#define GICR_PROPBASER	0x0070
#define GICR_PENDBASER	0x0078
#define GICR_INVALLR	0x00b0
#define GICR_SGI	SZ_64K
#define GICR_IGROUPR0	(GICR_SGI + GIC_IGROUPR)
#define GICR_ISENABLER0 (GICR_SGI + GIC_ISENABLER)
#define GICR_ICENABLER0 (GICR_SGI + GIC_ICENABLER)
#define GICR_ISPENDR0	(GICR_SGI + GIC_ISPENDR)
#define GICR_ICPENDR0	(GICR_SGI + GIC_ICPENDR)
#define GICR_ICACTIVER0 (GICR_SGI + GIC_ICACTIVER)
#define GICR_IPRIORITYR (GICR_SGI + GIC_IPRIORITYR)

#define GICR_CTLR_LPIS	    BIT(0)
#define GICR_CTLR_RWP	    BIT(3)
#define GICR_TYPER_PLPIS    BIT(0)
#define GICR_TYPER_VLPIS    BIT(1)
#define GICR_TYPER_LAST	    BIT(4)
#define GICR_TYPER_EPPIS(t) FIELD(t, 31, 27) /* in 32 */
#define GICR_WAKER_SLEEP    BIT(1)	     /* ProcessorSleep */
#define GICR_WAKER_CHILDREN BIT(2)	     /* ChildrenAsleep */

/* ITS, control frame */
#define GITS_CTLR     0x0000
#define GITS_IIDR     0x0004
#define GITS_TYPER    0x0008
#define GITS_CBASER   0x0080
#define GITS_CWRITER  0x0088
#define GITS_CREADR   0x0090
#define GITS_BASER    0x0100
#define GITS_NR_BASER 8

#define GITS_CTLR_ENABLED     BIT(0)
#define GITS_CTLR_QUIESCENT   BIT(31)
#define GITS_TYPER_PHYSICAL   BIT(0)
#define GITS_TYPER_PTA	      BIT(19)
#define GITS_TYPER_CIL	      BIT(36)
#define GITS_VALID	      BIT(63) /* CBASER and BASER<n> */
#define GITS_BASER_TYPE(b)    ((u32)FIELD(b, 58, 56))
#define GITS_BASER_TYPE_SHIFT 56
#define GITS_BASER_ENTRY(b)   (FIELD(b, 52, 48) + 1) /* bytes */
#define GITS_TYPE_DEVICES     1
#define GITS_TYPE_COLL	      4
#define GITS_CWRITER_RETRY    BIT(0)
#define GITS_CREADR_STALLED   BIT(0)

/* GICD_IIDR and so on of the emulated ones: implementer Arm (JEP106 4, 0x3b), product 'N'. Linux
 * has no workaround for that. */
#define GIC_NEVE_IIDR 0x4e00043b

#endif
